"""Counts, limits and purposes of draws that the kernel uses beside the rows, the same for every life."""

from __future__ import annotations

import numpy as np

from smoulder import anatomy
from smoulder.biology import states
from smoulder.engine.single import F
from smoulder.random import PURPOSES

from .rows import FIRST_CORD

#: Lesions that one person can get in one step.
MOST_LESIONS = 20
#: Words of a lesion for the pathways that it may cross: no region has more cells.
MOST_CROSSINGS = 8
N_REGIONS, N_PATHWAYS, N_CELLS = len(anatomy.REGIONS), len(anatomy.PATHWAYS), len(anatomy.CELLS)
N_ITEMS = len(anatomy.ITEMS)
N_CAUSES = 1 + len(states.CAUSES)
N_BRAIN = sum(anatomy.REGIONS.index(region) < FIRST_CORD for _, region in anatomy.CELLS)
N_VISUAL = sum(pathway == "visual" for pathway, _ in anatomy.CELLS)
N_CORTEX = sum(region == "cortex" for _, region in anatomy.CELLS)
#: NEVER is a time that does not come, LEAST below every latent disability; FLOOR keeps what fades out of the range of
#: numbers that slow the processor.
NEVER, LEAST, FLOOR = F(np.inf), F(-1e9), F(1e-15)
ACTIVITY, LESION_DRAW, CROSSING = (np.uint32(PURPOSES[name]) for name in ("activity", "lesion", "crossing"))
#: Classes of the rim of a lesion, as the book has them.
NO_RIM, TRANSIENT, PERSISTENT = np.int32(0), np.int32(1), np.int32(2)
