"""What happens at a moment: a lesion is born in a place, crosses some pathways, and takes a share of each."""

from __future__ import annotations


def lesion_rate(lam, age_factor, burst, u_attack, u_trafficking):
    """Lesions per year now: trait, age, the fluctuating drive (mean 1), what treatment leaves of attack and entry."""
    return lam * age_factor * burst * u_attack * u_trafficking


def rim_chance(area, p, u_rim_birth):
    """Chance that a lesion becomes chronic active: larger lesions more often; treatment multiplies the odds."""
    odds = u_rim_birth * p.rim_odds * (area / p.lesion_area) ** p.rim_odds_area
    return odds / (1 + odds)


def crossing_chance(area, path_area, region_area):
    """Chance that a round lesion thrown on a region's cross-section touches one of the two sides of a pathway in it,
    each round and half of the pathway's area; from 1 on, sure.
    """
    side = path_area / 2
    return 2 * (area ** (1 / 2) + side ** (1 / 2)) ** 2 / region_area


def hit(share, transected, s):
    """Amounts one lesion moves in a cell: (myelinated to acute, repaired to acute, bare to acute, lost at once).

    The lesion takes ``share`` of what is myelinated or repaired and half of that of what lies bare; of these
    ``transected`` is cut.
    """
    from_myelinated = share * s.myelinated
    from_repaired = share * s.repaired
    from_bare = share * s.bare / 2
    cut = transected * (from_myelinated + from_repaired + from_bare)
    return from_myelinated, from_repaired, from_bare, cut


def felt(effect, luck, threshold):
    """Whether the largest blocked share of a pathway, times a luck factor already drawn, is enough to be noticed."""
    return effect * luck > threshold
