"""Units without an edge are packed beside the graph: nothing overlaps, and all of it is seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.layout import blocks as packing
from workbench.analysis.layout import forces
from workbench.analysis.layout.blocks import Ground, block, corners, placed, settle, start, step

GROUND = Ground(500.0, 400.0)


def scene(linked, sizes, spread=20.0, radii=None, seed=0):
    """A graph of `linked` nodes at random places, and blocks of these sizes."""
    units = linked + sum(sizes)
    random = np.random.default_rng(seed)
    radii = random.uniform(3.0, 11.0, units) if radii is None else radii
    taking_part = np.arange(units) < linked
    edges = np.array([[i, i + 1] for i in range(linked - 1)], np.int32).reshape(-1, 2)
    links = forces.links(edges, np.ones(len(edges)), units, taking_part)
    ends = linked + np.cumsum([0, *sizes])
    blocks = tuple(
        block(f"{size} dead", np.arange(first, first + size), radii) for first, size in zip(ends, sizes, strict=False)
    )
    positions = random.normal(scale=spread * np.sqrt(max(linked, 1)), size=(units, 2)).astype(np.float32)
    return positions, links, blocks, radii


def boxes(positions, links, blocks, radii, ground):
    """What the graph, each block and each label take, and the scale at which all of it is seen."""
    parts = [positions[links.members]] if len(links.members) else []
    places = [(part.min(axis=0) - 12.0, part.max(axis=0) + 12.0) for part in parts]
    for each in blocks:
        reach = radii[each.units].max()
        places.append((positions[each.units].min(axis=0) - reach, positions[each.units].max(axis=0) + reach))
    low, high = np.min([a for a, _ in places], axis=0), np.max([b for _, b in places], axis=0)
    scale = min(ground.width / (high - low)[0], ground.height / (high - low)[1])
    for _ in range(50):  # the labels are as large as the scale leaves them
        labels = []
        for each, (left, right) in zip(blocks, places[len(parts) :], strict=True):
            corner = np.array([left[0], right[1]])
            labels.append((corner, corner + np.array([len(each.label) * ground.letter, ground.line]) / scale))
        everything = [*places, *labels]
        low, high = np.min([a for a, _ in everything], axis=0), np.max([b for _, b in everything], axis=0)
        scale = 0.999 * min(ground.width / (high - low)[0], ground.height / (high - low)[1])
    return everything, scale


@given(
    st.integers(0, 60), st.lists(st.integers(1, 150), min_size=1, max_size=3), st.integers(0, 50),
    st.sampled_from([(500, 500), (900, 300), (300, 800), (505, 525)]), st.floats(2.0, 60.0),
)  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_blocks_and_labels_lie_apart_and_small_nodes_have_room(linked, sizes, seed, size, spread):
    ground = Ground(*map(float, size))
    positions, links, blocks, radii = scene(linked, sizes, spread, seed=seed)
    after = placed(positions, links, blocks, ground)
    np.testing.assert_array_equal(after[links.members], positions[links.members])
    everything, scale = boxes(after, links, blocks, radii, ground)
    for number, (low, high) in enumerate(everything):
        for other_low, other_high in everything[:number]:
            assert ((low >= other_high - 0.01) | (high <= other_low + 0.01)).any(), "two of them overlap"
    for each in blocks:
        places = after[each.units].astype(float)
        apart = np.linalg.norm(places[:, None] - places, axis=2) + 1e9 * np.eye(len(places))
        assert apart.min() * scale > 4.0, "nodes 4 pixels wide would lie on one another"
        assert apart.min() >= 2.0 * radii[each.units].max() or len(places) == 1


@given(st.integers(2, 100), st.lists(st.integers(1, 200), min_size=1, max_size=3), st.integers(0, 20))
@settings(deadline=None, max_examples=30)
def test_blocks_do_not_halve_the_scale_where_there_are_no_more_than_the_others(linked, sizes, seed):
    positions, links, blocks, radii = scene(linked, sizes, radii=np.full(linked + sum(sizes), 5.0), seed=seed)
    graph = positions[links.members]
    alone = np.ptp(graph, axis=0) + 24.0
    whole = min(GROUND.width / alone[0], GROUND.height / alone[1])
    _, scale = boxes(placed(positions, links, blocks, GROUND), links, blocks, radii, GROUND)
    if sum(sizes) <= linked and whole < 2.0:
        assert scale > 0.5 * whole


def test_units_lie_in_rows_in_their_order_and_no_other_ones_between_them():
    positions, links, blocks, _ = scene(30, [26])
    after = placed(positions, links, blocks, GROUND)
    rows = after[blocks[0].units]
    order = np.lexsort((rows[:, 0], -rows[:, 1]))
    assert order.tolist() == list(range(26))
    assert corners(after, blocks[0].units, np.ones(56, bool)) is not None
    assert corners(positions, blocks[0].units, np.ones(56, bool)) is None, "in a ring around the others, as before"


def test_a_graph_without_blocks_is_laid_out_by_the_forces_alone():
    _, links, _, _ = scene(12, [])
    *_, ours = settle(start(links, (), Ground(400.0, 400.0)), links, (), Ground(400.0, 400.0))
    *_, theirs = forces.settle(forces.start(12), links)
    np.testing.assert_array_equal(ours.positions, theirs.positions)


def test_the_layout_is_a_generator_that_ends_with_the_blocks_in_their_places_and_is_the_same_each_time():
    _, links, blocks, _ = scene(20, [7, 3])
    runs = [list(settle(start(links, blocks, GROUND), links, blocks, GROUND)) for _ in range(2)]
    assert len(runs[0]) == 301
    for one, other in zip(*runs, strict=True):
        np.testing.assert_array_equal(one.positions, other.positions)
    last = runs[0][-1].positions
    np.testing.assert_array_equal(last, placed(last, links, blocks, GROUND))
    assert np.abs(last - runs[0][-2].positions).max() < 1.0, "the last step is not seen"


def test_blocks_stand_still_while_a_node_is_held_and_follow_it_gently():
    _, links, blocks, _ = scene(20, [7])
    *_, rest = settle(start(links, blocks, GROUND), links, blocks, GROUND)
    held = step(rest.reheated(0.3), links, blocks, GROUND, fixed={3: (4000.0, 0.0)})
    np.testing.assert_array_equal(held.positions[20:], rest.positions[20:])
    let_go = step(held, links, blocks, GROUND)
    way = np.linalg.norm(placed(let_go.positions, links, blocks, GROUND)[20:] - held.positions[20:], axis=1)
    np.testing.assert_allclose(
        np.linalg.norm(let_go.positions[20:] - held.positions[20:], axis=1), packing.EASE * way, rtol=1e-4
    )


def test_blocks_stay_beside_where_they_are_though_below_were_a_little_better():
    positions, links, blocks, _ = scene(60, [26])
    for width in (560.0, 520.0, 500.0, 480.0, 460.0):
        last = positions
        positions = placed(positions, links, blocks, Ground(width, 500.0))
        if width < 560.0:
            moved = np.abs(positions - last)[60:].max()
            assert moved < 60.0
    with_new_ground = placed(positions, links, blocks, Ground(200.0, 900.0))
    assert with_new_ground[60:, 1].max() < positions[:60, 1].min(), "a tall view has them below"


@pytest.mark.parametrize("aspect", [0.5, 1.0, 2.0])
def test_the_graph_takes_the_shape_of_its_ground(aspect):
    free = forces.links(np.zeros((0, 2), np.int32), np.zeros(0), 200)
    *_, last = forces.settle(replace(forces.start(200), aspect=aspect), free)
    width, height = np.ptp(last.positions, axis=0)
    assert width / height == pytest.approx(aspect, rel=0.15)
