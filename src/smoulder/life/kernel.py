"""The order of things in a life: who gets a lesion, what it hits, and how blocks of people move from step to step.

Compiled into the flat module together with the page of maths and the loops of lanes.py (see compiled_kernel). Arrays
are ``[variable, place, lane]``; a lane is a person of the block. Order of a step: the person's slow and fast drives,
the lesions born in it, then the surroundings of each region and the fibres of each cell, advanced in ``substeps`` equal
parts.
"""

# ruff: noqa: F821  (names of the flat module)
from __future__ import annotations

import numpy as np


def list_lesions(n_lanes, step, rate, below, none, ids, born):
    """Lesions born in the step, by inversion, so that a lower rate never gives more; returns how many.

    ``born`` gets lane, number within the lane and step, and id of each.
    """
    some, lane, nth, who = born[0], born[1], born[2], born[3]
    found = 0
    for j in range(n_lanes):  # without a branch, which chance would make costly
        some[found] = j
        found += 1 if below[j] > none[j] else 0
    listed = 0
    for i in range(found):
        j = some[i]
        mean = step * rate[j]
        chance = none[j]
        total = chance
        n = np.uint32(0)
        while below[j] > total and n < np.uint32(MOST_LESIONS):
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


def draw_lesions(listed, keys, moment, weights, area_scale, u, born, words, sizes, k):
    """All that does not depend on the tissue of the listed lesions: region, area, luck, rim and enhancement."""
    lane, nth, who, region = born[1], born[2], born[3], born[4]
    key_low, key_high = keys
    for half in range(2):
        row, block = 4 * half, np.uint32(half)
        draw_four(
            listed, key_low, key_high, LESION, who, moment, nth, block,
            words[row], words[row + 1], words[row + 2], words[row + 3],
        )
        row += 8
        draw_four(
            listed, key_low, key_high, CROSSING, who, moment, nth, block,
            words[row], words[row + 1], words[row + 2], words[row + 3],
        )
    for i in range(listed):
        j = lane[i]
        region[i] = choose_region(j, uniform_from(words[0, i]), weights)
        sizes[0, i] = area_scale[region[i]]
        sizes[1, i] = u[5, j]
    size_lesions(listed, words[1], words[3], words[6], words[7], sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], k)


def cross_pathways(i, j, region, area, transected, maps, weight, words, shares, tissue, causes, k):
    """Let lesion ``i`` take its share of what it crosses; returns (moved, largest share blocked, its pathway)."""
    cell_pathway, cell_area, region_area, cells_of, cells_in = maps[1:]
    moved = ZERO
    effect = ZERO
    pathway = np.int32(-1)
    for nth in range(cells_in[region]):
        cell = cells_of[region, nth]
        chance = min(crossing_chance(area, cell_area[cell], region_area[region]), ONE)
        below = uniform_from(words[8 + nth, i])
        shares[nth] = ZERO
        if below >= chance:
            continue
        share = min(area / cell_area[cell], HALF) * (below / chance)  # one lesion reaches one side of a pathway
        s = Tissue(tissue[0, cell, j], tissue[1, cell, j], tissue[2, cell, j], tissue[3, cell, j])
        from_myelinated, from_repaired, from_bare, cut = hit(share, transected, s)
        tissue[0, cell, j] -= from_myelinated
        tissue[3, cell, j] -= from_repaired
        tissue[2, cell, j] -= from_bare
        tissue[1, cell, j] += from_myelinated + from_repaired + from_bare - cut
        shares[nth] = share
        causes[0, j] += cut
        moved += weight[cell] * (from_myelinated + from_repaired)
        if from_myelinated + from_repaired > effect:
            effect = from_myelinated + from_repaired
            pathway = cell_pathway[cell]
    return moved, effect, pathway


def start_rim(j, region, rim_class, maps, shares, tissue):
    """Give the rim of a new chronic active lesion its share in every cell that the lesion crossed."""
    cells_of, cells_in = maps[4], maps[5]
    for nth in range(cells_in[region]):
        cell = cells_of[region, nth]
        tissue[3 + rim_class, cell, j] = min(tissue[3 + rim_class, cell, j] + shares[nth], ONE)


def bear_lesions(
    listed, time, step, maps, weight, expression, born, words, sizes, shares, tissue, milieu, person, fate, causes, u,
    counters, book, k,
):
    """All lesions born in one step, one after the other; returns the rows of the book in use (negative: too few)."""
    book_numbers, book_marks, used = book
    for i in range(listed):
        j, region = born[1, i], np.int32(born[4, i])
        area, chance, lasting, luck = sizes[0, i], sizes[1, i], sizes[2, i], sizes[3, i]
        moved, effect, pathway = cross_pathways(
            i, j, region, area, min(fate[6, j] * u[3, j], ONE), maps, weight, words, shares, tissue, causes, k
        )
        milieu[0, region, j] += moved
        person[2, j] += k.water_lesion * area / k.lesion_area
        rim_class = np.int32(0)
        lasts = ZERO
        if uniform_from(words[4, i]) < chance:
            rim_class = np.int32(2) if uniform_from(words[5, i]) < k.rim_persistent_share else np.int32(1)
            lasts = lasting * (k.t_rim_persistent if rim_class == 2 else k.t_rim_transient)
            person[2 + rim_class, j] += ONE
            start_rim(j, region, rim_class, maps, shares, tissue)
        noticed = felt(effect * u[2, j] * expression[j], luck, k.felt_share)
        counters[0 if region < FIRST_CORD else 1, j] += ONE
        at = time + step * uniform_from(words[2, i])
        if noticed:
            counters[2, j] += ONE
            fate[7, j] = min(fate[7, j], at)
        if book_numbers.shape[1] > 0:
            if used >= book_numbers.shape[1]:
                return np.int64(-1)
            book_numbers[0, used] = at
            book_numbers[1, used] = area
            book_numbers[2, used] = effect
            book_numbers[3, used] = sizes[4, i]
            book_numbers[4, used] = at + lasts
            book_marks[0, used] = j
            book_marks[1, used] = region
            book_marks[2, used] = pathway
            book_marks[3, used] = rim_class
            book_marks[4, used] = 1 if noticed else 0
            used += 1
    return used


def set_effects(n, now, first_dose, table, acting, u):
    """Treatment multipliers of every lane at step ``now``, by each person's first dose; only ``acting`` rows change."""
    last = table.shape[1] - 1
    for effect in acting:
        for j in range(n):
            if now >= first_dose[j]:
                u[effect, j] = table[effect, min(now - first_dose[j], last)]


def advance_tissue(n, half_step, maps, scales, u, left, person, fate, milieu, tissue, pooled, causes, k):
    """One (sub)step of every region's surroundings, then of every cell; what only fades or drains does so exactly."""
    cell_region = maps[0]
    depth, weight, cortical = scales[1:]
    step = half_step + half_step
    fading(n, step, u, left[0], left[1], k)
    fade(n, left[0], person[3])
    fade(n, left[1], person[4])
    drain(n, exponential(-step / k.t_water), person[2])
    for r in range(N_REGIONS):
        advance_milieu(
            n, half_step, depth[r], u, person[1], fate,
            milieu[0, r], milieu[1, r], milieu[2, r], milieu[3, r], milieu[4, r], milieu[5, r],
            pooled[0, r], pooled[1, r], pooled[2, r], k,
        )
    for c in range(N_CELLS):
        r = cell_region[c]
        advance_cell(
            n, half_step, weight[c], cortical[c], u, fate, left[0], left[1],
            milieu[2, r], milieu[3, r], milieu[4, r], milieu[5, r],
            tissue[4, c], tissue[5, c], tissue[0, c], tissue[1, c], tissue[2, c], tissue[3, c],
            causes[1], causes[2], causes[3], causes[4], causes[5],
            pooled[0, r], pooled[1, r], pooled[2, r], k,
        )


def assess(n, maps, reserve, u, milieu, tissue, path, shown, latents, k):
    """What every pathway can do now.

    Rows of ``shown`` are loss, block and survival by pathway, those of ``latents`` go by item, then by pathway.
    """
    cell_region, cell_pathway = maps[0], maps[1]
    fill(n, LEAST, path[3])
    for w in range(N_PATHWAYS):
        fill(n, ONE, path[0])
        fill(n, ONE, path[1])
        alive = shown[2 * N_PATHWAYS + w]
        fill(n, ONE, alive)
        for c in range(N_CELLS):
            if cell_pathway[c] == w:
                join_cell(
                    n, u, milieu[3, cell_region[c]], tissue[0, c], tissue[1, c], tissue[2, c], tissue[3, c],
                    path[0], path[1], alive, k,
                )
        judge_pathway(
            n, LEAST, reserve, path[0], path[1], shown[w], shown[N_PATHWAYS + w], latents[N_ITEMS + w], path[3], k,
        )
    own = N_ITEMS
    rate_items(
        n, latents[own + 0], latents[own + 1], latents[own + 2], latents[own + 3], latents[own + 4],
        latents[0], latents[3], latents[7], k,
    )
    for item, pathway in ((1, 4), (2, 5), (4, 7), (5, 6), (6, 8), (8, 0)):
        copy(n, latents[own + pathway], latents[item])


def record(n, t, start_age, age, maps, milieu, tissue, person, causes, counters, path, shown, latents, out, low, k):
    """Write one moment of every person of the block, whose columns in ``out`` begin at ``low``."""
    high, base = low + n, N_ITEMS + 3 * N_PATHWAYS
    for row in range(N_ITEMS):
        copy(n, latents[row], out[row, t, low:high])
    for row in range(3 * N_PATHWAYS):
        copy(n, shown[row], out[N_ITEMS + row, t, low:high])
    for i in range(3):
        copy(n, counters[i], out[base + 2 + i, t, low:high])
        fill(n, ZERO, counters[i])
    rims, microglia, debris, bare = (
        out[base + 5, t, low:high], out[base + 6, t, low:high], out[base + 7, t, low:high], out[base + 9, t, low:high],
    )
    total = out[base + 10 + N_CAUSES, t, low:high]
    for row in (path[0], path[1], microglia, debris, bare, total):
        fill(n, ZERO, row)
    copy(n, person[3], rims)
    add(n, ONE, person[4], rims)
    copy(n, person[1], out[base + 8, t, low:high])
    for r in range(N_REGIONS):
        add(n, ONE / F(N_REGIONS), milieu[1, r], microglia)
        add(n, ONE / F(N_REGIONS), milieu[0, r], debris)
    for c in range(N_CELLS):
        lost = path[0] if maps[0][c] < FIRST_CORD else path[1]
        add_lost(n, ONE, tissue[0, c], tissue[1, c], tissue[2, c], tissue[3, c], lost)
        add(n, ONE / F(N_CELLS), tissue[2, c], bare)
    for cause in range(N_CAUSES):
        share = out[base + 10 + cause, t, low:high]
        fill(n, ZERO, share)
        add(n, ONE / F(N_CELLS), causes[cause], share)
        add(n, ONE, share, total)
    shrink_brain, shrink_cord = k.shrink_brain / F(N_BRAIN), k.shrink_cord / F(N_CELLS - N_BRAIN)
    volumes(n, start_age, age, path[0], shrink_brain, person[2], ONE, microglia, out[base + 0, t, low:high], k)
    volumes(n, start_age, age, path[1], shrink_cord, person[2], ZERO, microglia, out[base + 1, t, low:high], k)
    record_parts(n, maps, tissue, out[base + 11 + N_CAUSES :, t, low:high])


def record_parts(n, maps, tissue, parts):
    """Shares of the surviving fibres of the visual pathway that lie bare or repaired, and what grey matter has lost."""
    bare, repaired, grey = parts[0], parts[1], parts[2]
    for row in (bare, repaired, grey):
        fill(n, ZERO, row)
    for c in range(N_CELLS):
        if maps[1][c] == VISUAL:
            add_kinds(
                n, ONE / F(N_VISUAL), tissue[0, c], tissue[1, c], tissue[2, c], tissue[3, c], bare, repaired,
            )
        if maps[0][c] == CORTEX:
            add_lost(n, ONE / F(N_CORTEX), tissue[0, c], tissue[1, c], tissue[2, c], tissue[3, c], grey)


def live_block(
    keys, ids, start_age, traits, weights, offsets, maps, scales, mobility, plan, schedule, arrays, book_numbers,
    book_marks, out, low, k,
):
    """Live the lives of one block; fills ``out`` [quantity, moment, person] from person ``low``; returns rows used in
    the book, negative if it was too small.

    ``schedule`` is (steps, steps a year, record every so many steps, assess every so many steps, substeps, steps at the
    beginning in which nothing is recorded); ``plan`` is (step of first dose per lane, table of multipliers, rows of it
    that act); ``scales`` is (lesion size by region, depth of slow inflammation by region, weight of cell in region, 1
    if cortical).
    """
    steps, per_year, every, assess_every, substeps, silent = schedule
    first_dose, table, acting = plan
    person, fate, milieu, tissue, pooled, causes, counters, u, path, shown, latents, death = arrays[:12]
    rows, born, words, sizes, shares = arrays[12:]
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
        set_age(n, start_age, time, age)
        set_effects(n, now, first_dose, table, acting, u)
        age_factors(
            n, age, traits[2], traits[4], fate[0], fate[1], fate[2], fate[3], fate[4], fate[5], fate[6],
            fate[10], fate[11], k,
        )
        draw_words(n, key_low, key_high, ACTIVITY, ids, moment, words[0], words[1])
        advance_activity(n, keep, jolt, half_variance, traits[0], fate[5], u, words[0], person[0], rate, k)
        chances(n, step, words[1], rate, below, none)
        listed = list_lesions(n, step, rate, below, none, ids, born)
        draw_lesions(listed, keys, moment, weights, scales[0], u, born, words, sizes, k)
        used = bear_lesions(
            listed, time, step, maps, scales[2], traits[5], born, words, sizes, shares, tissue, milieu, person, fate,
            causes, u, counters, (book_numbers, book_marks, used), k,
        )
        if used < 0:
            return used
        for part in range(substeps):
            if part > 0:
                set_age(n, start_age, time + F(part) * TWO * half_step, age)
                age_factors(
                    n, age, traits[2], traits[4], fate[0], fate[1], fate[2], fate[3], fate[4], fate[5], fate[6],
                    fate[10], fate[11], k,
                )
            advance_compartment(n, half_step, traits[1], fate[10], u, rate, person[1], k)
            advance_tissue(n, half_step, maps, scales, u, path, person, fate, milieu, tissue, pooled, causes, k)
        end = F(now + 1) / F(per_year)
        if (now + 1) % assess_every == 0 or (now + 1) % every == 0:
            set_age(n, start_age, end, age)
        if (now + 1) % assess_every == 0:
            assess(n, maps, traits[3], u, milieu, tissue, path, shown, latents, k)
            note_onset(n, end, path[3], fate[8], fate[9], k)
            face_death(
                n, end, F(assess_every) / F(per_year), age, latents[7], latents[8], offsets[7], offsets[8], mobility,
                death[0], death[1], death[2], death[3], death[4], k,
            )
        if (now + 1) % every == 0 and now >= silent:
            t = (now + 1) // every - 1
            if (now + 1) % assess_every:
                assess(n, maps, traits[3], u, milieu, tissue, path, shown, latents, k)
            record(
                n, t, start_age, age, maps, milieu, tissue, person, causes, counters, path, shown, latents, out, low, k,
            )
    return used


def order_book(n_lanes, used, times, lanes, first, filled, order):
    """Positions of the book's rows by lane, then time; they come step by step, out of turn only within one."""
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
FUNCTIONS = (
    list_lesions, choose_region, draw_lesions, cross_pathways, start_rim, bear_lesions, set_effects,
    advance_tissue, assess, record_parts, record, live_block, order_book,
)
