"""Meshes of vertices: autolens's numbers, what interpolation must fulfil, gradients, and vertices that are no good."""

import functools
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from array_api_extra.testing import assert_close
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from lensarrays import Mask2D
from lensarrays.ops._host_call import call_on_host
from lensarrays.ops.mesh.delaunay import Delaunay
from lensarrays.ops.mesh.delaunay_nn import DelaunayNN
from lensarrays.ops.mesh.k_nearest_neighbor import KNearestNeighbor
from lensarrays.ops.mesh.knn_barycentric import KNNBarycentric
from lensarrays.ops.reg.constant import Constant
from lensarrays.ops.reg.constant_split import ConstantSplit

MESHES = [Delaunay(), DelaunayNN(), KNearestNeighbor(), KNNBarycentric()]
TRIANGULATED = MESHES[:2]
names = pytest.mark.parametrize("mesh", MESHES, ids=lambda mesh: type(mesh).__name__)
triangulated = pytest.mark.parametrize("mesh", TRIANGULATED, ids=lambda mesh: type(mesh).__name__)
REFERENCE = np.load(Path(__file__).parent / "data" / "meshes.npz")
VERTICES, POINTS, VALUES = (REFERENCE[name] for name in ("vertices", "points", "values"))
QUICKLY = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}  # to compile
# autolens's distances of nearest neighbours are differences of large numbers.
PRECISION = {"KNearestNeighbor": 1e-6}
TWICE, INSIDE = (0.1, 0.2), (0.3, 0.1)
SQUARE = [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)]


def mapper_of(mesh, points, vertices, split=False):
    mask = Mask2D.all_false((points.shape[-2], 1), pixel_scales=1.0)
    return mesh.mapper_from(points, mask=mask, over_sample_size=1, mesh_grid=vertices, split=split)


def sums(indexes, weights, values):
    """Return what points see of values (s, ...)."""
    return np.sum(np.asarray(weights)[..., None] * values[np.asarray(indexes)], axis=-2)


def seen_around(mapper, values):
    split = sums(mapper.split_indexes, mapper.split_weights, values)
    return split[::4] + 2 * split[1::4] + 3 * split[2::4] + 5 * split[3::4]


def total_seen(mapper, values):
    """Return a number that all weights decide."""
    data = jnp.sum(mapper.weights * values[mapper.indexes], axis=-1)
    split = jnp.sum(mapper.split_weights * values[mapper.split_indexes], axis=-1)
    return jnp.sum(jnp.sin(3 * data)) + jnp.sum(jnp.cos(2 * split))


@functools.cache
def compiled(mesh):
    """Return the jitted mapper of a mesh, and the gradient of what it sees by vertices and points: compiled once."""

    def seen(vertices, points):
        mapper = mapper_of(mesh, points, vertices, split=True)
        return total_seen(mapper, jnp.asarray(VALUES[:, 0])), mapper

    return jax.jit(jax.value_and_grad(seen, argnums=(0, 1), has_aux=True), compiler_options=QUICKLY)


@names
def test_agrees_with_autolens(mesh):
    name = type(mesh).__name__
    mapper = mapper_of(mesh, POINTS, VERTICES, split=True)
    tolerance = PRECISION.get(name, 1e-9)
    np.testing.assert_allclose(sums(mapper.indexes, mapper.weights, VALUES), REFERENCE[f"{name}_sums"], atol=tolerance)
    np.testing.assert_allclose(seen_around(mapper, VALUES), REFERENCE[f"{name}_split_sums"], atol=tolerance)
    pairs = {(i, j) for i, row in enumerate(mapper.neighbors) for j in row if j >= 0}
    assert pairs == {tuple(pair) for pair in REFERENCE["pairs"].tolist()}
    assert mapper.counts_zero_weights == (mesh not in TRIANGULATED)


@names
def test_jit_does_what_numpy_does_and_has_the_right_gradient(mesh):
    (_, mapper), gradients = compiled(mesh)(VERTICES, POINTS)
    expected = mapper_of(mesh, POINTS, VERTICES, split=True)
    for kind in ("", "split_"):
        tables = [[getattr(m, f"{kind}{part}") for part in ("indexes", "weights")] for m in (mapper, expected)]
        np.testing.assert_allclose(sums(*tables[0], VALUES), sums(*tables[1], VALUES), atol=1e-12)
    assert {*np.asarray(mapper.neighbors)[3]} == {*expected.neighbors[3], -1}
    generator, step = np.random.default_rng(2), 1e-7
    moves = [generator.normal(size=each.shape) for each in (VERTICES, POINTS)]

    def moved(h):
        return total_seen(mapper_of(mesh, POINTS + h * moves[1], VERTICES + h * moves[0], split=True), VALUES[:, 0])

    slope = sum(np.sum(np.asarray(g) * move) for g, move in zip(gradients, moves, strict=True))
    np.testing.assert_allclose(slope, (moved(step) - moved(-step)) / (2 * step), rtol=1e-5)


@names
def test_every_library(mesh, xp):
    if "jax" in xp.__name__:
        return  # above
    vertices, points = VERTICES[:20], POINTS[:9]
    mapper = mapper_of(mesh, xp.asarray(points), xp.asarray(vertices))
    expected = mapper_of(mesh, points, vertices)
    assert_close(mapper.mapping_matrix, xp.asarray(expected.mapping_matrix), atol=1e-14)


@names
def test_a_batch_is_a_loop(mesh):
    vertices, points = np.stack([VERTICES, VERTICES[::-1] + 0.01]), POINTS
    batch = mapper_of(mesh, points, vertices, split=True)
    for i in range(2):
        single = mapper_of(mesh, points, vertices[i], split=True)
        np.testing.assert_allclose(
            sums(batch.indexes[i], batch.weights[i], VALUES), sums(single.indexes, single.weights, VALUES), atol=1e-12
        )
        seen = sums(batch.split_indexes[i], batch.split_weights[i], VALUES)
        np.testing.assert_allclose(seen, sums(single.split_indexes, single.split_weights, VALUES), atol=1e-12)


@names
def test_float32_stays(mesh):
    mapper = mapper_of(mesh, POINTS.astype(np.float32), VERTICES.astype(np.float32), split=True)
    assert mapper.weights.dtype == mapper.split_weights.dtype == np.float32
    expected = mapper_of(mesh, POINTS, VERTICES)
    seen = [sums(m.indexes, m.weights, VALUES) for m in (mapper, expected)]
    np.testing.assert_allclose(*seen, atol=1e-3)


meshes_of_points = st.tuples(st.integers(0, 2**32 - 1), st.integers(4, 60), st.floats(1e-3, 1e3), st.floats(-10.0, 10.0))


@given(meshes_of_points)
def test_weights_add_up_and_a_plane_is_interpolated_exactly(case):
    seed, s, scale, offset = case
    generator = np.random.default_rng(seed)
    vertices, points = (scale * (generator.normal(size=(n, 2)) * (1.0, 0.1) + offset) for n in (s, 25))
    for mesh in MESHES:
        mapper = mapper_of(mesh, points, vertices, split=True)
        for weights in (mapper.weights, mapper.split_weights):
            np.testing.assert_allclose(weights.sum(axis=-1), 1.0, atol=1e-12)
            assert weights.min() >= -1e-9
    for mesh in TRIANGULATED:
        mapper = mapper_of(mesh, points, vertices)
        is_inside = np.count_nonzero(mapper.weights, axis=-1) > 1
        found = sums(mapper.indexes, mapper.weights, vertices)
        np.testing.assert_allclose(found[is_inside], points[is_inside], atol=1e-10 * scale * max(abs(offset), 1.0))
        outside = cKDTree(vertices).query(points[~is_inside])[1]
        assert (mapper.indexes[~is_inside, 0] == outside).all()
        assert (mapper.weights[~is_inside, 0] == 1).all()


SHIFTS = ((0.0, 0.0), (0.0, 0.5), (0.5, 0.0), (0.5, 0.5), (0.0, 1e-12))


@triangulated
def test_points_on_vertices_and_edges_of_a_lattice(mesh):
    lattice = np.stack(np.meshgrid(np.arange(5.0), np.arange(4.0), indexing="ij"), axis=-1).reshape(-1, 2)
    points = np.concatenate([lattice + np.asarray(shift) for shift in SHIFTS])
    points = points[(points <= lattice.max(axis=0)).all(axis=-1)]
    mapper = mapper_of(mesh, points, lattice, split=True)
    np.testing.assert_allclose(sums(mapper.indexes, mapper.weights, lattice), points, atol=1e-11)
    assert np.isfinite(mapper.split_weights).all()
    alone = mapper_of(mesh, lattice, lattice)
    assert (alone.mapping_matrix == np.eye(len(lattice))).all()


def test_natural_neighbours_are_smooth_and_know_no_flips():
    path = np.linspace(0.0, 1.0, 4001)[:, None] * ((0.2, 0.15),) - (0.1, 0.05)
    bends = {}
    for mesh in TRIANGULATED:
        mapper = mapper_of(mesh, path, VERTICES)
        bends[type(mesh)] = np.abs(np.diff(sums(mapper.indexes, mapper.weights, VALUES)[:, 0], 2)).max() * 4000
    assert bends[DelaunayNN] < 0.02 * bends[Delaunay]
    values, jumps = np.asarray([1.0, -1.0, -1.0, 1.0, 0.0]), {}
    for mesh in TRIANGULATED:
        seen = []
        for shift in (1e-9, -1e-9):
            vertices = np.asarray([*SQUARE, (9.0, 0.0)])
            vertices[0] += shift
            mapper = mapper_of(mesh, np.asarray([(0.1, 0.2)]), vertices)
            seen.append(sums(mapper.indexes, mapper.weights, values[:, None])[0, 0])
        jumps[type(mesh)] = abs(seen[0] - seen[1])
    assert jumps[DelaunayNN] < 1e-7
    assert jumps[Delaunay] > 0.5


def circle(n):
    angle = 2 * np.pi * np.arange(n) / n
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1)


@pytest.mark.parametrize("mesh", [Delaunay(), DelaunayNN()], ids=lambda mesh: type(mesh).__name__)
@pytest.mark.parametrize("first", [True, False])
def test_a_vertex_at_another_one_is_seen_by_nothing(mesh, first):
    apart = np.asarray([*SQUARE, TWICE, INSIDE])
    twice = np.asarray([TWICE, *apart] if first else [*apart, TWICE])
    points = np.asarray([(0.12, 0.21), (5.0, 4.0), (-6.0, 0.3), (0.15, -0.2)])
    here, there = (mapper_of(mesh, points, vertices, split=True) for vertices in (apart, twice))
    (alone,) = np.flatnonzero(np.all(np.asarray(there.neighbors) < 0, axis=-1))
    assert tuple(twice[alone]) == TWICE
    assert np.all(there.mapping_matrix[:, alone] == 0)
    values = np.arange(6.0)
    expected = here.mapped_from(values)
    np.testing.assert_allclose(there.mapped_from(np.asarray([4.0, *values] if first else [*values, 4.0])), expected, atol=1e-13)
    traced = mapper_of(mesh, jnp.asarray(points), jnp.asarray(twice), split=True)
    np.testing.assert_allclose(traced.mapping_matrix, there.mapping_matrix, atol=1e-12)
    for scheme in (Constant(1.0), ConstantSplit(1.0)):
        assert np.isfinite(np.linalg.slogdet(scheme.regularization_matrix_from(there))[1])


@pytest.mark.parametrize("mesh", [KNearestNeighbor(), KNNBarycentric()], ids=lambda mesh: type(mesh).__name__)
def test_nearest_vertices_must_differ(mesh):
    with pytest.raises(
        ValueError, match=r"`mesh_grid` must hold vertices that differ, but 1 of 7 .* at index [46]; leave them out"
    ):
        mapper_of(mesh, np.asarray([(0.1, 0.2)]), np.asarray([*SQUARE, TWICE, INSIDE, TWICE]))


BAD = {
    "`mesh_grid` must hold vertices that span an area": np.stack([np.arange(6.0), 2 * np.arange(6.0)], axis=-1),
    "`mesh_grid` must hold .* at most 32 neighbours, but the one at index 40 has 40": np.asarray([*circle(40), (0.0, 0.0)]),
    "`mesh_grid` must be finite": np.asarray([*SQUARE, (np.nan, 0.0)]),
    "`mesh_grid` must hold vertices that extend over 1e-60 to .* but these do over [0-9.]*e-150": 1e-150 * VERTICES,
    r"`mesh_grid` must have shape \(..., s, 2\), at least 4 vertices": np.asarray(SQUARE[:3]),
}


@names
def test_vertices_that_are_no_good_are_errors(mesh):
    point = np.asarray([(0.1, 0.2)])
    for message, vertices in BAD.items():
        with pytest.raises(ValueError, match=message):
            mapper_of(mesh, point, vertices)
    with pytest.raises(ValueError, match="`mesh_grid` must hold vertices that span an area"):
        mapper_of(mesh, jnp.asarray(point), jnp.zeros((5, 2)))
    with pytest.raises(ValueError, match="`mesh_grid` must be given to a mesh that is made of vertices"):
        mapper_of(mesh, point, None)
    with pytest.raises(ValueError, match="`source_plane_data_grid` must be finite"):
        mapper_of(mesh, point * np.nan, VERTICES)
    mask = Mask2D.all_false((1, 1), pixel_scales=1.0)
    with pytest.raises(ValueError, match=r"`source_plane_data_grid` must have shape \(..., 4, 2\)"):
        mesh.mapper_from(point, mask=mask, over_sample_size=2, mesh_grid=VERTICES)


def test_too_many_natural_neighbours_are_an_error_where_a_triangulation_has_none():
    point = np.asarray([(0.001, 0.002)])
    assert mapper_of(Delaunay(), point, circle(33)).weights.shape == (1, 3)
    with pytest.raises(ValueError, match="`mesh_grid` must hold vertices of which at most 32 are natural neighbours"):
        mapper_of(DelaunayNN(), point, circle(33))
    mapper = mapper_of(DelaunayNN(), point, circle(24))  # more than usual
    assert np.count_nonzero(mapper.weights) == 24
    np.testing.assert_allclose(sums(mapper.indexes, mapper.weights, circle(24)), point, atol=1e-12)


@names
def test_vertices_that_are_no_good_are_flagged_under_jit(mesh):
    line, broken = VERTICES.copy(), VERTICES.copy()
    line[:, 0], broken[5, 1] = 0.0, np.nan
    for vertices in (line, broken, 1e150 * VERTICES, 1e-150 * VERTICES):
        (value, mapper), _ = compiled(mesh)(vertices, POINTS)
        assert np.isnan(value)
        assert np.isnan(mapper.weights).all()
        assert np.isnan(mapper.split_weights).all()
        assert (np.asarray(mapper.indexes) >= 0).all()


def test_vmap_flags_what_is_no_good_alone():
    batch = jnp.stack([jnp.asarray(VERTICES), jnp.zeros_like(VERTICES), jnp.asarray(VERTICES[::-1])])
    mapper = jax.vmap(lambda vertices: mapper_of(Delaunay(), jnp.asarray(POINTS), vertices))
    weights = jax.jit(mapper, compiler_options=QUICKLY)(batch).weights
    assert np.isnan(weights[1]).all()
    for lane, vertices in ((0, VERTICES), (2, VERTICES[::-1])):
        np.testing.assert_allclose(weights[lane].sum(axis=-1), mapper_of(Delaunay(), POINTS, vertices).weights.sum(axis=-1))


def test_arguments():
    for mesh in (Delaunay, DelaunayNN, KNearestNeighbor, KNNBarycentric):
        with pytest.raises(ValueError, match="`zeroed_pixels` must be a whole number, 0 or more"):
            mesh(zeroed_pixels=-1)
        with pytest.raises(ValueError, match="`areas_factor` must be zero or positive"):
            mesh(areas_factor=-0.5)
    for mesh in (KNearestNeighbor, KNNBarycentric):
        with pytest.raises(ValueError, match="`k_neighbors` must be a whole number, 2 or more"):
            mesh(k_neighbors=1)
        with pytest.raises(ValueError, match="`split_neighbor_division` must be a whole number, 1 or more"):
            mesh(split_neighbor_division=0)
    with pytest.raises(ValueError, match="`radius_scale` must be a positive number"):
        KNearestNeighbor(radius_scale=0.0)
    few = mapper_of(KNearestNeighbor(k_neighbors=10), POINTS, VERTICES[:6], split=True)
    assert few.weights.shape[-1] == 6


@names
def test_edge_pixels_are_the_last_ones(mesh):
    mapper = mapper_of(mesh, POINTS, VERTICES)
    assert mesh.edge_pixels(mapper) is None
    assert type(mesh)(zeroed_pixels=3).edge_pixels(mapper).nonzero()[0].tolist() == [125, 126, 127]
    with pytest.raises(ValueError, match="`zeroed_pixels` must leave some of the 128 vertices"):
        type(mesh)(zeroed_pixels=128).edge_pixels(mapper)


def test_arrays_come_to_the_host_in_pieces_that_jax_copies_at_once():
    large = np.arange(40_000.0).reshape(-1, 2)
    shape = jax.ShapeDtypeStruct(large.shape, large.dtype)

    def doubled(array, one):
        return call_on_host(lambda array, one: 2 * array + one, shape, array, one)

    equations = jax.make_jaxpr(doubled)(large, 1.0).eqns
    (call,) = (equation for equation in equations if equation.primitive.name == "pure_callback")
    assert max(piece.aval.size * piece.aval.dtype.itemsize for piece in call.invars) <= 100 * 1024
    np.testing.assert_array_equal(doubled(large, 1.0), 2 * large + 1)
