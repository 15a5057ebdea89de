"""Forces that are switched off, springs that pull alike, rounds, and pinned nodes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from workbench.analysis.layout import blocks as packing
from workbench.analysis.layout import forces
from workbench.analysis.layout.forces import Forces

EDGES = np.array([[0, 1], [1, 2], [2, 3]], np.int32)
WEIGHTS = np.array([0.2, 0.5, 1.0])
LINKS = forces.links(EDGES, WEIGHTS, 6)
ALIKE = forces.links(EDGES, np.ones(3), 6)
ONE_STEP = """
import numpy as np
from workbench.analysis.layout import forces
random = np.random.default_rng(0)
links = forces.links(random.permutation(np.argwhere(np.triu(np.ones((60, 60)), 1)))[:200].astype(np.int32),
                     random.random(200), 60)
*_, last = forces.settle(forces.start(60), links)
print(last.positions.tobytes().hex())
"""


def placed(links: forces.Links, constants: Forces) -> np.ndarray:
    layout = forces.start(6)
    for _ in range(20):
        layout = forces.step(layout, links, constants)
    return layout.positions


@pytest.mark.parametrize(
    ("name", "constants"),
    [
        ("charge", Forces(charge=0.0)),
        ("links", Forces(link_strength=0.0)),
        ("gravity", Forces(gravity=0.0)),
        ("collision", Forces(collision_strength=0.0)),
        ("centre", Forces(centring=0.0)),
    ],
)
def test_a_force_that_is_off_does_nothing_and_keeps_its_numbers(name: forces.Force, constants: Forces) -> None:
    assert (placed(LINKS, Forces(off=(name,))) == placed(LINKS, constants)).all()
    assert not np.allclose(placed(LINKS, Forces(off=(name,))), placed(LINKS, Forces()))


def test_unweighted_springs_pull_as_edges_of_weight_one() -> None:
    assert (placed(LINKS, Forces(springs="unweighted")) == placed(ALIKE, Forces())).all()


def test_gravity_across_and_up_are_apart_and_rounds_pull_more_often() -> None:
    flat = placed(LINKS, Forces(gravity=0.02, gravity_up=10.0))
    assert np.ptp(flat[:, 0]) > 1.5 * np.ptp(flat[:, 1])
    once, thrice = (placed(LINKS, Forces(off=("charge", "collision"), link_iterations=many)) for many in (1, 3))
    wanted = [abs(np.linalg.norm(each[2] - each[3]) - 30.0) for each in (once, thrice)]
    assert wanted[1] < wanted[0]


def test_pinned_nodes_stay_and_the_blocks_still_follow() -> None:
    weighted = forces.links(EDGES, WEIGHTS, 6, np.arange(6) < 4)
    block = packing.block("2 dead", np.array([4, 5]), np.full(6, 5.0))
    ground, pins = packing.Ground(), {1: (50.0, -20.0), 5: (7.0, 9.0)}
    *_, last = packing.settle(packing.start(weighted, [block], ground), weighted, [block], ground, None, None, pins)
    assert last.positions[[1, 5]].tolist() == [[50.0, -20.0], [7.0, 9.0]]
    free = packing.at_rest(last, weighted, [block], ground)
    assert (last.positions[4] == free.positions[4]).all()
    moved = packing.step(replace(last, alpha=0.3), weighted, [block], ground, None, {0: (0.0, 0.0)}, pins)
    assert moved.positions[[0, 1]].tolist() == [[0.0, 0.0], [50.0, -20.0]]


def test_another_process_lays_out_the_same_graph_the_same() -> None:
    found = {subprocess.run([sys.executable, "-c", ONE_STEP], capture_output=True, text=True, check=True).stdout
             for _ in range(2)}  # fmt: skip
    assert len(found) == 1
