"""What of the damage is seen and what shows as disability: over the years, and in single lives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder.experiments.hidden.summary import Hidden
from smoulder.experiments.hidden.years import PARTS, SIGNS, Watched
from smoulder.experiments.switches import FULL
from smoulder.plots.canvas import BLUE, FAINT, GREY, INK, ORANGE, PALE, PINK, SKY, Picture, draw, picture
from smoulder.records import years as years_of

__all__ = ["PART_WORDS", "SIGN_WORDS", "hidden", "hidden_lives", "hidden_worsening"]

#: Parts of the damage in words.
PART_WORDS = {
    "onset": "before the first visit: nobody looked",
    "silent": "in years without any sign",
    "unaccounted": "in years with signs, none of which stands for it",
    "shown": "in years with a sign that stands for it",
}
#: Signs in words.
SIGN_WORDS = {
    "t2": "new or enlarging T2 lesion",
    "enhancing": "enhancing lesion",
    "rims": "lesion with a rim",
    "volume": "brain shrinks beyond noise",
    "blood": "NfL above the healthy 95th percentile",
}
_SHORT = {"t2": "T2", "enhancing": "Gd", "rims": "rim", "volume": "volume", "blood": "NfL"}
_FILL = {"onset": GREY, "silent": INK, "unaccounted": ORANGE, "shown": SKY}
_HATCH = {"onset": "xx", "silent": "", "unaccounted": "///", "shown": ""}
_LAST = 35  # years of disease


def hidden(found: Hidden) -> Picture:
    """Damage so far of those alive, stacked by what was seen of it, and the shares of each year's damage."""
    stock = found.stock[found.stock["year"] <= _LAST]
    years = found.years[found.years["year"] <= _LAST]
    with draw(1, 2, height=3.9) as (figure, axes):
        left, right = axes[0]
        _stack(left, stock, ("onset", *PARTS))
        _stack(right, years, PARTS)
        for axis in (left, right):
            axis.set_xlabel("years of disease")
            axis.set_ylim(bottom=0)
        left.set_xlim(0, _LAST)
        right.set_xlim(1, _LAST)
        right.set_ylim(0, 100)
        left.set_ylabel("fibres lost to the disease, % of all")
        left.set_title("Damage so far, mean of those alive")
        right.set_ylabel("part of the year's damage, %")
        right.set_title("What each year shows of its damage")
        handles = [_patch(part) for part in ("onset", *PARTS)]
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
        return picture(figure, "hidden", "Damage seen and unseen", _alt(found))


def _look(part: str) -> dict[str, Any]:
    return {"facecolor": _FILL[part], "hatch": _HATCH[part], "edgecolor": "white", "linewidth": 0}


def _patch(part: str) -> Any:
    from matplotlib.patches import Patch

    return Patch(**_look(part), label=PART_WORDS[part])


def _stack(axis: Any, table: pd.DataFrame, parts: tuple[str, ...]) -> None:
    floor = np.zeros(len(table))
    for part in parts:
        top = floor + 100 * table[part].to_numpy()
        axis.fill_between(table["year"], floor, top, **_look(part))
        floor = top


def _alt(found: Hidden) -> str:
    parts = []
    for year in (1, 10, 20, 30):
        row = found.years[found.years["year"] == year].iloc[0]
        shares = ", ".join(f"{100 * row[part]:.0f}% {PART_WORDS[part]}" for part in PARTS)
        parts.append(f"year {year}: {shares}")
    return (
        "Mean damage of those alive against years of disease, stacked by what a yearly scan and blood sample showed, "
        f"and the same as shares of each year's damage. {'; '.join(parts)}."
    )


def hidden_worsening(found: Hidden) -> Picture:
    """Kinds of worsening by years of disease, and how much of each year's damage came without worsening."""
    table = found.worsening[(found.worsening["group"] == "relapsing onset") & (found.worsening["events"] > 0)]
    years = found.years[found.years["year"] <= _LAST]
    with draw(1, 2, height=3.6) as (figure, axes):
        left, right = axes[0]
        place, floor = np.arange(len(table)), np.zeros(len(table))
        for label, colour, hatch in (("PIRA", ORANGE, "///"), ("undefined", PALE, ""), ("RAW", BLUE, "")):
            share = 100 * table[label].to_numpy()
            left.bar(place, share, 0.7, bottom=floor, color=colour, hatch=hatch, edgecolor="white", label=label)
            floor = floor + share
        pira, error = 100 * table["PIRA"], 196 * table["PIRA_error"]
        left.errorbar(place, pira, yerr=np.nan_to_num(error), fmt="none", color=INK, capsize=2.5, linewidth=1)
        left.set_xticks(place, [f"{a}–{b}" for a, b in zip(table["from"], table["to"], strict=True)])
        left.set_xlabel("years of disease")
        left.set_ylabel("part of confirmed worsenings, %")
        left.set_title("Worsening without relapse (PIRA)")
        left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3)
        _band(right, years, "quiet", ORANGE, "-", "in years in which no worsening began")
        _band(right, years, "before", BLUE, "--", "in people not yet worsened at all")
        right.set_ylim(0, 100)
        right.set_xlim(1, _LAST)
        right.grid(axis="y", color=FAINT, linewidth=0.7)
        right.set_xlabel("years of disease")
        right.set_ylabel("part of the year's damage, %")
        right.set_title("Damage without disability")
        right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=1)
        return picture(figure, "hidden-worsening", "Worsening and damage apart", _worsening_alt(table, years))


def _band(axis: Any, table: pd.DataFrame, name: str, colour: str, style: str, words: str) -> None:
    value, half = 100 * table[name], 196 * table[f"{name}_error"].fillna(0)
    axis.fill_between(table["year"], value - half, value + half, color=colour, alpha=0.2, linewidth=0)
    axis.plot(table["year"], value, style, color=colour, label=words)


def _worsening_alt(table: pd.DataFrame, years: pd.DataFrame) -> str:
    bars = "; ".join(
        f"years {r['from']} to {r['to']}: PIRA {100 * r['PIRA']:.0f}%, RAW {100 * r['RAW']:.0f}%"
        for _, r in table.iterrows()
    )
    lines = "; ".join(
        f"year {int(r['year'])}: {100 * r['quiet']:.0f}% in years in which no worsening began, "
        f"{100 * r['before']:.0f}% in people not yet worsened"
        for _, r in years[years["year"].isin((1, 10, 20, 30))].iterrows()
    )
    return f"Kinds of confirmed worsening in relapsing onset. {bars}. Damage without disability: {lines}."


def hidden_lives(found: Hidden) -> Picture:
    """Single lives: rated EDSS, damage by what was seen of it, the most used reserve, and each year's signs."""
    w = found.watched[FULL]
    halves = -(-len(found.chosen) // 2)
    heights = [1.5, 1.25, 0.75] * halves
    with draw(3 * halves, 2, height=3.7 * halves + 0.6, sharex=True, height_ratios=heights) as (figure, axes):
        for number, person in enumerate(found.chosen):
            top, middle, bottom = axes[3 * (number // 2) : 3 * (number // 2) + 3, number % 2]
            seen = int(w.alive[:, person].sum())
            _edss(top, w, person, seen, first=number % 2 == 0)
            _damage(middle, w, person, seen, first=number % 2 == 0, last=number % 2 == 1)
            _signs(bottom, w, person, seen, first=number % 2 == 0)
        if len(found.chosen) % 2:
            for axis in axes[-3:, 1]:
                axis.set_visible(False)
        for axis in axes[-1]:
            axis.set_xlabel("years since the first visit")
        axes[0, 0].set_xlim(0, w.alive.shape[0] - 1)
        figure.legend(handles=_handles(), loc="outside lower center", ncols=2)
        return picture(figure, "hidden-lives", "Hidden and visible in single lives", _lives_alt(found))


def _edss(axis: Any, w: Watched, person: int, seen: int, *, first: bool) -> None:
    who = w.records.people
    rows = slice(*w.records.visits.offsets(who)[person : person + 2])
    when = years_of(w.records.visits.day[rows] - who.first_day[person].astype(np.int64))
    axis.step(when, w.records.visits.edss[rows] / 2, where="post", color=BLUE, linewidth=1.1)
    mine = w.every.person == who.person[person]
    when = years_of(w.every.day[mine] - who.first_day[person].astype(np.int64))
    for label, mark, colour in (("RAW", "v", INK), ("PIRA", "o", ORANGE), ("undefined", "s", GREY)):
        some = when[w.labels[mine] == label]
        axis.plot(some, np.full(some.size, 9.4), mark, color=colour, markersize=3.6)
    axis.set_ylim(0, 10)
    axis.set_yticks([0, 5, 10])
    axis.set_title(_title(w, person), fontsize=8, fontweight="normal")
    if first:
        axis.set_ylabel("EDSS")


def _title(w: Watched, person: int) -> str:
    who = w.records.people
    sex = "woman" if who.sex[person] == 1 else "man"
    age = years_of(who.onset_day[person] - who.birth_day[person].astype(np.int64))
    return f"Id {who.person[person]}: {sex}, onset at {age:.0f}, reserve {100 * w.reserve[person]:.0f}%"


def _damage(axis: Any, w: Watched, person: int, seen: int, *, first: bool, last: bool) -> None:
    moments = np.arange(seen)
    start = float(w.lost[:-1, 0, person].sum())
    floor = np.zeros(seen)
    for part, layer in (("onset", np.full(seen, start)), *((p, _so_far(w, p, person, seen)) for p in PARTS)):
        top = floor + 100 * layer
        axis.fill_between(moments, floor, top, **_look(part))
        floor = top
    axis.plot(moments, 100 * w.used[:, :seen, person].max(axis=0), color=PINK, linewidth=1.2, linestyle="--")
    axis.set_ylim(0, 102)
    axis.set_yticks([0, 50, 100], ["0%", "50%", "100%"])
    if first:
        axis.set_ylabel("damage,\nreserve used")


def _so_far(w: Watched, part: str, person: int, seen: int) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(w.parts[part][: max(seen - 1, 0), person])])[:seen]


def _signs(axis: Any, w: Watched, person: int, seen: int, *, first: bool) -> None:
    for row in range(len(SIGNS)):
        years = np.flatnonzero(w.signs[row, : max(seen - 1, 0), person])
        axis.barh(np.full(years.size, -row), np.ones(years.size), left=years, height=0.62, color=INK, linewidth=0)
        axis.barh(-row, max(seen - 1, 0), height=0.62, color=FAINT, linewidth=0, zorder=0.5)
    axis.set_ylim(-len(SIGNS) + 0.4, 0.6)
    axis.set_yticks(-np.arange(len(SIGNS)), [_SHORT[sign] for sign in SIGNS] if first else [""] * len(SIGNS))
    axis.tick_params(axis="y", labelsize=6.5, length=0)


def _handles() -> list[Any]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], color=BLUE, label="EDSS as rated, every quarter"),
        Line2D([], [], color=PINK, linestyle="--", label="reserve used in the pathway nearest its end"),
        Line2D([], [], color=ORANGE, marker="o", linestyle="", label="confirmed worsening: PIRA"),
        Line2D([], [], color=INK, marker="v", linestyle="", label="confirmed worsening: RAW"),
        *(_patch(part) for part in ("onset", *PARTS)),
    ]


def _lives_alt(found: Hidden) -> str:
    w = found.watched[FULL]
    each = []
    for person in found.chosen:
        seen = int(w.alive[:, person].sum())
        parts = ", ".join(f"{100 * w.parts[p][:, person].sum():.1f}% {PART_WORDS[p]}" for p in PARTS)
        last = w.edss[seen - 1, person] if seen else 0
        each.append(f"{_title(w, person)}, watched for {max(seen - 1, 0)} years, last EDSS {last:g}; lost {parts}")
    return (
        f"{len(each)} lives against years since the first visit: EDSS, damage by what was seen of it with the share of "
        f"the reserve used, and signs by year. {'. '.join(each)}."
    )
