"""Rectangular meshes: autolens's numbers, and what must hold for any rays.

data/rectangular_meshes.npz has values of autolens 2026.10.26.1: the inputs, every 200th row of the tables (every 800th with
over-sampling), and what each mesh pixel gathers of an image of which pixel k has the value cos(k).
"""

import functools
import math
import pathlib

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lensarrays import Grid2D, Mask2D
from lensarrays.models import mp
from lensarrays.ops import mesh as meshes
from lensarrays.ops.mesh._kernel_cumulative import kernel_cumulative
from lensarrays.ops.mesh._rank_cumulative import rank_cumulative

NAMES = {
    "uniform": "RectangularUniform",
    "bilinear_density": "RectangularBilinearAdaptDensity",
    "bilinear_image": "RectangularBilinearAdaptImage",
    "rtu_density": "RectangularRTUAdaptDensity",
    "rtu_image": "RectangularRTUAdaptImage",
}
ADAPTIVE = [name for name in NAMES if name != "uniform"]
MASK = Mask2D(np.arange(20).reshape(4, 5) % 7 == 3, pixel_scales=1.0)
N = MASK.pixels_in_mask
random = np.random.default_rng(4)
RAYS, SUB_RAYS, IMAGE = random.normal(size=(N, 2)), random.normal(size=(4 * N, 2)), random.uniform(0.1, 1.0, size=N)
# Multiples of 1/8: many have the same y or x. The two that are added spread.
TIED = arrays(np.float64, (N - 2, 2), elements=st.integers(-12, 12).map(lambda k: k / 8)).map(
    lambda rays: np.concatenate([rays, [[-1.625, -1.75], [1.75, 1.625]]])
)


def make_mesh(name, shape=(6, 5), **arguments):
    return getattr(meshes, NAMES[name])(shape=shape, **arguments)


def make_mapper(mesh, rays=RAYS, mask=MASK, over_sample_size=1, image=IMAGE, **arguments):
    return mesh.mapper_from(rays, mask=mask, over_sample_size=over_sample_size, adapt_data=image, **arguments)


@pytest.fixture(scope="module")
def reference():
    with np.load(pathlib.Path(__file__).parent / "data" / "rectangular_meshes.npz") as data:
        return {key.replace("__", "/"): value for key, value in data.items()}


def traced(reference, draw, over_sample_size):
    """Return the mask, the rays of its pixels, and of its sub-pixels, relocated; and those of the pixels before."""
    mask = Mask2D(reference["mask"], pixel_scales=float(reference["pixel_scale"]))
    centre, ell, shear = (reference[f"param/{name}"][draw] for name in ("lens_centre", "lens_ell", "shear"))
    radius = float(reference["param/einstein_radius"][draw])
    masses = [mp.Isothermal(centre=centre, ell_comps=ell, einstein_radius=radius), mp.ExternalShear(*shear)]
    grid = Grid2D.from_mask(mask, over_sample_size)
    base, rays = (g.values - sum(mass.deflections_yx_2d_from(g).values for mass in masses) for g in (grid, grid.over_sampled))
    ellipse = meshes.border_ellipse_from(base[mask.derive_indexes.border_slim])
    return mask, ellipse.relocated_grid_from(base), ellipse.relocated_grid_from(rays)


CASES = [(draw, name, 1) for draw in (0, 1) for name in NAMES] + [(0, "bilinear_image", 2)]


@pytest.mark.parametrize(("draw", "name", "size"), CASES, ids=lambda value: str(value))
def test_agrees_with_autolens(reference, draw, name, size):
    mask, base, rays = traced(reference, draw, size)
    if (draw, size) == (0, 1):
        np.testing.assert_allclose(base[37::200], reference["0/relocated"], atol=1e-14)
    mesh = make_mesh(name, (12, 12), **({} if name == "uniform" else {"centred": False}))
    base_grid = None if size == 1 else base
    mapper = make_mapper(mesh, base if size == 1 else rays, mask, size, reference["adapt_image"], base_grid=base_grid)
    rows, key = slice(37, None, 200 * size**2), f"{draw}/{name}/{size}"
    np.testing.assert_array_equal(mapper.indexes[rows], reference[f"{key}/indexes"])
    np.testing.assert_allclose(mapper.weights[rows], reference[f"{key}/weights"], atol=2e-13)
    gathered = mapper.adjoint_mapped_from(np.cos(np.arange(mask.pixels_in_mask)))
    np.testing.assert_allclose(gathered, reference[f"{key}/gathered"], atol=1e-11)
    np.testing.assert_array_equal(mapper.neighbors, reference["neighbors"])


@pytest.mark.parametrize("name", NAMES)
@given(rays=TIED, rows=st.integers(3, 8), columns=st.integers(3, 8))
@settings(max_examples=15)
def test_weights_add_up_to_one_in_pixels_there_are(name, rays, rows, columns):
    mapper = make_mapper(make_mesh(name, (rows, columns)), rays)
    np.testing.assert_allclose(np.sum(mapper.weights, axis=-1), 1.0, rtol=1e-12)
    assert set(mapper.indexes.flat) <= set(range(rows * columns))
    assert (mapper.pixels, mapper.shape_native, mapper.counts_zero_weights) == (rows * columns, (rows, columns), True)
    if name != "uniform" and min(rows, columns) > 3:  # the ring is not even named, and its inside is used to the last row
        row, column = np.divmod(mapper.indexes, columns)
        assert (row.min(), row.max(), column.min(), column.max()) == (1, rows - 2, 1, columns - 2)
        assert mapper.weights.min() >= -1e-13


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("centred", [True, False])
def test_a_source_is_where_its_pixels_are(name, centred):
    """Coordinates of pixels, as a source, are seen as those of the rays: exactly, or to a part of a pixel, here of 0.1."""
    mesh = make_mesh(name, (30, 40), **({} if name == "uniform" else {"centred": centred}))
    rays = random.normal(size=(60**2, 2))
    mapper = make_mapper(mesh, rays, Mask2D(np.zeros((60, 60), bool), 0.1), image=np.exp(-np.sum(rays**2, axis=-1)))
    seen = np.stack([mapper.mapped_from(mapper.mesh_grid[:, k]) for k in (0, 1)], axis=-1)
    if name == "uniform":
        np.testing.assert_allclose(seen, rays, atol=1e-12)
    else:
        assert np.median(np.abs(seen - rays)) < 0.01
    y, x = mesh.edges_from(rays, adapt_data=np.exp(-np.sum(rays**2, axis=-1)))
    assert (y.shape, x.shape) == ((31,), (41,))
    rows, columns = mapper.mesh_grid.reshape(30, 40, 2)[:, 0, 0], mapper.mesh_grid.reshape(30, 40, 2)[0, :, 1]
    assert ((rows < y[:-1]) & (rows > y[1:])).all()
    assert ((columns > x[:-1]) & (columns < x[1:])).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("xp", [np, array_api_strict], ids=["numpy", "strict"])  # JAX is below, compiled once for all
def test_array_api_strict_and_batches_agree_with_numpy(name, xp):
    mesh = make_mesh(name)
    batch = np.stack([RAYS, 2 * RAYS[::-1] + 1.0])
    mappers = [make_mapper(mesh, part) for part in batch]
    both = make_mapper(mesh, xp.asarray(batch), image=xp.asarray(IMAGE))
    for k, single in enumerate(mappers):
        np.testing.assert_array_equal(np.asarray(both.indexes[k, ...]), single.indexes)
        np.testing.assert_allclose(np.asarray(both.weights[k, ...]), single.weights, atol=1e-13)
        np.testing.assert_allclose(np.asarray(both.mesh_grid[k, ...]), single.mesh_grid, atol=1e-12)
    over = make_mapper(mesh, xp.asarray(SUB_RAYS), over_sample_size=2, base_grid=xp.asarray(RAYS), image=xp.asarray(IMAGE))
    expected = make_mapper(mesh, SUB_RAYS, over_sample_size=2, base_grid=RAYS)
    np.testing.assert_allclose(np.asarray(over.mapping_matrix), expected.mapping_matrix, atol=1e-13)


SOURCE = {pixels: np.random.default_rng(pixels).normal(size=pixels) for pixels in (25, 30)}


def seen_over_sampled(mesh, sub_rays, rays):
    """Return what a batch of rays sees of a source: the sum of an image (2, n) times its noise, and the image."""
    image = make_mapper(mesh, sub_rays, over_sample_size=2, base_grid=rays).mapped_from(SOURCE[math.prod(mesh.shape)])
    return (image @ IMAGE) @ np.asarray([1.0, -2.0]), image


COMPILED = {
    "uniform": make_mesh("uniform"),
    "bilinear_image": make_mesh("bilinear_image", (5, 6)),
    "rtu_image": make_mesh("rtu_image", (5, 5)),
}
jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})  # compiled for longer than run
GRADIENTS = {
    name: jit(jax.value_and_grad(functools.partial(seen_over_sampled, mesh), argnums=(0, 1), has_aux=True))
    for name, mesh in COMPILED.items()
}


@pytest.mark.parametrize("name", COMPILED)
@given(rays=TIED)
@settings(max_examples=15)
def test_compiled_it_is_the_same(name, rays):
    batch = np.stack([rays, rays[::-1] ** 3])
    sub_rays = np.repeat(batch, 4, axis=1) + np.tile([[-0.07, 0.02], [0.0, 0.0], [0.04, 0.05], [0.01, 0.0]], (N, 1))
    (_, image), gradient = GRADIENTS[name](sub_rays, batch)
    np.testing.assert_allclose(image, seen_over_sampled(COMPILED[name], sub_rays, batch)[1], atol=1e-12)
    assert all(np.isfinite(part).all() for part in gradient)


@pytest.mark.parametrize("name", COMPILED)
def test_compiled_what_cannot_be_refused_is_finite_or_flagged(name):
    for at in (0.0, 1e3):
        coincident = np.full((2, 4 * N, 2), at)
        (_, image), gradient = GRADIENTS[name](coincident, coincident[:, :N])
        assert all(np.isfinite(part).all() for part in (image, *gradient))
    sub_rays = np.stack([SUB_RAYS, SUB_RAYS])
    sub_rays[0, 5, 0] = np.nan
    (_, image), _ = GRADIENTS[name](sub_rays, np.stack([RAYS, RAYS]))
    assert np.isnan(image[0, 1])
    assert np.isfinite(image[1]).all()


@pytest.mark.parametrize("name", COMPILED)
def test_gradients_with_respect_to_rays_are_exact(name):
    """Against differences of the NumPy values."""
    arguments = np.stack([SUB_RAYS, 0.8 * SUB_RAYS]), np.stack([RAYS, RAYS**3])
    steps = [1e-6 * random.normal(size=part.shape) for part in arguments]
    up, down = (
        seen_over_sampled(COMPILED[name], *(a + sign * step for a, step in zip(arguments, steps, strict=True)))[0]
        for sign in (1, -1)
    )
    _, gradient = GRADIENTS[name](*arguments)
    slope = sum(np.sum(own * step) for own, step in zip(gradient, steps, strict=True))
    np.testing.assert_allclose(slope, (up - down) / 2, rtol=1e-6)


def test_ranks_of_the_rays_themselves_have_no_gradient():
    mesh = make_mesh("bilinear_density", (5, 5))
    seen = jit(jax.value_and_grad(lambda rays: make_mapper(mesh, rays).mapped_from(SOURCE[25]) @ IMAGE))
    np.testing.assert_array_equal(seen(RAYS)[1], np.zeros_like(RAYS))
    assert np.isnan(seen(np.where(np.arange(N)[:, None] == 3, np.nan, RAYS))[0])
    np.testing.assert_array_equal(make_mapper(mesh, RAYS).weights, make_mapper(mesh, RAYS**3).weights)


@pytest.mark.parametrize(("pixels", "bandwidth"), [(39, 1.0), (10, 0.3), (3, 5.0), (60, 2.0)])
def test_the_smooth_distribution_is_the_sum_over_all_points(pixels, bandwidth):
    points, weights, queries = random.normal(size=300) ** 3, random.uniform(size=300), np.linspace(-6, 6, 200)
    weights = weights / weights.sum()
    low, high = points.min(), points.max()
    queries = np.clip(queries, low, high)
    h = bandwidth * (high - low) / pixels

    def direct(x):
        return scipy.special.ndtr((x[:, None] - points) / h) @ weights

    first, last = direct(np.asarray([low, high]))
    result = kernel_cumulative(points, weights, pixels, bandwidth, xp=np)
    tolerance = 2e-13 / (last - first)
    np.testing.assert_allclose(result.at(queries, xp=np), (direct(queries) - first) / (last - first), atol=tolerance)
    np.testing.assert_allclose(result.at_points, (direct(points) - first) / (last - first), atol=tolerance)
    outside = result.at(np.asarray([low - 1, low, high, high + 1]), xp=np)
    assert outside.tolist() == [0, 0, 1, 1]


@given(TIED, st.permutations(range(N)))
@settings(max_examples=15)
def test_rays_of_one_place_have_the_last_of_their_ranks_whatever_their_order(rays, order):
    points, weights = rays[:, 0], IMAGE / IMAGE.sum()
    below = points <= points[:, None]
    np.testing.assert_allclose(rank_cumulative(points, None, xp=np).at_points, below.sum(axis=-1) / (N + 1), rtol=1e-14)
    result = rank_cumulative(points[order], weights[order], xp=np)
    np.testing.assert_allclose(result.at_points, (below @ weights)[order], rtol=1e-13)
    np.testing.assert_allclose(result.at(points, xp=np), below @ weights, rtol=1e-13)
    assert result.at(np.asarray([-9.0, 9.0]), xp=np).tolist() == [0, 1]


def test_power_and_floor_of_the_adapt_image():
    density = make_mapper(make_mesh("rtu_density"))
    for same in ({"weight_floor": 50.0}, {"weight_power": 0.0}):
        np.testing.assert_allclose(make_mapper(make_mesh("rtu_image", **same)).weights, density.weights, atol=1e-13)
    squared = make_mapper(make_mesh("bilinear_image", weight_power=2.0)).weights
    np.testing.assert_array_equal(squared, make_mapper(make_mesh("bilinear_image"), image=IMAGE**2).weights)
    floored = make_mapper(make_mesh("bilinear_image", weight_power=2.0, weight_floor=0.5)).weights
    np.testing.assert_array_equal(floored, make_mapper(make_mesh("bilinear_image"), image=np.maximum(IMAGE**2, 0.5)).weights)
    negative = np.where(np.arange(N) == 3, -1.0, IMAGE)
    clipped = make_mapper(make_mesh("rtu_image"), image=np.maximum(negative, 1e-12)).weights
    np.testing.assert_array_equal(make_mapper(make_mesh("rtu_image"), image=negative).weights, clipped)


@pytest.mark.parametrize("name", NAMES)
def test_single_precision_stays_and_is_close(name):
    mapper = make_mapper(make_mesh(name), RAYS.astype(np.float32), image=IMAGE.astype(np.float32))
    assert mapper.weights.dtype == mapper.mesh_grid.dtype == np.float32
    np.testing.assert_allclose(mapper.mapping_matrix, make_mapper(make_mesh(name)).mapping_matrix, atol=2e-5)


def test_neighbors_and_edge_pixels_are_those_of_a_rectangle():
    mesh = make_mesh("uniform", (3, 5))
    mapper = make_mapper(mesh)
    row, column = np.divmod(np.arange(15), 5)
    apart = np.abs(row[:, None] - row) + np.abs(column[:, None] - column)
    for pixel, own in enumerate(mapper.neighbors):
        assert sorted(own[own >= 0]) == np.flatnonzero(apart[pixel] == 1).tolist()
        assert (own[np.sum(own >= 0) :] == -1).all()
    assert np.flatnonzero(~mesh.edge_pixels(mapper)).tolist() == [6, 7, 8]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: make_mesh("uniform", (2, 5)), r"`shape` must be \(rows, columns\) of 3 or more, but is \(2, 5\)"),
        (lambda: make_mesh("rtu_density", bandwidth=0.0), "`bandwidth` must be a positive number"),
        (lambda: make_mesh("rtu_image", weight_floor=-1.0), "`weight_floor` must be zero or positive"),
        (lambda: make_mesh("rtu_image", weight_power=np.nan), "`weight_power` must be one finite number"),
        (lambda: make_mapper(make_mesh("uniform"), RAYS[1:]), "`source_plane_data_grid` must be points"),
        (lambda: make_mapper(make_mesh("rtu_density"), base_grid=RAYS[1:]), "`base_grid` must be points"),
        (lambda: make_mapper(make_mesh("rtu_density"), RAYS * np.nan), "`source_plane_data_grid` must be finite"),
        (lambda: make_mapper(make_mesh("rtu_density"), RAYS, base_grid=RAYS / 0), "`base_grid` must be finite"),
        (lambda: make_mapper(make_mesh("uniform"), np.ones((N, 2))), "`source_plane_data_grid` must spread over"),
        (lambda: make_mapper(make_mesh("rtu_density"), jnp.ones((N, 2))), "`source_plane_data_grid` must spread over"),
        (lambda: make_mapper(make_mesh("rtu_image"), image=None), "`adapt_data` must be the image of the source"),
        (lambda: make_mapper(make_mesh("rtu_image"), image=IMAGE[1:]), r"`adapt_data` must have shape \(..., "),
        (lambda: make_mapper(make_mesh("rtu_image"), image=-IMAGE), "`adapt_data` must be positive somewhere"),
        (lambda: make_mapper(make_mesh("rtu_image"), image=IMAGE * np.nan), "`adapt_data` must be finite"),
        (lambda: make_mapper(make_mesh("uniform"), split=True), "`split` must be False for a rectangular mesh"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_what_is_wrong_is_said(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_centred_must_be_a_boolean_and_names_that_are_not_there_are_said():
    with pytest.raises(TypeError, match="`centred` must be True or False"):
        make_mesh("rtu_density", centred=1)
    with pytest.raises(AttributeError, match="has no attribute 'Voronoi'; it has BorderEllipse, Delaunay"):
        meshes.Voronoi  # noqa: B018
    assert "RectangularUniform" in dir(meshes)
