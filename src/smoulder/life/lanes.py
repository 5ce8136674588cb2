"""Loops over the people of a block, one row of numbers per thing: the part of a life that runs on many people at once.

Every function is compiled into the flat module (see compiled_kernel) with the promise that its arrays do not overlap.
That promise is about arguments: two rows of one array would be the same memory to the compiler, and the loop would stay
scalar. So whatever is written comes as a row of its own, and some functions need many parameters. Only read are ``u``
[effect, lane] and ``factors`` [what age does, lane].
"""

from __future__ import annotations

import numpy as np

from smoulder.biology.events import lesion_rate, rim_chance
from smoulder.biology.flows import (
    compartment_flows,
    declining,
    energy_deficit,
    energy_supply,
    milieu_flows,
    repair_capacity,
    rising,
    tissue_flows,
)
from smoulder.biology.function import (
    bare_conduction,
    cell_block,
    cell_capacity,
    latent,
    most,
    shortfall,
    volume,
    volume_aged,
    walking,
)
from smoulder.biology.states import Compartment, CompartmentDrives, Milieu, MilieuDrives, Tissue, TissueDrives
from smoulder.engine.lanes import exponential, logarithm, normal_from, uniform_from
from smoulder.engine.single import ONE, ZERO
from smoulder.random import threefry

from .generated import effects_of, step_compartment, step_milieu, step_tissue
from .numbers import FLOOR, NEVER
from .rows import EFFECT, FACTOR


def fill(n, value, row):
    """Set a row to one number."""
    for j in range(n):
        row[j] = value


def copy(n, source, row):
    """Copy a row."""
    for j in range(n):
        row[j] = source[j]


def add(n, share, source, row):
    """Add a share of one row to another."""
    for j in range(n):
        row[j] += share * source[j]


def set_age(n, start_age, time, age):
    """Age of every lane at a time since the biological start."""
    for j in range(n):
        age[j] = start_age[j] + time


# rows one by one: only arguments are promised not to overlap
def age_factors(
    n, age, rho, vulnerability, repair, supply, clearance, frailty, ageing, attack, transected, slow_ageing, vulnerable,
    k,
):
    """What age does in this step."""
    for j in range(n):
        repair[j] = rho[j] * declining(age[j], k.t_repair_halving, k)
        supply[j] = declining(age[j], k.t_supply_halving, k)
        clearance[j] = declining(age[j], k.t_clearance_halving, k)
        frailty[j] = rising(age[j], k.t_frailty_doubling, k)
        ageing[j] = k.k_ageing * rising(age[j], k.t_ageing_doubling, k)
        attack[j] = declining(age[j], k.t_attack_halving, k)
        transected[j] = min(k.transected * rising(age[j], k.t_transected_doubling, k), ONE)
        slow_ageing[j] = rising(age[j], k.t_slow_doubling, k)
        vulnerable[j] = vulnerability[j] * frailty[j]


def advance_activity(n, keep, jolt, half_variance, lam, attack_age, u, word, activity, rate, k):
    """Fluctuating drive by its exact law over a step, then lesions per year."""
    for j in range(n):
        activity[j] = keep * activity[j] + jolt * normal_from(word[j])
        burst = exponential(activity[j] - half_variance)
        rate[j] = lesion_rate(
            k.lesion_rate * lam[j], attack_age[j], burst, u[EFFECT.attack, j], u[EFFECT.trafficking, j]
        )


def advance_compartment(n, half_step, tendency, ageing, u, rate, slow, k):
    """Compartmentalised inflammation of each person over a step."""
    for j in range(n):
        d = CompartmentDrives(rate[j], slow[j], tendency[j], ageing[j])
        f = compartment_flows(Compartment(ONE), d, k, effects_of(u, j))
        new, _ = step_compartment(half_step, slow[j], f.seeding, f.maintenance, f.crowding, f.fading)
        slow[j] = new


# rows one by one: only arguments are promised not to overlap
def advance_milieu(
    n, half_step, depth, u, slow, factors, debris, microglia, repair, supply, mean_microglia, felt_slow,
    release, rims, acute, k,
):
    """Surroundings of one region over a (sub)step; leaves repair, supply and means for its cells, empties its pools."""
    for j in range(n):
        here = depth * slow[j]
        d = MilieuDrives(
            release[j], debris[j], factors[FACTOR.clearance, j], rims[j], acute[j], here, factors[FACTOR.frailty, j]
        )
        f = milieu_flows(Milieu(ONE, ONE), d, k, effects_of(u, j))
        b, g, mean_b, mean_g = step_milieu(
            half_step, debris[j], microglia[j], f.release, f.clearance, f.activation, f.saturation, f.resolution
        )
        debris[j] = b
        microglia[j] = g
        repair[j] = repair_capacity(factors[FACTOR.repair, j], ONE, mean_b, mean_g, k)
        supply[j] = energy_supply(factors[FACTOR.supply, j], mean_g, k)
        mean_microglia[j] = mean_g
        felt_slow[j] = here
        release[j] = ZERO
        rims[j] = ZERO
        acute[j] = ZERO


# rows one by one: only arguments are promised not to overlap
def advance_cell(
    n, half_step, weight, cortical, u, factors, left_transient, left_persistent, repair, supply, microglia, felt_slow,
    rim_transient, rim_persistent,
    myelinated, acute, bare, repaired, by_rim, by_diffuse, by_bare, by_ageing, by_cortex, release, rims, pool_acute, k,
):
    """Fibres and rims of one cell over a (sub)step; adds losses by cause, and what its region receives."""
    step = half_step + half_step
    for j in range(n):
        rim = min(rim_transient[j] + rim_persistent[j], ONE)
        d = TissueDrives(
            repair[j], rim, microglia[j], felt_slow[j], factors[FACTOR.vulnerable, j], supply[j],
            factors[FACTOR.ageing, j], bare[j], cortical,
        )
        f = tissue_flows(Tissue(ONE, ONE, ONE, ONE), d, k, effects_of(u, j))
        m, a, b, r, mm, _, mb, mr = step_tissue(
            half_step, myelinated[j], acute[j], bare[j], repaired[j],
            f.early_repair, f.settling, f.late_repair, f.stripping, f.restripping,
            f.rim_loss_myelinated, f.rim_loss_bare, f.rim_loss_repaired,
            f.diffuse_loss_myelinated, f.diffuse_loss_repaired, f.bare_loss,
            f.ageing_loss_myelinated, f.ageing_loss_bare, f.ageing_loss_repaired,
            f.neuron_loss_myelinated, f.neuron_loss_repaired,
        )
        myelinated[j] = m + FLOOR
        acute[j] = a + FLOOR
        bare[j] = b + FLOOR
        repaired[j] = r + FLOOR
        rim_transient[j] = rim_transient[j] * left_transient[j] + FLOOR
        rim_persistent[j] = rim_persistent[j] * left_persistent[j] + FLOOR
        rim_part = f.rim_loss_myelinated * mm + f.rim_loss_bare * mb + f.rim_loss_repaired * mr
        diffuse_part = f.diffuse_loss_myelinated * mm + f.diffuse_loss_repaired * mr
        bare_part = f.bare_loss * mb
        ageing_part = f.ageing_loss_myelinated * mm + f.ageing_loss_bare * mb + f.ageing_loss_repaired * mr
        cortex_part = f.neuron_loss_myelinated * mm + f.neuron_loss_repaired * mr
        by_rim[j] += step * rim_part
        by_diffuse[j] += step * diffuse_part
        by_bare[j] += step * bare_part
        by_ageing[j] += step * ageing_part
        by_cortex[j] += step * cortex_part
        loss = rim_part + diffuse_part + bare_part + ageing_part + cortex_part
        release[j] += weight * (loss + f.stripping * mm + f.restripping * mr)
        rims[j] += weight * rim
        pool_acute[j] += weight * a


def fading(n, step, u, by_transient, by_persistent, k):
    """Share of rims of either class left after a step."""
    for j in range(n):
        by_transient[j] = exponential(-step * u[EFFECT.rim_fading, j] / k.t_rim_transient)
        by_persistent[j] = exponential(-step * u[EFFECT.rim_fading, j] / k.t_rim_persistent)


def fade(n, left, row):
    """What fades by a share already known; a floor keeps it out of the slow range of numbers below 1e-38."""
    for j in range(n):
        row[j] = row[j] * left[j] + FLOOR


def drain(n, left, row):
    """What fades by one share for all."""
    for j in range(n):
        row[j] = row[j] * left + FLOOR


def draw_words(n, key_low, key_high, purpose, ids, moment, first, second):
    """Two words for every lane at one moment."""
    for j in range(n):
        a, b, _, _ = threefry(key_low, key_high, purpose, np.uint32(0), ids[j], moment, np.uint32(0), np.uint32(0))
        first[j] = a
        second[j] = b


def draw_four(n, key_low, key_high, purpose, ids, moment, nths, block, first, second, third, fourth):
    """Four words for the ``nths`` event of every listed person at one moment."""
    for i in range(n):
        a, b, c, d = threefry(key_low, key_high, purpose, np.uint32(0), ids[i], moment, nths[i], block)
        first[i] = a
        second[i] = b
        third[i] = c
        fourth[i] = d


def size_lesions(n, word_area, word_enhances, word_lasts, word_luck, area, rim, lasts, luck, enhances, k):
    """Area and chance of a rim of listed lesions, luck of being felt, years of a rim (in its own mean) and of
    enhancement; ``area`` comes in as the size of the region's lesions, ``rim`` as what treatment does to the odds.
    """
    for i in range(n):
        area[i] = k.lesion_area * area[i] * exponential(k.sd_lesion_area * normal_from(word_area[i]))
        rim[i] = rim_chance(area[i], k, rim[i])
        lasts[i] = -logarithm(uniform_from(word_lasts[i]))
        luck[i] = exponential(k.sd_felt * normal_from(word_luck[i]))
        enhances[i] = -logarithm(uniform_from(word_enhances[i])) * k.t_enhancement


def chances(n, step, word, rate, below, none):
    """The uniform number against which lesions are counted, and the chance of none."""
    for j in range(n):
        below[j] = uniform_from(word[j])
        none[j] = exponential(-step * rate[j])


def join_cell(n, u, supply, myelinated, acute, bare, repaired, lasting, now, alive, k):
    """Multiply one cell into its pathway: what it carries for good, what it carries now, what is alive."""
    for j in range(n):
        s = Tissue(myelinated[j], acute[j], bare[j], repaired[j])
        effects = effects_of(u, j)
        c_bare = min(bare_conduction(energy_deficit(s.bare, effects.energy_supply * supply[j], k), k, effects), ONE)
        carried = cell_capacity(s, c_bare, k)
        lasting[j] *= carried
        now[j] *= carried - cell_block(s, k)
        alive[j] *= s.myelinated + s.acute + s.bare + s.repaired


def judge_pathway(n, first, reserve, lasting, now, loss, block, shown, worst, k):
    """Loss, block and latent disability of one pathway; ``worst`` keeps the worst lasting one, from ``first`` on."""
    for j in range(n):
        loss[j] = ONE - lasting[j]
        block[j] = lasting[j] - now[j]
        shown[j] = latent(shortfall(loss[j], block[j], reserve[j], k), k)
        lasting_only = latent(shortfall(loss[j], ZERO, reserve[j], k), k)
        worst[j] = max(first, max(worst[j], lasting_only))


def rate_items(n, arm, leg, sense_arm, sense_leg, cerebellar, pyramidal, sensory, ambulation, k):
    """Latent disability of the items that join several pathways."""
    for j in range(n):
        pyramidal[j] = most(arm[j], leg[j])
        sensory[j] = most(sense_arm[j], sense_leg[j])
        ambulation[j] = walking(leg[j], cerebellar[j], sense_leg[j], k)


def add_lost(n, weight, myelinated, acute, bare, repaired, lost):
    """Add ``weight`` times what a cell has lost."""
    for j in range(n):
        lost[j] += weight * (ONE - (myelinated[j] + acute[j] + bare[j] + repaired[j]))


def add_kinds(n, weight, myelinated, acute, bare, repaired, bare_share, repaired_share):
    """Add ``weight`` times the shares of a cell's surviving fibres that lie bare or are repaired."""
    for j in range(n):
        alive = max(myelinated[j] + acute[j] + bare[j] + repaired[j], FLOOR)
        bare_share[j] += weight * bare[j] / alive
        repaired_share[j] += weight * repaired[j] / alive


def volumes(n, start_age, age, lost, shrink, water, swelling, microglia, volume_now, k):
    """Volume of brain or cord (``swelling`` 1 or 0 switches water and healthy shrinkage)."""
    for j in range(n):
        wet = water[j] + k.water_microglia * microglia[j] - volume_aged(start_age[j], age[j], k)
        volume_now[j] = volume(lost[j], shrink, swelling * wet)


def note_onset(n, time, worst, since, lasting, k):
    """Remember since when a deficit has been noticed, and that it lasted."""
    for j in range(n):
        begun = min(since[j], time) if worst[j] >= k.symptom_latent else NEVER
        since[j] = begun
        lasting[j] = min(lasting[j], begun) if time - begun >= k.symptom_lasts else lasting[j]


# rows one by one: only arguments are promised not to overlap
def face_death(
    n, time, span, age, walk_latent, arm_latent, walk_offset, arm_offset, mobility, rate, doubling, draw, so_far, when,
    k,
):
    """Add a span's hazard of death, by age and true disability; note when it reaches what the person drew."""
    walk_slope, wheelchair, bed, arm_slope, helpless, ratio_7, ratio_8, ratio_9 = mobility
    for j in range(n):
        walk = walk_slope * (walk_latent[j] - bed) - walk_offset[j]
        sit = walk_slope * (walk_latent[j] - wheelchair) - walk_offset[j]
        arm = arm_slope * (arm_latent[j] - helpless) - arm_offset[j]
        ratio = ratio_8 if walk > ZERO else (ratio_7 if sit > ZERO else ONE)
        ratio = ratio_9 if arm > ZERO and sit > ZERO else ratio
        hazard = span * ratio * rate[j] * rising(age[j], doubling[j], k)
        before = so_far[j]
        so_far[j] = before + hazard
        dies = before < draw[j] and so_far[j] >= draw[j]
        when[j] = time - span + span * (draw[j] - before) / hazard if dies else when[j]


#: Functions of this page in the order in which the flat module needs them.
FUNCTIONS = (
    fill, copy, add, set_age, age_factors, advance_activity, advance_compartment, advance_milieu,
    advance_cell, fading, fade, drain, draw_words, draw_four, chances, size_lesions, join_cell, judge_pathway,
    rate_items, add_lost, add_kinds, volumes, note_onset, face_death,
)
