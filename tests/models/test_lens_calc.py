"""Critical curves and caustics against the analytic ones of isothermal lenses."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lensarrays import Grid2D, Grid2DIrregular
from lensarrays.models import Galaxy, Tracer, lens_calc, mp

GRID = Grid2D.uniform((60, 50), 0.1)
SIS = mp.Isothermal(centre=(0.13, -0.21), einstein_radius=1.4)
CORED = mp.NFWTruncatedSph(kappa_s=0.8, scale_radius=1.0, truncation_radius=20.0)


def test_a_round_isothermal_lens_has_the_einstein_ring_and_a_point():
    (curve,) = lens_calc.tangential_critical_curve_list_from(SIS, GRID)
    radii = np.linalg.norm(curve - [0.13, -0.21], axis=-1)
    np.testing.assert_allclose(radii, 1.4, atol=1e-8)
    np.testing.assert_array_equal(curve[0], curve[-1])
    (caustic,) = lens_calc.tangential_caustic_list_from(SIS, GRID)
    np.testing.assert_allclose(caustic, np.broadcast_to([0.13, -0.21], caustic.shape), atol=1e-8)
    assert lens_calc.radial_critical_curve_list_from(SIS, GRID) == []


def test_an_elliptical_isothermal_lens_has_the_published_critical_curve_and_astroid():
    # Where kappa is 1/2: R = 2 theta_E / (1 + q). Its caustic is known in closed form.
    q, b = 0.6, 1.4
    lens = mp.Isothermal(ell_comps=(0.0, (1 - q) / (1 + q)), einstein_radius=b)
    (curve,), (caustic,) = (
        f(lens, GRID) for f in (lens_calc.tangential_critical_curve_list_from, lens_calc.tangential_caustic_list_from)
    )
    y, x = curve.T
    np.testing.assert_allclose(np.hypot(x, y / q), 2 * b / (1 + q), atol=1e-7)
    s, psi = np.sqrt(1 - q**2), np.hypot(q * x, y)
    scale = 2 * b * q / (1 + q) / s
    expected = np.stack([y - scale * np.arctanh(s * y / psi), x - scale * np.arctan(s * x / psi)], axis=-1)
    np.testing.assert_allclose(caustic, expected, atol=1e-8)


def test_a_halo_has_both_curves_where_its_mean_and_its_slope_say():
    (tangential,) = lens_calc.tangential_critical_curve_list_from(CORED, GRID)
    (radial,) = lens_calc.radial_critical_curve_list_from(CORED, GRID)
    for curve in (tangential, radial):
        assert np.ptp(np.linalg.norm(curve, axis=-1)) < 1e-7
    ring = np.linalg.norm(tangential[0])
    deflection = CORED.deflections_yx_2d_from(Grid2DIrregular([(0.0, ring)])).values[0, 1]
    np.testing.assert_allclose(deflection, ring, atol=1e-8)
    slope = jax.grad(lambda r: CORED.deflections_yx_2d_from(Grid2DIrregular(jnp.stack([0.0 * r, r])[None])).values[0, 1])
    np.testing.assert_allclose(slope(np.linalg.norm(radial[0])), 1.0, atol=1e-7)
    assert np.linalg.norm(radial[0]) < ring
    (caustic,) = lens_calc.radial_caustic_list_from(CORED, GRID)
    assert np.ptp(np.linalg.norm(caustic, axis=-1)) < 1e-7


@pytest.mark.parametrize("library", [np, jnp])
def test_hessian_is_that_of_automatic_differentiation(library):
    tracer = Tracer([Galaxy(0.3, mass=CORED), Galaxy(0.5, mass=SIS), Galaxy(2.0)])
    points = library.asarray([(0.7, 0.4), (-1.1, 0.3), (0.2, 1.9)])
    jacobian = jax.vmap(jax.jacfwd(lambda p: tracer.deflections_yx_2d_from(Grid2DIrregular(p[None])).values[0]))(
        jnp.asarray(points)
    )
    yy, xy, yx, xx = lens_calc.hessian_from(tracer, Grid2DIrregular(points))
    assert all(type(part) is np.ndarray for part in (yy, xy, yx, xx))
    np.testing.assert_allclose(np.stack([yy, yx, xy, xx], axis=-1).reshape(-1, 2, 2), jacobian, atol=1e-9)
    magnification = lens_calc.magnification_2d_from(tracer, Grid2DIrregular(points))
    np.testing.assert_allclose(magnification, 1 / np.linalg.det(np.eye(2) - jacobian), rtol=1e-7)


def test_eigenvalues_multiply_to_the_inverse_magnification():
    grid = Grid2DIrregular([(0.7, 0.4), (-1.1, 0.3)])
    product = lens_calc.tangential_eigen_value_from(SIS, grid) * lens_calc.radial_eigen_value_from(SIS, grid)
    np.testing.assert_allclose(product, 1 / lens_calc.magnification_2d_from(SIS, grid), rtol=1e-9)
    np.testing.assert_allclose(lens_calc.radial_eigen_value_from(SIS, grid), 1.0, atol=1e-9)


def test_the_origin_of_the_grid_counts_and_its_mask_does_not():
    grid = Grid2D.uniform((60, 50), 0.1, origin=(0.4, 0.3))
    (curve,) = lens_calc.tangential_critical_curve_list_from(SIS, grid)
    np.testing.assert_allclose(np.linalg.norm(curve - [0.13, -0.21], axis=-1), 1.4, atol=1e-8)


def test_bad_grids_raise():
    with pytest.raises(TypeError, match="`grid` must be a Grid2D, which has pixels, but is a Grid2DIrregular"):
        lens_calc.tangential_critical_curve_list_from(SIS, Grid2DIrregular([(0.0, 1.0)]))
    with pytest.raises(ValueError, match=r"`grid` must have no batch axes, but its values have shape \(2, 1, 2\)"):
        lens_calc.hessian_from(SIS, Grid2DIrregular(np.zeros((2, 1, 2))))


def test_what_is_no_lens_or_no_grid_raises():
    with pytest.raises(TypeError, match="`lens` must have `deflections_yx_2d_from`, but is a int; pass a mass profile"):
        lens_calc.magnification_2d_from(3, GRID)
    with pytest.raises(TypeError, match="`grid` must be a Grid2D or a Grid2DIrregular, but is a ndarray"):
        lens_calc.magnification_2d_from(SIS, GRID.values)
    with pytest.raises(ValueError, match=r"`lens` must have no batch axes, .* shape \(3, 1, 2\); take one lens"):
        lens_calc.hessian_from(mp.Isothermal(einstein_radius=np.ones(3)), Grid2DIrregular([(0.0, 1.0)]))
    with pytest.raises(TypeError, match="`lens` must have known parameters, but they are traced"):
        jax.jit(lambda r: lens_calc.magnification_2d_from(mp.Isothermal(einstein_radius=r), GRID))(1.0)
    with pytest.raises(TypeError, match="`grid` must have known values, but they are traced"):
        jax.jit(lambda v: lens_calc.magnification_2d_from(SIS, Grid2DIrregular(v)))(np.ones((1, 2)))


def test_a_curve_that_the_edge_cuts_is_open():
    (curve,) = lens_calc.tangential_critical_curve_list_from(SIS, Grid2D.uniform((20, 20), 0.1, origin=(1.5, 0.0)))
    assert (curve[0] != curve[-1]).any()
