"""A trial's numbers beside the published ones: which agree, which miss and why, and how they are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from smoulder.trials.result import Endpoint, Published, Spread, TrialResult

__all__ = ["Verdict", "Writing", "effect_of", "is_ratio", "points", "share", "verdicts", "words", "writing"]

_RATIOS = ("relative_risk",)  # effects on a log scale whose names do not end in ratio
_SHARES = ("proportion", "fraction", "share")
_PERCENTS = ("percent", "%")
#: Unit of what is given by arm where its name alone tells it.
_BY_MEASURE = {"event_share": "proportion", "share": "proportion", "annual_rate": "per_year"}
_CHANGES = ("percent_change",)  # effects against the comparator whose unit is not that of the arms
#: (factor, decimals, what follows) by unit of the evidence; None: decimals by size.
_UNITS: dict[str, tuple[float, int | None, str]] = {
    **dict.fromkeys(_SHARES, (100, 1, "%")),
    **dict.fromkeys(_PERCENTS, (1, None, "%")),
    "percentage points": (1, None, " percentage points"),
    "fraction_point": (100, None, " percentage points"),
    "percent_per_year": (1, None, "% a year"),
    "per_year": (1, None, " a year"),
    "year": (1, 1, " years"),
    "years": (1, 1, " years"),
    "second": (1, None, " s"),
    "EDSS": (1, 2, ""),
    "ratio": (1, 2, ""),
    "count": (1, None, ""),
    "dimensionless": (1, None, ""),
    "": (1, None, ""),
}
_NOTHING = Spread(*[float("nan")] * 4)  # of an arm that was published and not simulated


@dataclass(frozen=True)
class Verdict:
    """One simulated number of an endpoint, of an ``arm`` or of the effect (``arm`` is ""), beside the published one
    where there is one. ``judged`` is False where the two cannot be compared; ``reason`` says why they miss, "" if not.
    """

    endpoint: Endpoint
    arm: str
    simulated: Spread
    published: Published | None
    judged: bool
    reason: str

    @property
    def miss(self) -> bool:
        """True for a published number that was judged and missed."""
        return self.judged and self.reason != ""

    @property
    def word(self) -> str:
        """``hit``, ``MISS``, or a dash where nothing was judged."""
        return ("MISS" if self.reason else "hit") if self.judged else "–"

    @property
    def what(self) -> str:
        """The quantity in words: the measure of effect, or the measure of the arm with the arm."""
        return f"{words(self.endpoint.arm_measure)}, {self.arm}" if self.arm else words(self.endpoint.measure)

    @property
    def written(self) -> Writing:
        """How the two numbers are written."""
        published = [self.published.value, self.published.lo, self.published.hi] if self.published else []
        unit, sign = _unit(self)
        return writing(unit, [self.simulated.mean, self.simulated.lo, self.simulated.hi, *published], sign=sign)


@dataclass(frozen=True)
class Writing:
    """How numbers of one kind are written: factor, decimals, whether a plus is shown, and what follows."""

    factor: float
    decimals: int
    sign: bool
    suffix: str

    def bare(self, value: float) -> str:
        """The number alone; a dash for one that does not exist."""
        if not isfinite(value):
            return "–"
        text = f"{self.factor * value:{'+' if self.sign else ''}.{self.decimals}f}"
        if float(text) == 0:
            text = text.lstrip("+-")
        return text.replace("-", "−")

    def one(self, value: float) -> str:
        """The number and what follows it."""
        return self.bare(value) + (self.suffix if isfinite(value) else "")

    def three(self, value: float, lo: float, hi: float) -> str:
        """The number with its interval, which no line breaks, where it has one; a unit of words follows both."""
        if not (isfinite(lo) and isfinite(hi)):
            return self.one(value)
        span = f"({self.bare(lo)} to {self.bare(hi)})".replace(" ", "\u00a0")
        if self.suffix.startswith(" "):
            return f"{self.bare(value)} {span}{self.suffix}"
        return f"{self.one(value)} {span}"


def words(name: str) -> str:
    """The name of a measure as words."""
    return name.replace("_", " ")


def is_ratio(measure: str) -> bool:
    """True for an effect whose value without a difference is 1 and whose scale is logarithmic."""
    return measure.endswith("ratio") or measure in _RATIOS


def share(value: float) -> str:
    """A share from 0 to 1 in whole percent; a dash where it does not exist."""
    return f"{100 * value:.0f}%" if isfinite(value) else "–"


def writing(unit: str, values: Sequence[float], *, sign: bool = False) -> Writing:
    """How ``values`` in ``unit`` (a word of evidence/units.csv, or any other) are written beside each other."""
    factor, decimals, suffix = _UNITS.get(unit, (1.0, None, f" {unit}"))
    if decimals is None:
        largest = max((abs(factor * value) for value in values if isfinite(value)), default=0.0)
        decimals = next((d for least, d in ((100, 0), (10, 1), (0.1, 2)) if largest >= least), 3)
    return Writing(factor, decimals, sign, suffix)


def points(unit: str) -> str:
    """The unit of a difference between two values in ``unit``: percentage points where those are percent."""
    if unit in _SHARES:
        return "fraction_point"
    return "percentage points" if unit in _PERCENTS else unit


def _unit(one: Verdict) -> tuple[str, bool]:
    """The unit a comparison is written in, and whether its sign is always shown."""
    measure, unit = one.endpoint.measure, one.endpoint.unit
    if unit not in _PERCENTS:
        unit = _BY_MEASURE.get(one.endpoint.arm_measure, unit)
    if one.arm:
        return unit, False
    if is_ratio(measure):
        return "ratio", False
    if measure in _CHANGES:
        return "percent", True
    return points(unit), True


def verdicts(result: TrialResult) -> list[Verdict]:
    """Every simulated number of a trial in order: by endpoint, first the effect, then each arm.

    It misses where the published value lies outside the central 95% of replicates, or where the published interval is
    printed and the simulated mean lies outside it, or where no replicate had a value. One replicate has no interval:
    there only the published interval judges.
    """
    found = []
    for endpoint in result.endpoints:
        found.append(effect_of(endpoint, result.replicates))
        for arm in dict.fromkeys((*endpoint.arms, *endpoint.published_arms)):
            spread = endpoint.arms.get(arm, _NOTHING)
            found.append(_compared(endpoint, arm, spread, endpoint.published_arms.get(arm), result.replicates))
    return found


def effect_of(endpoint: Endpoint, replicates: int) -> Verdict:
    """The effect of an endpoint beside the published one."""
    return _compared(endpoint, "", endpoint.effect, endpoint.published, replicates)


def _compared(endpoint: Endpoint, arm: str, simulated: Spread, published: Published | None, replicates: int) -> Verdict:
    def made(judged: bool, *reasons: str) -> Verdict:
        return Verdict(endpoint, arm, simulated, published, judged, "; ".join(r for r in reasons if r))

    if published is None or not isfinite(published.value):
        return made(False)
    if not isfinite(simulated.mean):
        return made(True, "no replicate had a value")
    printed = isfinite(published.lo) and isfinite(published.hi)
    spread = replicates > 1 and isfinite(simulated.lo) and isfinite(simulated.hi)
    if not (printed or spread):
        return made(False)
    apart = spread and not simulated.lo <= published.value <= simulated.hi
    beside = printed and not published.lo <= simulated.mean <= published.hi
    return made(
        True,
        "the published value lies outside 95% of the replicates" if apart else "",
        "the simulated mean lies outside the published interval" if beside else "",
    )
