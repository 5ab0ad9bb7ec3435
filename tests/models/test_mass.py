"""Formulas of the mass profiles against integrals and functions computed in another way."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

from lensarrays import Grid2DIrregular
from lensarrays.models import mp
from lensarrays.models.mass._hypergeometric import hypergeometric as _hypergeometric

ANGLES = np.linspace(0.0, np.pi, 25)


def ell_comps(q, angle=0.3):
    f = (1 - q) / (1 + q)
    return f * np.sin(2 * angle), f * np.cos(2 * angle)


def deflections(profile, points):
    return np.asarray(profile.deflections_yx_2d_from(Grid2DIrregular(points)).values)


# The power law and the isothermal ellipsoid.


@pytest.mark.parametrize("slope", [1.2, 1.6, 2.0, 2.3, 2.8])
@pytest.mark.parametrize(
    ("q", "traced_error"), [(0.99, 1e-14), (0.6, 1e-14), (0.25, 1e-14), (0.1, 1e-14), (0.05, 1e-10), (0.02, 1e-6)]
)
def test_hypergeometric_function_has_the_stated_error(q, slope, traced_error):
    f, t = (1 - q) / (1 + q), np.asarray(slope - 1)
    zeta = -f * np.exp(2j * ANGLES)
    exact = scipy.special.hyp2f1(1, t / 2, 2 - t / 2, zeta)
    for terms, error in ((40, traced_error), (100, 1e-14)):
        imaginary, real = _hypergeometric(zeta.imag, zeta.real, t, terms, xp=np)
        assert np.abs((real + 1j * imaginary) / exact - 1).max() < error


@pytest.mark.parametrize("slope", [1.2, 2.0, 2.4, 2.8])
@pytest.mark.parametrize("q", [1.0, 0.7, 0.2, 0.1])
def test_power_law_deflection_is_that_of_tessore_and_metcalf(q, slope):
    angle, t = 0.3, slope - 1
    points = np.stack([1.7 * np.sin(ANGLES * 2), 1.7 * np.cos(ANGLES * 2)], axis=-1)
    z = (points[:, 1] + 1j * points[:, 0]) * np.exp(-1j * angle)
    w = q * z.real + 1j * z.imag
    b = 2 * q / (1 + q) * 1.3 * ((1 + q) / 2) ** ((t - 1) / t)  # in their convergence, (2 - t) / 2 (b / R)^t
    phase, f = w / np.abs(w), (1 - q) / (1 + q)
    exact = 2 * b / (1 + q) * (b / np.abs(w)) ** (t - 1) * phase * scipy.special.hyp2f1(1, t / 2, 2 - t / 2, -f * phase**2)
    exact = exact * np.exp(1j * angle)
    profile = mp.PowerLaw(ell_comps=ell_comps(q, angle), einstein_radius=1.3, slope=slope)
    expected = np.stack([exact.imag, exact.real], axis=-1)
    np.testing.assert_allclose(deflections(profile, points), expected, rtol=1e-12, atol=1e-13)
    traced = jax.jit(lambda p: p.deflections_yx_2d_from(Grid2DIrregular(points)).values)(profile)
    np.testing.assert_allclose(traced, expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("slope", [1.4, 2.0, 2.6])
def test_power_law_deflects_as_its_convergence_says(slope):
    # The mean convergence within the isodensity ellipse of major axis R fixes the flux of the deflection through any circle.
    profile = mp.PowerLaw(ell_comps=ell_comps(0.5), einstein_radius=1.1, slope=slope)
    angles = (np.arange(400) + 0.5) * 2 * np.pi / 400

    def mean_convergence(r):
        points = r * np.stack([np.sin(angles), np.cos(angles)], axis=-1)
        return np.mean(profile.convergence_2d_from(Grid2DIrregular(points)).values)

    # The convergence is a power of the radius: integrate that radius analytically.
    mass = 2 * np.pi * mean_convergence(1.0) / (3 - slope)
    normal = np.stack([np.sin(angles), np.cos(angles)], axis=-1)
    flux = 2 * np.pi * np.mean(np.sum(deflections(profile, normal) * normal, axis=-1))
    np.testing.assert_allclose(flux, 2 * mass, rtol=1e-10)


@pytest.mark.parametrize("q", [1.0, 0.999, 0.99, 0.98, 0.9, 0.5, 0.1, 0.01])
@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 4, np.pi / 2, 2.5])
def test_isothermal_is_the_published_closed_form(q, angle):
    points = np.stack([0.8 * np.sin(ANGLES * 2 + 0.1), 0.8 * np.cos(ANGLES * 2 + 0.1)], axis=-1)
    z = (points[:, 1] + 1j * points[:, 0]) * np.exp(-1j * angle)
    psi, s, scale = np.hypot(q * z.real, z.imag), np.sqrt(1 - q**2), 2 * q / (1 + q) * 1.2
    with np.errstate(invalid="ignore"):
        elliptical = (np.arctan(s * z.real / psi) + 1j * np.arctanh(s * z.imag / psi)) / s
    exact = scale * (z / psi if q == 1 else elliptical) * np.exp(1j * angle)
    profile = mp.Isothermal(ell_comps=ell_comps(q, angle), einstein_radius=1.2)
    np.testing.assert_allclose(
        deflections(profile, points), np.stack([exact.imag, exact.real], axis=-1), rtol=2e-13, atol=1e-13
    )


@given(q=st.floats(0.2, 1.0), angle=st.floats(0.0, 3.2), y=st.floats(-3.0, 3.0), x=st.floats(-3.0, 3.0))
def test_isothermal_is_the_power_law_of_slope_two(q, angle, y, x):
    common = {"ell_comps": ell_comps(q, angle), "einstein_radius": 1.3}
    isothermal, power_law, grid = mp.Isothermal(**common), mp.PowerLaw(**common, slope=2.0), Grid2DIrregular([(y, x)])
    for quantity in ("deflections_yx", "potential"):
        ours, theirs = (getattr(p, f"{quantity}_2d_from")(grid).values for p in (isothermal, power_law))
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13)


def test_isothermal_gradient_is_continuous_where_its_series_ends():
    points = jnp.asarray([(0.3, 0.9), (-0.7, 0.1)])

    def values(f):
        return mp.Isothermal(ell_comps=(0.6 * f, 0.8 * f)).deflections_yx_2d_from(Grid2DIrregular(points)).values

    below, above = (jax.jacfwd(values)(0.01 * factor) for factor in (1 - 1e-9, 1 + 1e-9))
    np.testing.assert_allclose(below, above, rtol=1e-7)


def test_power_law_sums_no_more_terms_than_it_needs():
    from lensarrays.models.mass.power_law import _terms

    assert _terms(np.asarray(0.0), xp=np) == 2
    assert 5 <= _terms(np.asarray(0.05**2), xp=np) < 16
    assert _terms(np.asarray([0.0, 0.9**2]), xp=np) > 40
    assert _terms(np.asarray(np.nan), xp=np) == 40
    assert jax.jit(lambda f: jnp.full(1, _terms(f, xp=jnp)))(0.01) == 40


# The truncated halo.


def density(x, tau):
    return 1 / (x * (1 + x) ** 2) * tau**2 / (tau**2 + x**2)


def projected(x, tau):
    value, _ = scipy.integrate.quad(
        lambda angle: density(x / np.cos(angle), tau) * x / np.cos(angle) ** 2, 0, np.pi / 2, epsabs=0
    )
    return 2 * value


@pytest.mark.parametrize("tau", [0.3, 1.0, 1.0001, 4.0, 40.0])
def test_truncated_halo_is_the_projection_of_its_density(tau):
    r_s, kappa_s = 0.7, 0.13
    halo = mp.NFWTruncatedSph(kappa_s=kappa_s, scale_radius=r_s, truncation_radius=tau * r_s)
    x = np.asarray([1e-3, 0.05, 0.9, 0.999, 1.0, 1.001, 1.1, 3.0, 20.0])
    grid = Grid2DIrregular(np.stack([0.6 * x * r_s, 0.8 * x * r_s], axis=-1))
    expected = [kappa_s * projected(v, tau) for v in x]
    np.testing.assert_allclose(halo.convergence_2d_from(grid).values, expected, rtol=1e-9)


@pytest.mark.parametrize("tau", [0.3, 1.0, 4.0, 40.0])
def test_truncated_halo_deflects_by_the_mass_within_and_its_potential_is_the_integral(tau):
    halo = mp.NFWTruncatedSph(kappa_s=0.1, scale_radius=1.0, truncation_radius=tau)

    def at(quantity, r):
        return np.asarray(getattr(halo, f"{quantity}_2d_from")(Grid2DIrregular([(0.0, r)])).values)[0]

    for r in (1e-3, 0.4, 1.0, 2.5, 30.0):
        options = {"epsabs": 0, "epsrel": 1e-11, "points": [min(1.0, r / 2)]}
        mass = scipy.integrate.quad(lambda s: 2 * s * at("convergence", s), 0, r, **options)[0]
        potential = scipy.integrate.quad(lambda s: at("deflections_yx", s)[1], 0, r, **options)[0]
        np.testing.assert_allclose(at("deflections_yx", r)[1], mass / r, rtol=1e-9)
        np.testing.assert_allclose(at("potential", r), potential, rtol=1e-9)


@pytest.mark.parametrize("tau", [0.5, 5.0, 50.0])
def test_truncated_halo_is_precise_in_float32_and_smooth_at_the_scale_radius(tau):
    halo = mp.NFWTruncatedSph(scale_radius=1.0, truncation_radius=tau)
    radii = np.geomspace(1e-5, 100.0, 400)
    radii = np.concatenate([radii, 1 + np.linspace(-0.03, 0.03, 200)])
    points = np.stack([0 * radii, radii], axis=-1).astype(np.float32)
    for quantity in ("deflections_yx", "potential", "convergence"):
        single, double = (
            np.asarray(getattr(halo, f"{quantity}_2d_from")(Grid2DIrregular(points.astype(dtype))).values, dtype=np.float64)
            for dtype in (np.float32, np.float64)
        )
        single, double = (v[..., 1] if v.ndim == 2 else v for v in (single, double))
        used = radii < (tau if quantity == "convergence" else np.inf)
        np.testing.assert_allclose(single[used], double[used], rtol=2e-5 if quantity == "convergence" else 1e-5)


def test_deflection_and_potential_of_the_halo_vanish_at_its_centre():
    halo, grid = mp.NFWTruncatedSph(), Grid2DIrregular([(0.0, 0.0)])
    assert (np.asarray(halo.deflections_yx_2d_from(grid).values) == 0).all()
    assert 0 <= halo.potential_2d_from(grid).values[0] < 1e-15


# Shear.


def test_shear_has_no_convergence_and_stretches_along_its_direction():
    shear, grid = mp.ExternalShear(gamma_1=0.0, gamma_2=0.1), Grid2DIrregular([(1.0, 1.0), (1.0, -1.0)])
    np.testing.assert_allclose(shear.deflections_yx_2d_from(grid).values, [[0.1, 0.1], [-0.1, 0.1]], atol=1e-16)
    assert (shear.convergence_2d_from(grid).values == 0).all()
