"""The page of maths: every process, as an amount per year. Ordinary arithmetic over named values and nothing else.

The same text runs compiled in the engine, under SymPy for the documentation and the proofs, and with units under Pint.
``s`` are stocks (each process is proportional to the stock it leaves), ``d`` drives, ``p`` parameters, ``u`` treatment
multipliers.
"""

from __future__ import annotations

from .states import CompartmentFlows, MilieuFlows, TissueFlows


def hinge(x, width):
    """``x`` where it is well above 0, 0 where well below, smooth between over about ``width``."""
    return (x + (x * x + width * width) ** (1 / 2)) / 2


def declining(age, halving, p):
    """Age factor that is 1 at the reference age and halves every ``halving`` years."""
    return 2 ** ((p.age_reference - age) / halving)


def rising(age, doubling, p):
    """Age factor that is 1 at the reference age and doubles every ``doubling`` years."""
    return 2 ** ((age - p.age_reference) / doubling)


def repair_capacity(rho, age_factor, debris, microglia, p):
    """Repair falls with age, and as debris and activated microglia hold precursors back; 1 = young, clean, quiet."""
    return rho * age_factor / ((1 + debris / p.half_debris_repair) * (1 + microglia / p.half_microglia_repair))


def early_share(repair, p):
    """Share of an acute lesion's fibres repaired at once: by precursors, which tire, or by survivors, which do not."""
    by_precursors = p.early_repair * repair / (1 + p.early_repair * repair)
    return p.repair_mode * p.survivor_share + (1 - p.repair_mode) * by_precursors


def energy_supply(age_factor, microglia, p):
    """Mitochondria fail with age and where microglia are active; 1 = a young adult's."""
    return age_factor / (1 + p.supply_microglia * microglia)


def energy_deficit(bare, supply, p):
    """How far demand, which grows as fibres lie bare, outruns supply; 0 while supply is ample."""
    return hinge((1 + p.demand_bare * bare) / (p.supply_margin * supply) - 1, p.deficit_width)


def tissue_flows(s, d, p, u):
    """Processes of one cell (see :class:`~smoulder.biology.states.TissueFlows`), per year."""
    early = early_share(u.remyelination * d.repair, p)
    deficit = energy_deficit(d.bare, u.energy_supply * d.supply, p)
    strip = (
        u.rim_expansion * p.k_rim_demyelination * d.rim
        + u.diffuse_demyelination * p.k_diffuse_demyelination * d.microglia
    )
    rim = u.rim_loss * p.k_rim_loss * d.rim
    diffuse = u.diffuse_loss * p.k_diffuse_loss * d.microglia * d.frailty * (1 + p.gain_energy * deficit)
    ageing = u.ageing_loss * d.ageing
    neuron = u.neuron_loss * p.k_neuron_loss * d.slow * d.frailty * d.cortical
    return TissueFlows(
        early_repair=early * s.acute / p.t_acute,
        settling=(1 - early) * s.acute / p.t_acute,
        late_repair=u.remyelination * p.k_late_repair * d.repair * s.bare,
        stripping=strip * s.myelinated,
        restripping=strip * s.repaired,
        rim_loss_myelinated=rim * s.myelinated,
        rim_loss_bare=rim * s.bare,
        rim_loss_repaired=rim * s.repaired,
        diffuse_loss_myelinated=diffuse * s.myelinated,
        diffuse_loss_repaired=diffuse * s.repaired,
        bare_loss=u.bare_loss * p.k_bare_loss * d.frailty * (1 + p.gain_energy * deficit) * s.bare,
        ageing_loss_myelinated=ageing * s.myelinated,
        ageing_loss_bare=ageing * s.bare,
        ageing_loss_repaired=ageing * s.repaired,
        neuron_loss_myelinated=neuron * s.myelinated,
        neuron_loss_repaired=neuron * s.repaired,
    )


def milieu_flows(s, d, p, u):
    """Processes around the fibres of one region, per year."""
    wake = u.activation * (
        p.wake_rim * d.rim
        + p.wake_acute * d.acute
        + p.wake_debris * d.debris / (p.half_debris_wake + d.debris)
        + p.wake_slow * d.slow
        + p.wake_age * d.frailty
    )
    return MilieuFlows(
        release=d.release,
        clearance=u.debris_clearance * p.clearance * d.clearance_age * s.debris / (p.half_debris_clearance + d.debris),
        activation=wake,
        saturation=wake * s.microglia,
        resolution=u.resolution * s.microglia / p.t_microglia,
    )


def compartment_flows(s, d, p, u):
    """Growth of inflammation behind the barrier: seeded by attack, then self-maintaining, faster with age; it fades."""
    pace = d.tendency * d.ageing
    seed = u.seeding * pace * (p.seed_attack * d.attack + p.seed_own)
    maintain = u.maintenance * pace * p.k_maintenance * d.slow
    return CompartmentFlows(
        seeding=seed,
        maintenance=maintain,
        crowding=(seed + maintain) * s.slow,
        fading=s.slow / p.t_slow,
    )
