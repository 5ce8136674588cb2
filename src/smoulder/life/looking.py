"""What a life shows: what every pathway can do now, and the record of a moment. Compiled like kernel.py."""

from __future__ import annotations

from smoulder.engine.single import ONE, ZERO, F

from .lanes import add, add_kinds, add_lost, copy, fill, join_cell, judge_pathway, rate_items, volumes
from .numbers import LEAST, N_BRAIN, N_CAUSES, N_CELLS, N_CORTEX, N_ITEMS, N_PATHWAYS, N_REGIONS, N_VISUAL
from .rows import (
    AMBULATION,
    ARM_PATH,
    ARM_SENSE_PATH,
    ARM_USE,
    BARE,
    BARE_VISUAL,
    BLADDER_PATH,
    BOWEL_BLADDER,
    BRAIN_VOLUME,
    BRAINSTEM,
    BRAINSTEM_PATH,
    CELL,
    CEREBELLAR,
    CEREBELLAR_PATH,
    CORD_VOLUME,
    CORTEX,
    COUNTER,
    DEBRIS,
    FIRST_CORD,
    FIRST_LATENT,
    FIRST_LOST,
    FIRST_SHOWN,
    LEG_PATH,
    LEG_SENSE_PATH,
    LOST,
    LOST_GREY,
    MENTAL,
    MENTAL_PATH,
    MICROGLIA,
    MILIEU,
    NEW_BRAIN,
    NEW_CORD,
    PERSON,
    PYRAMIDAL,
    RELAPSES,
    REPAIRED_VISUAL,
    RIMS,
    SCRATCH,
    SENSORY,
    SHOWN,
    SLOW,
    VISUAL,
    VISUAL_PATH,
)


def assess(n, maps, reserve, life, work, k):
    """What every pathway can do now (rows of ``shown``), and latent disability by pathway and by item."""
    shown, items, paths = work.shown, work.items, work.paths
    tissue, milieu, u = life.tissue, life.milieu, work.u
    lasting, now, worst = work.scratch[SCRATCH.lasting], work.scratch[SCRATCH.now], work.scratch[SCRATCH.worst]
    fill(n, LEAST, worst)
    for w in range(N_PATHWAYS):
        fill(n, ONE, lasting)
        fill(n, ONE, now)
        alive = shown[SHOWN.survival, w]
        fill(n, ONE, alive)
        for c in range(N_CELLS):
            if maps.cell_pathway[c] == w:
                join_cell(
                    n, u, milieu[MILIEU.supply, maps.cell_region[c]],
                    tissue[CELL.myelinated, c], tissue[CELL.acute, c], tissue[CELL.bare, c], tissue[CELL.repaired, c],
                    lasting, now, alive, k,
                )
        judge_pathway(n, LEAST, reserve, lasting, now, shown[SHOWN.loss, w], shown[SHOWN.block, w], paths[w], worst, k)
    rate_items(
        n, paths[ARM_PATH], paths[LEG_PATH], paths[ARM_SENSE_PATH], paths[LEG_SENSE_PATH], paths[CEREBELLAR_PATH],
        items[PYRAMIDAL], items[SENSORY], items[AMBULATION], k,
    )
    copy(n, paths[CEREBELLAR_PATH], items[CEREBELLAR])
    copy(n, paths[BRAINSTEM_PATH], items[BRAINSTEM])
    copy(n, paths[BLADDER_PATH], items[BOWEL_BLADDER])
    copy(n, paths[VISUAL_PATH], items[VISUAL])
    copy(n, paths[MENTAL_PATH], items[MENTAL])
    copy(n, paths[ARM_PATH], items[ARM_USE])


def record_parts(n, maps, tissue, bare, repaired, grey):
    """Shares of the surviving fibres of the visual pathway that lie bare or repaired, and what grey matter has lost."""
    for row in (bare, repaired, grey):
        fill(n, ZERO, row)
    for c in range(N_CELLS):
        if maps.cell_pathway[c] == VISUAL_PATH:
            add_kinds(
                n, ONE / F(N_VISUAL), tissue[CELL.myelinated, c], tissue[CELL.acute, c], tissue[CELL.bare, c],
                tissue[CELL.repaired, c], bare, repaired,
            )
        if maps.cell_region[c] == CORTEX:
            add_lost(
                n, ONE / F(N_CORTEX), tissue[CELL.myelinated, c], tissue[CELL.acute, c], tissue[CELL.bare, c],
                tissue[CELL.repaired, c], grey,
            )


def record(n, t, who, fixed, life, work, moments, k):
    """Write moment ``t`` of every person of the block."""
    out, low = moments.values, moments.low
    high = low + n
    person, tissue, scratch = life.person, life.tissue, work.scratch
    for item in range(N_ITEMS):
        copy(n, work.items[item], out[FIRST_LATENT + item, t, low:high])
    for kind in range(work.shown.shape[0]):
        for w in range(N_PATHWAYS):
            copy(n, work.shown[kind, w], out[FIRST_SHOWN + kind * N_PATHWAYS + w, t, low:high])
    copy(n, life.counters[COUNTER.brain], out[NEW_BRAIN, t, low:high])
    copy(n, life.counters[COUNTER.cord], out[NEW_CORD, t, low:high])
    copy(n, life.counters[COUNTER.felt], out[RELAPSES, t, low:high])
    for counter in range(life.counters.shape[0]):
        fill(n, ZERO, life.counters[counter])
    lost_brain, lost_cord = scratch[SCRATCH.lost_brain], scratch[SCRATCH.lost_cord]
    rims, microglia, debris, bare, total = (
        out[RIMS, t, low:high], out[MICROGLIA, t, low:high], out[DEBRIS, t, low:high], out[BARE, t, low:high],
        out[LOST, t, low:high],
    )
    for row in (lost_brain, lost_cord, microglia, debris, bare, total):
        fill(n, ZERO, row)
    copy(n, person[PERSON.rims_transient], rims)
    add(n, ONE, person[PERSON.rims_persistent], rims)
    copy(n, person[PERSON.slow], out[SLOW, t, low:high])
    for r in range(N_REGIONS):
        add(n, ONE / F(N_REGIONS), life.milieu[MILIEU.microglia, r], microglia)
        add(n, ONE / F(N_REGIONS), life.milieu[MILIEU.debris, r], debris)
    for c in range(N_CELLS):
        lost = lost_brain if fixed.maps.cell_region[c] < FIRST_CORD else lost_cord
        add_lost(
            n, ONE, tissue[CELL.myelinated, c], tissue[CELL.acute, c], tissue[CELL.bare, c], tissue[CELL.repaired, c],
            lost,
        )
        add(n, ONE / F(N_CELLS), tissue[CELL.bare, c], bare)
    for cause in range(N_CAUSES):
        share = out[FIRST_LOST + cause, t, low:high]
        fill(n, ZERO, share)
        add(n, ONE / F(N_CELLS), life.causes[cause], share)
        add(n, ONE, share, total)
    shrink_brain, shrink_cord = k.shrink_brain / F(N_BRAIN), k.shrink_cord / F(N_CELLS - N_BRAIN)
    age, water = scratch[SCRATCH.age], person[PERSON.water]
    volumes(
        n, who.start_age, age, lost_brain, shrink_brain, water, ONE, microglia, out[BRAIN_VOLUME, t, low:high], k
    )
    volumes(n, who.start_age, age, lost_cord, shrink_cord, water, ZERO, microglia, out[CORD_VOLUME, t, low:high], k)
    record_parts(
        n, fixed.maps, tissue, out[BARE_VISUAL, t, low:high], out[REPAIRED_VISUAL, t, low:high],
        out[LOST_GREY, t, low:high],
    )


#: Functions of this page in the order in which the flat module needs them.
FUNCTIONS = (assess, record_parts, record)
