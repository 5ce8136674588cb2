"""Truths by hand for the clinic's tests and blood samples: quantities as given, everyone with onset at the start."""

from __future__ import annotations

from typing import Any

import numpy as np

ITEMS = ("arm_use", "cerebellar", "sensory", "mental", "ambulation")


class Truth:
    """N lives at T moments, ``step`` years apart; ``quantities`` are broadcast to [T, N]."""

    def __init__(self, t: int, n: int, *, step: float = 0.25, age: float = 40.0, seed: int = 5, **quantities: Any):
        self.id = np.arange(n, dtype=np.int64) + 100
        self.seed = seed
        self.start_age = np.full(n, age, dtype=np.float32)
        self.sex = np.zeros(n, dtype=np.int8)
        self.years = (step * np.arange(1, t + 1)).astype(np.float32)
        self.offsets = np.zeros((9, n), dtype=np.float32)
        self.onset = np.zeros(n, dtype=np.float32)
        self.onset_attack = np.zeros(n, dtype=bool)
        self.death = np.full(n, np.inf, dtype=np.float32)
        self.lesions = None
        self.quantities = {
            name: np.broadcast_to(value, (t, n)).astype(np.float32) for name, value in quantities.items()
        }

    def __getitem__(self, name: str) -> np.ndarray:
        return self.quantities[name]

    def take(self, chosen: np.ndarray) -> Truth:
        """The chosen people, unchanged."""
        few = Truth.__new__(Truth)
        few.__dict__ = dict(self.__dict__)
        for name in ("id", "start_age", "sex", "onset", "onset_attack", "death"):
            setattr(few, name, getattr(self, name)[chosen])
        few.offsets = self.offsets[:, chosen]
        few.quantities = {name: values[:, chosen] for name, values in self.quantities.items()}
        return few


def disabled(latent: Any, *, t: int = 1, n: int | None = None, **settings: Any) -> Truth:
    """People whose every item has this latent disability: one number, [N] or [T, N]."""
    wide = np.asarray(latent, dtype=np.float64)
    n = wide.shape[-1] if n is None else n
    return Truth(t, n, **{f"latent_{item}": wide for item in ITEMS}, **settings)


def same(one: Any, two: Any) -> None:
    """Two tables of one kind hold the same."""
    for column in type(one).SCHEMA:
        np.testing.assert_array_equal(getattr(one, column.name), getattr(two, column.name), err_msg=column.name)
