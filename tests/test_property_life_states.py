"""A life can be stopped and continued: untreated it is the life that never stopped, under a plan the whole life with
that first dose, to the last bit, for any moments, plans and people.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lives import company
from smoulder import life
from smoulder.anatomy import CELLS, ITEMS, PATHWAYS, TRAITS
from smoulder.biology.states import CAUSES, Effects, Tissue
from smoulder.errors import InputError, UnknownName
from smoulder.life import STATE, STEPS_PER_YEAR, State, Truth, rows

YEARS = 12
PLANS = ("none", "ocrelizumab", "fingolimod", "ocrelizumab+hypothetical:remyelination:0.5", "alemtuzumab")
steps = st.integers(0, YEARS * STEPS_PER_YEAR - 1)


def saved_at(years: NDArray, plan: str = "none", **more: object) -> State:
    truth = life.run(company(), years=YEARS, plan=plan, save_at=years, **more)
    assert truth.saved is not None
    return truth.saved


def assert_goes_on(whole: Truth, later: Truth, state: State, index: NDArray[np.int64]) -> None:
    """``later`` (people ``index`` of ``whole``) is ``whole`` from each person's state on."""
    for lane, i in enumerate(index):
        after = whole.years * STEPS_PER_YEAR > state.step[lane] + 1e-6
        assert np.array_equal(whole.values[:, after, i], later.values[:, after, lane])
        assert not later.values[:, ~after, lane].any()
    for name in ("onset", "onset_attack", "death", "first_dose"):
        assert np.array_equal(getattr(whole, name)[index], getattr(later, name), equal_nan=name == "onset"), name
    assert whole.lesions is not None and later.lesions is not None
    expected = whole.lesions.of_people(index)
    for name in vars(expected):
        assert np.array_equal(getattr(expected, name), getattr(later.lesions, name)), name


@st.composite
def people_and_moments(draw: st.DrawFn) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Some of the company in any order, and a moment for everybody."""
    index = draw(st.lists(st.integers(0, len(company()) - 1), min_size=1, max_size=40, unique=True))
    spread = draw(st.sampled_from([0, 3, 200]))
    first = draw(steps)
    noise = np.random.default_rng(draw(st.integers(0, 99))).integers(0, spread + 1, len(company()))
    return np.array(index), np.minimum(first + noise, YEARS * STEPS_PER_YEAR - 1) / STEPS_PER_YEAR


@settings(max_examples=25, deadline=None)
@given(people_and_moments(), st.sampled_from([1 / STEPS_PER_YEAR, 0.25, 1.0]))
def test_going_on_untreated_is_never_having_stopped(
    chosen: tuple[NDArray[np.int64], NDArray[np.float64]], every: float
) -> None:
    index, moments = chosen
    state = saved_at(moments, every=every).take(index)
    later = life.run(state, years=YEARS, every=every)
    assert_goes_on(life.run(company(), years=YEARS, every=every), later, state, index)


@settings(max_examples=25, deadline=None)
@given(people_and_moments(), st.sampled_from(PLANS), st.integers(0, 99), st.booleans())
def test_going_on_under_a_plan_is_a_whole_life_with_that_first_dose(
    chosen: tuple[NDArray[np.int64], NDArray[np.float64]], plan: str, seed: int, two_threads: bool
) -> None:
    """First doses lie anywhere from a person's own moment on; a few never come."""
    index, moments = chosen
    random = np.random.default_rng(seed)
    doses = moments + random.uniform(0, 3, moments.size) * random.integers(0, 2, moments.size)
    doses[random.random(moments.size) < 0.1] = np.inf
    state = saved_at(moments).take(index)
    later = life.run(state, years=YEARS, plan=plan, first_dose=doses[index], threads=1 + two_threads)
    assert_goes_on(life.run(company(), years=YEARS, plan=plan, first_dose=doses), later, state, index)


@settings(max_examples=10, deadline=None)
@given(people_and_moments(), st.sampled_from(PLANS[1:]), steps)
def test_a_treated_life_goes_on_under_its_own_plan(
    chosen: tuple[NDArray[np.int64], NDArray[np.float64]], plan: str, dose: int
) -> None:
    """The first dose may lie before or after the moment at which the life was stopped."""
    index, moments = chosen
    doses = np.full(len(company()), dose / STEPS_PER_YEAR)
    state = saved_at(moments, plan=plan, first_dose=doses).take(index)
    later = life.run(state, years=YEARS, plan=plan, first_dose=state.first_dose)
    assert_goes_on(life.run(company(), years=YEARS, plan=plan, first_dose=doses), later, state, index)


@pytest.mark.parametrize("plan", ["ocrelizumab@onset+1", "ocrelizumab@age=38", "ocrelizumab@start+5"])
def test_a_plan_that_says_when_it_starts_starts_then_in_a_life_that_goes_on(plan: str) -> None:
    whole = life.run(company(), years=YEARS, plan=plan)
    moments = np.minimum(np.where(np.isfinite(whole.first_dose), whole.first_dose, 3), YEARS - 1) * 0.99
    state = saved_at(moments)
    assert_goes_on(whole, life.run(state, years=YEARS, plan=plan), state, np.arange(len(company())))


def test_a_life_that_is_stopped_twice_goes_on_twice() -> None:
    moments = np.tile([2.0, 7.5, np.inf], (len(company()), 1))
    state = saved_at(moments)
    assert len(state) == 2 * len(company())
    assert np.array_equal(state.person, np.repeat(np.arange(len(company())), 2))
    assert np.array_equal(state.years[:4], [2, 7.5, 2, 7.5])
    first = state.take(state.years < 5)
    again = life.run(first, years=9, save_at=np.full(len(first), 7.5)).saved
    second = state.take(state.years > 5)
    assert again is not None and again.lesions is not None and second.lesions is not None
    assert np.array_equal(again.numbers, second.numbers)
    assert all(np.array_equal(getattr(again.lesions, k), getattr(second.lesions, k)) for k in vars(second.lesions))


def test_saving_changes_nothing_and_keeps_what_was_recorded_then() -> None:
    years = np.full(len(company()), 7.0)
    plain = life.run(company(), years=YEARS)
    truth = life.run(company(), years=YEARS, save_at=years)
    assert np.array_equal(plain.values, truth.values) and plain.saved is None
    state = truth.saved
    assert state is not None
    t = np.flatnonzero(truth.years == 7)[0]
    assert np.array_equal(state["person.slow"], truth["slow"][t])
    survival = sum(state[f"tissue.{stock}.brainstem.brainstem"] for stock in Tissue._fields)
    assert np.allclose(survival, truth["survival_brainstem"][t], rtol=0, atol=1e-6)
    assert np.array_equal(state["lost.acute"] / len(CELLS), truth["lost_acute"][t]) or np.allclose(
        state["lost.acute"] / len(CELLS), truth["lost_acute"][t]
    )
    frame = state.frame()
    assert list(frame.columns) == ["person", "years", "first_dose", *STATE] and len(frame) == len(state)


def test_the_table_of_a_life_that_went_on_holds_no_moment_that_was_not_lived() -> None:
    state = saved_at(np.where(np.arange(len(company())) % 2, 4.0, 7.1))
    table = life.run(state, years=YEARS).frame()
    first = table.groupby("person", sort=False)["years"].min()
    assert np.array_equal(first.to_numpy(), np.where(state.years > 5, 7.25, 4.25))
    assert len(life.run(company(), years=2, silent_years=1).frame()) == 4 * len(company())
    assert len(life.run(company(), years=2).frame()) == 8 * len(company())


def test_without_lesions_the_rest_goes_on_alike() -> None:
    years = np.full(len(company()), 4.0)
    state = saved_at(years, lesions=False)
    later = life.run(state, years=YEARS, lesions=False)
    assert np.array_equal(later.values[:, 16:], life.run(company(), years=YEARS).values[:, 16:])
    with pytest.raises(InputError, match="without lesions"):
        life.run(state, years=YEARS)


def test_a_state_or_a_moment_that_cannot_be_is_refused_in_one_line() -> None:
    n = len(company())
    state = saved_at(np.full(n, 4 + 1 / STEPS_PER_YEAR))
    refused = [
        (lambda: life.run(state, years=4), "must lie after"),
        (lambda: life.run(state, years=YEARS, steps=life.Steps(per_year=48)), "24 steps a year"),
        (lambda: life.run(state, years=YEARS, every=1.0), "does not record"),
        (lambda: life.run(state, years=YEARS, save_at=np.full(n, 2.0)), "goes from 4.04167 to 12"),
        (lambda: life.run(company(), years=YEARS, save_at=np.full(n, 12.5)), "cannot be saved"),
        (lambda: life.run(company(), years=YEARS, save_at=np.full(n, np.nan)), "cannot be saved"),
        (lambda: life.run(company(), years=YEARS, save_at=np.zeros(3)), "one row a person"),
        (lambda: life.run(company(), years=YEARS, save_at=2.0), "one row a person"),
        (lambda: life.run(state.take(slice(0, 0)), years=YEARS), "nobody"),
    ]
    for call, words in refused:
        with pytest.raises(InputError, match=words) as error:
            call()
        assert "\n" not in str(error.value)
    with pytest.raises(UnknownName):
        state["person.slw"]


def test_every_row_is_named_once_and_as_the_rest_of_the_house_names_it() -> None:
    assert rows.Losses._fields == ("acute", *CAUSES)
    assert rows.Cell._fields[:4] == Tissue._fields
    assert rows.Traits._fields == TRAITS
    assert rows.Pathway._fields == ("loss", "block", "survival")
    assert len(set(STATE)) == len(STATE) and len(set(rows.QUANTITIES)) == len(rows.QUANTITIES)
    numbered = [value for value in vars(rows).values() if hasattr(value, "_fields") and not isinstance(value, type)]
    assert len(numbered) > 10
    assert all(tuple(value) == tuple(range(len(value))) for value in numbered)
    assert rows.EFFECT._fields == Effects._fields
    assert (rows.PYRAMIDAL, rows.ARM_USE, rows.MENTAL_PATH) == (0, len(ITEMS) - 1, len(PATHWAYS) - 1)
