"""Names of the rows of every array in which the kernel keeps a life. A row is declared here and nowhere else.

Arrays are ``[row, lane]`` or ``[row, place, lane]``; a lane is a person of the block. Each class names the rows of one
array, with units, and the number of that class (``MILIEU`` for :class:`Milieu`) holds their positions:
``milieu[MILIEU.debris, region, lane]``. The rows of ``u``, the treatment multipliers, are the fields of
:class:`smoulder.biology.states.Effects`, whose positions are ``EFFECT``. The order of rows moves no result.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from smoulder.anatomy import ITEMS, PATHWAYS, REGIONS
from smoulder.biology.states import Effects


class Person(NamedTuple):
    """What a person has once, and not region by region."""

    activity: int  # log of the fluctuating drive of attack, mean 0
    slow: int  # compartmentalised inflammation, 0..1
    water: int  # swelling of the brain by recent lesions, share of its volume
    rims_transient: int  # chronic active lesions that last some years, mean number
    rims_persistent: int  # chronic active lesions that last decades, mean number


class Factors(NamedTuple):
    """What age and traits do in this step; filled anew in every step, 1 = median at the reference age."""

    repair: int
    supply: int
    clearance: int
    frailty: int
    ageing: int  # healthy loss a year
    attack: int
    transected: int  # share of a lesion's fibres that is cut
    slow_ageing: int
    vulnerable: int  # frailty times the person's vulnerability


class Onset(NamedTuple):
    """When the disease was first felt; years since the biological start, inf until then."""

    attack: int  # the first expressed attack
    since: int  # the deficit that is there now was first noticed
    lasting: int  # a deficit was first noticed that lasted


class Milieu(NamedTuple):
    """The surroundings of the fibres of a region; the first two rows are states, the others hold for one step."""

    debris: int
    microglia: int
    repair: int  # repair capacity
    supply: int  # energy supply
    mean_microglia: int  # over the step
    slow: int  # compartmentalised inflammation at this depth


class Cell(NamedTuple):
    """Fibres and rims of a cell, shares; the first four rows are the stocks of :class:`~smoulder.biology.Tissue`."""

    myelinated: int
    acute: int
    bare: int
    repaired: int
    rim_transient: int
    rim_persistent: int


class Pooled(NamedTuple):
    """What the cells of a region hand to its surroundings for the next step, means over the cells."""

    release: int  # fibres and myelin that fell to debris
    rims: int
    acute: int


class Losses(NamedTuple):
    """Why fibres were lost, summed over cells: cut by the acute lesion, then the causes of the tissue's processes."""

    acute: int
    rim: int
    diffuse: int
    bare: int
    ageing: int
    cortex: int


class Counters(NamedTuple):
    """Lesions since the last recorded moment."""

    brain: int
    cord: int
    felt: int


class Death(NamedTuple):
    """Hazard of death; the last two rows are states."""

    rate: int  # per year at the reference age, by sex
    doubling: int  # years in which the hazard doubles, by sex
    draw: int  # cumulative hazard at which the person dies
    so_far: int  # cumulative hazard
    when: int  # years since the biological start, inf while alive


class Pathway(NamedTuple):
    """What a pathway can do: rows of ``shown``."""

    loss: int
    block: int
    survival: int


class Traits(NamedTuple):
    """How people differ: rows of ``People.traits``."""

    lesion_rate: int
    tendency: int
    repair: int
    reserve: int
    vulnerability: int
    expression: int


class Scratch(NamedTuple):
    """Rows that hold a number for as long as one function runs, or from one function to the next of the same step."""

    age: int  # years
    rate: int  # lesions a year
    below: int  # uniform number against which lesions are counted
    none: int  # chance of no lesion in the step
    left_transient: int  # share of rims left after the step
    left_persistent: int
    lasting: int  # what the pathway carries for good
    now: int  # what it carries now
    worst: int  # worst lasting latent disability of any pathway
    lost_brain: int  # fibres lost, summed over cells
    lost_cord: int


class Born(NamedTuple):
    """Whole numbers of the lesions born in a step, one column a lesion."""

    candidate: int  # lanes with at least one lesion (columns count lanes here)
    lane: int
    nth: int  # number within the lane and step
    id: int  # of the person
    region: int


class Words(NamedTuple):
    """Random words of a lesion."""

    region: int
    area: int
    moment: int  # within the step
    enhances: int
    rim: int
    persistent: int
    lasts: int
    luck: int


class Sizes(NamedTuple):
    """Numbers of the lesions born in a step that do not depend on the tissue."""

    area: int  # mm2
    rim: int  # chance of a rim
    lasts: int  # how long a rim lasts, in its own mean
    luck: int  # factor on how much of it is felt
    enhances: int  # years


class PersonWords(NamedTuple):
    """Random words of a person in a step."""

    activity: int
    lesions: int  # how many are born


def _positions(names: Any) -> Any:
    """The class of names filled with 0, 1, 2, ..."""
    return names(*range(len(names._fields)))


PERSON: Person = _positions(Person)
FACTOR: Factors = _positions(Factors)
ONSET: Onset = _positions(Onset)
MILIEU: Milieu = _positions(Milieu)
CELL: Cell = _positions(Cell)
POOLED: Pooled = _positions(Pooled)
COUNTER: Counters = _positions(Counters)
LOSS: Losses = _positions(Losses)
DEATH: Death = _positions(Death)
TRAIT: Traits = _positions(Traits)
SHOWN: Pathway = _positions(Pathway)
SCRATCH: Scratch = _positions(Scratch)
BORN: Born = _positions(Born)
WORD: Words = _positions(Words)
SIZE: Sizes = _positions(Sizes)
PERSON_WORD: PersonWords = _positions(PersonWords)
EFFECT: Effects = _positions(Effects)

#: Names of what is recorded of each person at each moment, in the order of ``Truth.values``.
QUANTITIES: tuple[str, ...] = (
    *(f"latent_{item}" for item in ITEMS),
    *(f"{row}_{pathway}" for row in Pathway._fields for pathway in PATHWAYS),
    "brain_volume", "cord_volume", "new_brain", "new_cord", "relapses", "rims", "microglia", "debris", "slow", "bare",
    *(f"lost_{cause}" for cause in Losses._fields), "lost",
    "bare_visual", "repaired_visual",  # shares of surviving fibres, mean over the pathway
    "lost_grey",  # lost share of fibres in cortex and deep grey matter
)

#: First row of each family in ``out``, which has the rows of QUANTITIES, and the rows of its single quantities.
FIRST_LATENT, FIRST_SHOWN, FIRST_LOST = 0, len(ITEMS), QUANTITIES.index("lost_acute")
BRAIN_VOLUME, CORD_VOLUME = QUANTITIES.index("brain_volume"), QUANTITIES.index("cord_volume")
NEW_BRAIN, NEW_CORD, RELAPSES = (QUANTITIES.index(name) for name in ("new_brain", "new_cord", "relapses"))
RIMS, MICROGLIA, DEBRIS, SLOW, BARE = (
    QUANTITIES.index(name) for name in ("rims", "microglia", "debris", "slow", "bare")
)
LOST, BARE_VISUAL, REPAIRED_VISUAL, LOST_GREY = (
    QUANTITIES.index(name) for name in ("lost", "bare_visual", "repaired_visual", "lost_grey")
)

#: Rows of items, pathways and regions that the order of a life names.
(
    PYRAMIDAL, CEREBELLAR, BRAINSTEM, SENSORY, BOWEL_BLADDER, VISUAL, MENTAL, AMBULATION, ARM_USE,
) = (
    ITEMS.index(name)
    for name in (
        "pyramidal", "cerebellar", "brainstem", "sensory", "bowel_bladder", "visual", "mental", "ambulation", "arm_use",
    )
)
(
    ARM_PATH, LEG_PATH, ARM_SENSE_PATH, LEG_SENSE_PATH, CEREBELLAR_PATH, BRAINSTEM_PATH, VISUAL_PATH, BLADDER_PATH,
    MENTAL_PATH,
) = (
    PATHWAYS.index(name)
    for name in (
        "pyramidal_arm", "pyramidal_leg", "sensory_arm", "sensory_leg", "cerebellar", "brainstem", "visual",
        "bowel_bladder", "mental",
    )
)
CORTEX, FIRST_CORD = REGIONS.index("cortex"), REGIONS.index("cervical")
