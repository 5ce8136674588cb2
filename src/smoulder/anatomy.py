"""Names that the whole house shares: regions, pathways, rated items, traits, processes that a treatment may multiply.

Names only, in the order of every array of them; what they do is said in biology, clinic, people and treatments.
"""

from __future__ import annotations

__all__ = ["CELLS", "CORD", "COURSE", "EFFECTS", "ITEMS", "PATHWAYS", "REGIONS", "TRAITS"]

#: Where a lesion can lie.
REGIONS = ("cerebral", "cortex", "brainstem", "cerebellum", "optic", "cervical", "thoracolumbar")
#: Regions of the spinal cord.
CORD = ("cervical", "thoracolumbar")

#: Bundles of fibres with one function.
PATHWAYS = (
    "pyramidal_arm",
    "pyramidal_leg",
    "sensory_arm",
    "sensory_leg",
    "cerebellar",
    "brainstem",
    "visual",
    "bowel_bladder",
    "mental",
)

#: Where each pathway runs. A fibre works only if it survives in every region that it crosses: long paths fail first.
COURSE = {
    "pyramidal_arm": ("cerebral", "brainstem", "cervical"),
    "pyramidal_leg": ("cerebral", "brainstem", "cervical", "thoracolumbar"),
    "sensory_arm": ("cerebral", "brainstem", "cervical"),
    "sensory_leg": ("cerebral", "brainstem", "cervical", "thoracolumbar"),
    "cerebellar": ("brainstem", "cerebellum"),
    "brainstem": ("brainstem",),
    "visual": ("cerebral", "optic"),
    "bowel_bladder": ("cervical", "thoracolumbar"),
    "mental": ("cerebral", "cortex"),
}

#: The pathway-by-region cells in the order of every array of them.
CELLS = tuple((pathway, region) for pathway in PATHWAYS for region in COURSE[pathway])

#: What a neurologist rates: seven functional systems, ambulation, use of the arms.
ITEMS = (
    "pyramidal",
    "cerebellar",
    "brainstem",
    "sensory",
    "bowel_bladder",
    "visual",
    "mental",
    "ambulation",
    "arm_use",
)

#: How people differ, row by row of ``People.traits``.
TRAITS = ("lesion_rate", "tendency", "repair", "reserve", "vulnerability", "expression")

#: Processes a treatment may multiply, in the order of the rows of a plan's table.
EFFECTS = (
    "attack",
    "trafficking",
    "expression",
    "transection",
    "remyelination",
    "rim_birth",
    "rim_fading",
    "rim_expansion",
    "rim_loss",
    "diffuse_demyelination",
    "diffuse_loss",
    "bare_loss",
    "ageing_loss",
    "neuron_loss",
    "debris_clearance",
    "activation",
    "resolution",
    "seeding",
    "maintenance",
    "energy_supply",
    "conduction",
)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
