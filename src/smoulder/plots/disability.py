"""Disability and attacks of a natural history, published numbers marked beside the simulated curves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smoulder import evidence
from smoulder.experiments.natural import LEVELS, NaturalHistory
from smoulder.statistics import Survival
from smoulder.targets import Score

from .canvas import BLUE, FAINT, GREEN, GREY, INK, ORANGE, PINK, SKY, Picture, draw, picture

__all__ = ["ages_at_milestones", "edss_by_year", "milestones", "relapse_rate"]

_SHADES = ((3, SKY, "o"), (4, BLUE, "s"), (6, ORANGE, "D"), (7, PINK, "^"))
_COLOUR = {level: (colour, marker) for level, colour, marker in _SHADES}
_UP_TO = 30  # years of disease shown where the published table ends


def edss_by_year(natural: NaturalHistory) -> Picture:
    """P(EDSS >= 3, 4, 6, 7) by year of disease: published as points, simulated as lines with their Monte Carlo band."""
    seen = natural.edss[natural.edss["years"] <= _UP_TO]
    table = evidence.table("edss_by_duration_msss2005")
    years = table.iloc[:, 0].to_numpy()
    with draw(height=4.6) as (figure, axes):
        axis = axes[0, 0]
        for level, colour, marker in _SHADES:
            name = f"p_ge_{level}"
            low, high = 100 * seen[f"{name}_lo"], 100 * seen[f"{name}_hi"]
            axis.fill_between(seen["years"], low, high, color=colour, alpha=0.25, linewidth=0)
            axis.plot(seen["years"], 100 * seen[name], color=colour)
            axis.plot(
                years, 100 * table[name], marker, color=colour, markersize=4, markeredgecolor=INK, markeredgewidth=0.5
            )
        _percent(axis, "completed years of disease", "people with this EDSS or more")
        axis.set_xlim(-0.5, _UP_TO + 0.5)
        levels = [_line(f"EDSS ≥ {level}", colour, marker=marker) for level, colour, marker in _SHADES]
        both = [_line("simulated: rated EDSS of survivors, 95% band"), _dots("published: MSSS reference table of 2005")]
        figure.legend(handles=[*levels, *both], loc="outside lower center", ncols=3)
        rows = ", ".join(_pair(seen, table, level) for level, *_ in _SHADES)
        what = "Share of people with EDSS at least 3, 4, 6 and 7 against years of disease, simulated and published."
        alt = f"{what} At 20 years: {rows}."
        return picture(figure, "edss", "EDSS by year of disease", alt)


def _pair(seen: Any, table: Any, level: int) -> str:
    simulated = 100 * float(seen.loc[seen["years"] == 20, f"p_ge_{level}"].iloc[0])
    published = 100 * float(table.loc[table.iloc[:, 0] == 20, f"p_ge_{level}"].iloc[0])
    return f"EDSS {level} or more simulated {simulated:.0f}%, published {published:.0f}%"


def milestones(natural: NaturalHistory) -> Picture:
    """Years from onset to irreversible EDSS 4, 6, 7 by onset course, and to SPMS; published medians on the line of one
    half.
    """
    marks = _published(natural.scores, "years_to")
    with draw(1, 3, height=3.6, sharey=True) as (figure, axes):
        for axis, course in zip(axes[0], ("relapsing", "progressive"), strict=False):
            for level in LEVELS:
                _curve(axis, natural.milestones["onset", course, level], level, 40)
                _medians(axis, marks.get((str(level), course), []), level)
            axis.set_title(f"{course.capitalize()} onset")
        spms = axes[0, 2]
        _band(spms, natural.spms["onset"], GREEN, 40)
        for one in natural.scores:
            if one.target.quantity == "years_to_spms":
                _mark(spms, one, GREEN, "v")
        spms.set_title("SPMS, relapsing onset")
        for axis in axes[0]:
            _half(axis, (0, 40), "years from onset")
        axes[0, 0].set_ylabel("reached (Kaplan-Meier)")
        figure.legend(handles=_milestone_handles(), loc="outside lower center", ncols=5)
        return picture(figure, "milestones", "Milestones from onset", _milestone_alt(natural))


def ages_at_milestones(natural: NaturalHistory) -> Picture:
    """Age at irreversible EDSS 4, 6, 7 (Kaplan-Meier from birth), all courses and each course, with the published
    medians.
    """
    marks = _published(natural.scores, "age_at")
    with draw(1, 2, height=3.5, sharey=True) as (figure, axes):
        left, right = axes[0]
        for level in LEVELS:
            _curve(left, natural.milestones["birth", "all", level], level, 90)
            _medians(left, marks.get((str(level), "all"), []), level)
            for course, style in (("relapsing", "-"), ("progressive", "--")):
                curve = natural.milestones["birth", course, level]
                x, reached, *_ = _steps(curve, 90)
                right.plot(x, 100 * reached, style, color=_COLOUR[level][0], linewidth=1.4)
        left.set_title("All courses")
        right.set_title("Relapsing onset solid, progressive onset dashed")
        for axis in axes[0]:
            _half(axis, (20, 85), "age, years")
        left.set_ylabel("reached (Kaplan-Meier)")
        figure.legend(handles=_milestone_handles(spms=False), loc="outside lower center", ncols=4)
        told = ", ".join(f"EDSS {level} at {_number(natural.milestones['birth', 'all', level])}" for level in LEVELS)
        alt = f"Share of people that reached EDSS 4, 6 and 7 against age. Median ages simulated: {told}."
        return picture(figure, "ages", "Age at milestones", alt)


def relapse_rate(natural: NaturalHistory) -> Picture:
    """Attacks per person-year by age and by year of disease, relapsing onset, onset attack left out; published rates as
    grey bars.
    """
    with draw(1, 2, height=3.3, sharey=True) as (figure, axes):
        for axis, table, by in zip(
            axes[0], (natural.relapses_by_age, natural.relapses_by_year), ("age", "onset"), strict=True
        ):
            shown = table[table["person_years"] >= 50]
            middle = (shown["start"] + shown["stop"]) / 2
            spread = np.abs(np.array([shown["rate"] - shown["lo"], shown["hi"] - shown["rate"]]))
            for one in natural.scores:
                if one.target.quantity == "relapse_rate" and one.target.arguments[0] == by:
                    _rate_bar(axis, one)
            axis.errorbar(middle, shown["rate"], spread, fmt="o", color=BLUE, markersize=4, capsize=2, linewidth=1)
            axis.plot(middle, shown["rate"], color=BLUE, linewidth=1)
            axis.set_xlabel("age, years" if by == "age" else "years from onset")
            axis.grid(axis="y", color=FAINT, linewidth=0.7)
        axes[0, 0].set_ylim(bottom=0)
        axes[0, 0].set_ylabel("attacks per person-year")
        axes[0, 0].set_title("By age")
        axes[0, 1].set_title("By year of disease")
        handles = [_dots("simulated, 95% interval", BLUE), _line("published, with the tolerance", GREY, 5)]
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
        alt = "Annualised relapse rate against age and against years of disease. " + "; ".join(
            f"age {r.start:.0f} to {r.stop:.0f}: {r.rate:.2f}"
            for r in natural.relapses_by_age.itertuples()
            if r.person_years >= 50
        )
        return picture(figure, "relapses", "Relapse rate", alt + ".")


def _rate_bar(axis: Any, one: Score) -> None:
    low, high = (float(a) for a in one.target.arguments[1:])
    axis.fill_between([low, high], one.target.lo, one.target.hi, color=GREY, alpha=0.25, linewidth=0)
    axis.plot([low, high], [one.target.aim] * 2, color=GREY, linewidth=3, solid_capstyle="butt")


def _published(scores: Iterable[Score], quantity: str) -> dict[tuple[str, str], list[Score]]:
    """Published medians of irreversible milestones by (level, course); other rules have other answers and no place
    here.
    """
    found: dict[tuple[str, str], list[Score]] = {}
    for one in scores:
        t = one.target
        if t.quantity == quantity and t.arguments[2] == "irreversible":
            found.setdefault((t.arguments[0], t.arguments[1]), []).append(one)
    return found


def _steps(curve: Survival, end: float) -> tuple[NDArray[np.float64], ...]:
    """Half-yearly points of a curve while 20 people or more are left: years, share that reached, its limits."""
    known = curve.time[curve.at_risk >= 20]
    x = np.arange(0, min(end, float(known[-1]) if known.size else 0) + 0.25, 0.5)
    at = curve.at(x)
    return x, 1 - at.value, 1 - at.hi, 1 - at.lo


def _band(axis: Any, curve: Survival, colour: str, end: float) -> None:
    x, reached, low, high = _steps(curve, end)
    axis.fill_between(x, 100 * low, 100 * high, color=colour, alpha=0.25, linewidth=0)
    axis.plot(x, 100 * reached, color=colour)


def _curve(axis: Any, curve: Survival, level: int, end: float) -> None:
    _band(axis, curve, _COLOUR[level][0], end)


def _medians(axis: Any, scores: list[Score], level: int) -> None:
    for one in scores:
        _mark(axis, one, *_COLOUR[level])


def _mark(axis: Any, one: Score, colour: str, marker: str) -> None:
    t = one.target
    axis.plot([max(t.lo, 0), t.hi], [50, 50], color=INK, linewidth=1)
    face = "white" if t.status == "recalled" else colour
    axis.plot(
        [t.aim],
        [50],
        marker,
        color=colour,
        markerfacecolor=face,
        markeredgecolor=INK,
        markeredgewidth=0.8,
        markersize=7,
        clip_on=False,
    )


def _percent(axis: Any, x: str, y: str) -> None:
    axis.set_ylim(0, 102)
    axis.set_yticks(range(0, 101, 25), [f"{k}%" for k in range(0, 101, 25)])
    axis.set_xlabel(x)
    axis.set_ylabel(y)
    axis.grid(axis="y", color=FAINT, linewidth=0.7)


def _half(axis: Any, limits: tuple[float, float], x: str) -> None:
    _percent(axis, x, "")
    axis.axhline(50, color=GREY, linewidth=0.7, linestyle=":")
    axis.set_xlim(*limits)


def _line(text: str, colour: str = INK, width: float = 1.6, marker: str = "") -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, linewidth=width, marker=marker, markeredgecolor=INK, markersize=5, label=text)


def _dots(text: str, colour: str = "white", marker: str = "o") -> Any:
    from matplotlib.lines import Line2D

    return Line2D(
        [], [], color=colour, marker=marker, linestyle="", markeredgecolor=INK, markeredgewidth=0.8, label=text
    )


def _milestone_handles(*, spms: bool = True) -> list[Any]:
    lines = [_line(f"EDSS {level}", _COLOUR[level][0], marker=_COLOUR[level][1]) for level in LEVELS]
    lines += [_line("SPMS", GREEN, marker="v")] if spms else []
    return [*lines, _dots("marks: published medians with their interval; open: recalled")]


def _number(curve: Survival) -> str:
    value = float(curve.median().value)
    return f"{value:.1f}" if np.isfinite(value) else "not reached"


def _milestone_alt(natural: NaturalHistory) -> str:
    parts = [
        f"{course} onset, EDSS {level}: {_number(natural.milestones['onset', course, level])}"
        for course in ("relapsing", "progressive")
        for level in LEVELS
    ]
    return (
        "Share of people that reached irreversible EDSS 4, 6 and 7, and SPMS, against years from onset, with "
        "published medians. "
        f"Simulated medians in years: {'; '.join(parts)}; SPMS: {_number(natural.spms['onset'])}."
    )
