"""The order of things in a life: who gets a lesion, what it hits, and how blocks of people move from step to step.

Compiled into the flat module (see compiled_kernel) together with the page of maths, births.py, looking.py and lanes.py.
Arrays are ``[row, place, lane]``; a lane is a person of the block; rows have their names in rows.py, bundles of arrays
in arrays.py. Order of a step: who begins here and whose state is kept, the person's slow and fast drives, the lesions
born in it, then the surroundings of each region and the fibres of each cell, advanced in ``substeps`` equal parts.
"""

from __future__ import annotations

import numpy as np

from smoulder.engine.lanes import exponential, normal_from
from smoulder.engine.single import HALF, ONE, TWO, ZERO, F

from . import births, looking
from .births import bear_lesions, draw_lesions, list_lesions
from .lanes import (
    advance_activity,
    advance_cell,
    advance_compartment,
    advance_milieu,
    age_factors,
    chances,
    drain,
    draw_words,
    face_death,
    fade,
    fading,
    note_onset,
    set_age,
)
from .looking import assess, record
from .numbers import ACTIVITY, N_CELLS, N_REGIONS
from .rows import (
    AMBULATION,
    ARM_USE,
    CELL,
    DEATH,
    FACTOR,
    LOSS,
    MILIEU,
    ONSET,
    PERSON,
    PERSON_WORD,
    POOLED,
    SCRATCH,
    TRAIT,
)


def save_state(j, state, slot, saved):
    """Keep everything that lane ``j`` needs to go on, row by row of every array of ``state``."""
    row = 0
    for array in state:
        for i in range(array.shape[0]):
            saved[row, slot] = array[i, j]
            row += 1


def load_state(j, saved, state):
    """Give lane ``j`` the saved state of its column."""
    row = 0
    for array in state:
        for i in range(array.shape[0]):
            array[i, j] = saved[row, j]
            row += 1


def save_due(now, kept, state, born, saving):
    """Keep the states that are due at step ``now``; returns how many are kept by then."""
    while kept < saving.step.size and saving.step[kept] == now:
        save_state(saving.lane[kept], state, kept, saving.numbers)
        saving.born[kept] = born[saving.lane[kept]]
        kept += 1
    return kept


def load_due(n, now, starts, state):
    """Let those lanes begin whose saved state is of step ``now``."""
    for j in range(n):
        if starts.step[j] == now:
            load_state(j, starts.numbers, state)


def hold_lesions(n, now, starts, below):
    """Nobody has a lesion before the step in which the person begins."""
    for j in range(n):
        if starts.step[j] > now:
            below[j] = ZERO


def set_effects(n, now, care, u):
    """Treatment multipliers of every lane at step ``now``, by each person's first dose; only ``acting`` rows change."""
    last = care.table.shape[1] - 1
    for effect in care.acting:
        for j in range(n):
            if now >= care.first_dose[j]:
                u[effect, j] = care.table[effect, min(now - care.first_dose[j], last)]


def age_all(n, traits, age, factors, k):
    """What age and traits do in this (part of a) step."""
    age_factors(
        n, age, traits[TRAIT.repair], traits[TRAIT.vulnerability], factors[FACTOR.repair], factors[FACTOR.supply],
        factors[FACTOR.clearance], factors[FACTOR.frailty], factors[FACTOR.ageing], factors[FACTOR.attack],
        factors[FACTOR.transected], factors[FACTOR.slow_ageing], factors[FACTOR.vulnerable], k,
    )


def drive(n, now, schedule, who, care, life, work, k):
    """Age, treatment and the fluctuating drive in this step, and with them the rate of lesions."""
    traits, factors, scratch = who.traits, work.factors, work.scratch
    step = ONE / F(schedule.per_year)
    keep = exponential(-step / k.t_activity)
    jolt = k.sd_activity * np.sqrt(ONE - keep * keep)
    half_variance = HALF * k.sd_activity * k.sd_activity
    set_age(n, who.start_age, F(now) / F(schedule.per_year), scratch[SCRATCH.age])
    set_effects(n, now, care, work.u)
    age_all(n, traits, scratch[SCRATCH.age], factors, k)
    draw_words(
        n, who.key_low, who.key_high, ACTIVITY, who.ids, np.uint32(now + 1), work.person_words[PERSON_WORD.activity],
        work.person_words[PERSON_WORD.lesions],
    )
    advance_activity(
        n, keep, jolt, half_variance, traits[TRAIT.lesion_rate], factors[FACTOR.attack], work.u,
        work.person_words[PERSON_WORD.activity], life.person[PERSON.activity], scratch[SCRATCH.rate], k,
    )


def advance_tissue(n, half_step, fixed, life, work, k):
    """One (sub)step of every region's surroundings, then of every cell; what only fades or drains does so exactly."""
    depth, weight, cortical = fixed.scales.depth, fixed.scales.weight, fixed.scales.cortical
    person, milieu, tissue, pooled, causes = life.person, life.milieu, life.tissue, life.pooled, life.causes
    u, factors = work.u, work.factors
    left_transient, left_persistent = work.scratch[SCRATCH.left_transient], work.scratch[SCRATCH.left_persistent]
    step = half_step + half_step
    fading(n, step, u, left_transient, left_persistent, k)
    fade(n, left_transient, person[PERSON.rims_transient])
    fade(n, left_persistent, person[PERSON.rims_persistent])
    drain(n, exponential(-step / k.t_water), person[PERSON.water])
    for r in range(N_REGIONS):
        advance_milieu(
            n, half_step, depth[r], u, person[PERSON.slow], factors,
            milieu[MILIEU.debris, r], milieu[MILIEU.microglia, r], milieu[MILIEU.repair, r], milieu[MILIEU.supply, r],
            milieu[MILIEU.mean_microglia, r], milieu[MILIEU.slow, r],
            pooled[POOLED.release, r], pooled[POOLED.rims, r], pooled[POOLED.acute, r], k,
        )
    for c in range(N_CELLS):
        r = fixed.maps.cell_region[c]
        advance_cell(
            n, half_step, weight[c], cortical[c], u, factors, left_transient, left_persistent,
            milieu[MILIEU.repair, r], milieu[MILIEU.supply, r], milieu[MILIEU.mean_microglia, r],
            milieu[MILIEU.slow, r], tissue[CELL.rim_transient, c], tissue[CELL.rim_persistent, c],
            tissue[CELL.myelinated, c], tissue[CELL.acute, c], tissue[CELL.bare, c], tissue[CELL.repaired, c],
            causes[LOSS.rim], causes[LOSS.diffuse], causes[LOSS.bare], causes[LOSS.ageing], causes[LOSS.cortex],
            pooled[POOLED.release, r], pooled[POOLED.rims, r], pooled[POOLED.acute, r], k,
        )


def advance(n, now, schedule, who, fixed, life, work, k):
    """Compartmentalised inflammation and tissue over one step, in equal parts."""
    half_step = HALF * (ONE / F(schedule.per_year)) / F(schedule.substeps)
    time = F(now) / F(schedule.per_year)
    for part in range(schedule.substeps):
        if part > 0:  # the drives of the first part are there already
            set_age(n, who.start_age, time + F(part) * TWO * half_step, work.scratch[SCRATCH.age])
            age_all(n, who.traits, work.scratch[SCRATCH.age], work.factors, k)
        advance_compartment(
            n, half_step, who.traits[TRAIT.tendency], work.factors[FACTOR.slow_ageing], work.u,
            work.scratch[SCRATCH.rate], life.person[PERSON.slow], k,
        )
        advance_tissue(n, half_step, fixed, life, work, k)


def look(n, end, span, who, fixed, life, work, k):
    """Assess everybody, note who has noticed a deficit, and add the hazard of death of the ``span`` of years."""
    assess(n, fixed.maps, who.traits[TRAIT.reserve], life, work, k)
    note_onset(n, end, work.scratch[SCRATCH.worst], life.onset[ONSET.since], life.onset[ONSET.lasting], k)
    face_death(
        n, end, span, work.scratch[SCRATCH.age], work.items[AMBULATION], work.items[ARM_USE],
        who.offsets[AMBULATION], who.offsets[ARM_USE], fixed.mobility,
        life.death[DEATH.rate], life.death[DEATH.doubling], life.death[DEATH.draw], life.death[DEATH.so_far],
        life.death[DEATH.when], k,
    )


def live_block(who, care, fixed, schedule, life, state, work, book, starts, saving, moments, k):
    """Live the lives of one block; fills the block's columns of ``moments``; returns the entries used in the book,
    negative if it was too small.

    ``state`` holds the arrays of ``life`` that a saved state is made of, as ``[row, lane]`` each.
    """
    n = who.ids.size
    step = ONE / F(schedule.per_year)
    used = np.int64(0)
    kept = 0
    continued = starts.numbers.shape[1] > 0
    scratch, words = work.scratch, work.person_words
    draw_words(
        n, who.key_low, who.key_high, ACTIVITY, who.ids, np.uint32(0), words[PERSON_WORD.activity],
        words[PERSON_WORD.lesions],
    )
    for j in range(n):
        life.person[PERSON.activity, j] = k.sd_activity * normal_from(words[PERSON_WORD.activity, j])
    for now in range(schedule.begin, schedule.steps):
        if continued:
            load_due(n, now, starts, state)
        kept = save_due(now, kept, state, life.born, saving)
        drive(n, now, schedule, who, care, life, work, k)
        chances(
            n, step, words[PERSON_WORD.lesions], scratch[SCRATCH.rate], scratch[SCRATCH.below], scratch[SCRATCH.none]
        )
        if continued:
            hold_lesions(n, now, starts, scratch[SCRATCH.below])
        listed = list_lesions(
            n, step, scratch[SCRATCH.rate], scratch[SCRATCH.below], scratch[SCRATCH.none], who.ids, work.born
        )
        draw_lesions(listed, who, np.uint32(now + 1), fixed.scales.lesion_size, work, k)
        used = bear_lesions(
            listed, F(now) / F(schedule.per_year), step, fixed, who.traits[TRAIT.expression], life, work, book, used, k
        )
        if used < 0:  # the book is full
            return used
        advance(n, now, schedule, who, fixed, life, work, k)
        end = F(now + 1) / F(schedule.per_year)
        assessed = (now + 1) % schedule.assess_every == 0
        recorded = (now + 1) % schedule.every == 0
        if assessed or recorded:
            set_age(n, who.start_age, end, scratch[SCRATCH.age])
        if assessed:
            look(n, end, F(schedule.assess_every) / F(schedule.per_year), who, fixed, life, work, k)
        if recorded and now >= schedule.silent:
            if not assessed:
                assess(n, fixed.maps, who.traits[TRAIT.reserve], life, work, k)
            record(n, (now + 1) // schedule.every - 1, who, fixed, life, work, moments, k)
    save_due(schedule.steps, kept, state, life.born, saving)
    return used


#: Functions of a life in the order in which the flat module needs them, those of the two other pages first.
FUNCTIONS = (
    *births.FUNCTIONS, *looking.FUNCTIONS,
    save_state, load_state, save_due, load_due, hold_lesions, set_effects, age_all, drive, advance_tissue,
    advance, look, live_block,
)
