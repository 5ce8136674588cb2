"""Blood samples: neurofilament light chain (NfL), which dying fibres shed and the blood clears.

``N = f * own * (norm(age) + E)`` with ``dE/dt = -ln 2 / t_half * E + release * (slow + acute * a)``, where ``slow`` and
``a`` are the rates of fibre loss outside and in acute lesions. A fibre lost in an acute lesion counts ``acute`` times,
for those that are injured beside it and survive. The norm holds what healthy ageing sheds, so only loss by other causes
counts towards the excess E; it grows exponentially with age and does not bend upwards beyond 70 years as the published
percentiles do. Between recorded moments the loss is taken as even, for which the excess is exact; moments far apart
against the half-time keep its mean and flatten its peaks. ``own`` is a person's stable factor, ``f`` that of the assay
(family ``snfl_assay``). One sample is off by a log-normal error.

Glial fibrillary acidic protein is not here: the evidence names its direction (row gfap_progressive) but no magnitude.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from smoulder import random
from smoulder.clinic.instrument import Instrument, Measure
from smoulder.clinic.truth import Truth, age_days, step_years
from smoulder.clinic.visits import First, at_visits
from smoulder.errors import UnknownName
from smoulder.parameters import Parameters
from smoulder.records import Samples, years

__all__ = ["BLOOD", "draw_blood", "excess", "norm", "samples"]

#: The draw of what is a person's own for life; no sample is on the day of birth, so the moment is free.
AT_BIRTH = 0
#: The assay in which the norm is given.
REFERENCE = "plasma"


def norm(parameters: Parameters, age: NDArray[np.float64]) -> NDArray[np.float64]:
    """Median NfL in healthy blood at ``age`` (years), pg/mL in the reference assay; float64, shape of ``age``."""
    return parameters["snfl.norm"] * np.exp(parameters["snfl.ageing"] * (age - parameters["age_reference"]))


def excess(truth: Truth, parameters: Parameters, person: NDArray[np.int64]) -> NDArray[np.float64]:
    """NfL above the norm of each ``person`` (index, [P]) at every recorded moment, pg/mL in the reference assay:
    float64[T, P], from none at the biological start.
    """
    acute = truth["lost_acute"][:, person].astype(np.float64)
    lost = truth["lost"][:, person] - truth["lost_ageing"][:, person] + (parameters["snfl.acute"] - 1) * acute
    shed = np.maximum(np.diff(lost, axis=0, prepend=0), 0)  # shares rounded to float32 may step back by a bit
    cleared = np.log(2) / parameters["snfl.t_half"] * step_years(truth)
    kept = np.exp(-cleared)
    arrived = parameters["snfl.release"] * (1 - kept) / cleared * shed
    level = np.zeros(len(person))
    for row in arrived:
        level = kept * level + row
        row[:] = level
    return arrived


def assay_factor(parameters: Parameters, assay: str) -> float:
    """Value of ``assay`` over that of the reference. Raises UnknownName, with the nearest."""
    factors = {REFERENCE: 1.0} | parameters.family("snfl_assay")
    if assay not in factors:
        raise UnknownName("assay", assay, factors)
    return factors[assay]


def draw_blood(
    truth: Truth,
    parameters: Parameters,
    person: NDArray[np.int64],
    moment: NDArray[np.int64],
    *,
    day: NDArray[np.int32] | None = None,
    assay: str = REFERENCE,
    seed: int | None = None,
) -> Samples:
    """One sample for each ``person`` (index) and ``moment`` (index), int64[n] each, on ``day`` (age in days, int32[n];
    that of the moment unless given, which is where the truth is read).

    A result depends on the truth, the seed (that of the truth unless given), the person and the day, on no other
    sample. Raises UnknownName for an assay that is not in the table.
    """
    seed = truth.seed if seed is None else seed
    factor = assay_factor(parameters, assay)
    ids = np.asarray(truth.id, dtype=np.int64)[person]
    if day is None:
        day = age_days(truth, person, truth.years[moment].astype(np.float64))
    own, noise = (ndtri(random.uniform(seed, ids, "blood", at)) for at in (AT_BIRTH, day))
    sampled, place = np.unique(person, return_inverse=True)
    level = norm(parameters, years(day)) + excess(truth, parameters, sampled)[moment, place]
    snfl = factor * level * np.exp(parameters["snfl.spread"] * own + parameters["snfl.noise"] * noise)
    return Samples(person=ids, day=day, snfl=snfl)


def samples(
    truth: Truth,
    parameters: Parameters | None = None,
    *,
    every_years: float = 0.25,
    first: First = "onset",
    who: NDArray[np.bool_] | None = None,
    assay: str = REFERENCE,
    seed: int | None = None,
) -> Samples:
    """Blood samples of the people marked in ``who`` (bool[N], everyone unless given) at the visits of
    :func:`smoulder.clinic.follow` with the same ``every_years`` and ``first``.

    ``assay`` is ``plasma``, the reference (single-molecule array), or a name of the family ``snfl_assay``:
    ``serum_2017``, the older serum calibration. Raises UnknownName for another and InputError as ``follow`` does.
    """
    return at_visits(
        draw_blood, truth, parameters, every_years=every_years, first=first, who=who, seed=seed, assay=assay
    )


BLOOD = Instrument(
    name="samples",
    title="blood samples",
    table=Samples,
    draw=draw_blood,
    measures=(Measure("snfl", higher_is_worse=True),),
    purposes=("blood",),
    remembers=True,
)
