"""The PSF of a circular pupil, against the pupil's own Fourier transform and the theorems of optics."""

import jax
import numpy as np
import pytest
import scipy.optimize
from scipy.special import j0, j1

from lensarrays.structures import diffraction
from lensarrays.structures.diffraction import RADIANS_PER_ARCSEC, diffraction_pattern

EUCLID = {"wavelength": 0.7e-6, "diameter": 1.2}  # [metre], near the middle of the VIS band


def amplitude_by_projection(v, obscuration):
    """Return the amplitude without a Bessel function: the cosine transform of the lengths of the pupil's chords.

    By the projection-slice theorem the two-dimensional transform of the pupil along one axis is the one-dimensional one of
    its projection, 2 sqrt(1 - u^2), for which Gauss-Chebyshev quadrature of the second kind is made.
    """
    n = int(np.max(v) / 2) + 40
    angle = np.arange(1, n + 1) * np.pi / (n + 1)
    weights = 2 / (n + 1) * np.sin(angle) ** 2
    disc = [np.cos(np.multiply.outer(scale * v, np.cos(angle))) @ weights for scale in (1.0, obscuration)]
    return (disc[0] - obscuration**2 * disc[1]) / (1 - obscuration**2)


def midpoint_pattern(shape, scale, wavelength, diameter, obscuration, size):
    """Return the pattern by the simplest rule: `size` x `size` equal sub-pixels, and the chord transform."""
    offsets = [((np.arange(n * size) + 0.5) / size - n / 2) * scale * RADIANS_PER_ARCSEC for n in shape]
    v = np.pi * diameter / wavelength * np.hypot(offsets[0][:, None], offsets[1][None, :])
    area = np.pi / 4 * diameter**2 * (1 - obscuration**2)
    pixel = (scale * RADIANS_PER_ARCSEC) ** 2
    binned = (amplitude_by_projection(v, obscuration) ** 2).reshape(shape[0], size, shape[1], size).mean(axis=(1, 3))
    return binned * pixel * area / wavelength**2


@pytest.mark.parametrize("obscuration", [0.0, 0.3, 0.9])
def test_amplitude_is_the_transform_of_the_pupil(obscuration):
    v = np.linspace(0.0, 300.0, 2001)
    expected = amplitude_by_projection(v, obscuration)
    np.testing.assert_allclose(diffraction._amplitude(v, obscuration), expected, rtol=0, atol=1e-12)


def test_amplitude_of_an_open_pupil_is_airys():
    v = np.linspace(1e-6, 100.0, 2001)
    np.testing.assert_allclose(diffraction._amplitude(v, 0.0), 2 * j1(v) / v, rtol=1e-12, atol=1e-15)
    assert diffraction._amplitude(np.zeros(1), 0.4) == 1.0


def test_first_dark_ring():
    zero = scipy.optimize.brentq(lambda v: amplitude_by_projection(np.asarray([v]), 0.0)[0], 3.0, 4.5, xtol=1e-14)
    assert zero / np.pi == pytest.approx(1.21966989, rel=1e-8)
    assert abs(diffraction._amplitude(np.asarray([zero]), 0.0)[0]) < 1e-13


@pytest.mark.parametrize("obscuration", [0.0, 0.33])
def test_pixels_agree_with_fine_sub_pixels(obscuration):
    expected = midpoint_pattern((5, 7), 0.1, **EUCLID, obscuration=obscuration, size=64)
    pattern = diffraction_pattern((5, 7), 0.1, **EUCLID, obscuration=obscuration)
    # The midpoint rule errs by the pixel's size over 64, squared.
    np.testing.assert_allclose(pattern, expected, rtol=0, atol=2e-4 * expected.max())
    assert pattern.shape == (5, 7)


@pytest.mark.parametrize("pixel_scale", [0.01, 0.1, 1.0])
def test_the_stated_quadrature_error(monkeypatch, pixel_scale):
    pattern = diffraction_pattern((5, 5), pixel_scale, **EUCLID, obscuration=0.3)
    leggauss = np.polynomial.legendre.leggauss
    monkeypatch.setattr(np.polynomial.legendre, "leggauss", lambda m: leggauss(2 * m))
    finer = diffraction_pattern((5, 5), pixel_scale, **EUCLID, obscuration=0.3)
    np.testing.assert_allclose(pattern, finer, rtol=0, atol=1e-12 * finer.max())


def test_encircled_energy():
    # A disc of pixels holds the light that Rayleigh's formula gives for a circle, up to the pixels that the circle cuts.
    pattern = diffraction_pattern((301, 301), 0.01, **EUCLID)
    v = np.pi * EUCLID["diameter"] / EUCLID["wavelength"] * 0.01 * RADIANS_PER_ARCSEC * np.hypot(*np.mgrid[-150:151, -150:151])
    for radius in (10.0, 20.0, 35.0):
        expected = 1 - j0(radius) ** 2 - j1(radius) ** 2
        assert pattern[v < radius].sum() == pytest.approx(expected, abs=1e-4)


def test_all_light_is_somewhere():
    # Far out, the flux is on average 1 / (pi^2 v^3) per unit area in v, which is 4 sqrt(2) / (pi^2 V) outside a square.
    size, scale = 101, 0.2
    pattern = diffraction_pattern((size, size), scale, **EUCLID)
    half_width = np.pi * EUCLID["diameter"] / EUCLID["wavelength"] * size / 2 * scale * RADIANS_PER_ARCSEC
    assert 1 - pattern.sum() == pytest.approx(4 * np.sqrt(2) / (np.pi**2 * half_width), rel=0.01)


def test_euclid():
    pattern = diffraction_pattern((21, 21), 0.1, **EUCLID, obscuration=0.3)
    np.testing.assert_allclose(pattern, pattern[::-1, :], rtol=1e-10)
    np.testing.assert_allclose(pattern, pattern.T, rtol=1e-10)
    assert np.unravel_index(pattern.argmax(), pattern.shape) == (10, 10)
    assert (pattern > 0).all()


def test_scaling_of_all_lengths_changes_nothing():
    pattern = diffraction_pattern((5, 5), 0.1, 0.7e-6, 1.2, 0.2)
    np.testing.assert_allclose(diffraction_pattern((5, 5), 0.1, 1.3e-3, 1.3e-3 / 0.7e-6 * 1.2, 0.2), pattern, rtol=1e-12)
    np.testing.assert_allclose(diffraction_pattern((5, 5), (0.1, 0.1), 0.7e-6, 1.2, np.float64(0.2)), pattern, rtol=0)
    oblong = diffraction_pattern((5, 5), (0.1, 0.2), 0.7e-6, 1.2)
    np.testing.assert_allclose(oblong.T, diffraction_pattern((5, 5), (0.2, 0.1), 0.7e-6, 1.2), rtol=1e-10)


@pytest.mark.parametrize("wavelength", [0.7, 700, 7000.0])
def test_wavelengths_in_another_unit_are_refused(wavelength):
    with pytest.raises(ValueError, match=r"`wavelength` must be in metres, and so below 0.05, but is 7?0?.*; write 0.7 micro"):
        diffraction_pattern((5, 5), 0.1, wavelength, 1.2)


@pytest.mark.parametrize("name", ["wavelength", "diameter"])
def test_lengths_must_be_positive(name):
    with pytest.raises(ValueError, match=f"`{name}` must be a positive number, but is -1.0; give one above zero"):
        diffraction_pattern((5, 5), 0.1, **{**EUCLID, name: -1.0})


@pytest.mark.parametrize("shape", [(4, 5), (5, 4)])
def test_even_sides_are_refused(shape):
    with pytest.raises(ValueError, match=r"`shape_native` must have odd sides, .*, but is \(\d, \d\); add one"):
        diffraction_pattern(shape, 0.1, **EUCLID)


@pytest.mark.parametrize("obscuration", [-0.1, 1.0, 2, np.nan, None, (0.1,)])
def test_obscurations_that_leave_no_pupil_are_refused(obscuration):
    with pytest.raises(ValueError, match=r"`obscuration` must be at least 0 and below 1, but is .*; it is the diameter"):
        diffraction_pattern((5, 5), 0.1, **EUCLID, obscuration=obscuration)


def test_traced_arguments_are_refused():
    with pytest.raises(TypeError, match=r"`wavelength` must be static .*; make it outside"):
        jax.jit(lambda w: diffraction_pattern((5, 5), 0.1, w, 1.2))(0.7e-6)
