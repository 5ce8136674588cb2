"""The order of things in a life: who gets a lesion, what it hits, and how blocks of people move from step to step.

Compiled into the flat module together with the page of maths and the loops of lanes.py (see compiled_kernel). Arrays are
``[variable, place, lane]``; a lane is a person of the block. Order of a step: the person's slow and fast drives, the lesions born in it,
then the surroundings of each region and the fibres of each cell, advanced in ``substeps`` equal parts.
"""

# ruff: noqa: F821  (names of the flat module)
from __future__ import annotations

import numpy as np


def count_lesions(n_lanes, step, rate, below, none, count):
    """Lesions born in the step, by inversion, so that a lower rate never gives more."""
    for j in range(n_lanes):
        n = np.int32(0)
        if below[j] > none[j]:
            mean = step * rate[j]
            chance = none[j]
            total = chance
            while below[j] > total and n < np.int32(20):
                n = np.int32(n + np.int32(1))
                chance = chance * mean / F(n)
                total = total + chance
        count[j] = n


def choose_region(j, below, weights):
    """The region whose cumulative share of the person's lesions first exceeds ``below``."""
    region = np.int32(0)
    while region < np.int32(N_REGIONS - 1) and below > weights[region, j]:
        region = np.int32(region + np.int32(1))
    return region


def cross_pathways(j, key_low, key_high, person_id, step_index, nth, region, area, transected, maps, tissue, causes, k):
    """Let one lesion take its share of every pathway that it crosses; returns (moved, largest share blocked, its pathway)."""
    cell_region, cell_pathway, cell_area, region_area = maps
    w0, w1, w2, w3 = threefry(key_low, key_high, CROSSING, np.uint32(0), person_id, step_index, nth, np.uint32(0))
    w4, w5, w6, w7 = threefry(key_low, key_high, CROSSING, np.uint32(0), person_id, step_index, nth, np.uint32(1))
    luck = (w0, w1, w2, w3, w4, w5, w6, w7)
    drawn = 0
    moved = ZERO
    effect = ZERO
    pathway = np.int32(-1)
    for cell in range(N_CELLS):
        if cell_region[cell] != region:
            continue
        chance = min(crossing_chance(area, cell_area[cell], region_area[region]), ONE)
        below = uniform_from(luck[drawn])
        drawn += 1
        if below >= chance:
            continue
        share = min(area / cell_area[cell], ONE) * (below / chance)
        s = Tissue(tissue[0, cell, j], tissue[1, cell, j], tissue[2, cell, j], tissue[3, cell, j])
        from_myelinated, from_repaired, from_bare, cut = hit(share, transected, s)
        tissue[0, cell, j] -= from_myelinated
        tissue[3, cell, j] -= from_repaired
        tissue[2, cell, j] -= from_bare
        tissue[1, cell, j] += from_myelinated + from_repaired + from_bare - cut
        tissue[6, cell, j] = share
        causes[0, j] += cut
        moved += (from_myelinated + from_repaired) / F(cell_count(cell_region, region))
        if from_myelinated + from_repaired > effect:
            effect = from_myelinated + from_repaired
            pathway = cell_pathway[cell]
    return moved, effect, pathway


def cell_count(cell_region, region):
    """How many cells a region has."""
    n = 0
    for cell in range(N_CELLS):
        if cell_region[cell] == region:
            n += 1
    return n


def start_rim(j, region, rim_class, cell_region, tissue):
    """Give the rim of a new chronic active lesion its share in every cell that the lesion crossed."""
    for cell in range(N_CELLS):
        if cell_region[cell] == region:
            tissue[3 + rim_class, cell, j] = min(tissue[3 + rim_class, cell, j] + tissue[6, cell, j], ONE)


def clear_shares(j, tissue):
    """Forget the shares of the last lesion."""
    for cell in range(N_CELLS):
        tissue[6, cell, j] = ZERO


def bear_lesions(
    n_lanes, keys, ids, step_index, time, step, count, maps, weights, area_scale, tissue, milieu, person, fate, causes, u,
    counters, book, k,
):
    """All lesions born in one step, one after the other; returns how many rows of the book are used (negative: too few)."""
    key_low, key_high = keys
    book_numbers, book_marks, used = book
    for j in range(n_lanes):
        for i in range(count[j]):
            nth = np.uint32(i)
            a0, a1, a2, a3 = threefry(key_low, key_high, LESION, np.uint32(0), ids[j], step_index, nth, np.uint32(0))
            b0, b1, b2, b3 = threefry(key_low, key_high, LESION, np.uint32(0), ids[j], step_index, nth, np.uint32(1))
            region = choose_region(j, uniform_from(a0), weights)
            area = k.lesion_area * area_scale[region] * exponential(k.sd_lesion_area * normal_from(a1))
            clear_shares(j, tissue)
            moved, effect, pathway = cross_pathways(
                j, key_low, key_high, ids[j], step_index, nth, region, area, min(fate[6, j] * u[3, j], ONE), maps,
                tissue, causes, k,
            )
            milieu[0, region, j] += moved
            person[2, j] += k.water_lesion * area / k.lesion_area
            rim_class = np.int32(0)
            lasts = ZERO
            if uniform_from(b0) < rim_chance(area, k, u[5, j]):
                rim_class = np.int32(2) if uniform_from(b1) < k.rim_persistent_share else np.int32(1)
                lasts = -logarithm(uniform_from(b2)) * (k.t_rim_persistent if rim_class == 2 else k.t_rim_transient)
                person[2 + rim_class, j] += ONE
                start_rim(j, region, rim_class, maps[0], tissue)
            noticed = felt(effect * u[2, j], exponential(k.sd_felt * normal_from(b3)), k.felt_share)
            counters[0 if region < FIRST_CORD else 1, j] += ONE
            born = time + step * uniform_from(a2)
            if noticed:
                counters[2, j] += ONE
                fate[7, j] = min(fate[7, j], born)
            if book_numbers.shape[0] > 0:
                if used >= book_numbers.shape[0]:
                    return np.int64(-1)
                book_numbers[used, 0] = born
                book_numbers[used, 1] = area
                book_numbers[used, 2] = effect
                book_numbers[used, 3] = -logarithm(uniform_from(a3)) * k.t_enhancement
                book_numbers[used, 4] = born + lasts
                book_marks[used, 0] = j
                book_marks[used, 1] = region
                book_marks[used, 2] = pathway
                book_marks[used, 3] = rim_class
                book_marks[used, 4] = 1 if noticed else 0
                used += 1
    return used


def set_effects(n_lanes, now, first_dose, table, u):
    """Treatment multipliers of every lane at step ``now``; the table starts at each person's first dose."""
    last = table.shape[1] - 1
    for j in range(n_lanes):
        since = now - first_dose[j]
        if since >= 0:
            column = min(since, last)
            for effect in range(N_EFFECTS):
                u[effect, j] = table[effect, column]


def advance_tissue(n, half_step, maps, scales, u, slow, fate, milieu, tissue, pooled, causes, k):
    """One (sub)step of every region's surroundings, then of every cell."""
    cell_region = maps[0]
    area_scale, depth, weight, cortical = scales
    for r in range(N_REGIONS):
        advance_milieu(
            n, half_step, depth[r], u, slow, fate, milieu[0, r], milieu[1, r], milieu[2, r], milieu[3, r], milieu[4, r],
            milieu[5, r], pooled[0, r], pooled[1, r], pooled[2, r], k,
        )
    for c in range(N_CELLS):
        r = cell_region[c]
        advance_cell(
            n, half_step, weight[c], cortical[c], u, fate, milieu[2, r], milieu[3, r], milieu[4, r], milieu[5, r],
            tissue[4, c], tissue[5, c], tissue[0, c], tissue[1, c], tissue[2, c], tissue[3, c], causes[1], causes[2],
            causes[3], causes[4], causes[5], pooled[0, r], pooled[1, r], pooled[2, r], k,
        )


def fade_all(n, step, u, left, tissue, person, k):
    """Rims and the counts of rims fade, inflammatory water drains, all exactly."""
    fading(n, step, u, left[0], left[1], k)
    for c in range(N_CELLS):
        fade(n, left[0], tissue[4, c])
        fade(n, left[1], tissue[5, c])
    fade(n, left[0], person[3])
    fade(n, left[1], person[4])
    drain(n, exponential(-step / k.t_water), person[2])


def assess(n, maps, reserve, u, milieu, tissue, path, shown, latents, k):
    """What every pathway can do now: rows of ``shown`` (loss, block, survival by pathway) and ``latents`` (by item, then by pathway)."""
    cell_region, cell_pathway, cell_area, region_area = maps
    path[3, :n] = LEAST
    for w in range(N_PATHWAYS):
        path[0, :n] = ONE
        path[1, :n] = ONE
        alive = shown[2 * N_PATHWAYS + w]
        alive[:n] = ONE
        for c in range(N_CELLS):
            if cell_pathway[c] == w:
                join_cell(
                    n, u, milieu[3, cell_region[c]], tissue[0, c], tissue[1, c], tissue[2, c], tissue[3, c], path[0], path[1],
                    alive, k,
                )
        judge_pathway(
            n, LEAST, reserve, path[0], path[1], shown[w], shown[N_PATHWAYS + w], latents[N_ITEMS + w], path[3], k,
        )
    own = N_ITEMS
    rate_items(
        n, latents[own + 0], latents[own + 1], latents[own + 2], latents[own + 3], latents[own + 4], latents[0], latents[3],
        latents[7], k,
    )
    latents[1, :n] = latents[own + 4, :n]
    latents[2, :n] = latents[own + 5, :n]
    latents[4, :n] = latents[own + 7, :n]
    latents[5, :n] = latents[own + 6, :n]
    latents[6, :n] = latents[own + 8, :n]
    latents[8, :n] = latents[own + 0, :n]


def record(n, t, start_age, age, maps, milieu, tissue, person, causes, counters, path, shown, latents, out, k):
    """Write one moment of every person of the block."""
    base = N_ITEMS + 3 * N_PATHWAYS
    for row in range(N_ITEMS):
        out[row, t, :n] = latents[row, :n]
    for row in range(3 * N_PATHWAYS):
        out[N_ITEMS + row, t, :n] = shown[row, :n]
    for row in range(4):
        path[row, :n] = ZERO
    n_brain = 0
    for c in range(N_CELLS):
        brain = maps[0][c] < FIRST_CORD
        n_brain += 1 if brain else 0
        add_lost(n, tissue[0, c], tissue[1, c], tissue[2, c], tissue[3, c], path[0] if brain else path[1], path[2])
    for r in range(N_REGIONS):
        for j in range(n):
            path[3, j] += milieu[1, r, j] / F(N_REGIONS)
    for j in range(n):
        path[0, j] /= F(n_brain)
        path[1, j] /= F(N_CELLS - n_brain)
        out[base + 6, t, j] = path[3, j]
        debris = ZERO
        for r in range(N_REGIONS):
            debris += milieu[0, r, j]
        out[base + 7, t, j] = debris / F(N_REGIONS)
        out[base + 8, t, j] = person[1, j]
        out[base + 9, t, j] = path[2, j] / F(N_CELLS)
        out[base + 5, t, j] = person[3, j] + person[4, j]
        total = ZERO
        for cause in range(N_CAUSES):
            share = causes[cause, j] / F(N_CELLS)
            out[base + 10 + cause, t, j] = share
            total += share
        out[base + 10 + N_CAUSES, t, j] = total
        for i in range(3):
            out[base + 2 + i, t, j] = counters[i, j]
            counters[i, j] = ZERO
    volumes(n, start_age, age, path[0], k.shrink_brain, person[2], ONE, path[3], out[base + 0, t], k)
    volumes(n, start_age, age, path[1], k.shrink_cord, person[2], ZERO, path[3], out[base + 1, t], k)


def live_block(
    keys, ids, start_age, traits, weights, offsets, maps, scales, mobility, plan, schedule, arrays, book_numbers,
    book_marks, out, k,
):
    """Live the lives of one block; fills ``out`` [quantity, moment, lane]; returns rows used in the book, negative if it was too small.

    ``schedule`` is (steps, steps a year, record every so many steps, assess every so many steps, substeps); ``plan`` is (step of
    first dose per lane, table of multipliers); ``scales`` is (lesion size by region, depth of slow inflammation by region, weight of
    cell in region, 1 if cortical).
    """
    steps, per_year, every, assess_every, substeps = schedule
    first_dose, table = plan
    person, fate, milieu, tissue, pooled, causes, counters, u, path, shown, latents, death, words, rows, count = arrays
    age, rate, below, none = rows[0], rows[1], rows[2], rows[3]
    key_low, key_high = keys
    n = ids.size
    step = ONE / F(per_year)
    half_step = HALF * step / F(substeps)
    keep = exponential(-step / k.t_activity)
    jolt = k.sd_activity * np.sqrt(ONE - keep * keep)
    half_variance = HALF * k.sd_activity * k.sd_activity
    used = np.int64(0)
    draw_words(n, key_low, key_high, ACTIVITY, ids, np.uint32(0), words[0], words[1])
    for j in range(n):
        person[0, j] = k.sd_activity * normal_from(words[0, j])
    for now in range(steps):
        time = F(now) / F(per_year)
        moment = np.uint32(now + 1)
        for j in range(n):
            age[j] = start_age[j] + time
        set_effects(n, now, first_dose, table, u)
        age_factors(n, age, traits[2], traits[4], fate[0], fate[1], fate[2], fate[3], fate[4], fate[5], fate[6],
                    fate[10], fate[11], k)
        draw_words(n, key_low, key_high, ACTIVITY, ids, moment, words[0], words[1])
        advance_activity(n, keep, jolt, half_variance, traits[0], fate[5], u, words[0], person[0], rate, k)
        chances(n, step, words[1], rate, below, none)
        count_lesions(n, step, rate, below, none, count)
        advance_compartment(n, HALF * step, traits[1], fate[10], u, rate, person[1], k)
        used = bear_lesions(
            n, keys, ids, moment, time, step, count, maps, weights, scales[0], tissue, milieu, person, fate, causes, u,
            counters, (book_numbers, book_marks, used), k,
        )
        if used < 0:
            return used
        for part in range(substeps):
            advance_tissue(n, half_step, maps, scales, u, person[1], fate, milieu, tissue, pooled, causes, k)
        fade_all(n, step, u, path, tissue, person, k)
        if (now + 1) % assess_every == 0:
            end = F(now + 1) / F(per_year)
            assess(n, maps, traits[3], u, milieu, tissue, path, shown, latents, k)
            note_onset(n, end, path[3], fate[8], fate[9], k)
            face_death(
                n, end, F(assess_every) / F(per_year), age, latents[7], latents[8], offsets[7], offsets[8], mobility,
                death[0], death[1], death[2], death[3], death[4], k,
            )
        if (now + 1) % every == 0:
            t = (now + 1) // every - 1
            if (now + 1) % assess_every:
                assess(n, maps, traits[3], u, milieu, tissue, path, shown, latents, k)
            record(n, t, start_age, age, maps, milieu, tissue, person, causes, counters, path, shown, latents, out, k)
    return used


#: Functions of this page in the order in which the flat module needs them.
FUNCTIONS = (
    count_lesions, choose_region, cell_count, cross_pathways, start_rim, clear_shares, bear_lesions, set_effects,
    advance_tissue, fade_all, assess, record, live_block,
)
