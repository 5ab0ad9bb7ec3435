"""Formulas of the light profiles against what they are meant to do."""

import numpy as np
import pytest
import scipy.integrate
import scipy.special

from lensarrays import Grid2D, Grid2DIrregular
from lensarrays.models import lp
from lensarrays.models.light._sersic import sersic_constant


def image(profile, points):
    return np.asarray(profile.image_2d_from(Grid2DIrregular(points)).values)


@pytest.mark.parametrize("n", [0.7, 1.0, 2.5, 4.0, 8.0])
def test_sersic_constant_is_the_half_light_one(n):
    np.testing.assert_allclose(sersic_constant(n), scipy.special.gammaincinv(2 * n, 0.5), rtol=2e-4)


@pytest.mark.parametrize("n", [1.0, 4.0])
def test_half_of_the_light_is_within_the_effective_radius(n):
    bulge = lp.Sersic(intensity=1.0, effective_radius=0.8, sersic_index=n)

    def light(upper):
        integrand = lambda s: 2 * np.pi * s * image(bulge, [(0.0, s)])[0]  # noqa: E731
        return scipy.integrate.quad(integrand, 0.0, upper, limit=400)[0]

    np.testing.assert_allclose(light(0.8) / light(400.0), 0.5, atol=1e-4)


def test_isophotes_are_ellipses_of_the_stated_axis_ratio_and_angle():
    q, angle = 0.4, 0.7
    f = (1 - q) / (1 + q)
    ell_comps = (f * np.sin(2 * angle), f * np.cos(2 * angle))
    t = np.linspace(0.0, 2 * np.pi, 17)
    z = (np.cos(t) + 1j * q * np.sin(t)) * np.exp(1j * angle) + 0.3 - 0.2j
    for cls in (lp.Sersic, lp.SersicCore):
        values = image(cls(centre=(-0.2, 0.3), ell_comps=ell_comps), np.stack([z.imag, z.real], axis=-1))
        np.testing.assert_allclose(values, values[0], rtol=1e-13)
        round_one = image(cls(), [(0.0, np.sqrt(q))])
        np.testing.assert_allclose(values[0], round_one[0], rtol=1e-13)


def test_cored_profile_has_its_core_its_break_and_becomes_a_sersic_one():
    core = lp.SersicCore(effective_radius=1.0, sersic_index=2.0, radius_break=0.01, intensity=3.0, gamma=0.3, alpha=4.0)
    np.testing.assert_allclose(image(core, [(0.0, 0.01)]), [3.0], rtol=1e-14)
    inner = image(core, [(0.0, 1e-6), (0.0, 1e-5)])
    np.testing.assert_allclose(np.log10(inner[0] / inner[1]), 0.3, atol=1e-6)
    outer = image(core, [(0.0, 1.0), (0.0, 2.0)])
    plain = image(lp.Sersic(effective_radius=1.0, sersic_index=2.0), [(0.0, 1.0), (0.0, 2.0)])
    np.testing.assert_allclose(outer[1] / outer[0], plain[1] / plain[0], rtol=1e-8)


def test_values_at_the_centre():
    constant = sersic_constant(4.0)
    np.testing.assert_allclose(image(lp.Sersic(intensity=1.0), [(0.0, 0.0)]), [np.exp(constant)], rtol=1e-14)
    cored = lp.SersicCore()
    np.testing.assert_array_equal(image(cored, [(0.0, 0.0)]), image(cored, [(0.0, 1e-9)]))


def test_extreme_parameters_do_not_overflow_in_float32():
    source = lp.SersicCore(alpha=20.0, sersic_index=0.5, radius_break=1.0, effective_radius=0.1)
    points = np.asarray([(0.0, 0.0), (0.0, 1e-6), (0.0, 0.5), (0.0, 100.0)], dtype=np.float32)
    values = image(source, points)
    assert values.dtype == np.float32
    assert np.isfinite(values).all()


def test_on_an_image_light_is_averaged_over_sub_pixels():
    grid = Grid2D.uniform((4, 3), 0.2, over_sample_size=5)
    profile = lp.SersicCore(ell_comps=(0.1, 0.2))
    fine = image(profile, grid.over_sampled.values).reshape(12, 25)
    np.testing.assert_allclose(profile.image_2d_from(grid).values, fine.mean(axis=1), rtol=1e-13)
