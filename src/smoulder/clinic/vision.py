"""Examinations of the eyes: letters read at low contrast, thickness of the retina, latency of the visual evoked
potential (VEP). The truth has one visual pathway for both eyes, so everything here is of both eyes together.

**Letters.** Contrast has to rise as the messages that arrive become fewer, so letters are lost with the logarithm of
the share that the pathway carries now: ``gain * ln(1 - loss - block)``, from norms of age and of the person.

**Retina.** A layer is ``floor + (healthy - floor) * fibres``: vessels and supporting tissue remain without any fibre.
``fibres`` is ``survival ** retina_share``: survival of the pathway is the product of that in the nerve, which the
retina shows in full, and that in the brain, which it shows as far as loss crosses the synapse; the truth does not tell
the two apart. The layer follows with a lag, exact for even loss between recorded moments. Survival holds healthy ageing
from the biological start on, the slope of the norm that before. Acute swelling of the disc is left out.

**VEP.** A millimetre takes ``1 / velocity`` milliseconds, velocity in m/s being mm/ms. A fibre that lies bare or thinly
remyelinated over ``length`` is late by the difference, and the mean fibre by the mean shares of such fibres. (The real
peak leans to the fibres that arrive together.) Acutely blocked fibres send nothing; their messages are missing from the
response, which cannot be recorded (NaN) once the person's own amplitude, times the share carried now, is too small.

One eye alone: where the other is healthy, the affected eye differs by twice what is found here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from smoulder import random
from smoulder.clinic.instrument import Instrument, Measure
from smoulder.clinic.truth import Truth, age_days, step_years
from smoulder.clinic.visits import First, at_visits
from smoulder.parameters import Parameters
from smoulder.records import Eyes, years

__all__ = ["EYES", "carried", "delay", "draw_eyes", "eyes", "thickness"]

#: Draws of what is a person's own for life: nobody is examined on the day of birth or the day after.
AT_BIRTH, DAY_AFTER = 0, 1
MS_PER_SECOND = 1000.0


def carried(
    truth: Truth, person: NDArray[np.int64] | slice = slice(None), moment: NDArray[np.int64] | slice = slice(None)
) -> NDArray[np.float64]:
    """Share of healthy messages that the visual pathway carries, 0..1, where ``loss`` and ``block`` leave any:
    float64 of the shape of ``truth[...][moment, person]``.
    """
    left = 1 - truth["loss_visual"][moment, person].astype(np.float64) - truth["block_visual"][moment, person]
    return np.clip(left, 0, 1)


def delay(
    truth: Truth,
    parameters: Parameters,
    person: NDArray[np.int64] | slice = slice(None),
    moment: NDArray[np.int64] | slice = slice(None),
) -> NDArray[np.float64]:
    """Milliseconds by which bare and remyelinated fibres delay the VEP, mean of both eyes: float64 of the shape of
    ``truth[...][moment, person]``.
    """
    healthy = 1 / parameters["vep.velocity"]
    late = np.zeros(truth["bare_visual"][moment, person].shape)
    for kind in ("bare", "repaired"):
        share = truth[f"{kind}_visual"][moment, person].astype(np.float64)
        late += share * (1 / parameters[f"vep.velocity_{kind}"] - healthy)
    return parameters["vep.length"] * late


def remaining(truth: Truth, parameters: Parameters, layer: str, person: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of its fibres that a ``layer`` (``rnfl`` or ``gcipl``) of each ``person`` (index, [P]) shows at every
    recorded moment: float64[T, P], from 1 at the biological start.
    """
    alive = truth["survival_visual"][:, person].astype(np.float64) ** parameters["retina_share"]
    before = np.vstack([np.ones((1, alive.shape[1])), alive[:-1]])
    span = step_years(truth) / parameters[f"{layer}.lag"]
    kept = np.exp(-span)
    arrived = alive - kept * before - (alive - before) * (1 - kept) / span
    shown = np.ones(alive.shape[1])
    for row in arrived:
        shown = kept * shown + row
        row[:] = shown
    return arrived


def thickness(
    truth: Truth, parameters: Parameters, layer: str, person: NDArray[np.int64], own: NDArray[np.float64]
) -> NDArray[np.float64]:
    """True thickness of a ``layer`` (``rnfl`` or ``gcipl``) in um of each ``person`` (index, [P]), who is ``own``
    standard deviations thicker than others when healthy [P], at every recorded moment: float64[T, P].
    """
    floor = parameters[f"{layer}.floor"]
    begun = truth.start_age[person].astype(np.float64) - parameters["age_reference"]
    healthy = parameters[f"{layer}.norm"] - parameters[f"{layer}.ageing"] * begun + parameters[f"{layer}.spread"] * own
    return floor + np.maximum(healthy - floor, 0) * remaining(truth, parameters, layer, person)


def _letters(
    parameters: Parameters,
    share: NDArray[np.float64],
    beyond: NDArray[np.float64],
    own: NDArray[np.float64],
    error: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Letters read, [n], at a ``share`` of messages carried and an age ``beyond`` the reference; whole numbers."""
    healthy = parameters["lcla.norm"] - parameters["lcla.ageing"] * beyond + parameters["lcla.spread"] * own
    least = np.finfo(np.float64).tiny
    read = healthy + parameters["lcla.gain"] * np.log(np.maximum(share, least)) + parameters["lcla.noise"] * error
    return np.rint(np.clip(read, 0, parameters["lcla.limit"])).astype(np.float32)


def _latency(
    parameters: Parameters,
    late: NDArray[np.float64],
    beyond: NDArray[np.float64],
    own: NDArray[np.float64],
    error: NDArray[np.float64],
) -> NDArray[np.float64]:
    """P100 latency in ms, [n], where fibres are ``late`` by so many ms."""
    healthy = parameters["vep.norm"] * (1 + parameters["vep.ageing"] * beyond)
    return late + MS_PER_SECOND * (healthy + parameters["vep.spread"] * own + parameters["vep.noise"] * error)


def _drawn(seed: int, ids: NDArray[np.int64], moment: NDArray[np.int32] | int) -> NDArray[np.float64]:
    """Four standard normal numbers each, float64[4, n]."""
    return np.asarray(ndtri(random.as_uniform(random.words(seed, ids, "eyes", moment))))


def draw_eyes(
    truth: Truth,
    parameters: Parameters,
    person: NDArray[np.int64],
    moment: NDArray[np.int64],
    *,
    day: NDArray[np.int32] | None = None,
    seed: int | None = None,
) -> Eyes:
    """One examination of the eyes for each ``person`` (index) and ``moment`` (index), int64[n] each, on ``day`` (age in
    days, int32[n]; that of the moment unless given, which is where the truth is read).

    Everything is done; ``vep`` is NaN where no response could be recorded. A result depends on the truth, the seed
    (that of the truth unless given), the person and the day, on no other examination.
    """
    seed = truth.seed if seed is None else seed
    ids = np.asarray(truth.id, dtype=np.int64)
    if day is None:
        day = age_days(truth, person, truth.years[moment].astype(np.float64))
    seen, place = np.unique(person, return_inverse=True)
    for_life, own_amplitude = _drawn(seed, ids[seen], AT_BIRTH), _drawn(seed, ids[seen], DAY_AFTER)[0]
    own, today = for_life[:, place], _drawn(seed, ids[person], day)
    share, beyond = carried(truth, person, moment), years(day) - parameters["age_reference"]
    layers = {
        layer: np.maximum(
            thickness(truth, parameters, layer, seen, for_life[i])[moment, place]
            + parameters[f"{layer}.noise"] * today[i],
            0,
        )
        for i, layer in ((1, "rnfl"), (2, "gcipl"))
    }
    latency = _latency(parameters, delay(truth, parameters, person, moment), beyond, own[3], today[3])
    amplitude = share * np.exp(parameters["vep.amplitude_spread"] * own_amplitude[place])
    return Eyes(
        person=ids[person],
        day=day,
        low_contrast=_letters(parameters, share, beyond, own[0], today[0]),
        rnfl=layers["rnfl"],
        gcipl=layers["gcipl"],
        vep=np.where(amplitude < parameters["vep.extinguished"], np.nan, latency),
    )


def eyes(
    truth: Truth,
    parameters: Parameters | None = None,
    *,
    every_years: float = 1.0,
    first: First = "onset",
    who: NDArray[np.bool_] | None = None,
    seed: int | None = None,
) -> Eyes:
    """Examinations of the eyes of the people marked in ``who`` (bool[N], everyone unless given) at the visits of
    :func:`smoulder.clinic.follow` with the same ``every_years`` and ``first``.

    Raises InputError as ``follow`` does.
    """
    return at_visits(draw_eyes, truth, parameters, every_years=every_years, first=first, who=who, seed=seed)


EYES = Instrument(
    name="eyes",
    title="examinations of the eyes",
    table=Eyes,
    draw=draw_eyes,
    measures=(
        Measure("low_contrast", higher_is_worse=False),
        Measure("rnfl", higher_is_worse=False),
        Measure("gcipl", higher_is_worse=False),
        Measure("vep", higher_is_worse=True),
    ),
    purposes=("eyes",),
    every_years=1.0,
    remembers=True,
)
