"""Lives that several proofs look at, lived once; tables of parameters beyond their bounds; the state a life ends in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from smoulder import life, people
from smoulder.life import Truth
from smoulder.parameters import Parameters, load
from smoulder.people import People

SEED = 20
EPS = float(np.finfo(np.float32).eps)


@cache
def company(n: int = 300) -> People:
    """People of the shipped table; 300 fill more than one block."""
    return people.draw(n, seed=SEED)


@cache
def lived(plan: str = "none", years: float = 20, n: int = 300, **settings: Any) -> Truth:
    """The company's lives under a plan."""
    return life.run(company(n), years=years, plan=plan, **settings)


def freed(values: Mapping[str, float]) -> Parameters:
    """The shipped table with values that its bounds may not allow, for limits such as no spread at all."""
    rows = load().rows
    return Parameters(tuple(replace(row, value=float(values.get(row.id, row.value))) for row in rows))


class State(NamedTuple):
    """What a life is in at its end. P people of one or more blocks, side by side."""

    tissue: NDArray[np.float32]  # [myelinated, acute, bare, repaired; cell; P]
    rims: NDArray[np.float32]  # [transient, persistent; cell; P]
    milieu: NDArray[np.float32]  # [debris, microglia; region; P]
    person: NDArray[np.float32]  # [activity, slow, water, transient rims, persistent rims; P]
    causes: NDArray[np.float32]  # [acute and every cause; P], summed over cells


def state_after(who: People, years: float, **settings: Any) -> State:
    """The state after ``years`` (a multiple of a step) of every life."""
    saved = life.run(who, years=years, save_at=np.full(len(who), years), lesions=False, **settings).saved
    assert saved is not None

    def rows(*prefixes: str) -> NDArray[np.float32]:
        parts = [saved.numbers[[name.startswith(f"{prefix}.") for name in life.STATE]] for prefix in prefixes]
        return np.stack(parts)

    stocks = (f"tissue.{name}" for name in ("myelinated", "acute", "bare", "repaired"))
    return State(
        rows(*stocks), rows("tissue.rim_transient", "tissue.rim_persistent"), rows("milieu.debris", "milieu.microglia"),
        rows("person")[0], rows("lost")[0],
    )


def same(a: Truth, b: Truth) -> bool:
    """Whether two truths are the same to the last bit, lesion records included where both keep them."""
    arrays = ("years", "values", "onset", "onset_attack", "death")
    if not all(np.array_equal(getattr(a, k), getattr(b, k), equal_nan=getattr(a, k).dtype.kind == "f") for k in arrays):
        return False
    if a.lesions is None or b.lesions is None:
        return True
    return all(np.array_equal(getattr(a.lesions, k), getattr(b.lesions, k)) for k in vars(a.lesions))


def taken(truth: Truth, index: NDArray[np.intp]) -> dict[str, NDArray]:
    """What some of the people went through, in the order given; lesions person by person."""
    book = truth.lesions
    assert book is not None
    rows = np.concatenate([np.flatnonzero(book.person == i) for i in index])
    found = {k: getattr(book, k)[rows] for k in vars(book) if k != "person"}
    found |= {"values": truth.values[:, :, index], "onset": truth.onset[index], "death": truth.death[index]}
    return found | {"onset_attack": truth.onset_attack[index]}


def quantities(prefix: str, truth: Truth) -> list[str]:
    """Names of recorded quantities that begin with a prefix."""
    return [name for name in truth.quantities if name.startswith(prefix)]
