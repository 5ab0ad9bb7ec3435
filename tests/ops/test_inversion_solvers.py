"""Solvers of the linear system of an inversion: the minimum, its certificate and its derivative, and what has no solution."""

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize
from hypothesis import given
from hypothesis import strategies as st

from lensarrays.ops.inversion import ActiveSet, Cholesky, PrimalDual, positive_only, reconstruction_from
from lensarrays.ops.inversion.primal_dual import likely_positive

POSITIVE = [ActiveSet(), PrimalDual()]
SOLVERS = [*POSITIVE, Cholesky()]


def system_of(p, batch=(), seed=0, ridge=0.1):
    """Return a batch of systems of which about half of the solution is zero, in units that differ by a factor of 1e4."""
    random = np.random.default_rng(seed)
    units = np.geomspace(0.01, 100.0, p)
    root = random.normal(size=(*batch, p, p)) * units
    matrix = np.swapaxes(root, -1, -2) @ root + ridge * np.eye(p) * units**2
    return matrix, units * random.normal(size=(*batch, p))


def by_scipy(matrix, vector):
    """Return the positive solution by the algorithm of Lawson and Hanson on the Cholesky factor."""
    upper = np.linalg.cholesky(matrix).T
    return scipy.optimize.nnls(upper, np.linalg.solve(upper.T, vector))[0]


def solve(matrix, vector, solver):
    """Return the solution; of JAX arrays under `jit`, which compiles once instead of step by step."""
    function = jax.jit(reconstruction_from, static_argnames="solver") if isinstance(vector, jax.Array) else reconstruction_from
    return function(matrix, vector, solver=solver)


def assert_solves(matrix, vector, found, atol=1e-10):
    for k in np.ndindex(vector.shape[:-1]):
        expected = by_scipy(matrix[k], vector[k])
        scale = np.sqrt(np.diagonal(matrix[k]))
        size = max(np.max(expected * scale), 1e-300)
        np.testing.assert_allclose(np.asarray(found.values)[k] * scale / size, expected * scale / size, atol=atol)
    assert np.max(np.asarray(found.kkt_residual)) < 1e-10
    assert np.all(np.asarray(found.converged))


@pytest.mark.parametrize("solver", SOLVERS, ids=repr)
def test_solutions_are_those_of_scipy_and_a_batch_is_ordinary(xp, solver):
    matrix, vector = system_of(9, batch=(2, 3))
    arrays = xp.asarray(matrix), xp.asarray(vector)
    if isinstance(solver, ActiveSet) and "strict" in xp.__name__:
        with pytest.raises(TypeError, match=r"`solver` must be one for array_api_strict arrays, but is ActiveSet\(\)"):
            reconstruction_from(*arrays, solver=solver)
        return
    found = solve(*arrays, solver)
    assert found.values.shape == (2, 3, 9)
    assert found.kkt_residual.shape == found.converged.shape == (2, 3)
    if solver.positive:
        assert_solves(matrix, vector, found)
        assert 10 < np.count_nonzero(np.asarray(found.values) == 0.0) < 44
    else:
        np.testing.assert_allclose(matrix @ np.asarray(found.values)[..., None], vector[..., None], rtol=1e-8)
        assert np.all(np.asarray(found.kkt_residual) < 1e-12)


@given(p=st.integers(1, 12), seed=st.integers(0, 10_000), ridge=st.sampled_from([1.0, 1e-3, 1e-7]))
def test_every_solver_finds_the_minimum(p, seed, ridge):
    matrix, vector = system_of(p, seed=seed, ridge=ridge)
    first, second = (reconstruction_from(matrix, vector, solver=solver) for solver in POSITIVE)
    for found in (first, second):
        assert np.min(found.values) >= 0.0
        assert found.kkt_residual < 1e-9
    scale = np.sqrt(np.diagonal(matrix))
    objective = [v @ matrix @ v - 2 * vector @ v for v in (first.values, second.values, by_scipy(matrix, vector))]
    np.testing.assert_allclose(objective[:2], objective[2], rtol=1e-9, atol=1e-12 * np.max(np.abs(vector / scale)) ** 2)


def test_large_systems_start_from_a_guess(monkeypatch):
    matrix, vector = system_of(60, ridge=1e-3)
    without = reconstruction_from(matrix, vector)
    monkeypatch.setattr(positive_only, "_LARGE", 60)
    calls = []
    monkeypatch.setattr(positive_only, "likely_positive", lambda *system: calls.append(1) or likely_positive(*system))
    found = reconstruction_from(matrix, vector)
    assert_solves(matrix, vector, found, atol=1e-9)
    np.testing.assert_allclose(found.values, without.values, rtol=1e-6, atol=1e-12)
    assert calls == [1]


@pytest.mark.parametrize("solver", POSITIVE, ids=repr)
def test_degenerate_systems(solver):
    matrix, vector = system_of(6)
    cases = {
        "all zero": (matrix, -np.abs(vector)),
        "none zero": (matrix, matrix @ np.ones(6)),
        "no data": (matrix, np.zeros(6)),
        "one value": (matrix[:1, :1], np.asarray([2.0])),
        "one negative value": (matrix[:1, :1], np.asarray([-2.0])),
        "on the kink": (np.eye(3), np.asarray([1.0, 0.0, -1.0])),
        "nearly singular": (np.asarray([[1.0, 1.0 - 1e-12], [1.0 - 1e-12, 1.0]]), np.asarray([1.0, 1.0])),
    }
    for name, (a, d) in cases.items():
        found = reconstruction_from(a, d, solver=solver)
        assert found.converged, name
        assert np.min(found.values) >= 0.0
        assert found.kkt_residual < 1e-10, name
    zero = reconstruction_from(*cases["all zero"], solver=solver).values
    np.testing.assert_array_equal(zero, np.zeros(6))
    np.testing.assert_allclose(reconstruction_from(*cases["none zero"], solver=solver).values, np.ones(6), rtol=1e-8)


def test_many_exchanges_are_made_from_a_bad_guess():
    """With so wide a tolerance the interior point ends at its start, and the exchange does all the work."""
    matrix, vector = system_of(40, seed=3, ridge=1e-4)
    for count in (1, 2):
        found = reconstruction_from(matrix, vector, solver=PrimalDual(max_iterations=200, tolerance=10.0**count))
        assert_solves(matrix, vector, found, atol=1e-8)


def expansions_of(count, size=8, side=30):
    """Return the systems of images of one galaxy that are fitted by Gaussians of two axis ratios, as good as dependent."""
    random, (y, x) = np.random.default_rng(1), np.mgrid[:side, :side].reshape(2, -1) - 0.5 * (side - 1)
    widths, ratios = np.geomspace(0.2, 0.5 * side, count // 2)[:, None], np.asarray([0.9, 0.6])[:, None, None]
    rows = np.exp(-0.5 * (ratios * x**2 + y**2 / ratios) / widths**2).reshape(count, -1)
    galaxy = 30.0 * np.exp(5.0 - 7.0 * ((0.8 * x**2 + y**2 / 0.8) / 36.0) ** (1 / 6))
    images = galaxy + random.normal(size=(size, side**2))
    return np.stack([rows @ rows.T + 1e-8 * np.eye(count)] * size), images @ rows.T


@pytest.mark.parametrize(("dtype", "libraries"), [(np.float64, (np, jnp)), (np.float32, (np,))])
def test_expansions_into_gaussians(dtype, libraries):
    """Exchanges of many values go round in circles, and in float32 not even a factor exists."""
    matrix, vector = expansions_of(40)
    scale, rtol = np.sqrt(np.diagonal(matrix[0])), 1e-13 if dtype == np.float64 else 1e-5
    assert np.linalg.eigvalsh(matrix[0] / np.outer(scale, scale))[0] < 1e-10
    lowest = objective_of(reconstruction_from(matrix, vector).values, matrix, vector)
    for xp, tolerance in ((np, 10.0), *((xp, None) for xp in libraries)):  # so wide a tolerance makes the guess a bad one
        found = solve(xp.asarray(matrix, dtype=dtype), xp.asarray(vector, dtype=dtype), PrimalDual(tolerance=tolerance))
        assert np.all(np.asarray(found.converged))
        assert np.max(np.asarray(found.kkt_residual)) < rtol
        np.testing.assert_allclose(objective_of(np.asarray(found.values, np.float64), matrix, vector), lowest, rtol=rtol)


def objective_of(values, matrix, vector):
    return np.einsum("ki,kij,kj->k", values, matrix, values) - 2.0 * np.einsum("ki,ki->k", values, vector)


@pytest.mark.parametrize("library", [np, array_api_strict], ids=["numpy", "array_api_strict"])  # JAX below
def test_values_that_are_held_at_zero_are_left_out(library):
    matrix, vector = system_of(9, batch=(2,))
    zeroed = np.arange(9) % 3 == 1
    found = reconstruction_from(library.asarray(matrix), library.asarray(vector), solver=PrimalDual(), zeroed=zeroed)
    alone = reconstruction_from(matrix[:, ~zeroed][:, :, ~zeroed], vector[:, ~zeroed])
    np.testing.assert_array_equal(np.asarray(found.values)[:, zeroed], 0.0)
    np.testing.assert_allclose(np.asarray(found.values)[:, ~zeroed], alone.values, rtol=1e-9, atol=1e-12)


BAD_MATRICES = {
    "indefinite": (np.asarray([[1.0, 2.0], [2.0, 1.0]]), r"has an eigenvalue of -1\.0e"),
    "negative": (-np.eye(2), r"has an eigenvalue of -1\.0e"),
    "not symmetric": (np.asarray([[1.0, 0.9], [0.1, 1.0]]), r"differs from its transpose by 8\.0e-01"),
    "NaN": (np.asarray([[1.0, np.nan], [np.nan, 1.0]]), "`curvature_reg_matrix` must be finite, but has 2 of 4 values NaN"),
}
ZEROED = np.arange(7) == 5


@pytest.mark.parametrize("solver", SOLVERS, ids=repr)
def test_under_vmap_and_jit_with_gradients_and_flags(solver):
    """One compilation, of a batch of good systems and of some that have no solution."""
    matrix, vector = system_of(7, batch=(4,), seed=2)
    scale = np.sqrt(np.diagonal(matrix[0]))
    bad = np.stack([np.eye(7)] * 4)
    bad[:, :2, :2] = [small for small, _ in BAD_MATRICES.values()]
    weights = np.random.default_rng(5).normal(size=7) * scale

    def loss(a, d, xp=jnp):
        found = reconstruction_from(a, d, solver=solver, zeroed=ZEROED)
        return xp.sum(found.values * weights + (found.values * scale) ** 2), found

    compiled = jax.jit(jax.vmap(jax.value_and_grad(loss, argnums=(0, 1), has_aux=True)))
    (_, found), gradients = compiled(np.concatenate([matrix, bad]), np.concatenate([vector, np.ones((4, 7))]))
    np.testing.assert_array_equal(found.converged, [True] * 4 + [False] * 4)
    assert all(np.all(np.isfinite(g)) for g in (found.values, *gradients))
    assert np.all(np.isinf(found.kkt_residual[4:6]))
    np.testing.assert_array_equal(found.values[4:6], 0.0)
    expected = np.stack(
        [reconstruction_from(a, d, solver=solver, zeroed=ZEROED).values for a, d in zip(matrix, vector, strict=True)]
    )
    np.testing.assert_allclose(found.values[:4] * scale, expected * scale, rtol=1e-8, atol=1e-10)
    np.testing.assert_array_equal(expected[:, 5], 0.0)
    assert_is_gradient(lambda a, d: loss(a, d, np)[0], gradients[0][0], gradients[1][0], matrix[0], vector[0])


def assert_is_gradient(loss, by_matrix, by_vector, matrix, vector):
    """Compare with differences, along a direction that changes everything."""
    random, scale, step = np.random.default_rng(6), np.sqrt(np.diagonal(matrix)), 1e-5
    root, along = random.normal(size=matrix.shape), random.normal(size=vector.shape) * scale
    direction = (root + root.T) * scale * scale[:, None]
    above, below = (loss(matrix + sign * step * direction, vector + sign * step * along) for sign in (1, -1))
    np.testing.assert_allclose(np.sum(by_matrix * direction) + by_vector @ along, (above - below) / (2 * step), rtol=1e-6)


def test_forward_and_second_derivatives():
    matrix, vector = system_of(5, seed=2)
    scale = np.sqrt(np.diagonal(matrix))

    def loss(step, xp=jnp):
        changed = xp.asarray(matrix + step * np.diag(scale**2))
        return xp.sum(reconstruction_from(changed, xp.asarray(vector), solver=ActiveSet()).values * scale)

    def slope(step):
        return jax.jvp(loss, (step,), (1.0,))[1]

    first, second = jax.jit(jax.value_and_grad(slope))(0.0)
    values = [loss(step, np) for step in (-1e-4, 0.0, 1e-4)]
    np.testing.assert_allclose(first, (values[2] - values[0]) / 2e-4, rtol=1e-5)
    np.testing.assert_allclose(second, (values[2] - 2 * values[1] + values[0]) / 1e-8, rtol=1e-4)


@pytest.mark.parametrize("solver", SOLVERS, ids=repr)
def test_batches_broadcast(solver):
    matrix, vector = system_of(8, batch=(3,))
    many = reconstruction_from(matrix[0], vector, solver=solver).values
    for k in range(3):
        single = reconstruction_from(matrix[0], vector[k], solver=solver).values
        np.testing.assert_allclose(many[k], single, rtol=1e-8, atol=1e-12)


def test_vmap_over_the_vector_alone():
    matrix, vector = system_of(8, batch=(3,))
    many = jax.jit(jax.vmap(lambda d: reconstruction_from(jnp.asarray(matrix[0]), d, solver=ActiveSet()).values))(vector)
    np.testing.assert_allclose(many, reconstruction_from(matrix[0], vector).values, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("solver", SOLVERS, ids=repr)
def test_float32_is_good_to_four_digits(solver):
    matrix, vector = system_of(20, ridge=5.0)
    found = reconstruction_from(matrix.astype(np.float32), vector.astype(np.float32), solver=solver)
    exact = reconstruction_from(matrix, vector, solver=solver).values
    scale = np.sqrt(np.diagonal(matrix))
    assert found.values.dtype == np.float32
    assert np.max(np.abs((found.values - exact) * scale)) < 1e-4 * np.max(np.abs(exact * scale))


@pytest.mark.parametrize("solver", SOLVERS, ids=repr)
def test_what_has_no_solution_is_refused(solver):
    vector = np.asarray([3.0, 2.0])
    for matrix, message in BAD_MATRICES.values():
        with pytest.raises(ValueError, match=message):
            reconstruction_from(matrix, vector, solver=solver)
    indefinite, message = BAD_MATRICES["indefinite"]
    with pytest.raises(ValueError, match=r"that of system \(1,\) " + message):
        reconstruction_from(np.stack([np.eye(2), indefinite]), vector, solver=solver)
    with pytest.raises(ValueError, match="`data_vector` must be finite"):
        reconstruction_from(np.eye(2), np.asarray([np.nan, 1.0]), solver=solver)


def test_what_has_no_solution_is_refused_of_jax_arrays():
    indefinite, message = BAD_MATRICES["indefinite"]
    with pytest.raises(ValueError, match=message):
        reconstruction_from(jnp.asarray(indefinite), jnp.ones(2), solver=Cholesky())


def test_a_singular_matrix_may_have_a_positive_solution_but_no_plain_one():
    matrix, vector = np.ones((2, 2)), np.asarray([2.0, 1.0])
    for solver in POSITIVE:
        np.testing.assert_allclose(reconstruction_from(matrix, vector, solver=solver).values, [2.0, 0.0], atol=1e-12)
    with pytest.raises(ValueError, match="must be symmetric and positive definite"):
        reconstruction_from(matrix, vector, solver=Cholesky())


def test_arguments_that_do_not_fit_are_refused():
    matrix, vector = system_of(4)
    with pytest.raises(TypeError, match=r"`solver` must be ActiveSet\(\), PrimalDual\(\) or Cholesky\(\), but is 'nnls'"):
        reconstruction_from(matrix, vector, solver="nnls")
    with pytest.raises(TypeError, match="`data_vector` must be of floating-point numbers, but has dtype int64"):
        reconstruction_from(matrix, np.arange(4))
    with pytest.raises(ValueError, match=r"`curvature_reg_matrix` must have shape \(\.\.\., 3, 3\)"):
        reconstruction_from(matrix, vector[:3])
    with pytest.raises(ValueError, match=r"`data_vector` must have shape \(\.\.\., p\), p > 0, but has \(0,\)"):
        reconstruction_from(np.zeros((0, 0)), np.zeros(0))
    with pytest.raises(ValueError, match="`data_vector` must have leading axes that broadcast"):
        reconstruction_from(np.stack([matrix, matrix]), np.stack([vector] * 3))
    with pytest.raises(ValueError, match="`zeroed` must be 4 booleans"):
        reconstruction_from(matrix, vector, zeroed=np.arange(4))
    with pytest.raises(ValueError, match="`zeroed` must leave a value to solve for"):
        reconstruction_from(matrix, vector, zeroed=np.ones(4, bool))
    with pytest.raises(TypeError, match="`zeroed` must be static"):
        jax.jit(lambda z: reconstruction_from(matrix, vector, zeroed=z))(np.zeros(4, bool))
    with pytest.raises(ValueError, match=r"`solver` must reach a KKT residual .* but PrimalDual\(max_iterations=0"):
        reconstruction_from(*system_of(30, seed=1), solver=PrimalDual(max_iterations=0))


def test_linear_light_profiles_of_autolens():
    """Curvature matrix, data vector and solution of autolens 2026.10.26.1 for two linear profiles, all of them positive."""
    matrix = np.asarray([[65268.51305131, 92508.30901094], [92508.30901094, 212505.64057756]])
    vector = np.asarray([96304.29904356, 163016.48759592])
    for solver in SOLVERS:
        found = reconstruction_from(matrix, vector, solver=solver)
        np.testing.assert_allclose(found.values, [1.01368323, 0.32583778], atol=1e-8)
