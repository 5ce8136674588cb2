"""From fibres to function: conduction of what is left, reserve, and disability on the scale of the clinic's items."""

from __future__ import annotations

from .flows import hinge, rising


def bare_conduction(deficit, p, u):
    """Share of a normal message that a bare fibre carries, at most 1; less when energy is short, more by blockers."""
    return u.conduction * p.conduction_bare / (1 + p.conduction_energy * deficit)


def cell_capacity(s, c_bare, p):
    """What a cell would carry were the acute block lifted: each kind as it conducts, the blocked as if repaired."""
    return s.myelinated + p.conduction_repaired * (s.repaired + s.acute) + c_bare * s.bare


def cell_block(s, p):
    """What acute demyelination takes away for the time being."""
    return p.conduction_repaired * s.acute


def shortfall(loss, block, reserve, p):
    """Deficit of a pathway: lasting loss counts beyond the person's reserve, sudden block counts at once."""
    return hinge(loss - reserve, p.reserve_width) / (1 - reserve) + p.block_weight * block


def latent(deficit, p):
    """Disability on the common scale of the rated items (0 is the average person where its thresholds were found)."""
    return p.link_intercept + p.link_slope * deficit


def most(a, b):
    """The larger of two numbers."""
    return (a + b + ((a - b) * (a - b)) ** (1 / 2)) / 2


def walking(leg, cerebellar, sensory, p):
    """Latent walking disability from the leg's motor path, balance and the leg's feeling; the weights add to 1."""
    return p.walk_pyramidal * leg + p.walk_cerebellar * cerebellar + p.walk_sensory * sensory


def volume_aged(start_age, age, p):
    """Healthy shrinkage between two ages: the integral of a rate that doubles every ``t_ageing_doubling`` years."""
    doubled = rising(age, p.t_ageing_doubling, p) - rising(start_age, p.t_ageing_doubling, p)
    return p.volume_ageing * p.t_ageing_doubling * doubled / p.log_two


def volume(lost, shrink, water):
    """Volume relative to the biological start: lost tissue shrinks it, water (less healthy shrinkage) swells it."""
    return 1 - shrink * lost + water
