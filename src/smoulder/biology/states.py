"""Names of everything that lives in the tissue, with units and ranges. Read this page first, then flows.py.

A *cell* of the model is one pathway in one region: the fibres of, say, the leg's motor path where they run through the
neck. All fractions are of the fibres that were there at the biological start.
"""

from __future__ import annotations

from typing import NamedTuple


class Tissue(NamedTuple):
    """Fibres of one cell, fractions in 0..1; what is missing to 1 is lost."""

    myelinated: float  # healthy, conducts
    acute: float  # just demyelinated, blocked
    bare: float  # chronically demyelinated, conducts badly, starves
    repaired: float  # remyelinated, thinner myelin, conducts nearly as before


class Milieu(NamedTuple):
    """What surrounds the fibres of one region, 0..1."""

    debris: float  # myelin and axon debris not yet cleared, fraction of the region's fibres
    microglia: float  # activated share of microglia


class Compartment(NamedTuple):
    """What is shut up behind the blood-brain barrier of one person, 0..1."""

    slow: float  # meningeal and other compartmentalised inflammation


class TissueDrives(NamedTuple):
    """What acts on the fibres of one cell."""

    repair: float  # repair capacity, 1 = a young adult's with no debris and no inflammation
    rim: float  # share of the cell's cross-section inside chronic active lesions
    microglia: float  # activated share of microglia in the region
    slow: float  # compartmentalised inflammation as felt at this depth
    frailty: float  # the person's vulnerability times its growth with age, 1 = median at the reference age
    supply: float  # energy supply, 1 = a young adult's
    ageing: float  # healthy ageing's loss per year
    bare: float  # bare share of the cell, for its demand of energy
    cortical: float  # 1 in the cortex, else 0


class MilieuDrives(NamedTuple):
    """What acts on the surroundings of one region."""

    release: float  # myelin and axons that fall to debris per year
    debris: float  # debris now
    clearance_age: float  # age factor of clearance, 1 at the reference age
    rim: float  # mean rim share of the region's cells
    acute: float  # mean acutely demyelinated share of the region's cells
    slow: float  # compartmentalised inflammation as felt at this depth
    frailty: float  # vulnerability that grows with age, 1 at the reference age


class CompartmentDrives(NamedTuple):
    """What feeds the compartmentalised inflammation of one person."""

    attack: float  # lesions per year now
    slow: float  # compartmentalised inflammation now
    tendency: float  # the person's trait, 1 = median
    ageing: float  # immune ageing, 1 at the reference age


class TissueFlows(NamedTuple):
    """Every process of a cell, fractions of its fibres per year."""

    early_repair: float
    settling: float
    late_repair: float
    stripping: float
    restripping: float
    rim_loss_myelinated: float
    rim_loss_bare: float
    rim_loss_repaired: float
    diffuse_loss_myelinated: float
    diffuse_loss_repaired: float
    bare_loss: float
    ageing_loss_myelinated: float
    ageing_loss_bare: float
    ageing_loss_repaired: float
    neuron_loss_myelinated: float
    neuron_loss_repaired: float


class MilieuFlows(NamedTuple):
    """Every process of a region's surroundings, per year."""

    release: float
    clearance: float
    activation: float
    saturation: float
    resolution: float


class CompartmentFlows(NamedTuple):
    """Every process of the compartmentalised inflammation, per year."""

    seeding: float
    maintenance: float
    crowding: float
    fading: float


class Constants(NamedTuple):
    """Numbers that the equations need, named as in the table of parameters; base units (years, mm2, fractions)."""

    age_reference: float
    log_two: float
    # attack
    lesion_rate: float
    t_attack_halving: float
    t_activity: float
    sd_activity: float
    lesion_area: float
    sd_lesion_area: float
    transected: float
    t_transected_doubling: float
    felt_share: float
    sd_felt: float
    t_enhancement: float
    # repair
    t_acute: float
    early_repair: float
    k_late_repair: float
    t_repair_halving: float
    half_debris_repair: float
    half_microglia_repair: float
    repair_mode: float
    survivor_share: float
    # debris and microglia
    clearance: float
    t_clearance_halving: float
    half_debris_clearance: float
    wake_rim: float
    wake_acute: float
    wake_debris: float
    half_debris_wake: float
    wake_slow: float
    wake_age: float
    t_microglia: float
    # compartmentalised inflammation
    seed_attack: float
    seed_own: float
    k_maintenance: float
    t_slow: float
    t_slow_doubling: float
    # chronic active lesions
    rim_odds: float
    rim_odds_area: float
    rim_persistent_share: float
    t_rim_transient: float
    t_rim_persistent: float
    k_rim_demyelination: float
    k_rim_loss: float
    # slow damage
    k_diffuse_demyelination: float
    k_diffuse_loss: float
    t_frailty_doubling: float
    k_neuron_loss: float
    k_ageing: float
    t_ageing_doubling: float
    # energy
    k_bare_loss: float
    gain_energy: float
    demand_bare: float
    supply_margin: float
    supply_microglia: float
    t_supply_halving: float
    deficit_width: float
    # function
    conduction_bare: float
    conduction_repaired: float
    conduction_energy: float
    reserve_width: float
    block_weight: float
    link_intercept: float
    link_slope: float
    walk_pyramidal: float
    walk_cerebellar: float
    walk_sensory: float
    symptom_latent: float
    symptom_lasts: float
    # volume
    volume_ageing: float
    shrink_brain: float
    shrink_cord: float
    water_lesion: float
    t_water: float
    water_microglia: float


class Effects(NamedTuple):
    """Multipliers that treatments put on named processes; 1 = untouched."""

    attack: float
    trafficking: float
    expression: float
    transection: float
    remyelination: float
    rim_birth: float
    rim_fading: float
    rim_expansion: float
    rim_loss: float
    diffuse_demyelination: float
    diffuse_loss: float
    bare_loss: float
    ageing_loss: float
    neuron_loss: float
    debris_clearance: float
    activation: float
    resolution: float
    seeding: float
    maintenance: float
    energy_supply: float
    conduction: float


#: From which stock to which each process moves its amount; "lost" and "outside" are not followed further.
TISSUE_ROUTES = {
    "early_repair": ("acute", "repaired"),
    "settling": ("acute", "bare"),
    "late_repair": ("bare", "repaired"),
    "stripping": ("myelinated", "bare"),
    "restripping": ("repaired", "bare"),
    "rim_loss_myelinated": ("myelinated", "lost"),
    "rim_loss_bare": ("bare", "lost"),
    "rim_loss_repaired": ("repaired", "lost"),
    "diffuse_loss_myelinated": ("myelinated", "lost"),
    "diffuse_loss_repaired": ("repaired", "lost"),
    "bare_loss": ("bare", "lost"),
    "ageing_loss_myelinated": ("myelinated", "lost"),
    "ageing_loss_bare": ("bare", "lost"),
    "ageing_loss_repaired": ("repaired", "lost"),
    "neuron_loss_myelinated": ("myelinated", "lost"),
    "neuron_loss_repaired": ("repaired", "lost"),
}
MILIEU_ROUTES = {
    "release": ("outside", "debris"),
    "clearance": ("debris", "outside"),
    "activation": ("outside", "microglia"),
    "saturation": ("microglia", "outside"),
    "resolution": ("microglia", "outside"),
}
COMPARTMENT_ROUTES = {
    "seeding": ("outside", "slow"),
    "maintenance": ("outside", "slow"),
    "crowding": ("slow", "outside"),
    "fading": ("slow", "outside"),
}

#: Why fibres are lost; every process that ends in "lost" belongs to one cause. Transection by the acute lesion is an
#: event (events.py).
CAUSES = {
    "rim": ("rim_loss_myelinated", "rim_loss_bare", "rim_loss_repaired"),
    "diffuse": ("diffuse_loss_myelinated", "diffuse_loss_repaired"),
    "bare": ("bare_loss",),
    "ageing": ("ageing_loss_myelinated", "ageing_loss_bare", "ageing_loss_repaired"),
    "cortex": ("neuron_loss_myelinated", "neuron_loss_repaired"),
}
