"""Random words against the published answers of the generator's authors, and the laws that every draw rests on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from smoulder import random

#: Known answers of Threefry-4x32 with 20 rounds: counter, key, words (the authors' Random123 test vectors).
PUBLISHED = {
    "zeros": ((0, 0, 0, 0), (0, 0, 0, 0), (0x9C6CA96A, 0xE17EAE66, 0xFC10ECD4, 0x5256A7D8)),
    "ones": ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 4, (0x2A881696, 0x57012287, 0xF6C7446E, 0xA16A6732)),
    "pi": (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0, 0x082EFA98, 0xEC4E6C89),
        (0x59CD1DBB, 0xB8879579, 0x86B5D00C, 0xAC8B6D84),
    ),
}
PEOPLE = np.arange(20_000)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_generator_gives_the_published_words(name: str) -> None:
    counter, key, words = PUBLISHED[name]
    found = random.threefry(*(np.uint32(k) for k in key), *(np.uint32(c) for c in counter))
    assert tuple(int(word) for word in found) == words


def test_a_draw_is_keyed_by_seed_purpose_person_and_moment_as_written() -> None:
    seed = 0x0123456789ABCDEF
    found = random.words(seed, np.array([7]), "scan", 11)[:, 0]
    z = np.uint32(0)
    key = np.uint32(0x89ABCDEF), np.uint32(0x01234567), np.uint32(random.PURPOSES["scan"]), z
    assert tuple(found) == tuple(random.threefry(*key, np.uint32(7), np.uint32(11), z, z))


@given(st.integers(-(2**70), 2**70), st.permutations(range(12)))
def test_a_draw_depends_on_nothing_but_its_address(seed: int, order: list[int]) -> None:
    people = np.array([3, 1, 4, 15, 92, 6, 5, 35, 8, 97, 93, 2**32 - 1])
    whole = random.words(seed, people, "traits", 5)
    assert np.array_equal(random.words(seed, people[order], "traits", 5), whole[:, order])
    alone = [random.words(seed, people[i : i + 1], "traits", 5)[:, 0] for i in range(people.size)]
    assert np.array_equal(np.array(alone).T, whole)


def test_seeds_purposes_moments_and_people_all_make_a_difference() -> None:
    base = random.words(1, PEOPLE[:100], "traits", 0)
    assert not np.any(np.all(base == random.words(2, PEOPLE[:100], "traits", 0), axis=0))
    assert not np.any(np.all(base == random.words(1, PEOPLE[:100], "regions", 0), axis=0))
    assert not np.any(np.all(base == random.words(1, PEOPLE[:100], "traits", 1), axis=0))
    assert np.unique(base, axis=1).shape[1] == 100


def test_no_two_purposes_share_a_number() -> None:
    assert len(set(random.PURPOSES.values())) == len(random.PURPOSES)
    assert all(0 < number < 2**32 for number in random.PURPOSES.values())


def test_a_seed_may_be_any_integer_and_wraps_at_64_bits() -> None:
    assert random.key(-1) == (2**32 - 1, 2**32 - 1)
    assert random.key(2**64 + 5) == random.key(5) == (5, 0)


@pytest.mark.parametrize("purpose", random.PURPOSES)
def test_words_are_uniform_and_neighbours_uncorrelated(purpose: str) -> None:
    """Kolmogorov-Smirnov at a thousandth over all purposes and words; correlations within 5 standard errors."""
    words = random.as_uniform(random.words(2, PEOPLE, purpose))
    for u in words:
        assert stats.kstest(u, "uniform").pvalue > 1e-3 / (4 * len(random.PURPOSES))
        assert abs(np.corrcoef(u[1:], u[:-1])[0, 1]) < 5 / np.sqrt(u.size)
    assert np.abs(np.corrcoef(words) - np.eye(4)).max() < 5 / np.sqrt(PEOPLE.size)


def test_a_normal_draw_is_the_inverse_of_the_uniform_one() -> None:
    u, z = random.uniform(3, PEOPLE, "activity", 2), random.normal(3, PEOPLE, "activity", 2)
    assert np.allclose(stats.norm.cdf(z), u, rtol=0, atol=1e-12)
    assert 0 < u.min() and u.max() < 1
