"""Regularisations are the matrices they claim to be, on every array library, with derivatives, and in no case in silence."""

import functools

import array_api_compat
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from array_api_extra.testing import assert_close
from scipy.spatial import Delaunay

from lensarrays import Mask2D
from lensarrays.ops import reg
from lensarrays.ops.mapper import Mapper
from lensarrays.ops.reg._matern import log_gamma, matern, matern_by_quadrature, matern_of_numpy

NUMPY, JAX = (array_api_compat.array_namespace(library.empty(0)) for library in (np, jnp))
MASK = Mask2D(np.arange(12).reshape(3, 4) == 0, pixel_scales=1.0)
SUB_PIXELS, PIXELS = 44, 11
ADAPT = np.clip(np.sin(1.3 * np.arange(PIXELS)), 0, None) + 0.02 * (np.arange(PIXELS) % 3)
SIGNAL = {"inner_coefficient": 0.6, "outer_coefficient": 1.7, "signal_scale": 0.8}
ZEROTH = {"zeroth_coefficient": 0.5, "zeroth_signal_scale": 0.9}
SCHEMES = {
    "Constant": reg.Constant(1.3),
    "ConstantZeroth": reg.ConstantZeroth(1.3, 0.4),
    "Zeroth": reg.Zeroth(0.7),
    "Adapt": reg.Adapt(**SIGNAL),
    "AdaptPower": reg.AdaptPower(**SIGNAL, power=1.5),
    "BrightnessZeroth": reg.BrightnessZeroth(0.9, 0.8),
    "GaussianKernel": reg.GaussianKernel(1.1, 0.3),
    "ExponentialKernel": reg.ExponentialKernel(1.1, 0.4),
    "MaternKernel": reg.MaternKernel(1.1, 0.4, 1.7),
    "ConstantSplit": reg.ConstantSplit(1.3),
    "AdaptSplit": reg.AdaptSplit(**SIGNAL),
    "AdaptSplitPower": reg.AdaptSplitPower(**SIGNAL, power=1.5),
    "AdaptSplitZeroth": reg.AdaptSplitZeroth(**ZEROTH, **SIGNAL),
    "AdaptSplitZerothPower": reg.AdaptSplitZerothPower(**ZEROTH, **SIGNAL, power=1.5),
}
# cos(i) H_ij cos(j) of autolens 2026.10.26.1, by its functions of arrays, for the schemes and the two meshes here.
RECTANGLE = dict(
    zip(
        SCHEMES,
        (
            29.00669569058462,
            30.692510479385888,
            5.162807790703863,
            78.69814155158555,
            30.321501352557398,
            2.4591290507782713,
            9.104374526375715,
            9.506292734443345,
            8.688872777703667,
        ),
        strict=False,
    )
)
DELAUNAY = dict(
    zip(
        SCHEMES,
        (
            60.51247335434498,
            61.47224758687574,
            2.939308587125408,
            79.25756248342601,
            35.1569005025265,
            0.5884451541791392,
            8.427746822892766,
            9.190439914604621,
            10.72323223395435,
            6.796036991362663,
            4.9742511737812825,
            4.285152032862561,
            5.187628420913389,
            4.498529279994664,
        ),
        strict=True,
    )
)


def made(xp, tables, shape_native):
    arrays = [None if table is None else xp.asarray(table) for table in tables]
    return Mapper(*arrays, MASK, 2, shape_native=shape_native, counts_zero_weights=shape_native is not None)


def neighbors_of_rectangle(rows, columns):
    near = np.full((rows * columns, 4), -1)
    for i in range(rows * columns):
        r, c = divmod(i, columns)
        found = [(r - 1, c), (r, c - 1), (r, c + 1), (r + 1, c)]
        found = [a * columns + b for a, b in found if 0 <= a < rows and 0 <= b < columns]
        near[i, : len(found)] = found
    return near


def rectangle(xp=np):
    """Return a mapper of four rows and five columns; some corners have no weight."""
    k = np.arange(SUB_PIXELS)
    y, x = np.meshgrid(np.linspace(0.9, -0.9, 4), np.linspace(-1, 1, 5), indexing="ij")
    indexes = (k * 7 % 3 * 5 + k * 3 % 4)[:, None] + np.array([0, 1, 5, 6])
    ty, tx = k * 0.37 % 1, k * 0.61 % 1
    weights = np.stack([(1 - ty) * (1 - tx), (1 - ty) * tx, ty * (1 - tx), ty * tx], axis=1)
    tables = indexes, weights, np.stack([y.ravel(), x.ravel()], axis=-1), neighbors_of_rectangle(4, 5), None, None
    return made(xp, tables, (4, 5))


@functools.cache
def tables_of_delaunay():
    """Return those of twelve vertices on a spiral."""
    t, k, s = np.arange(12), np.arange(SUB_PIXELS), np.arange(48) // 4
    vertices = 0.3 * np.sqrt(t + 0.5)[:, None] * np.stack([np.sin(2.4 * t), np.cos(2.4 * t)], axis=-1)
    triangles = Delaunay(vertices)
    start, near = triangles.vertex_neighbor_vertices
    neighbors = np.full((12, np.diff(start).max()), -1)
    for i in range(12):
        neighbors[i, : start[i + 1] - start[i]] = near[start[i] : start[i + 1]]
    cross = np.tile(0.15 * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]]), (12, 1)) * (1 + 0.05 * s[:, None])
    points = 0.9 * (k / SUB_PIXELS)[:, None] * np.stack([np.sin(1.7 * k), np.cos(1.7 * k)], axis=-1)
    return *barycentric(triangles, points), vertices, neighbors, *barycentric(triangles, vertices[s] + cross)


def delaunay(xp=np):
    """Return a mapper of twelve vertices."""
    return made(xp, tables_of_delaunay(), None)


def barycentric(triangles, points):
    """Return a table of three vertices; outside of all triangles the nearest one, and twice vertex 0 with weight zero."""
    indexes, weights = np.zeros((len(points), 3), dtype=int), np.zeros((len(points), 3))
    for p, (point, simplex) in enumerate(zip(points, triangles.find_simplex(points), strict=True)):
        indexes[p, 0], weights[p, 0] = np.argmin(np.sum((triangles.points - point) ** 2, axis=-1)), 1.0
        if simplex >= 0:
            first = triangles.transform[simplex][:2] @ (point - triangles.transform[simplex][2])
            indexes[p], weights[p] = triangles.simplices[simplex], [*first, 1 - first.sum()]
    return indexes, weights


def of_all(mapper, adapt, schemes):
    return {
        name: (scheme.regularization_matrix_from(mapper, adapt), scheme.terms_from(mapper, adapt).log_det)
        for name, scheme in schemes.items()
        if mapper.split_indexes is not None or not scheme.needs_split
    }


@functools.cache
def expected_from(name, make):
    """Return the matrix by the formulas, one pixel after another."""
    scheme, tables = SCHEMES[name], make()
    s = tables.pixels
    H, pixel = np.zeros((s, s)), np.repeat(np.arange(PIXELS), 4)
    counts = (tables.weights != 0) | tables.counts_zero_weights

    def signals(scale):
        seen = [
            [ADAPT[pixel[m]] * tables.weights[m, k] for m, k in np.argwhere((tables.indexes == j) & counts)] for j in range(s)
        ]
        v = np.array([np.mean(of_pixel) if of_pixel else 0.0 for of_pixel in seen])
        return (v / v.max()) ** scale

    if scheme.needs_adapt_data and name != "BrightnessZeroth":
        v = signals(0.8)
        c = (0.6 * v + 1.7 * (1 - v)) ** (1.5 if "Power" in name else 2.0)
    else:
        c = np.full(s, 1.3)
    unit = np.eye(s)
    pairs = [(i, j) for i in range(s) for j in tables.neighbors[i] if j >= 0]
    if "Kernel" in name:
        d = np.sqrt(np.sum((tables.mesh_grid[:, None] - tables.mesh_grid) ** 2, axis=-1))
        z = np.sqrt(2 * 1.7) * d / 0.4
        C = {
            "G": np.exp(-0.5 * (d / 0.3) ** 2),
            "E": np.exp(-d / 0.4),
            "M": np.where(d > 0, matern_of_numpy(z + unit, 1.7), 1.0),
        }
        H = 1.1 * np.linalg.inv(C[name[0]] + 1e-8 * unit)
        return H + 1e-8 * np.trace(H) / s * unit if name[0] == "G" else H
    if "Split" in name:
        for p, i in enumerate(np.repeat(np.arange(s), 4)):
            r = unit[i] - tables.split_weights[p] @ unit[tables.split_indexes[p]]
            H += c[i] ** 2 * np.outer(r, r)
    elif name[:2] in ("Co", "Ad"):
        for i, j in pairs:
            weight = c[j] ** 2 if name == "Adapt" else 0.25 * (c[i] ** 2 + c[j] ** 2)
            H += weight * np.outer(unit[i] - unit[j], unit[i] - unit[j])
    H += 0.0 if name in ("Zeroth", "BrightnessZeroth") else 1e-8 * unit
    H += {"ConstantZeroth": 0.16, "Zeroth": 0.49}.get(name, 0.0) * unit
    if name == "BrightnessZeroth":
        H += np.diag((0.9 * (1 - signals(0.8))) ** 2)
    return H + np.diag((0.5 * (1 - signals(0.9))) ** 2) if "SplitZeroth" in name else H


@pytest.mark.parametrize(("make", "reference"), [(rectangle, RECTANGLE), (delaunay, DELAUNAY)])
def test_matrices_and_determinants_are_those_of_the_formulas_and_of_autolens(xp, make, reference):
    is_jax = xp.__name__.endswith("jax.numpy")
    schemes = {name: SCHEMES[name] for name in reference}
    if is_jax and make is rectangle:  # all others have been compiled for the other mesh
        schemes = {name: SCHEMES[name] for name in ("Constant", "ConstantZeroth")}
    results = (jax.jit(of_all) if is_jax else of_all)(make(xp), xp.asarray(ADAPT), schemes)
    assert set(results) == set(schemes)
    for name, (matrix, log_det) in results.items():
        expected = expected_from(name, make)
        assert_close(matrix, xp.asarray(expected), rtol=1e-9, atol=1e-11)
        probe = np.cos(np.arange(len(expected)))
        tolerance = 3e-7 if "Kernel" in name else 1e-12  # autolens loses digits of small distances
        np.testing.assert_allclose(probe @ expected @ probe, reference[name], rtol=tolerance)
        is_closed = "Kernel" in name or ("Zeroth" in name[-6:] and "Split" not in name) or name == "Constant"
        assert (log_det is None) == (not is_closed or (name.startswith("Constant") and make is delaunay))
        if log_det is not None:
            exact = -np.inf if name == "BrightnessZeroth" else np.linalg.slogdet(expected)[1]
            np.testing.assert_allclose(float(log_det), exact, rtol=1e-8)


def test_batches_of_coefficients_meshes_and_images_are_ordinary():
    schemes = jax.tree_util.tree_map(lambda v: np.asarray([v, 0.9 * v, 1.1 * v]), SCHEMES)
    together = of_all(delaunay(), ADAPT, schemes)
    for k, factor in enumerate((1.0, 0.9, 1.1)):
        alone = of_all(delaunay(), ADAPT, jax.tree_util.tree_map(lambda v, factor=factor: factor * v, SCHEMES))
        for name, (matrix, log_det) in together.items():
            assert_close(matrix[k], alone[name][0], rtol=1e-9, atol=1e-11)
            assert log_det is None or log_det.shape == (3,)
    batch = jax.tree_util.tree_map(lambda leaf: np.stack([leaf, leaf]), delaunay())
    for name, (matrix, _) in of_all(batch, np.stack([ADAPT, 2 * ADAPT]), SCHEMES).items():
        expected = expected_from(name, delaunay)
        assert_close(matrix, np.broadcast_to(expected, matrix.shape), rtol=1e-9, atol=1e-11)


def total(schemes, mapper, adapt, weights):
    """Return a number that all entries of all matrices, and their determinants, contribute to."""
    results = of_all(mapper, adapt, schemes).values()
    return sum((weights * matrix).sum() + (0.1 * log_det if log_det is not None else 0.0) for matrix, log_det in results)


def test_gradients_agree_with_finite_differences():
    kept = ("AdaptSplitZerothPower", "GaussianKernel")
    schemes = jax.tree_util.tree_map(np.asarray, {name: SCHEMES[name] for name in kept})
    weights = np.cos(np.arange(144.0)).reshape(12, 12)
    inputs = schemes, delaunay().mesh_grid, ADAPT, delaunay().split_weights

    def function(inputs, mapper=None):
        schemes, mesh_grid, adapt, split = inputs
        mapper = replaced(mapper, mesh_grid, split)
        return total(schemes, mapper, adapt, weights)

    gradient = jax.jit(jax.grad(lambda inputs: function(inputs, delaunay(jnp))))(inputs)
    leaves, structure = jax.tree_util.tree_flatten(inputs)
    for at, (leaf, slope) in enumerate(zip(leaves, jax.tree_util.tree_leaves(gradient), strict=True)):
        direction = (
            np.cos(np.arange(leaf.size)).reshape(leaf.shape) * (np.abs(leaf) + 0.01) * 1e-5 if leaf.size > 1 else 1e-5 * leaf
        )
        if leaf.shape == ADAPT.shape:
            direction[np.argmax(ADAPT)] = 0.0
        if np.all(leaf == 1e-8):  # the jitter: too small for differences
            assert np.isfinite(slope)
            continue
        ahead, behind = (structure.unflatten([*leaves[:at], leaf + sign * direction, *leaves[at + 1 :]]) for sign in (1, -1))
        difference = 0.5 * (function(ahead, delaunay()) - function(behind, delaunay()))
        np.testing.assert_allclose(np.sum(np.asarray(slope) * direction), difference, rtol=1e-4, atol=1e-9)


def replaced(mapper, mesh_grid, split_weights):
    names = ("indexes", "weights", "neighbors", "split_indexes")
    arrays = {name: getattr(mapper, name) for name in names}
    return Mapper(
        **arrays,
        mesh_grid=mesh_grid,
        split_weights=split_weights,
        mask=MASK,
        over_sample_size=2,
        shape_native=None,
        counts_zero_weights=False,
    )


def test_a_source_that_is_dark_has_no_signal_and_finite_derivatives():
    mapper = delaunay(jnp)

    def with_derivative(adapt):
        of_adapt = lambda adapt, scale: reg.Adapt(0.6, 1.7, scale).terms_from(mapper, adapt).weights  # noqa: E731
        return jax.jvp(of_adapt, (adapt, jnp.asarray(0.5)), (jnp.ones(PIXELS), jnp.asarray(1.0)))

    dark = jnp.stack([jnp.zeros(PIXELS), -jnp.ones(PIXELS), jnp.eye(PIXELS)[4]])
    weights, tangents = jax.jit(jax.vmap(with_derivative))(dark)
    assert jnp.isfinite(weights).all()
    assert jnp.isfinite(tangents).all()
    assert_close(weights[:2], jnp.where(weights[:2] > 0, 1.7**4, 0.0))
    assert float(weights[2].min()) < float(weights[2].max())


def test_traced_coefficients_out_of_their_limits_give_nan():
    matrix = jax.jit(lambda c: reg.Constant(c).regularization_matrix_from(rectangle(jnp)))(-1.0)
    assert bool(jnp.isnan(matrix[0, 1]))
    terms = jax.jit(lambda scale: reg.ExponentialKernel(scale=scale).terms_from(rectangle(jnp)))(-1.0)
    assert bool(jnp.isnan(terms.matrix).all() & jnp.isnan(terms.log_det))


@pytest.mark.parametrize("nu", [0.05, 0.5, 1.0, 1.5, 2.5, 3.3, 10.0])
def test_the_quadrature_is_the_bessel_function_of_scipy(nu):
    z, nu = np.geomspace(1e-8, 700, 500), np.asarray(nu)
    np.testing.assert_allclose(matern_by_quadrature(z, nu, xp=NUMPY), matern_of_numpy(z, nu), atol=2e-12)
    closed = reg.MaternKernel(nu=float(nu)).terms_from(rectangle()).matrix
    general = reg.MaternKernel(nu=nu - 1e-14 if nu > 1 else nu + 1e-14).terms_from(rectangle()).matrix
    np.testing.assert_allclose(closed, general, rtol=1e-6, atol=1e-6 * closed.max())
    np.testing.assert_allclose(log_gamma(np.asarray([1.0, 2.0, 6.0]), xp=NUMPY), np.log([1, 1, 120]), atol=1e-13)


def test_the_derivatives_of_the_matern_function_agree_with_finite_differences():
    distance, nu, step = np.geomspace(1e-3, 5, 20), np.asarray(1.2), 1e-5

    def function(distance, nu, xp=NUMPY):
        return matern(distance, nu, nu, xp=xp)

    gradients = jax.jit(jax.grad(lambda *given: function(*given, xp=JAX).sum(), argnums=(0, 1)))(jnp.asarray(distance), nu)
    by_distance = (function(distance * (1 + step), nu) - function(distance * (1 - step), nu)) / (2 * step * distance)
    by_nu = (function(distance, nu + step) - function(distance, nu - step)) / (2 * step)
    np.testing.assert_allclose(gradients[0], by_distance, rtol=1e-5)
    np.testing.assert_allclose(gradients[1], by_nu.sum(), rtol=1e-6)


@pytest.mark.parametrize("name", SCHEMES)
def test_negative_coefficients_are_refused(name):
    cls = type(SCHEMES[name])
    for field in cls.requirements:
        with pytest.raises(ValueError, match=f"`{field}` must be .*, but is -1.0; "):
            cls(**{field: -1.0})
    with pytest.raises(TypeError, match=r"must be a number or an array of numbers, but is \[1.0\]; make an array of it"):
        cls([1.0])


def test_what_is_missing_is_named():
    with pytest.raises(
        ValueError, match="`adapt_data` must be the image of the source, as `Adapt` follows it, but is None; pass"
    ):
        reg.Adapt().terms_from(rectangle())
    with pytest.raises(ValueError, match=r"`adapt_data` must have shape \(..., 11\), .* but has \(3,\); make it"):
        reg.BrightnessZeroth().terms_from(rectangle(), np.ones(3))
    with pytest.raises(
        ValueError, match="`mapper` must have split points for `ConstantSplit`, but has none; make it by a mesh"
    ):
        reg.ConstantSplit().terms_from(rectangle())
    with pytest.raises(AttributeError, match="has no attribute 'constant_'; it has Adapt, "):
        _ = reg.constant_


@pytest.mark.parametrize("together", [False, True])
def test_a_covariance_that_is_singular_is_refused(together):
    mapper = replaced(delaunay(), np.zeros((12, 2)), delaunay().split_weights)
    scale = np.ones(2) if together else 1.0
    with pytest.raises(ValueError, match=r"`jitter` must be large enough .* but the smallest .*; give a larger `jitter` or"):
        reg.ExponentialKernel(scale=scale, jitter=0.0).terms_from(mapper)
