"""A thin myelinated fibre of the brain with a bare or a remyelinated stretch: what each millimetre costs in time.

Writes result.json beside this file. Double cable after McIntyre, Richardson and Grill (2002) in its variant for the
brain (2004), 2 um fibre, 37 degrees; numbers from rows mrg_* and mrgcns_* of the evidence unless said below.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_banded

from smoulder import evidence

HERE = Path(__file__).parent
ROWS = {row.id: row for row in evidence.rows()}

#: mrg_geom_2, with the lamellae of the variant for the brain, which that row notes as the other public table.
FIBRE, AXON, NODE, MYSA, FLUT, INTERNODE, LAMELLAE = 2.0, 1.6, 1.0, 3.0, 10.0, 200.0, 30
NODE_WIDTH = 1.4
#: Passive axolemma and shift of the gates of the same public code, which no row holds.
LEAK, LEAK_AT, SHIFT, CELSIUS = 1e-4, -65.0, 15.0, 37.0
FLUT_LEAK_AT = -60.0
NODE_REVERSAL = {"na": 55.0, "k": -85.0}  # note of row mrgcns_ra
UM = 1e-4  # cm
GROUND = 1e3  # S/cm2 from the periaxonal space to the outside where there is no myelin
STEP = 0.002  # ms
SETTLE = 300  # steps of 0.1 ms before the stimulus
BARE_PIECE = 10.0  # um
LEAD = 8.0  # mm of healthy fibre on each side
STIN_PIECES = 3
REST = -75.0
CROSSING = -20.0  # mV at which a spike has arrived


def value(id: str) -> float:
    """The number of an evidence row."""
    found = ROWS[id].value
    assert found is not None
    return float(found)


@dataclass
class Fibre:
    """Pieces of fibre one after the other, float64[P] each: length and width (um), channels as a share of a node's,
    density of the paranodal K channel (share), leak, its reversal, myelin (0 where there is none), periaxonal space.
    """

    length: NDArray[np.float64]
    width: NDArray[np.float64]
    channels: NDArray[np.float64]
    paranodal: NDArray[np.float64]
    leak: NDArray[np.float64]
    leak_at: NDArray[np.float64]
    lamellae: NDArray[np.float64]
    space: NDArray[np.float64]


Piece = tuple[float, ...]


def internode(distance: float, lamellae: float) -> list[Piece]:
    """A node and the myelin up to the next, ``distance`` um later."""
    stin = (distance - NODE - 2 * (MYSA + FLUT)) / STIN_PIECES
    wide = (stin, AXON, 0.0, 0.0, LEAK, LEAK_AT, lamellae, value("mrgcns_sp2"))
    narrow = (MYSA, NODE_WIDTH, 0.0, 0.0, LEAK, LEAK_AT, lamellae, value("mrgcns_sp1"))
    para = (FLUT, AXON, 0.0, 1.0, LEAK, FLUT_LEAK_AT, lamellae, value("mrgcns_sp2"))
    node = (NODE, NODE_WIDTH, 1.0, 0.0, value("mrgcns_dbs_gl"), value("mrgcns_dbs_el"), 0.0, value("mrgcns_sp1"))
    return [node, narrow, para, *[wide] * STIN_PIECES, para, narrow]


def healthy(mm: float) -> list[Piece]:
    """So many millimetres of healthy fibre."""
    return internode(INTERNODE, LAMELLAE) * round(mm * 1000 / INTERNODE)


def remyelinated(mm: float, *, distance: float, lamellae: float) -> list[Piece]:
    """So many millimetres with short internodes of thin myelin."""
    return internode(distance, lamellae) * round(mm * 1000 / distance)


def bare(mm: float, *, density: float) -> list[Piece]:
    """So many millimetres without myelin, channels spread evenly at ``density`` times a node's.

    Its leak reverses where the currents cancel at the potential of a healthy node at rest; without that the persistent
    Na current would hold the stretch depolarised and silent. It comes to rest 2 to 6 mV below.
    """
    at = resting()
    gates = {name: (a / (a + b))[0] for name, (a, b) in rates(np.array([at])).items()}
    na = density * (value("mrgcns_dbs_gna") * gates["m"] ** 3 * gates["h"] + value("mrgcns_dbs_gnap") * gates["p"] ** 3)
    k = density * value("mrgcns_dbs_gk") * gates["s"]
    leak = density * value("mrgcns_dbs_gl") + LEAK
    balance = at + (na * (at - NODE_REVERSAL["na"]) + k * (at - NODE_REVERSAL["k"])) / leak
    piece = (BARE_PIECE, AXON, density, 0.0, leak, balance, 0.0, value("mrgcns_sp1"))
    return [piece] * round(mm * 1000 / BARE_PIECE)


def build(pieces: list[Piece]) -> Fibre:
    """Pieces as columns."""
    return Fibre(*(np.array(column, dtype=np.float64) for column in zip(*pieces, strict=True)))


def ratio(x: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """x / (1 - exp(-x / scale)), its limit at 0 included."""
    x = np.where(np.abs(x) < 1e-6, 1e-6, x)
    return x / -np.expm1(-x / scale)


def rates(v: NDArray[np.float64]) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Opening and closing rate (1/ms) of each gate at ``v`` mV: rows mrg_rate_*, for n the same public code."""
    u = v - SHIFT
    fast = value("mrg_q10m") ** ((CELSIUS - 20) / 10)
    slow = value("mrg_q10h") ** ((CELSIUS - 20) / 10)
    slowest = value("mrg_q10s") ** ((CELSIUS - 36) / 10)
    paranodal = 3.0 ** ((CELSIUS - 20) / 10)
    return {
        "m": (fast * 1.86 * ratio(u + 21.4, 10.3), fast * 0.086 * ratio(-(u + 25.7), 9.16)),
        "p": (fast * 0.01 * ratio(u + 27, 10.2), fast * 0.00025 * ratio(-(u + 34), 10)),
        "h": (slow * 0.062 * ratio(-(u + 114), 11), slow * 2.3 / (1 + np.exp(-(u + 31.8) / 13.4))),
        "s": (slowest * 0.3 / (1 + np.exp((u + 53) / -5)), slowest * 0.03 / (1 + np.exp(-np.minimum(u + 90, 100)))),
        "n": (paranodal * 0.00798 * ratio(u + 93.2, 1.1), paranodal * 0.0142 * ratio(-(u + 76), 10.5)),
    }


class Cable:
    """A fibre in time: the inside and the space under the myelin, implicit; gates by their exact local solution."""

    def __init__(self, fibre: Fibre):
        self.fibre = fibre
        area = np.pi * fibre.width * fibre.length * UM**2
        self.area, sheaths = area, np.maximum(2 * fibre.lamellae, 1)
        covered = fibre.lamellae > 0
        self.capacity = 1e-3 * value("mrgcns_cm") * area  # mF: mV and ms give mA
        self.outer_capacity = 1e-3 * np.where(covered, value("mrgcns_mycm") / sheaths, 0) * area
        self.outer = np.where(covered, value("mrgcns_mygm") / sheaths, GROUND) * area
        resistivity = value("mrgcns_ra")
        half = resistivity * fibre.length * UM / 2 / (np.pi * (fibre.width * UM / 2) ** 2)
        ring = np.pi * ((fibre.width / 2 + fibre.space) ** 2 - (fibre.width / 2) ** 2) * UM**2
        outer_half = resistivity * fibre.length * UM / 2 / ring
        self.inside, self.beside = 1 / (half[1:] + half[:-1]), 1 / (outer_half[1:] + outer_half[:-1])
        n = len(area)
        self.v, self.outside = np.full(n, REST), np.zeros(n)
        self.gates = {name: a / (a + b) for name, (a, b) in rates(self.v).items()}

    def conductances(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Conductance (S) of each piece, and the current (mA) it would pass at 0 mV, sign reversed."""
        f, g = self.fibre, self.gates
        na = f.channels * (value("mrgcns_dbs_gna") * g["m"] ** 3 * g["h"] + value("mrgcns_dbs_gnap") * g["p"] ** 3)
        k = f.channels * value("mrgcns_dbs_gk") * g["s"] + f.paranodal * value("mrgcns_dbs_kflut") * g["n"] ** 4
        drive = na * NODE_REVERSAL["na"] + k * NODE_REVERSAL["k"] + f.leak * f.leak_at
        return (na + k + f.leak) * self.area, drive * self.area

    def advance(self, step: float, current: float) -> None:
        """One step with ``current`` (mA) into the first piece."""
        for name, (a, b) in rates(self.v).items():
            settled = a / (a + b)
            self.gates[name] = settled + (self.gates[name] - settled) * np.exp(-step * (a + b))
        g, drive = self.conductances()
        c, x = self.capacity / step, self.outer_capacity / step
        n = len(g)
        bands = np.zeros((5, 2 * n))
        along_in, along_out = np.zeros(n), np.zeros(n)
        along_in[1:] += self.inside
        along_in[:-1] += self.inside
        along_out[1:] += self.beside
        along_out[:-1] += self.beside
        bands[2, 0::2] = c + g + along_in
        bands[2, 1::2] = x + self.outer + along_out + c + g
        bands[1, 1::2] = bands[3, 0::2] = -(c + g)
        bands[0, 2::2] = bands[4, 0:-2:2] = -self.inside
        bands[0, 3::2] = bands[4, 1:-2:2] = -self.beside
        right = np.zeros(2 * n)
        membrane = c * self.v + drive
        right[0::2] = membrane
        right[1::2] = x * self.outside - membrane
        right[0] += current
        found = solve_banded((2, 2), bands, right, overwrite_ab=True, overwrite_b=True, check_finite=False)
        self.outside = found[1::2]
        self.v = found[0::2] - found[1::2]


def arrival(fibre: Fibre, at: list[int], *, lasting: float, step: float = STEP) -> list[float]:
    """Times (ms after the stimulus) at which one spike crosses pieces ``at``; NaN where it never comes."""
    cable = Cable(fibre)
    for _ in range(SETTLE):
        cable.advance(0.1, 0.0)
    found = [np.nan] * len(at)
    before = cable.v[at]
    for now in range(round(lasting / step)):
        cable.advance(step, 2e-6 if now * step < 0.1 else 0.0)
        after = cable.v[at]
        for i in range(len(at)):
            if np.isnan(found[i]) and before[i] < CROSSING <= after[i]:
                found[i] = (now + (CROSSING - before[i]) / (after[i] - before[i])) * step
        if not np.isnan(found).any():
            break
        before = after
    return [float(t) for t in found]


@cache
def velocity(step: float = STEP) -> float:
    """Of the healthy fibre, m/s, over its middle half."""
    fibre = build(healthy(2 * LEAD))
    nodes = np.flatnonzero(fibre.channels == 1)
    first, last = int(nodes[len(nodes) // 4]), int(nodes[3 * len(nodes) // 4])
    times = arrival(fibre, [first, last], lasting=10, step=step)
    return float(fibre.length[first:last].sum() / 1000 / (times[1] - times[0]))


def passage(middle: list[Piece], mm: float) -> float:
    """Milliseconds until a spike is through ``middle``, ``mm`` long, between two healthy stretches; NaN if it fails."""
    fibre = build(healthy(LEAD) + middle + healthy(LEAD))
    last = int(np.flatnonzero((fibre.channels == 1) & (fibre.width == NODE_WIDTH))[-10])
    return arrival(fibre, [last], lasting=2 * LEAD / velocity() + 4 * mm)[0]


@cache
def undisturbed(mm: float) -> float:
    """The same through healthy fibre."""
    return passage(healthy(mm), mm)


def delay(stretch: Callable[[float], list[Piece]], mm: float) -> float:
    """Milliseconds by which a spike comes later through ``mm`` of a stretch than through healthy fibre."""
    return passage(stretch(mm), mm) - undisturbed(mm)


def cost(stretch: Callable[[float], list[Piece]], lengths: tuple[float, float] = (1.0, 3.0)) -> dict[str, float | None]:
    """Delay at two lengths (mm, ms), the delay per millimetre between them, and the velocity that this means."""
    short, long = (delay(stretch, mm) for mm in lengths)
    slope = (long - short) / (lengths[1] - lengths[0])
    numbers = {
        f"delay_{lengths[0]:g}mm": short,
        f"delay_{lengths[1]:g}mm": long,
        "per_mm": slope,
        "velocity": 1 / (slope + 1 / velocity()),
    }
    return {name: None if np.isnan(number) else round(number, 4) for name, number in numbers.items()}


@cache
def resting() -> float:
    """Potential (mV) at which a healthy fibre's node rests."""
    cable = Cable(build(healthy(4)))
    for _ in range(SETTLE):
        cable.advance(0.1, 0.0)
    return float(cable.v[np.flatnonzero(cable.fibre.channels == 1)[10]])


def main() -> None:
    """Healthy, bare at four channel densities, remyelinated at four builds; check of the step; write the result."""
    result = {
        "healthy_rest": round(resting(), 2),
        "healthy_velocity": round(velocity(), 4),
        "healthy_velocity_half_step": round(velocity(STEP / 2), 4),
        "bare": {f"{density:g}": cost(partial(bare, density=density)) for density in (0.05, 0.1, 0.2, 0.5)},
        "remyelinated": {
            f"{distance:g} um, {lamellae:g} lamellae": cost(partial(remyelinated, distance=distance, lamellae=lamellae))
            for distance, lamellae in ((100, 15), (100, 10), (66.7, 10), (66.7, 5))
        },
    }
    text = json.dumps(result, indent=1)
    (HERE / "result.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
