"""Plans changed as wholes: without what acts inside the CNS, and with strengths drawn from their priors; and names."""

from __future__ import annotations

import csv
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from smoulder import treatments
from smoulder.errors import InputError, UnknownName
from smoulder.treatments import EFFECTS, INSIDE, OUTSIDE, Plan, plan

STEPS = 24
DESIGNS = list(
    csv.DictReader((files("smoulder.evidence") / "trial_designs.csv").read_text(encoding="utf-8").splitlines())
)
SPELLINGS = sorted({design[column] for design in DESIGNS for column in ("treatment", "comparator")} - {"each alone"})


@pytest.mark.parametrize("text", SPELLINGS)
def test_every_treatment_and_comparator_of_the_designs_is_a_plan(text: str) -> None:
    """Only 'each alone' is left: it has no meaning beside its own row."""
    for name in treatments.alternatives(text):
        given = plan(name)
        assert bool(given.drugs) == (name != "none")
        assert ("placebo" in text and "+" not in text) == (name == "none")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("interferon beta-1a SC 44 ug", ("interferon_beta",)),
        ("interferon beta-1a IM", ("interferon_beta_1a_im",)),
        ("Interferon beta-1a + Glatiramer", ("interferon_beta_1a_im+glatiramer",)),
        ("placebo + IFN beta-1a", ("interferon_beta_1a_im",)),
        ("placebo", ("none",)),
        ("amiloride, fluoxetine or riluzole", ("amiloride", "fluoxetine", "riluzole")),
        ("R/S alpha-lipoic acid; metformin", ("lipoic_acid", "metformin")),
        ("autologous HSCT", ("ahsct",)),
    ],
)
def test_a_spelling_of_the_designs_is_the_drug_it_means(text: str, names: tuple[str, ...]) -> None:
    assert treatments.alternatives(text) == names
    if len(names) == 1:
        assert treatments.named(text) == names[0]


def test_an_unknown_spelling_is_refused_in_one_line() -> None:
    for text in ("each alone", "glatiramer acetat", ""):
        with pytest.raises(UnknownName) as caught:
            treatments.named(text)
        assert "\n" not in str(caught.value)
    with pytest.raises(UnknownName, match="Did you mean 'glatiramer acetate'"):
        treatments.named("glatiramer acetat")


def test_processes_are_inside_outside_or_where_an_attack_arrives() -> None:
    assert not set(INSIDE) & set(OUTSIDE)
    assert set(EFFECTS) - set(INSIDE) - set(OUTSIDE) == {"expression", "transection", "rim_birth"}
    assert {"maintenance", "activation", "remyelination", "bare_loss", "energy_supply", "rim_loss"} <= set(INSIDE)


@pytest.mark.parametrize("drug", treatments.drugs())
def test_without_the_cns_a_drug_does_in_the_blood_what_it_did(drug: str) -> None:
    whole, rest = plan(f"{drug}:stop=2"), plan(f"{drug}:stop=2").without_cns()
    before, after = whole.multipliers(STEPS, 5), rest.multipliers(STEPS, 5)
    for action in treatments.drug(drug).actions:
        row = EFFECTS.index(action.effect)
        if action.inside:
            assert (before[row] != 1).any() and (after[row] == 1).all()
        else:
            np.testing.assert_array_equal(after[row], before[row])
    assert (rest.name, rest.start, rest.stop) == (whole.name, whole.start, whole.stop)
    assert str(rest) != str(whole) and "without CNS" in str(rest)


def test_without_the_cns_some_drugs_do_nothing_and_none_stays_none() -> None:
    assert (plan("clemastine").without_cns().multipliers(STEPS, 2) == 1).all()
    assert (plan("natalizumab").without_cns().multipliers(STEPS, 2) < 1).any()
    assert plan("none").without_cns() == plan("none") == plan("none").drawn(1, 1)
    assert not plan("hypothetical:bare_loss:0.5").without_cns().drugs[0].actions
    assert plan("hypothetical:attack:0.5").without_cns().drugs[0].actions


def strengths(given: Plan) -> dict[tuple[str, str], float]:
    return {(drug.id, action.effect): action.maximum for drug in given.drugs for action in drug.actions}


def rebounds(given: Plan) -> dict[str, float]:
    return {drug.id: a.rebound.share for drug in given.drugs for a in drug.actions if a.rebound is not None}


@given(st.integers(0, 2**63), st.integers(0, 2**32 - 1), st.sampled_from(treatments.drugs()))
def test_a_draw_is_its_seed_and_replicate_within_its_bounds(seed: int, replicate: int, drug: str) -> None:
    drawn = plan(drug).drawn(seed, replicate)
    assert drawn == plan(drug).drawn(seed, replicate)
    for before, after in zip(plan(drug).drugs[0].actions, drawn.drugs[0].actions, strict=True):
        assert after.lower <= after.maximum <= after.upper
        assert (after.effect, after.direction, after.prior, after.kinetics) == (
            before.effect, before.direction, before.prior, before.kinetics
        )  # fmt: skip


def test_a_draw_does_not_depend_on_what_else_is_given() -> None:
    drugs = treatments.drugs()
    together = strengths(plan("+".join(drugs)).drawn(7, 3))
    backwards = strengths(plan("+".join(reversed(drugs))).drawn(7, 3))
    alone = {key: share for drug in drugs for key, share in strengths(plan(drug).drawn(7, 3)).items()}
    assert together == backwards == alone
    fewer = strengths(plan("siponimod").without_cns().drawn(7, 3))
    assert fewer == {key: share for key, share in alone.items() if key == ("siponimod", "attack")}
    later = plan("siponimod@age=50:stop=2").drawn(7, 3)
    assert strengths(later) == {key: share for key, share in alone.items() if key[0] == "siponimod"}


def test_draws_differ_between_actions_seeds_and_replicates() -> None:
    everything = plan("+".join(treatments.drugs()))
    ranks = [
        a.prior.below(b.maximum)
        for drug, drawn in zip(everything.drugs, everything.drawn(7, 3).drugs, strict=True)
        for a, b in zip(drug.actions, drawn.actions, strict=True)
    ]
    assert len(set(ranks)) == len(ranks)
    ones = [strengths(plan("siponimod").drawn(*pair))["siponimod", "attack"] for pair in ((7, 3), (7, 4), (8, 3))]
    assert len(set(ones)) == 3
    both = plan("natalizumab").drawn(7, 3)
    trafficking = both.drugs[0].actions[0]
    assert trafficking.prior.below(trafficking.maximum) != pytest.approx(rebounds(both)["natalizumab"], abs=1e-6)


@pytest.mark.parametrize(
    "key", [("interferon_beta", "attack"), ("fingolimod", "maintenance"), ("metformin", "remyelination")]
)
def test_draws_have_the_law_of_the_prior(key: tuple[str, str]) -> None:
    drug, effect = key
    prior = next(a.prior for a in treatments.drug(drug).actions if a.effect == effect)
    drawn = [strengths(plan(drug).drawn(1, replicate))[key] for replicate in range(400)]
    assert stats.kstest([prior.below(share) for share in drawn], "uniform").pvalue > 1e-4


def test_a_rebound_is_drawn_from_none_to_its_most() -> None:
    drawn = [rebounds(plan("natalizumab").drawn(1, replicate))["natalizumab"] for replicate in range(400)]
    assert stats.kstest(drawn, "uniform").pvalue > 1e-4  # its prior is uniform(0, 1)


def test_a_drawn_plan_says_so_and_acts_by_its_draw() -> None:
    whole = plan("siponimod@age=50:stop=2")
    drawn = whole.drawn(7, 3)
    assert str(drawn) == f"{whole} (draw 3 of seed 7)" and str(whole.without_cns().drawn(7, 3)).endswith(
        "(without CNS, draw 3 of seed 7)"
    )
    row = EFFECTS.index("attack")
    before, after = whole.multipliers(STEPS, 4)[row], drawn.multipliers(STEPS, 4)[row]
    old, new = strengths(whole)["siponimod", "attack"], strengths(drawn)["siponimod", "attack"]
    np.testing.assert_allclose((1 - after) / new, (1 - before) / old, atol=1e-12)
    fixed = plan("hypothetical:attack:0.5")
    assert strengths(fixed.drawn(7, 3)) == strengths(fixed)


@pytest.mark.parametrize("replicate", [-1, 2**32])
def test_a_replicate_that_cannot_be_is_refused(replicate: int) -> None:
    with pytest.raises(InputError, match="is not within 0 to 4294967295"):
        plan("siponimod").drawn(1, replicate)


def test_a_count_of_no_length_is_refused() -> None:
    with pytest.raises(InputError, match="at least 1 step"):
        treatments.cells("ocrelizumab", years=0.0)


def test_a_tablet_for_walking_acts_on_conduction_alone_and_at_once_and_is_gone_in_days() -> None:
    course = plan("dalfampridine:stop=1").multipliers(365, 1.1)
    row = EFFECTS.index("conduction")
    size = treatments.drug("dalfampridine").actions[0].maximum
    assert course[row, 3] == pytest.approx(1 + size, rel=0.01) and course[row, 370] == pytest.approx(1, abs=0.01)
    assert (np.delete(course, row, axis=0) == 1).all()
