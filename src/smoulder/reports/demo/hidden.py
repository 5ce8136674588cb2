"""The section on what is hidden and what is visible, and the same as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from smoulder import plots
from smoulder.experiments.hidden.summary import CHANCE, SHOWN, Hidden
from smoulder.experiments.hidden.years import DAMAGE, PARTS, ROVING, SIGNS
from smoulder.experiments.natural import CAUSES
from smoulder.experiments.switches import FULL
from smoulder.outcomes import CDW_24W, PIRA_MULLER_2023
from smoulder.plots.damage import CAUSE_WORDS
from smoulder.plots.hidden_damage import PART_WORDS, SIGN_WORDS
from smoulder.reports.document import (
    Block,
    Bullets,
    Cell,
    Fold,
    Paragraph,
    Section,
    Table,
    Text,
    figure,
    section,
    table,
)
from smoulder.reports.numbers import Format, measured, with_interval

__all__ = ["hidden_json", "hidden_page"]

_SHARE = Format(100, 1, False, "%")
_PLAIN = Format(1, 2, False, "")
_RATE = Format(1, 3, False, " a year")
_BARE_RATE = Format(1, 3, False, "")
_TIME = Format(1, 1, False, " years")
_ROWS = (1, 5, 10, 15, 20, 25, 30)
_STOCKS = (0, 5, 10, 20, 30)
_HEALTHY = "healthy twins (chance)"
_PM = "± 95% Monte Carlo"


def hidden_page(found: Hidden) -> Section:
    """The section. Raises SmoulderError where matplotlib is missing."""
    return section(
        "hidden",
        "Hidden and visible",
        Paragraph(_opening(found), "lead"),
        Fold("What counts as a sign, as silent, and as a worsening", (Bullets(_rules()),)),
        Fold("What each year shows of its damage: figure and tables", _damage(found)),
        Fold("Damage and disability: two figures and two tables", _disability(found)),
        Fold("Each explanation switched off", _arms(found)),
        Fold("Worsening without relapse: definitions, and registers", (_definitions(found), _compared(found))),
        Fold("What to bear in mind", (Bullets(_doubts()),)),
        short="Hidden and visible",
    )


def _damage(found: Hidden) -> tuple[Block, ...]:
    drawn = figure(
        plots.hidden(found),
        "The left part shows the damage so far, stacked by what was seen of it. The right part shows the parts of each "
        "year's damage. A sign in the same year does not mean that anyone could have told the damage from it.",
    )
    return drawn, _seen(found), _by_sign(found), _by_cause(found)


def _disability(found: Hidden) -> tuple[Block, ...]:
    worsening = figure(
        plots.hidden_worsening(found),
        f"The left part shows confirmed worsenings of people with relapsing onset ({_PM} at PIRA). The right part has "
        "95% Monte Carlo bands.",
    )
    lives = figure(
        plots.hidden_lives(found),
        "These are the first three people drawn with relapsing onset and the first with progressive onset, chosen by "
        "number and not by looks. Each shows what a clinic rates; the damage, and the share of the reserve used in the "
        "pathway nearest its end; and the signs of each year.",
    )
    return worsening, _reserve(found), _lead(found), lives


def _opening(found: Hidden) -> str:
    last = _arm(found, FULL)
    years = SHOWN[-1]
    return (
        f"Of the damage that untreated disease does in the first {years} years after the first visit, "
        f"{_words(last, 'silent')} falls in years in which a yearly scan and blood sample show nothing at all, and a "
        f"further {_words(last, 'unaccounted')} in years whose signs stand for something else. Years with a new, "
        f"enlarging or enhancing lesion hold {_words(last, 'lesions')} of it, but what those lesions cut themselves is "
        f"{_words(last, 'lesions_account')}. {_words(last, 'quiet')} was done in years in which no confirmed worsening "
        f"began, {_words(last, 'before')} in people who had not worsened yet; {_words(last, 'PIRA')} of all "
        "confirmed worsenings came without a relapse."
    )


def _rules() -> tuple[str, ...]:
    return (
        f"Everybody is untreated and has a visit every quarter, and once a year, from the first visit on, a scan (3 T, "
        f"3 mm) and a blood sample. A year shows a sign if the scan or sample at its end does: {_listed()}.",
        "The brain shrinks beyond noise if it has lost more since the scan before than in the person's healthy twin "
        "(the same person with both explanations off), by over 1.645 standard errors of the difference of two "
        "measured volumes. Neurofilament light (NfL) is high above the 95th percentile of healthy people of that age. "
        "Either is wrong in one healthy year of 20. A standing rim is a sign in every year.",
        "Damage is loss of fibres by any cause but healthy ageing, mean over all paths. It is silent in years without "
        "any sign. It is unaccounted for in years with signs, none of which stands for its cause: T2 and enhancing "
        "lesions stand for what fresh lesions cut, rims for loss at rims, shrinkage and NfL for every cause. Years "
        "that were not lived to their end count nowhere.",
        f"Worsening is {CDW_24W.name}: the first against the first visit; every one with a reference that moves "
        f"({ROVING.name}). It is put down to relapses by the rule '{PIRA_MULLER_2023.name}', from the records alone.",
    )


def _listed() -> str:
    return ", ".join(SIGN_WORDS[sign] for sign in SIGNS)


def _arm(found: Hidden, arm: str) -> pd.Series:
    table = found.arms[(found.arms["arm"] == arm) & (found.arms["year"] == SHOWN[-1])]
    return table.iloc[0]


def _words(row: pd.Series, name: str) -> str:
    """A share with its interval; a dash where it has none."""
    return with_interval(row[name], row[f"{name}_error"], _SHARE) if np.isfinite(row[name]) else "–"


def _of(row: pd.Series, name: str, form: Format = _SHARE) -> Cell:
    """A value with its interval as a cell; a dash where it has none."""
    return measured(row[name], row[f"{name}_error"], form) if np.isfinite(row[name]) else Cell("–")


def _seen(found: Hidden) -> Table:
    shown = found.years[found.years["year"].isin(_ROWS)]
    rows: list[tuple[Text | Cell, ...]] = [
        (
            f"{int(r['year'])}",
            f"{int(r['people']):,}",
            _of(r, "damage"),
            *(_of(r, part) for part in PARTS),
            _of(r, "lesions"),
            _of(r, "lesions_account"),
        )
        for _, r in shown.iterrows()
    ]
    head = (
        "year of disease", "people", "fibres lost in the year", *(PART_WORDS[part] for part in PARTS),
        "in years with a new, enlarging or enhancing lesion", "cut by fresh lesions in such years",
    )
    return table(f"What each year shows of its damage ({_PM})", head, rows)


def _by_sign(found: Hidden) -> Table:
    full, chance = (_arm(found, arm) for arm in (FULL, CHANCE))
    rows = [
        (SIGN_WORDS[sign], _of(full, f"years_{sign}"), _of(chance, f"years_{sign}"), _of(full, sign))
        for sign in SIGNS
    ]
    rows.append(("any sign", _of(full, "any"), _of(chance, "any"), Cell(_SHARE.whole(1 - full["silent"]))))
    head = ("sign", "years that show it", "the same in healthy twins", "damage in years that show it")
    return table(f"What each sign alone shows, years 1 to {SHOWN[-1]} ({_PM})", head, rows)


def _by_cause(found: Hidden) -> Table:
    shown = found.causes[found.causes["arm"] == FULL].set_index("cause")
    rows: list[tuple[Text | Cell, ...]] = [
        (CAUSE_WORDS[cause], _of(shown.loc[cause], "share"), *(_of(shown.loc[cause], part) for part in PARTS))
        for cause in DAMAGE
    ]
    rows += [(CAUSE_WORDS[c], _of(shown.loc[c], "share"), "–", "–", "–") for c in CAUSES if c not in DAMAGE]
    head = ("cause of loss", "part of all loss", *(PART_WORDS[part] for part in PARTS))
    return table(f"Fibre loss by cause and what was seen of it, years 1 to {SHOWN[-1]} ({_PM})", head, rows)


def _reserve(found: Hidden) -> Table:
    worst = found.reserve[found.reserve["pathway"] == "any"].set_index("year")
    leg = found.reserve[found.reserve["pathway"] == "pyramidal_leg"].set_index("year")
    stock = found.stock.set_index("year")
    rows = [
        (
            f"{year}",
            _of(stock.loc[year], "edss", _PLAIN),
            _of(leg.loc[year], "used"),
            _of(leg.loc[year], "beyond"),
            _of(worst.loc[year], "used"),
            _of(worst.loc[year], "beyond"),
        )
        for year in _STOCKS
    ]
    head = (
        "years since the first visit", "rated EDSS", "reserve of the leg's motor path used", "people past it",
        "reserve used in the most damaged path", "people past it in any path",
    )
    return table(f"Disability shown and reserve left, mean of those alive ({_PM})", head, rows)


def _lead(found: Hidden) -> Table:
    rows = [
        (
            _SHARE.whole(r["loss"]),
            f"{int(r['people']):,}",
            _of(r, "at_onset"),
            _of(r, "worsened_first"),
            _of(r, "median", _TIME),
            f"{_TIME.bare(r['quarter'])} to {_TIME.whole(r['three_quarters'])}",
        )
        for _, r in found.lead.iterrows()
    ]
    head = (
        "function lost for good in any path", "people", "before the first visit", "confirmed worsening came first",
        "median time to first confirmed worsening", "quartiles",
    )
    return table(
        f"How long damage runs ahead of disability (Kaplan-Meier, death as censoring, those who worsened first count "
        f"as 0; {_PM})",
        head,
        rows,
    )


def _arms(found: Hidden) -> tuple[Block, ...]:
    damage = {
        "lost": "damage of those alive",
        **PART_WORDS,
        "lesions": "in years with a new, enlarging or enhancing lesion",
        "quiet": "in years in which no worsening began",
        "before": "in people not yet worsened",
    }
    del damage["onset"]
    rows = [r for _, r in found.arms.iterrows()]
    worse: list[tuple[Text | Cell, ...]] = [
        (
            *_which(r),
            _of(r, "edss", _PLAIN),
            _of(r, "worsened"),
            *(_of(r, f"{label}_rate", _BARE_RATE) for label in ("PIRA", "RAW")),
            _of(r, "PIRA"),
        )
        for r in rows
    ]
    head = ("arm", "years since the first visit")
    parts: list[tuple[Text | Cell, ...]] = [
        (*_which(r), *(_of(r, name) for name in damage)) for r in rows if r["arm"] != CHANCE
    ]
    return (
        Paragraph(
            "The same people with the same luck were watched from the same day: that of their clinical onset with both "
            "at work. Healthy twins have no damage, and what they show is chance: their signs, and their worsenings, "
            "which are errors of rating and what healthy ageing does."
        ),
        table(
            f"Damage since the biological start, and parts of that done since the first visit ({_PM})",
            (*head, *damage.values()),
            parts,
        ),
        table(
            f"Disability in the same arms ({_PM})",
            (*head, "EDSS of those alive", "people who worsened", "PIRA a year", "RAW a year", "PIRA among all"),
            worse,
        ),
    )


def _which(row: pd.Series) -> tuple[str, str]:
    return _HEALTHY if row["arm"] == CHANCE else row["arm"], f"{int(row['year'])}"


def _definitions(found: Hidden) -> Table:
    rows: list[tuple[Text | Cell, ...]] = [
        (r["rule"], f"{int(r['months'])}", f"{int(r['events']):,}", *(_of(r, k) for k in ("PIRA", "RAW", "undefined")))
        for _, r in found.definitions.iterrows()
    ]
    head = ("rule", "months between visits", "worsenings", "PIRA", "RAW", "undefined")
    return table(f"The same lives of relapsing onset by other rules and visits ({_PM})", head, rows)


def _compared(found: Hidden) -> Table:
    rows: list[tuple[Text | Cell, ...]] = [
        (
            f"{r['source']}: {r['quantity']}",
            f"{r['years']:g}",
            _form(r).whole(r["published"]),
            measured(r["simulated"], r["error"], _form(r)),
            r["role"] + (", RECALLED" if r["status"] == "recalled" else ""),
            r["evidence"],
        )
        for _, r in found.compared.iterrows()
    ]
    head = ("quantity", "years from onset", "published", f"simulated, untreated ({_PM})", "role", "row")
    return table("Beside registers: compared, never fitted", head, rows)


def _form(row: pd.Series) -> Format:
    return _RATE if row["quantity"].endswith("a year") else _SHARE


def _doubts() -> tuple[str, ...]:
    return (
        "The registers saw people who were mostly treated, entered late and were seen irregularly; the simulated are "
        "untreated, seen every quarter from onset, and none withdraws; each register has its own rule, the simulated "
        "column has one. A gap between the two is no test of the model alone.",
        "A year with a sign counts as shown with all its damage, however weak the sign, so the hidden part is a lower "
        "bound; and most years show some sign.",
        "Reserve, the release of NfL, the noise of scanners and the detection of lesions and rims are numbers of the "
        "table, several of them assumed; the split of loss between causes is what the model says, and no record can "
        "check it.",
    )


def hidden_json(found: Hidden) -> dict[str, Any]:
    """Every table as plain data; a number that does not exist is None."""
    tables = ("years", "stock", "reserve", "worsening", "definitions", "lead", "arms", "causes", "compared")
    rows = {name: [_plain(row) for row in getattr(found, name).to_dict("records")] for name in tables}
    return {"people": found.people, "seed": found.seed, **rows}


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    values = {str(name): value.item() if isinstance(value, np.generic) else value for name, value in row.items()}
    return {name: None if isinstance(v, float) and not np.isfinite(v) else v for name, v in values.items()}
