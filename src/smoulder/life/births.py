"""How lesions are born: how many, where, how large, what they cross, whether they are felt. Compiled like kernel.py."""

from __future__ import annotations

import numpy as np

from smoulder.biology.events import crossing_chance, felt, hit
from smoulder.biology.states import Tissue
from smoulder.engine.lanes import uniform_from
from smoulder.engine.single import HALF, ONE, ZERO, F

from .lanes import draw_four, fill, size_lesions
from .numbers import CROSSING, LESION_DRAW, MOST_LESIONS, N_REGIONS, NO_RIM, PERSISTENT, TRANSIENT
from .rows import BORN, CELL, COUNTER, EFFECT, FACTOR, FIRST_CORD, LOSS, MILIEU, ONSET, PERSON, SIZE, WORD


def list_lesions(n_lanes, step, rate, below, none, ids, born):
    """Lesions born in the step, by inversion, so that a lower rate never gives more; returns how many.

    ``born`` gets lane, number within the lane and step, and id of each.

    Worked example: two lanes with a rate of 24 a year and a step of 1/24 year, so a mean of 1. ``none`` is exp(-1) =
    0.37 in both. Lane 0 drew 0.20, which is below 0.37: no lesion. Lane 1 drew 0.80: that is above P(0) = 0.37 and
    above P(0) + P(1) = 0.74 but below P(0) + P(1) + P(2) = 0.92, so two lesions are listed, (1, 0) and (1, 1).
    """
    candidate, lane = born[BORN.candidate], born[BORN.lane]
    nth, who = born[BORN.nth], born[BORN.id]
    candidates = 0
    for j in range(n_lanes):  # without a branch, which chance would make costly
        candidate[candidates] = j
        candidates += 1 if below[j] > none[j] else 0
    listed = 0
    for i in range(candidates):
        j = candidate[i]
        mean = step * rate[j]
        chance = none[j]
        total = chance
        n = np.uint32(0)
        while below[j] > total and n < np.uint32(MOST_LESIONS):  # total is the chance of n or fewer
            lane[listed], nth[listed], who[listed] = j, n, ids[j]
            listed += 1
            n = np.uint32(n + np.uint32(1))
            chance = chance * mean / F(n)
            if total + chance == total and F(n) > mean:
                break  # what is left of the law is below the precision of the sum
            total = total + chance
    return listed


def choose_region(j, below, weights):
    """The region whose cumulative share of the person's lesions first exceeds ``below``."""
    region = np.int32(0)
    while region < np.int32(N_REGIONS - 1) and below > weights[region, j]:
        region = np.int32(region + np.int32(1))
    return region


def draw_lesions(listed, who, moment, lesion_size, work, k):
    """All that does not depend on the tissue of the listed lesions: region, area, luck, rim and enhancement."""
    born, words, crossing, sizes, u = work.born, work.words, work.crossing, work.sizes, work.u
    lane, nth, ids, region = born[BORN.lane], born[BORN.nth], born[BORN.id], born[BORN.region]
    for block in range(2):  # a draw gives four words; a lesion takes two draws for itself and two for what it crosses
        row = 4 * block
        draw_four(
            listed, who.key_low, who.key_high, LESION_DRAW, ids, moment, nth, np.uint32(block),
            words[row], words[row + 1], words[row + 2], words[row + 3],
        )
        draw_four(
            listed, who.key_low, who.key_high, CROSSING, ids, moment, nth, np.uint32(block),
            crossing[row], crossing[row + 1], crossing[row + 2], crossing[row + 3],
        )
    for i in range(listed):
        j = lane[i]
        region[i] = choose_region(j, uniform_from(words[WORD.region, i]), who.weights)
        sizes[SIZE.area, i] = lesion_size[region[i]]
        sizes[SIZE.rim, i] = u[EFFECT.rim_birth, j]
    size_lesions(
        listed, words[WORD.area], words[WORD.enhances], words[WORD.lasts], words[WORD.luck],
        sizes[SIZE.area], sizes[SIZE.rim], sizes[SIZE.lasts], sizes[SIZE.luck], sizes[SIZE.enhances], k,
    )


def cross_pathways(i, j, region, area, transected, maps, weight, crossing, shares, tissue, causes):
    """Let lesion ``i`` take its share of what it crosses; returns (moved, largest share blocked, its pathway).

    Worked example: a lesion of 20 mm2 in a region of 900 mm2 with two cells, of 8 and 30 mm2. The chance of touching
    the first is 2 (sqrt 20 + sqrt 4)^2 / 900 = 0.09; its word gives 0.05, so it is crossed, and the share taken is
    min(20 / 8, 1/2) x 0.05 / 0.09 = 0.27. The word of the second gives 0.9: not crossed, its share is 0.
    """
    moved = ZERO
    effect = ZERO
    pathway = np.int32(-1)
    for nth in range(maps.cells_in[region]):
        cell = maps.cells_of[region, nth]
        chance = min(crossing_chance(area, maps.cell_area[cell], maps.region_area[region]), ONE)
        below = uniform_from(crossing[nth, i])
        shares[nth] = ZERO
        if below >= chance:  # this pathway is not touched
            continue
        share = min(area / maps.cell_area[cell], HALF) * (below / chance)  # one lesion reaches one side of a pathway
        s = Tissue(
            tissue[CELL.myelinated, cell, j], tissue[CELL.acute, cell, j],
            tissue[CELL.bare, cell, j], tissue[CELL.repaired, cell, j],
        )
        from_myelinated, from_repaired, from_bare, cut = hit(share, transected, s)
        tissue[CELL.myelinated, cell, j] -= from_myelinated
        tissue[CELL.repaired, cell, j] -= from_repaired
        tissue[CELL.bare, cell, j] -= from_bare
        tissue[CELL.acute, cell, j] += from_myelinated + from_repaired + from_bare - cut
        shares[nth] = share
        causes[LOSS.acute, j] += cut
        moved += weight[cell] * (from_myelinated + from_repaired)
        if from_myelinated + from_repaired > effect:  # the pathway that is hit hardest so far
            effect = from_myelinated + from_repaired
            pathway = maps.cell_pathway[cell]
    return moved, effect, pathway


def start_rim(j, region, rim_row, maps, shares, tissue):
    """Give the rim of a new chronic active lesion its share in every cell that the lesion crossed."""
    for nth in range(maps.cells_in[region]):
        cell = maps.cells_of[region, nth]
        tissue[rim_row, cell, j] = min(tissue[rim_row, cell, j] + shares[nth], ONE)


def bear_lesions(listed, time, step, fixed, expression, life, work, book, used, k):
    """All lesions born in one step, one after the other; returns the entries of the book in use (negative: too few).

    Worked example: a lesion in the cord that crosses the leg's motor path and blocks 0.2 of it. 0.2 times the person's
    expression and the lesion's luck is above the threshold: it is felt, counted as a lesion of the cord and as felt,
    and is the first attack if none came before. Its word for a rim is below the chance: it gets a rim, whose class and
    years are drawn, and every cell that it crossed gets the rim's share. One entry of the book holds all of it.
    """
    born, words, sizes = work.born, work.words, work.sizes
    for i in range(listed):
        j, region = born[BORN.lane, i], np.int32(born[BORN.region, i])
        area = sizes[SIZE.area, i]
        transected = min(work.factors[FACTOR.transected, j] * work.u[EFFECT.transection, j], ONE)
        moved, effect, pathway = cross_pathways(
            i, j, region, area, transected, fixed.maps, fixed.scales.weight, work.crossing, work.shares, life.tissue,
            life.causes,
        )
        life.milieu[MILIEU.debris, region, j] += moved
        life.person[PERSON.water, j] += k.water_lesion * area / k.lesion_area
        rim_class = NO_RIM
        lasts = ZERO
        if uniform_from(words[WORD.rim, i]) < sizes[SIZE.rim, i]:  # the lesion becomes chronic active
            if uniform_from(words[WORD.persistent, i]) < k.rim_persistent_share:
                rim_class = PERSISTENT
                lasts = sizes[SIZE.lasts, i] * k.t_rim_persistent
                life.person[PERSON.rims_persistent, j] += ONE
                start_rim(j, region, CELL.rim_persistent, fixed.maps, work.shares, life.tissue)
            else:
                rim_class = TRANSIENT
                lasts = sizes[SIZE.lasts, i] * k.t_rim_transient
                life.person[PERSON.rims_transient, j] += ONE
                start_rim(j, region, CELL.rim_transient, fixed.maps, work.shares, life.tissue)
        noticed = felt(effect * work.u[EFFECT.expression, j] * expression[j], sizes[SIZE.luck, i], k.felt_share)
        life.counters[COUNTER.brain if region < FIRST_CORD else COUNTER.cord, j] += ONE
        life.born[j] += 1
        at = time + step * uniform_from(words[WORD.moment, i])
        if noticed:  # an attack; the first of all may be the onset
            life.counters[COUNTER.felt, j] += ONE
            life.onset[ONSET.attack, j] = min(life.onset[ONSET.attack, j], at)
        if book.size > 0:  # lesions are kept
            if used >= book.size:
                return np.int64(-1)
            book[used].person = j
            book[used].time = at
            book[used].region = region
            book[used].area = area
            book[used].felt = noticed
            book[used].effect = effect
            book[used].pathway = pathway
            book[used].enhances = sizes[SIZE.enhances, i]
            book[used].rim = rim_class
            book[used].rim_until = at + lasts
            used += 1
    return used


def order_book(n_lanes, used, times, lanes, first, filled, order):
    """Positions of the book's entries by lane, then time; they come step by step, out of turn only within one."""
    fill(n_lanes, 0, filled)
    for i in range(used):
        filled[lanes[i]] += 1
    begin = 0
    for j in range(n_lanes):
        first[j] = begin
        begin += filled[j]
        filled[j] = 0
    for i in range(used):
        lane = lanes[i]
        at = first[lane] + filled[lane]
        filled[lane] += 1
        while at > first[lane] and times[order[at - 1]] > times[i]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = i


#: Functions of this page in the order in which the flat module needs them.
FUNCTIONS = (list_lesions, choose_region, draw_lesions, cross_pathways, start_rim, bear_lesions, order_book)
