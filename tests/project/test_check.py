"""The checks of user input: what passes comes back plain, what fails says what to do."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lensarrays import _check


@pytest.mark.parametrize("value", [0.1, np.float32(0.5), 2, (0.1, 0.2), [0.1, 0.1], np.array([1, 2]), jnp.asarray(0.5)])
def test_pixel_scales_are_a_pair_of_python_floats(value):
    scales = _check.pixel_scales(value)
    assert [type(scale) for scale in scales] == [float, float]
    np.testing.assert_allclose(scales, np.broadcast_to(np.asarray(value), (2,)))


@pytest.mark.parametrize("value", [0.0, -0.1, np.nan, np.inf, (0.1, 0.0), (0.1,), (0.1, 0.1, 0.1), None, "0.1", True, 1j])
def test_bad_pixel_scales_are_refused(value):
    with pytest.raises(ValueError, match=r"`pixel_scales` must be a positive number or a pair .* but is .*; give it in arcsec"):
        _check.pixel_scales(value)


@pytest.mark.parametrize("build", [lambda s: _check.pixel_scales(s), lambda s: _check.pixel_scales((0.1, s))])
def test_traced_pixel_scales_are_refused(build):
    with pytest.raises(TypeError, match=r"`pixel_scales` must be static .* but is a \w*Tracer; .*close over it"):
        jax.jit(build)(0.1)


def test_pairs():
    assert _check.pair((0, np.float32(1.5)), "centre") == (0.0, 1.5)
    assert _check.pair(np.array([0.5, -1.0]), "centre") == (0.5, -1.0)


@pytest.mark.parametrize("value", [0.0, (0.0,), (0.0, np.nan), ("a", "b"), None, (True, False)])
def test_bad_pairs_are_refused(value):
    with pytest.raises(ValueError, match=r"`centre` must be two finite numbers \(y, x\), but is .*; write it as"):
        _check.pair(value, "centre")


def test_ragged_values_are_refused():
    with pytest.raises(TypeError, match=r"`centre` must be numbers, but is \(\[1\], \[1, 2\]\); pass"):
        _check.pair(([1], [1, 2]), "centre")


def test_shapes():
    assert _check.shape_native((np.int64(3), 4)) == (3, 4)
    assert _check.shape_native([3, 4]) == (3, 4)


@pytest.mark.parametrize("value", [100, (0, 3), (-1, 3), (2.0, 3.0), (1, 2, 3), None, (True, True)])
def test_bad_shapes_are_refused(value):
    with pytest.raises(ValueError, match=r"`shape_native` must be two positive integers \(ny, nx\), but is .*; write it as"):
        _check.shape_native(value)


@pytest.mark.parametrize("value", [0.0, -1, np.nan, np.inf, (1.0,), None, "1"])
def test_bad_numbers_are_refused(value):
    with pytest.raises(ValueError, match=r"`radius` must be a positive number, but is .*; give one above zero"):
        _check.positive_number(value, "radius")
    assert _check.positive_number(3, "radius") == 3.0


def test_values_that_are_finite_and_positive_pass(xp):
    values = xp.asarray([[1.0, 2.0], [3.0, 4.0]])
    assert _check.finite(values, "data") is None
    assert _check.positive(values, "data") is None
    assert _check.finite(xp.asarray([True]), "data") is None
    assert _check.finite(xp.asarray([1, 2]), "data") is None


def test_nan_and_inf_are_counted(xp):
    values = xp.asarray([[1.0, 2.0], [np.nan, np.inf]])
    with pytest.raises(ValueError, match=r"`data` must be finite, but has 2 of 4 .* the first at index \(1, 0\); mask these"):
        _check.finite(values, "data")
    with pytest.raises(ValueError, match="`data` must be finite, but has 1 of 1 values NaN or infinite; mask these"):
        _check.finite(xp.asarray(1j * np.inf), "data")
    for check in (_check.finite, _check.positive):
        with pytest.raises(ValueError, match=r"`data` must be finite, but has 2 of 4 .*; drop these\."):
            check(values, "data", "drop these")


@pytest.mark.parametrize("bad", [0.0, -1.0])
def test_values_that_are_not_positive_are_counted(xp, bad):
    with pytest.raises(ValueError, match=r"`noise_map` must be positive, but has 1 of 3 .* index \(1,\); mask these pixels"):
        _check.positive(xp.asarray([1.0, bad, 2.0]), "noise_map")


def test_values_that_are_no_numbers_are_refused():
    with pytest.raises(TypeError, match="`data` must hold numbers, but has dtype <U1; convert it"):
        _check.finite(np.array(["a"]), "data")


def test_traced_values_are_not_looked_at():
    assert not jax.jit(lambda x: jnp.asarray(_check.is_concrete(x)))(1.0)
    assert jax.jit(lambda x: [_check.finite(x, "x"), _check.positive(x, "x"), x][2])(jnp.asarray([jnp.nan])).shape == (1,)
