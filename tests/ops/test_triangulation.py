"""The triangulation by a sweep: qhull's, or none where rounding may decide."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import Delaunay, QhullError

from lensarrays.ops.mesh._triangulation import _by_sweep, triangulation_of


def as_set(triangles):
    return {tuple(np.roll(row, -row.argmin()).tolist()) for row in triangles}


def uniform(generator, s):
    return generator.random((s, 2))


def clustered(generator, s):
    """Return vertices of which most are in clumps of very different sizes, as they are inside of caustics."""
    centres, sizes = generator.normal(size=(6, 2)), 10.0 ** generator.uniform(-4, 0, size=6)
    which = generator.integers(0, 6, size=s)
    return centres[which] + sizes[which, None] * generator.normal(size=(s, 2))


def flat(generator, s):
    return generator.normal(size=(s, 2)) * (1.0, 1e-3)


def far_away(generator, s):
    return generator.normal(size=(s, 2)) + 100.0


def spiral(generator, s):
    """Return vertices of which most are on the hull."""
    angle = np.sort(generator.random(s)) * 2 * np.pi
    return (1 + 1e-2 * generator.random(s))[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=-1)


def nearly_a_lattice(generator, s):
    side = max(int(np.sqrt(s)), 2)
    lattice = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), axis=-1).reshape(-1, 2)
    return lattice + 1e-5 * generator.normal(size=lattice.shape)


KINDS = (uniform, clustered, flat, far_away, spiral, nearly_a_lattice)
cases = st.tuples(st.sampled_from(KINDS), st.integers(0, 2**32 - 1), st.integers(4, 400))


@given(cases)
def test_it_is_that_of_qhull(case):
    kind, seed, s = case
    vertices = kind(np.random.default_rng(seed), s)
    triangles, across = _by_sweep(vertices)
    expected = Delaunay(vertices)
    assert len(triangles) == len(expected.simplices)
    assert as_set(triangles) == as_set(expected.simplices)
    for k in range(3):
        edges = np.sort(np.stack([triangles[:, (k + 1) % 3], triangles[:, (k + 2) % 3]], axis=-1), axis=-1)
        beyond = triangles[across[:, k]]
        assert ((beyond[:, :, None] == edges[:, None, :]).any(axis=1).all(axis=-1) | (across[:, k] < 0)).all()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_qhull_is_hardly_ever_needed(kind):
    swept = [_by_sweep(kind(np.random.default_rng(seed), 500)) is not None for seed in range(20)]
    assert all(swept)


def circle(n):
    angle = 2 * np.pi * np.arange(n) / n
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1)


def lattice(turn):
    points = np.stack(np.meshgrid(np.arange(12.0), np.arange(9.0), indexing="ij"), axis=-1).reshape(-1, 2)
    return points @ np.asarray([(np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))])


MIRRORED = uniform(np.random.default_rng(1), 40)
UNDECIDED = {
    "lattice": lattice(0.0),
    "lattice that is turned": lattice(0.3),
    "lattice that is far away": lattice(0.3) + 1e4,
    "circle": circle(24),
    "three on one line of the hull": np.asarray([(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (0.9, 1.0), (0.7, 0.3)]),
    "mirrored": np.concatenate([MIRRORED, MIRRORED * (1.0, -1.0)]),
    "a square": np.asarray([(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]),
    "twice the same": np.concatenate([MIRRORED, MIRRORED[3:4]]),
    "all the same": np.ones((5, 2)),
    "a line": np.stack([np.arange(6.0), 2 * np.arange(6.0)], axis=-1),
    "a line that is not straight in numbers": np.stack([np.arange(9) * 0.1, np.arange(9) * 0.3 + 0.7], axis=-1),
}


def deepest_in_circle(vertices, triangles):
    """Return how far inside of the circle of a triangle a vertex is, as a part of its radius."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    sides = np.stack([b - a, c - a], axis=1)
    centre = a + np.linalg.solve(sides, np.sum(sides**2, axis=-1)[..., None] / 2)[..., 0]
    radius = np.linalg.norm(centre - a, axis=-1)
    distances = np.linalg.norm(vertices[:, None] - centre, axis=-1)
    return np.max((radius - distances) / radius)


def areas_of(vertices, triangles):
    return np.abs(np.linalg.det(vertices[triangles[:, 1:]] - vertices[triangles[:, :1]])) / 2


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_rounding_may_decide_is_left_to_qhull(name):
    vertices = UNDECIDED[name]
    assert _by_sweep(vertices) is None
    try:
        expected = Delaunay(vertices)
    except QhullError:
        expected = None
    if expected is None:
        with pytest.raises(ValueError, match="`mesh_grid` must hold vertices that span an area"):
            triangulation_of(vertices)
    else:
        mesh = triangulation_of(vertices)
        assert len(mesh.triangles) == len(expected.simplices)  # qhull may take other diagonals of what is on one circle
        assert deepest_in_circle(vertices, mesh.triangles[areas_of(vertices, mesh.triangles) > 1e-9]) < 1e-8


@pytest.mark.parametrize("name", ["lattice", "circle", "mirrored", "a square", "twice the same"])
def test_rounding_decides_nothing_of_symmetric_vertices(name):
    generator, vertices = np.random.default_rng(5), UNDECIDED[name]
    expected = triangulation_of(vertices)
    extent = np.ptp(vertices)
    for _ in range(5):
        mesh = triangulation_of(vertices + 4e-16 * extent * generator.uniform(-1, 1, size=vertices.shape))
        np.testing.assert_array_equal(mesh.triangles, expected.triangles)
        np.testing.assert_array_equal(mesh.across, expected.across)


def test_of_vertices_at_one_point_the_first_has_the_triangles():
    generator = np.random.default_rng(6)
    apart = uniform(generator, 60)
    nearby = apart[[7, 7, 20]] + 1e-15 * generator.uniform(-1, 1, size=(3, 2))
    for sets, alone in (([nearby, apart], [1, 10, 23]), ([apart, nearby], [60, 61, 62])):
        mesh = triangulation_of(np.concatenate(sets))
        assert np.flatnonzero(mesh.counts == 0).tolist() == alone


def test_what_is_clustered_more_closely_than_the_lattice_is_not_moved():
    generator = np.random.default_rng(7)
    cluster = 0.5 + 3e-7 * (lattice(0.0) + 0.2 * generator.normal(size=(108, 2)))
    vertices = np.concatenate([uniform(generator, 30), cluster])
    assert _by_sweep(vertices) is None
    np.testing.assert_array_equal(triangulation_of(vertices).triangles, Delaunay(vertices).simplices)


@pytest.mark.parametrize("scale", [1e-150, 1e-70, 1e70, 1e150])
def test_what_is_too_large_or_too_small_for_numbers_is_an_error(scale):
    for vertices in (uniform(np.random.default_rng(3), 30), lattice(0.0)):
        with pytest.raises(ValueError, match=r"`mesh_grid` must .* extend over 1e-60 to 1e\+60 arcsec, but these do"):
            triangulation_of(vertices * scale)


def test_units_do_not_matter():
    vertices = uniform(np.random.default_rng(3), 100)
    expected = as_set(_by_sweep(vertices)[0])
    for scale in (2.0**-100, 2.0**100):
        assert as_set(_by_sweep(vertices * scale)[0]) == expected
