"""The books of a life: what is lost is what is missing, states keep their range, switches do, no slow numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lives import EPS, company, freed, lived, quantities, state_after
from smoulder import life
from smoulder.anatomy import CELLS, PATHWAYS, REGIONS
from smoulder.biology.states import CAUSES, Tissue
from smoulder.life import STEPS_PER_YEAR
from smoulder.life.numbers import MOST_CROSSINGS
from smoulder.parameters import load

FEW = company().take(slice(0, 48))
OFF = {"relapse_driven": 0.0}, {"smouldering": 0.0}, {"relapse_driven": 0.0, "smouldering": 0.0}


def rounding(steps: int) -> float:
    """How far sums in single precision may wander: six standard deviations of ``steps`` roundings in every cell."""
    return 6 * EPS * np.sqrt(steps * len(CELLS))


@pytest.mark.parametrize("steps_per_year", [12, 24, 48])
def test_what_was_lost_to_all_causes_is_what_is_missing(steps_per_year: int) -> None:
    years = 30
    state = state_after(FEW, years, steps=life.Steps(steps_per_year))
    missing = 1 - state.tissue.astype(np.float64).sum(axis=0)
    lost = state.causes.astype(np.float64).sum(axis=0) / len(CELLS)
    error = np.abs(lost - missing.mean(axis=0))
    print(f"{steps_per_year} steps a year: error {error.max():.1e}, allowed {rounding(years * steps_per_year):.1e}")
    assert missing.mean() > 0.05
    assert error.max() < rounding(years * steps_per_year)


def test_what_is_recorded_as_lost_is_the_sum_of_its_causes() -> None:
    truth = lived()
    parts = [truth[name].astype(np.float64) for name in ("lost_acute", *(f"lost_{cause}" for cause in CAUSES))]
    assert quantities("lost", truth) == ["lost_acute", *(f"lost_{cause}" for cause in CAUSES), "lost", "lost_grey"]
    assert np.allclose(sum(parts), truth["lost"], rtol=4 * EPS, atol=1e-12)


def test_no_loss_is_ever_undone() -> None:
    truth = lived()
    for name in quantities("lost", truth):
        assert np.all(np.diff(truth[name], axis=0) >= -EPS * len(CAUSES)), name
    for pathway in PATHWAYS:
        assert np.all(np.diff(truth[f"survival_{pathway}"], axis=0) <= 4 * EPS), pathway


def test_a_pathway_in_one_region_has_lost_what_its_cell_has() -> None:
    """The brainstem's own pathway has one cell: its survival is that cell's, so the books of both can be compared."""
    state = state_after(FEW, 20)
    cell = CELLS.index(("brainstem", "brainstem"))
    alive = lived()["survival_brainstem"][-1, : len(FEW)]
    assert np.allclose(state.tissue[:, cell].sum(axis=0), alive, rtol=0, atol=4 * EPS)


def in_range(state: Any, where: str) -> None:
    assert np.all(np.isfinite(state.tissue)), where
    for name, stock in zip(Tissue._fields, state.tissue, strict=True):
        assert stock.min() >= 0 and stock.max() <= 1 + EPS, (where, name)
    assert state.tissue.sum(axis=0).max() <= 1 + rounding(1000), where
    assert state.milieu.min() >= 0 and state.milieu.max() <= 1, where
    assert state.person[1].min() >= 0 and state.person[1].max() <= 1 + EPS, where
    assert state.rims.min() >= 0 and state.rims.max() <= 1, where


@pytest.mark.parametrize("steps_per_year", [12, 24, 48])
def test_every_state_of_every_cell_keeps_its_range_all_along(steps_per_year: int) -> None:
    for years in (0.25, 0.5, 1, 2, 3, 5, 8, 12, 20, 30, 40, 60):
        in_range(state_after(FEW, years, steps=life.Steps(steps_per_year)), f"after {years} years")


@pytest.mark.parametrize("steps_per_year", [12, 24, 48])
def test_every_quantity_recorded_at_every_step_keeps_its_range(steps_per_year: int) -> None:
    truth = life.run(FEW, years=40, every=1 / steps_per_year, steps=life.Steps(steps_per_year), lesions=False)
    assert np.all(np.isfinite(truth.values))
    shares = [*quantities("loss_", truth), *quantities("survival_", truth), *quantities("lost", truth)]
    shares += [*quantities("block_", truth), "microglia", "debris", "slow", "bare"]
    for name in shares:
        assert truth[name].min() >= -EPS and truth[name].max() <= 1 + EPS, name
    for name in ("new_brain", "new_cord", "relapses", "rims"):
        assert truth[name].min() >= 0, name
    assert np.all(truth["relapses"] <= truth["new_brain"] + truth["new_cord"])
    assert truth["brain_volume"].min() > 0 and truth["cord_volume"].min() > 0


def test_without_attack_there_is_no_lesion_and_no_acute_loss() -> None:
    truth = life.run(company(), years=30, parameters=load().replace({"relapse_driven": 0.0}))
    assert truth.lesions is not None and len(truth.lesions) == 0
    for name in ("new_brain", "new_cord", "relapses", "lost_acute"):
        assert np.all(truth[name] == 0), name
    assert truth["rims"].max() < 1e-9  # what the floor under fading numbers adds
    assert not truth.onset_attack.any()
    assert truth["lost_diffuse"][-1].min() > 0


def test_without_smouldering_every_slow_cause_is_exactly_nothing() -> None:
    truth = life.run(company(), years=30, parameters=load().replace({"smouldering": 0.0}))
    for cause in ("rim", "diffuse", "bare", "cortex"):
        assert np.all(truth[f"lost_{cause}"] == 0), cause
    assert np.all(truth["slow"] == 0)
    assert truth["lost_acute"][-1].max() > 0 and truth["lost_ageing"][-1].min() > 0


def test_without_both_only_age_takes_fibres_as_its_closed_form_says() -> None:
    p = load().replace({"relapse_driven": 0.0, "smouldering": 0.0})
    truth = life.run(company(), years=40, parameters=p)
    doubling, start = p["t_ageing_doubling"], truth.start_age.astype(np.float64)
    hazard = 0.0
    for step in range(40 * STEPS_PER_YEAR):
        hazard = hazard + p["k_ageing"] * 2 ** ((start + step / STEPS_PER_YEAR - p["age_reference"]) / doubling)
    survival = np.exp(-hazard / STEPS_PER_YEAR)
    assert np.allclose(truth["lost"][-1], 1 - survival, rtol=2e-3)
    assert np.allclose(truth["survival_pyramidal_leg"][-1], survival**4, rtol=1e-3)
    assert np.array_equal(truth["lost"][-1], truth["lost_ageing"][-1])


def test_the_switches_leave_the_other_explanation_its_lesions() -> None:
    calm = life.run(company(), years=20, parameters=load().replace({"smouldering": 0.0}))
    assert calm.lesions is not None and lived().lesions is not None
    assert np.array_equal(calm.lesions.time, lived().lesions.time)
    assert np.array_equal(calm.lesions.area, lived().lesions.area)


def sunken(numbers: NDArray[np.float32]) -> int:
    """How many numbers are not 0 and yet too small for single precision to hold with all its digits."""
    size = np.abs(numbers)
    return int(((size > 0) & (size < np.finfo(np.float32).tiny)).sum())


@pytest.mark.parametrize("values", [{}, *OFF], ids=str)
def test_no_state_sinks_into_numbers_that_slow_the_processor(values: dict[str, float]) -> None:
    p = load().replace(values)
    stopped = "hypothetical:attack:1.0+hypothetical:seeding:1.0+hypothetical:maintenance:1.0@start+2"
    for plan in ("none", stopped):
        for years in (0.25, 5, 60):
            state = state_after(FEW, years, parameters=p, plan=plan)
            parts = {**state._asdict(), "tissue": state.tissue[1:]}
            assert {name: n for name, numbers in parts.items() if (n := sunken(numbers))} == {}, (plan, years)


def test_nor_does_the_myelinated_stock() -> None:
    many = load().replace({"lesion_rate": load().row("lesion_rate").upper})
    assert sunken(state_after(company(), 40, parameters=many).tissue[0]) == 0


def test_debris_stays_in_range_within_the_prior() -> None:
    """Clearance and its half-level each at a tenth of our doubt: one draw in a hundred is more extreme in both."""
    p = load()
    tail = {"clearance": p.row("clearance").prior.quantile(0.9)}
    tail["half_debris_clearance"] = p.row("half_debris_clearance").prior.quantile(0.1)
    state = state_after(company(), 5, parameters=p.replace(tail))
    assert state.milieu[0].min() >= 0


def test_no_region_has_more_cells_than_a_lesion_has_words() -> None:
    assert max(sum(region == k for _, region in CELLS) for k in REGIONS) <= MOST_CROSSINGS


def test_a_table_beyond_its_bounds_is_beyond_them() -> None:
    assert freed({"sd_activity": 0.0})["sd_activity"] == 0 < load().row("sd_activity").lower
