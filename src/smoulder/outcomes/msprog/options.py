"""What the options of msprog mean here: each is turned into a part of a rule, or refused in one line.

msprog (R, Montobbio et al, Mult Scler 30:1185, 2024, doi 10.1177/13524585241243157, MIT licence) and its Python
counterpart pymsprog name a few options differently; both names are taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from smoulder.errors import InputError, UnknownName
from smoulder.outcomes.msprog.tables import Columns
from smoulder.outcomes.rules.published import EDSS_STEP_TO_5_0, SHARE_20, SHARE_20_OR_4
from smoulder.outcomes.rules.worsening import (
    EDSS,
    NHPT_DOMINANT,
    SDMT,
    T25FW,
    AttributionRule,
    Confirmation,
    CustomThreshold,
    Distances,
    Interval,
    Reference,
    Scale,
    Window,
    WorseningRule,
)

__all__ = ["SOURCE", "Options", "attribution_of", "columns_of", "confirmation_of", "near_of", "rule_of", "scale_of"]

SOURCE = "options of msprog (Montobbio et al, Mult Scler 30:1185, 2024, doi 10.1177/13524585241243157)"
_MOVES = {"fixed": (False, False), "roving": (True, True), "roving_impr": (True, False), "roving_wors": (False, True)}
_BELOW = {
    "none": "none",
    "change": "both",
    "event": "both",
    "improvement": "improvement",
    "worsening": "worsening",
}
_SCALES = {
    "edss": (EDSS, EDSS_STEP_TO_5_0),
    "nhpt": (NHPT_DOMINANT, SHARE_20),
    "t25fw": (T25FW, SHARE_20),
    "sdmt": (SDMT, SHARE_20_OR_4),
}
_POINTS = {"baseline": "reference", "last": "last", "last_delta": "clear"}


class Options:
    """Options by name, each read once by its kind. UnknownName for an option that is not in ``defaults``; InputError
    for one that was given without need (``required`` are those without a default).
    """

    def __init__(self, given: Mapping[str, Any], defaults: Mapping[str, Any], what: str) -> None:
        """Keep the options of ``given`` over ``defaults``; ``what`` names the function in messages."""
        for name in given:
            if name not in defaults:
                raise UnknownName(f"option of {what}", name, sorted(defaults))
        self._values = {name: _plain(value) for name, value in {**defaults, **given}.items()}

    def __contains__(self, name: str) -> bool:
        """Whether the function has this option at all."""
        return name in self._values

    def __getitem__(self, name: str) -> Any:
        """The value as it was given."""
        return self._values[name]

    def one_of(self, name: str, allowed: Mapping[str, Any] | tuple[str, ...]) -> str:
        """A word out of those allowed."""
        value = self._values[name]
        if not isinstance(value, str) or value not in allowed:
            raise UnknownName(f"value of {name}", str(value), list(allowed))
        return str(value)

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._values[name]
        if value not in (True, False):
            raise InputError(f"{name} is true or false, not '{value}'")
        return bool(value)

    def number(self, name: str, *, infinite: bool = False) -> float:
        """A number that is not negative; infinite only where that means something."""
        return _number(self._values[name], name, infinite=infinite)

    def pair(self, name: str, second: float | None) -> tuple[int, int]:
        """Two numbers of days, or one and ``second`` (None: the same again); a least distance is rounded up to whole
        days, a greatest one down.
        """
        return _pair(self._values[name], name, second)

    def days(self, name: str) -> tuple[int, ...]:
        """One number of whole days or several."""
        value = self._values[name]
        several = value if isinstance(value, (list, tuple)) else [value]
        if not several:
            raise InputError(f"{name} needs at least one number of days")
        return tuple(int(_number(one, name, infinite=False)) for one in several)


def rule_of(options: Options) -> WorseningRule:
    """The rule of worsening and improvement."""
    scale, threshold = scale_of(options)
    rebase = options.flag("relapse_rebl")
    first_pira = options["event"] == "firstPIRA"
    reference = Reference(
        *_MOVES[options.one_of("baseline", _MOVES)],
        at_onset=options.one_of("proceed_from", ("firstconf", "event")) == "event",
        below_threshold=_BELOW[options.one_of("sub_threshold_rebl", _BELOW)],  # type: ignore[arg-type]
        skips=options.one_of("skip_local_extrema", ("none", "strict", "all")),  # type: ignore[arg-type]
        after_relapse=(0 if first_pira else options.pair("relapse_assoc", 0)[0]) if rebase else None,
        never_lower=rebase and options.flag("bl_geq"),
    )
    return WorseningRule("msprog", SOURCE, scale, threshold, reference, confirmation_of(options), near_of(options))


def attribution_of(options: Options) -> AttributionRule:
    """What makes RAW and PIRA: ``relapse_assoc`` and ``relapse_indep``."""
    given = options["relapse_indep"]
    bounds = given or {"prec": (0, 0), "event": (90, 30), "conf": (90, 30)}
    if not isinstance(bounds, Mapping):
        raise InputError(f"relapse_indep names intervals round prec, event and conf; '{bounds}' does not")
    if bounds.get("use_end_dates"):
        raise InputError("relapse_indep with use_end_dates: ends of relapses are not judged here, only their onsets")
    if {"p0", "p1", "e0", "e1", "c0", "c1"} & set(bounds):
        bounds = _from_bounds(bounds)
    for name in bounds:
        if name not in ("prec", "event", "conf", "prec_type", "use_end_dates"):
            raise UnknownName("part of relapse_indep", str(name), ["prec", "event", "conf", "prec_type"])
    before = bounds.get("prec_type", "baseline")
    if before not in _POINTS:
        raise UnknownName("value of prec_type", str(before), list(_POINTS))
    return AttributionRule("msprog", SOURCE, options.pair("relapse_assoc", 0), _intervals(bounds, _POINTS[before]))


def columns_of(options: Options) -> Columns:
    """Which columns of the tables are meant."""
    for name in ("subj_col", "value_col", "date_col"):
        if options[name] is None:
            raise InputError(f"{name} must be given")
    person, day = str(options["subj_col"]), str(options["date_col"])
    return Columns(
        person,
        str(options["value_col"]),
        day,
        str(options["rsubj_col"] or person),
        str(options["rdate_col"] or day),
        str(options["validconf_col"] or ""),
        str(options["valuedelta_col"] or "") if "valuedelta_col" in options else "",
        options["date_format"],
    )


def near_of(options: Options) -> Distances:
    """Distances to relapses of reference, event and confirmation."""
    names = ("relapse_to_bl", "relapse_to_event", "relapse_to_conf")
    return Distances(*(options.pair(name, 0) if name in options else (0, 0) for name in names))


def scale_of(options: Options) -> tuple[Scale, Any]:
    """The scale that is scored, and the change of it that counts."""
    name = str(options["outcome"]).lower()
    change = options["delta_fun"] if "delta_fun" in options else None
    custom = None if change is None else CustomThreshold("delta_fun", SOURCE, _checked(change))
    if options["outcome"] is None and custom is None:
        raise InputError("outcome must be given")
    if name in _SCALES:
        scale, threshold = _SCALES[name]
        return scale, custom or threshold
    if name not in ("custom", "none"):
        raise UnknownName("value of outcome", name, [*_SCALES, "custom"])
    if "delta_fun" in options and custom is None:
        raise InputError("outcome 'custom' needs delta_fun, the change that counts from each score")
    direction = options.one_of("worsening", ("increase", "decrease"))
    return Scale("visits", str(options["value_col"]), direction == "increase"), custom or SHARE_20


def _checked(change: Any) -> Callable[[float], float]:
    if not callable(change):
        raise InputError("delta_fun is a function from a score to the change that counts from it")
    function: Callable[[float], float] = change
    return function


def confirmation_of(options: Options) -> Confirmation:
    """Windows, visits in between, how long a change must last, and what happens at the last visit."""
    first, *others = _windows(options)
    lasts = options.number("require_sust_days", infinite=True) if "require_sust_days" in options else 0.0
    unconfirmed, within = _unconfirmed(options)
    return Confirmation(
        first.days,
        first.early,
        first.late,
        every_visit=options.flag("check_intermediate") if "check_intermediate" in options else True,
        sustained=None if math.isinf(lasts) else math.ceil(lasts),
        unconfirmed=unconfirmed,  # type: ignore[arg-type]
        also=tuple(others),
        within=within,
    )


def _windows(options: Options) -> list[Window]:
    """The windows in the order given; tolerance one for all, or one each by its days."""
    tolerance = options["conf_tol_days"]
    windows = []
    for days in options.days("conf_days"):
        own = tolerance
        if isinstance(tolerance, Mapping):
            by_days = {int(key): value for key, value in tolerance.items()}
            if days not in by_days:
                raise InputError(f"conf_tol_days has no tolerance for {days} days")
            own = by_days[days]
        early, late = _ends(own, "conf_tol_days", None)
        windows.append(Window(days, math.floor(early), None if math.isinf(late) else math.floor(late)))
    return windows


def _unconfirmed(options: Options) -> tuple[str, int | None]:
    value = options.number("impute_last_visit", infinite=True)
    if value == 0:
        return "never", None
    if value < 1:
        raise InputError(
            f"impute_last_visit={value:g} draws at random, which a rule does not: give 0, 1 or a number of days"
        )
    return "last visit", None if value == 1 or math.isinf(value) else math.floor(value)


def _from_bounds(bounds: Mapping[str, Any]) -> dict[str, Any]:
    """The three intervals from their six bounds, as the function relapse_indep_from_bounds takes them."""
    for name in bounds:
        if name not in ("p0", "p1", "e0", "e1", "c0", "c1", "prec_type", "use_end_dates"):
            raise UnknownName("bound of relapse_indep", str(name), ["p0", "p1", "e0", "e1", "c0", "c1", "prec_type"])
    ends = {part: [bounds.get(part[0] + side, 0) for side in "01"] for part in ("prec", "event", "conf")}
    return {**ends, "prec_type": bounds.get("prec_type", "baseline")}


def _intervals(bounds: Mapping[str, Any], before: str) -> tuple[Interval, ...]:
    """Intervals from the bounds round three points: one without a right end runs on to the next right end.

    An interval of no length round a single point is none.
    """
    found = []
    start: tuple[str, int] | None = None
    for part, point in (("prec", before), ("event", "event"), ("conf", "confirmation")):
        left, right = bounds.get(part) or (0, 0)
        if left is not None:
            start = (point, int(_number(left, f"relapse_indep[{part}]", infinite=True, far=True)))
        if start is None:
            raise InputError("relapse_indep: the interval round prec needs a left end")
        if right is not None:
            after = int(_number(right, f"relapse_indep[{part}]", infinite=True, far=True))
            if start[0] != point or start[1] + after > 0:
                found.append(Interval(start[0], start[1], point, after))  # type: ignore[arg-type]
    return tuple(found)


def _pair(value: Any, name: str, second: float | None) -> tuple[int, int]:
    ends = _ends(value, name, second)
    least = name.startswith("relapse_to_")
    first, other = (2**30 if math.isinf(one) else math.ceil(one) if least else math.floor(one) for one in ends)
    return first, other


def _ends(value: Any, name: str, second: float | None) -> tuple[float, float]:
    given = list(value) if isinstance(value, (list, tuple)) else [value]
    if len(given) not in (1, 2):
        raise InputError(f"{name} is one number of days or two, not {len(given)}")
    numbers = [_number(one, name, infinite=True) for one in given]
    if len(numbers) == 1:
        numbers.append(numbers[0] if second is None else second)
    return numbers[0], numbers[1]


def _number(value: Any, name: str, *, infinite: bool, far: bool = False) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value) or value < 0:
        raise InputError(f"{name} takes numbers that are not negative, not '{value}'")
    if math.isinf(value):
        if not infinite:
            raise InputError(f"{name} cannot be infinite")
        return 2.0**30 if far else value
    return float(value)


def _plain(value: Any) -> Any:
    """Numbers of numpy and the words "inf" and "Inf" as plain numbers, also inside lists and tables."""
    if isinstance(value, str) and value.lower() == "inf":
        return math.inf
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if getattr(value, "ndim", 0) == 1:
        return [_plain(one) for one in value.tolist()]
    return value.item() if hasattr(value, "item") and not callable(value) and getattr(value, "ndim", 1) == 0 else value
