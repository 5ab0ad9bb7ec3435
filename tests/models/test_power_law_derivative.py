"""Derivatives that are written out, against those that JAX finds by itself through every step."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lensarrays import Grid2DIrregular
from lensarrays.models import _softplus, lp, mp
from lensarrays.models.mass import _hypergeometric, power_law

POINTS = jnp.asarray([(0.3, 0.9), (-0.7, 0.1), (1.4, -1.1)])
LENSES = jnp.asarray(
    [
        [0.05, -0.1, 0.12, 0.2, 1.3, 2.2],
        [0.05, -0.1, 0.0, 1e-9, 1.3, 2.0],
        [0.05, -0.1, -0.7, 0.4, 1.1, 1.3],
        [0.05, -0.1, 0.3, -0.3, 0.9, 2.75],
    ]
)
SOURCE = jnp.asarray([0.02, 0.1, -0.1, 0.05, 0.5, 1.7, 0.4, 2.0, 0.3, 2.5])


def deflections(parameters, points):
    c_y, c_x, e_y, e_x, einstein_radius, slope = parameters
    lens = mp.PowerLaw(centre=(c_y, c_x), ell_comps=(e_y, e_x), einstein_radius=einstein_radius, slope=slope)
    return lens.deflections_yx_2d_from(Grid2DIrregular(points)).values


def light(parameters, points):
    c_y, c_x, e_y, e_x, *others = parameters
    return lp.SersicCore((c_y, c_x), (e_y, e_x), *others).image_2d_from(Grid2DIrregular(points)).values


@pytest.fixture
def in_both_ways(monkeypatch):
    """Return the results of a jitted function with the derivatives that are written out, and without them."""

    def call(function, *arguments):
        ours = jax.jit(lambda *a: function(*a))(*arguments)
        for module in (_hypergeometric, power_law, _softplus):
            monkeypatch.setattr(module, "with_derivative", lambda function, derivative: function)
        return ours, jax.jit(lambda *a: function(*a))(*arguments)

    return call


def test_gradient_of_the_power_law_is_that_of_its_series(in_both_ways):
    def gradients(lens, points):
        return jax.grad(lambda p, x: jnp.sum(jnp.sin(deflections(p, x))), argnums=(0, 1))(lens, points)

    for ours, plain in zip(*in_both_ways(jax.vmap(gradients, in_axes=(0, None)), LENSES, POINTS), strict=True):
        assert np.isfinite(ours).all()
        np.testing.assert_allclose(ours, plain, rtol=1e-10, atol=1e-11)


def test_second_derivatives_of_the_hypergeometric_function_are_those_of_its_series(in_both_ways):
    def hessian(variables):
        return jax.hessian(lambda v: jnp.sum(jnp.sin(jnp.stack(_hypergeometric.hypergeometric(*v, 8, xp=jnp)))))(variables)

    at = jnp.asarray([(0.02, -0.04, 1.2), (0.0, 0.0, 1.0), (-0.02, 0.04, 1.7)])  # where 8 terms are enough
    ours, plain = in_both_ways(jax.vmap(hessian), at)
    assert np.isfinite(ours).all()
    np.testing.assert_allclose(ours, plain, rtol=1e-9, atol=1e-11)


def test_position_derivatives_of_the_power_law_need_no_others():
    jacobian = jax.jit(jax.jacfwd(lambda x: deflections(LENSES[0], x[None])[0]))(POINTS[0])
    lens = mp.PowerLaw((0.05, -0.1), (0.12, 0.2), 1.3, 2.2)
    convergence = lens.convergence_2d_from(Grid2DIrregular(POINTS[:1])).values[0]
    np.testing.assert_allclose(0.5 * jnp.trace(jacobian), convergence, rtol=1e-12)
    np.testing.assert_allclose(jacobian[0, 1], jacobian[1, 0], rtol=1e-12)


def test_derivatives_of_the_softplus_function_are_those_of_its_polynomial(in_both_ways):
    def derivatives(x):
        slope = jax.grad(lambda v: _softplus.softplus(v, xp=jnp))
        return slope(x), jax.grad(slope)(x)

    np.testing.assert_allclose(derivatives(0.0), (0.5, 0.25))  # where its polynomial has a kink
    x = jnp.asarray([-30.0, -2.0, -0.1, 0.2, 3.0, 50.0])
    for ours, plain in zip(*in_both_ways(jax.vmap(derivatives), x), strict=True):
        np.testing.assert_allclose(ours, plain, rtol=1e-10, atol=1e-14)


def test_derivatives_at_the_centre_are_finite():
    def both(lens, source):
        return (
            jax.grad(lambda p: jnp.sum(deflections(p, lens[None, :2])))(lens),
            jax.grad(lambda p: jnp.sum(light(p, source[None, :2])))(source),
        )

    for gradient in jax.jit(both)(LENSES[0], SOURCE):
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize(("dtype", "error"), [(np.float64, 4e-15), (np.float32, 4e-7)])
def test_softplus_has_the_stated_error(dtype, error):
    x = np.linspace(-40, 40, 2001).astype(dtype)
    values = _softplus.softplus(x, xp=np)
    assert values.dtype == dtype
    np.testing.assert_allclose(values, np.logaddexp(0, x.astype(np.float64)), rtol=error)
    np.testing.assert_array_equal(_softplus.softplus(np.asarray([-1e4, 1e4], dtype=dtype), xp=np), [0, 1e4])
