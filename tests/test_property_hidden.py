"""Hidden and visible damage: parts add up, limits are as they must be, and nothing depends on how the work is split."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from hidden_cases import PEOPLE, SEED, altered, found
from smoulder import evidence, outcomes, plots, reports
from smoulder.errors import InputError
from smoulder.experiments import hidden_damage
from smoulder.experiments.hidden import summary as module
from smoulder.experiments.hidden.summary import CHANCE, SHOWN, Hidden
from smoulder.experiments.hidden.worsening import compared, until, watched_years
from smoulder.experiments.hidden.years import DAMAGE, PARTS, SIGNS, YEARS, Watched
from smoulder.experiments.natural import CAUSES
from smoulder.experiments.switches import ARMS, FULL
from smoulder.parameters import load

RELAPSE_OFF, SMOULDERING_OFF = list(ARMS)[1:3]
FOCAL = ("t2", "enhancing", "rims")
ROUNDING = 1e-12
Z = 4.0  # standard errors: one comparison in 16,000 goes wrong by chance


def sign(w: Watched, name: str) -> np.ndarray:
    return w.signs[SIGNS.index(name)]


@pytest.mark.parametrize("arm", ARMS)
def test_the_parts_of_damage_add_up(arm: str) -> None:
    w = found().watched[arm]
    assert np.allclose(sum(w.parts[part] for part in PARTS), w.damage, rtol=0, atol=ROUNDING)
    for i, _ in enumerate(CAUSES):
        assert np.allclose(sum(w.by_cause(part)[i] for part in PARTS), w.by_year[i], rtol=0, atol=ROUNDING)
    assert (w.parts["silent"][w.signs.any(axis=0)] == 0).all()
    assert (w.parts["shown"][~w.signs.any(axis=0)] == 0).all()


@pytest.mark.parametrize("arm", ARMS)
def test_what_is_lost_year_by_year_is_what_is_lost_in_all(arm: str) -> None:
    w = found().watched[arm]
    last = w.complete.sum(axis=0)
    seen = np.flatnonzero(w.alive[0])
    gained = w.lost[:, last[seen], seen].astype(float) - w.lost[:, 0, seen]
    # float32 shares below 1, differences added over at most YEARS years
    assert np.allclose(w.by_year[:, :, seen].sum(axis=1), gained, rtol=0, atol=YEARS * np.finfo(np.float32).eps)
    assert (w.by_year >= -np.finfo(np.float32).eps).all()


def test_without_smouldering_nothing_is_lost_but_in_fresh_lesions() -> None:
    w = found().watched[SMOULDERING_OFF]
    acute = CAUSES.index("lost_acute")
    assert w.by_year[acute].sum() > 0
    others = [i for i, cause in enumerate(CAUSES) if cause in DAMAGE and i != acute]
    assert (w.by_year[others] == 0).all() and (w.by_cause("silent")[others] == 0).all()


def test_without_attacks_scans_show_no_lesion_and_nothing_comes_with_a_relapse() -> None:
    w = found().watched[RELAPSE_OFF]
    assert not any(sign(w, name).any() for name in FOCAL)
    assert (w.by_year[CAUSES.index("lost_acute")] == 0).all()
    assert w.by_year[CAUSES.index("lost_rim")].max() < np.finfo(np.float32).eps ** 1.5  # smooth thresholds leave dust
    assert w.damage.sum() > 0 and "RAW" not in w.labels and len(w.records.relapses) == 0
    assert w.parts["unaccounted"].sum() == 0  # what is left, shrinkage and neurofilament light, stands for everything


def test_the_healthy_show_signs_by_chance_alone() -> None:
    w = found().watched[CHANCE]
    assert (w.damage == 0).all() and not any(sign(w, name).any() for name in FOCAL)
    table = found().arms[(found().arms["arm"] == CHANCE) & (found().arms["year"] == SHOWN[-1])].iloc[0]
    for name in ("volume", "blood"):
        assert abs(table[f"years_{name}"] - 0.05) < Z * table[f"years_{name}_error"]


def test_without_noise_no_damage_is_silent() -> None:
    h = altered(scan_noise__brain=0.0, snfl__noise=0.0, snfl__spread=0.0)
    w = h.watched[FULL]
    assert w.damage.sum() > 0
    assert w.parts["silent"].sum() == 0 and w.parts["unaccounted"].sum() == 0
    assert not sign(h.watched[CHANCE], "volume").any()


def test_a_scanner_that_sees_no_lesion_shows_none_and_hides_more() -> None:
    blind = {name.replace(".", "__"): 0.0 for name in load().ids if name.startswith("scan_detection.")}
    w, seeing = altered(**blind).watched[FULL], found().watched[FULL]
    assert not any(sign(w, name).any() for name in FOCAL)
    assert np.array_equal(w.damage, seeing.damage)
    assert (w.parts["silent"] >= seeing.parts["silent"]).all()
    assert w.parts["silent"].sum() > seeing.parts["silent"].sum()


def test_blood_that_tells_of_no_loss_is_high_by_chance_alone() -> None:
    h = altered(snfl__release=0.0)
    high = {arm: sign(h.watched[arm], "blood") & h.watched[arm].complete for arm in (FULL, CHANCE)}
    both = h.watched[FULL].complete & h.watched[CHANCE].complete
    assert np.array_equal(high[FULL][both], high[CHANCE][both])


def test_reserve_used_and_left_tell_the_same() -> None:
    w = found().watched[FULL]
    seen = w.alive
    assert ((w.used == 1) == (w.left <= 0))[:, seen].all()
    assert (w.used[:, seen] >= 0).all() and np.isnan(w.used[:, ~seen]).all()
    share = w.loss[:, seen] / np.broadcast_to(w.reserve, seen.shape)[seen]
    assert np.array_equal(w.used[:, seen], np.minimum(share, 1))


def test_damage_before_worsening_ends_with_it() -> None:
    w = found().watched[FULL]
    never = np.isinf(w.worsened_at)
    assert never.any() and np.array_equal(w.before[:, never], w.damage[:, never])
    year = np.arange(YEARS)[:, None]
    assert (w.before[np.broadcast_to(year >= w.worsened_at, w.before.shape)] == 0).all()
    whole = np.broadcast_to(year + 1 <= w.worsened_at, w.before.shape)
    assert np.array_equal(w.before[whole], w.damage[whole])


def test_no_worsening_begins_in_a_quiet_year_and_each_is_counted_once() -> None:
    h = found()
    w = h.watched[FULL]
    everyone = h.worsening[h.worsening["group"] == "all"]
    who = w.records.people
    since = (w.every.day - who.first_day[np.searchsorted(who.person, w.every.person)]) / 365.25
    early = since < YEARS
    assert int(everyone["events"].sum()) == int(early.sum()) > 0
    begun = set(zip(w.every.person[early], since[early].astype(int), strict=True))
    assert w.worsening_years.sum() == len(begun)
    assert np.allclose(everyone[["PIRA", "RAW", "undefined"]].sum(axis=1), 1)


def test_the_same_people_are_watched_from_the_same_day_in_every_arm() -> None:
    arms = found().watched
    first = arms[FULL].records.people
    for w in arms.values():
        who = w.records.people
        place = np.searchsorted(first.person, who.person)
        assert np.array_equal(first.person[place], who.person) and np.array_equal(first.onset_day[place], who.onset_day)


def test_records_cut_short_hold_nothing_later() -> None:
    records = found().watched[FULL].records
    short = until(records, 5)
    assert len(short) == len(records) and watched_years(short).max() <= 5 + 1 / 365.25
    for name in ("visits", "relapses"):
        before, after = getattr(records, name), getattr(short, name)
        limit = records.people.onset_day[before.owners(records.people)] + round(5 * 365.25)
        assert len(after) == int((before.day <= limit).sum()) < len(before)
    early = outcomes.worsening(short, outcomes.CDW_24W)
    assert (early.day[early.seen] <= short.people.last_day[early.seen]).all()
    assert not (early.seen & ~outcomes.worsening(records, outcomes.CDW_24W).seen).any()


def test_rows_compared_are_validation_rows_as_printed() -> None:
    h = found()
    among = h.watched[FULL].records.select(outcomes.course(h.watched[FULL].records).relapsing)
    pd.testing.assert_frame_equal(compared(among), h.compared)
    for _, r in h.compared.iterrows():
        row = evidence.row(r["evidence"])
        assert row.role == "validation" == r["role"] and row.value == r["published"]
        assert row.followup_years == r["years"] and 0 <= r["simulated"] <= 1


def test_threads_and_groups_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SHARD", 100)
    again = hidden_damage(PEOPLE, seed=SEED, threads=2)
    for arm, w in found().watched.items():
        for name in ("alive", "lost", "loss", "edss", "signs", "reserve", "reached"):
            assert np.array_equal(getattr(w, name), getattr(again.watched[arm], name), equal_nan=name != "signs"), name
    for name in ("years", "stock", "reserve", "worsening", "definitions", "lead", "arms", "causes", "compared"):
        pd.testing.assert_frame_equal(getattr(found(), name), getattr(again, name))


def test_too_few_people_are_refused_in_one_line() -> None:
    with pytest.raises(InputError, match="at least 100 people; it was asked for 99"):
        hidden_damage(99)
    with pytest.raises(InputError, match="threads is 0"):
        hidden_damage(100, threads=0)
    with pytest.raises(InputError, match="ever have clinical onset"):
        altered(relapse_driven=0.0, smouldering=0.0, symptom_latent=50.0)


def drawn(h: Hidden) -> list[plots.Picture]:
    return [plots.hidden(h), plots.hidden_worsening(h), plots.hidden_lives(h)]


def test_figures_are_the_same_each_time_and_told_in_words() -> None:
    first, again = drawn(found()), drawn(found())
    assert [p.svg for p in first] == [p.svg for p in again]
    ids: list[str] = []
    for one in first:
        root = ET.fromstring(one.svg)
        assert {c.text for c in root if c.tag.endswith(("desc", "title"))} == {one.alt, one.title}
        assert len(one.alt.split()) > 10 and "nan" not in one.alt and "<script" not in one.svg
        ids += re.findall(r'\bid="([^"]+)"', one.svg)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("off", ({}, {"smouldering": 0.0}, {"relapse_driven": 0.0}))
def test_the_section_and_its_data_are_whole_whatever_is_switched_off(off: dict[str, float]) -> None:
    h = altered(**off) if off else found()
    text = reports.html(reports.Document("Hidden", "", (), (reports.hidden_page(h),)))
    assert '<section id="hidden">' in text and text.count("<figure") == 3
    words = re.sub(r"<svg.*?</svg>|<[^>]*>", " ", text, flags=re.DOTALL)
    assert not re.search(r"\bnan\b|\binf\b|None", words)
    data = json.loads(json.dumps(reports.hidden_json(h), allow_nan=False))
    assert data["people"] == PEOPLE and len(data["years"]) == YEARS and len(data["arms"]) == len(ARMS) * len(SHOWN)
    for row in h.arms.to_dict("records"):
        shares = [row[part] for part in PARTS]
        assert np.isnan(shares).all() or abs(sum(shares) - 1) < ROUNDING


def test_the_page_says_what_was_measured() -> None:
    h = found()
    last = h.arms[(h.arms["arm"] == FULL) & (h.arms["year"] == SHOWN[-1])].iloc[0]
    text = reports.html(reports.Document("Hidden", "", (), (reports.hidden_page(h),)))
    for name in ("silent", "unaccounted", "lesions", "quiet", "before", "PIRA"):
        assert f"{100 * last[name]:.1f} ± {196 * last[f'{name}_error']:.1f}%" in text
