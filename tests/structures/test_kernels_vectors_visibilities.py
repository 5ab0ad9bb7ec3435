"""Kernels, vectors, visibilities, and the arrays that are static metadata."""

import copy
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from array_api_extra.testing import lazy_xp_function
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lensarrays import Grid2D, Grid2DIrregular, Kernel2D, Mask2D, StaticArray, VectorYX2D, VectorYX2DIrregular, Visibilities
from lensarrays.structures import grid_2d_irregular

# Kernels.


def test_a_kernel_of_ones_pixel(xp):
    kernel = Kernel2D.no_blur(0.1, xp=xp)
    np.testing.assert_array_equal(np.asarray(kernel.native), [[0, 0, 0], [0, 1, 0], [0, 0, 0]])
    assert kernel.pixel_scale == 0.1


def test_normalising(xp):
    kernel = Kernel2D.no_mask(xp.asarray(np.arange(15.0).reshape(3, 5)), 0.1)
    np.testing.assert_allclose(np.asarray(kernel.normalized.array), np.arange(15.0) / 105.0)
    np.testing.assert_array_equal(np.asarray(kernel.array), np.arange(15.0))
    assert float(Kernel2D.no_mask(kernel.native, 0.1, normalize=True).sum()) == pytest.approx(1.0)
    batch = Kernel2D.no_mask(xp.asarray(np.arange(1.0, 19.0).reshape(2, 3, 3)), 0.1).normalized
    np.testing.assert_allclose(np.asarray(batch.sum(axis=-1)), [1.0, 1.0])


def test_a_kernel_that_cannot_be_normalised_is_nan_under_jit():
    assert np.isnan(jax.jit(lambda k: k.normalized.array)(Kernel2D.no_mask(jnp.zeros((3, 3)), 0.1))).all()


def test_turning():
    kernel = Kernel2D.no_mask(np.arange(15.0).reshape(3, 5), 0.1)
    np.testing.assert_array_equal(kernel.reversed_kernel.native, kernel.native[::-1, ::-1])


@pytest.mark.parametrize(("shape", "pixel"), [((4, 4), (1, 2)), ((4, 5), (2, 2)), ((3, 3), (0, 2)), ((2, 2), (1, 1))])
def test_the_centre_pixel_becomes_the_middle_one(xp, shape, pixel):
    values = np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape)
    kernel = Kernel2D.no_mask(xp.asarray(values), 0.1, centre_pixel=pixel)
    ky, kx = kernel.shape_native
    assert ky % 2 == kx % 2 == 1
    assert float(kernel.native[ky // 2, kx // 2]) == values[pixel]
    assert float(kernel.sum()) == values.sum()
    assert ky == 2 * max(pixel[0], shape[0] - 1 - pixel[0]) + 1


def test_a_gaussian(xp):
    kernel = Kernel2D.from_gaussian((5, 7), (0.1, 0.2), sigma=0.3, centre=(0.05, -0.1), axis_ratio=0.5, angle=30.0, xp=xp)
    y, x = np.moveaxis(Grid2D.uniform((5, 7), (0.1, 0.2)).native, -1, 0)
    c, s = np.cos(np.radians(30.0)), np.sin(np.radians(30.0))
    along, across = (x + 0.1) * c + (y - 0.05) * s, (y - 0.05) * c - (x + 0.1) * s
    expected = np.exp(-(along**2 + (across / 0.5) ** 2) / (2 * 0.3**2)) / (0.3 * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(np.asarray(kernel.native), expected, rtol=1e-12)
    assert float(Kernel2D.from_gaussian((5, 5), 0.1, 0.1, normalize=True, xp=xp).sum()) == pytest.approx(1.0)


def test_a_kernel_of_a_pupil(xp):
    kernel = Kernel2D.from_pupil((9, 9), 0.1, wavelength=0.7e-6, diameter=1.2, obscuration=0.3, xp=xp)
    assert type(kernel.array) is type(xp.zeros(1))
    native = np.asarray(kernel.native)
    assert native.sum() == pytest.approx(1.0)
    assert native.argmax() == 40
    np.testing.assert_allclose(native, native.T)
    np.testing.assert_allclose(native, native[::-1, ::-1])
    whole = Kernel2D.from_pupil((9, 9), 0.1, wavelength=0.7e-6, diameter=1.2, obscuration=0.3, normalize=False)
    np.testing.assert_allclose(native, whole.native / whole.sum())


# Vectors.


def test_vectors(xp):
    vectors = VectorYX2D(xp.asarray([[3.0, 4.0], [0.0, 0.0], [0.0, -2.0]]), Mask2D([[False, True], [False, False]], 0.1))
    np.testing.assert_array_equal(np.asarray(vectors.y.array), [3.0, 0.0, 0.0])
    np.testing.assert_array_equal(np.asarray(vectors.x.array), [4.0, 0.0, -2.0])
    np.testing.assert_array_equal(np.asarray(vectors.magnitudes.native), [[5.0, 0.0], [0.0, 2.0]])
    assert float(vectors.average_magnitude) == pytest.approx(np.hypot(1.0, 2.0 / 3.0))
    assert float(vectors.average_phi) == pytest.approx(0.5 * np.degrees(np.arctan2(1.0, 2.0 / 3.0)))
    assert vectors.grid.mask == vectors.mask
    assert vectors.astype(xp.float32).grid.dtype == xp.float32


def test_angles_and_their_gradients_at_zero():
    zero = VectorYX2DIrregular(jnp.zeros((2, 2)))
    assert float(zero.average_phi) == 0.0
    np.testing.assert_array_equal(jax.grad(lambda v: v.average_phi)(zero).array, np.zeros((2, 2)))
    np.testing.assert_array_equal(jax.grad(lambda v: v.average_magnitude)(zero).array, np.zeros((2, 2)))
    assert float(VectorYX2DIrregular([(0.0, -1.0)]).average_phi) == 90.0


def test_vectors_within_a_region(xp):
    vectors = VectorYX2DIrregular(xp.asarray([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]))
    grid = [(0.0, 0.0), (0.0, 1.0), (0.0, 2.0)]
    np.testing.assert_array_equal(np.asarray(vectors.vectors_within_radius(1.5, grid=grid).y.array), [1.0, 2.0])
    np.testing.assert_array_equal(np.asarray(vectors.vectors_within_annulus(0.5, 1.5, grid=grid).x.array), [2.0])
    np.testing.assert_array_equal(np.asarray(vectors.vectors_within_radius(0.5, (0.0, 2.0), grid=grid).x.array), [3.0])


# Coordinates and vectors are real numbers.


@pytest.mark.parametrize("dtype", ["int64", "bool", "uint8"])
@pytest.mark.parametrize("structure", [Grid2DIrregular, VectorYX2DIrregular])
def test_integers_become_the_default_float(xp, structure, dtype):
    values = structure(xp.asarray([[0, 1]], dtype=getattr(xp, dtype)))
    assert values.dtype == xp.asarray(0.0).dtype
    np.testing.assert_array_equal(np.asarray(values.array), [[0.0, 1.0]])
    assert structure(xp.asarray([[0.0, 1.0]], dtype=xp.float32)).dtype == xp.float32


def test_integer_coordinates_are_shifted_and_turned_by_real_numbers(xp):
    grid = Grid2DIrregular(xp.asarray([[0, 1]]))
    turned = grid.subtracted_and_rotated_from((0, 0), 30.0)
    np.testing.assert_allclose(np.asarray(turned.array), [[0.5, np.sqrt(0.75)]])
    np.testing.assert_allclose(np.asarray(grid.subtracted_and_rotated_from((0.5, 0.5), 0.0).array), [[-0.5, 0.5]])
    np.testing.assert_allclose(np.asarray(grid.subtracted_from((0.5, 0.25)).array), [[-0.5, 0.75]])
    assert VectorYX2D.no_mask([[[1, 2]]], 0.1).dtype == np.float64
    assert Grid2DIrregular([(0, 1)]).dtype == np.float64


def test_in_another_precision(xp):
    for structure in (Grid2DIrregular([(0.0, 1.0)]), VectorYX2DIrregular([(0.0, 1.0)])):
        single = type(structure)(xp.asarray(structure.array)).astype(xp.float32)
        assert type(single) is type(structure)
        assert single.dtype == xp.float32


# Distances between points, which are worked through in chunks.


def closest(grid, pair):
    return Grid2DIrregular(grid).grid_of_closest_from(pair).array


def furthest(grid):
    return Grid2DIrregular(grid).furthest_distances_to_other_coordinates.array


lazy_xp_function(closest)
lazy_xp_function(furthest)


@pytest.mark.parametrize("at_once", [1, 7, 20, 2**22])
@pytest.mark.parametrize("batch", [(), (3,)])
def test_distances_in_chunks(xp, monkeypatch, at_once, batch):
    monkeypatch.setattr(grid_2d_irregular, "_DISTANCES_AT_ONCE", at_once)
    jax.clear_caches()
    rng = np.random.default_rng(1)
    points, pair = rng.normal(size=(*batch, 5, 2)), rng.normal(size=(*batch, 4, 2))
    between = np.linalg.norm(pair[..., :, None, :] - points[..., None, :, :], axis=-1)
    expected = np.take_along_axis(points, between.argmin(axis=-1)[..., None], axis=-2)
    np.testing.assert_array_equal(np.asarray(closest(xp.asarray(points), xp.asarray(pair))), expected)
    among = np.linalg.norm(points[..., :, None, :] - points[..., None, :, :], axis=-1)
    np.testing.assert_allclose(np.asarray(furthest(xp.asarray(points))), among.max(axis=-1))


def test_never_more_than_a_bounded_number_of_distances_at_once():
    chunks = list(grid_2d_irregular._squared_between(np.zeros((5000, 2)), np.zeros((1000, 2))))
    assert sum(chunk.shape[0] for chunk in chunks) == 5000
    assert max(chunk.size for chunk in chunks) <= grid_2d_irregular._DISTANCES_AT_ONCE


def test_points_of_pixels():
    mask = Mask2D.all_false((3, 4), (0.5, 0.25), origin=(1.0, -1.0))
    pixels = [(0, 0), (2, 3), (1, 1)]
    expected = [mask.geometry.scaled_coordinates_2d_from(pixel) for pixel in pixels]
    np.testing.assert_array_equal(Grid2DIrregular.from_pixels_and_mask(pixels, mask).array, expected)
    many = Grid2DIrregular.from_pixels_and_mask(np.zeros((200_000, 2), dtype=int), mask)  # a loop would take ten seconds
    assert many.shape == (200_000, 2)


# Visibilities.


def test_visibilities(xp):
    values = np.asarray([3.0 + 4.0j, -1.0 + 0.0j, 0.0j])
    for given_values in (values, np.stack([values.real, values.imag], axis=-1)):
        visibilities = Visibilities(xp.asarray(given_values))
        np.testing.assert_array_equal(np.asarray(visibilities.array), values)
        np.testing.assert_allclose(np.asarray(visibilities.amplitudes), np.abs(values))
        np.testing.assert_allclose(np.asarray(visibilities.phases), np.angle(values))
        np.testing.assert_array_equal(np.asarray(visibilities.in_array), np.stack([values.real, values.imag], axis=-1))
        assert isinstance(visibilities.real, Visibilities)
        np.testing.assert_array_equal(np.asarray(visibilities.imag.array), values.imag)
        assert tuple(map(float, visibilities.scaled_maxima)) == (3.0, 4.0)
        assert tuple(map(float, visibilities.scaled_minima)) == (-1.0, 0.0)
        assert visibilities.shape_slim == 3
        np.testing.assert_array_equal(np.asarray(visibilities.real.in_array)[:, 1], 0.0)
    np.testing.assert_array_equal(np.asarray(Visibilities.ones((2,), xp=xp).array), [1 + 1j, 1 + 1j])
    np.testing.assert_array_equal(np.asarray(Visibilities.full(2 - 1j, 2, xp=xp).array), [2 - 1j, 2 - 1j])
    np.testing.assert_array_equal(np.asarray(Visibilities.zeros(1, xp=xp).array), [0j])
    np.testing.assert_array_equal(np.asarray(Visibilities.full(np.complex64(1), (2,), xp=xp).array), [1 + 0j, 1 + 0j])
    np.testing.assert_array_equal(np.asarray(Visibilities.full(np.float32(2), np.int64(1), xp=xp).array), [2 + 2j])


def test_precision_of_visibilities(xp):
    assert Visibilities(xp.ones((2, 2), dtype=xp.float32)).dtype == xp.complex64
    assert Visibilities([1 + 1j]).dtype == np.complex128
    assert Visibilities([(1, 2)]).array.tolist() == [1 + 2j]


def test_gradients_of_visibilities_at_zero():
    zero = Visibilities(jnp.zeros(2, dtype=complex))
    for function in (lambda v: v.amplitudes.sum(), lambda v: v.phases.sum()):
        np.testing.assert_array_equal(jax.grad(function)(zero).array, np.zeros(2))


# Arrays that are static.

CONTENTS = st.one_of(
    arrays(bool, array_shapes(min_dims=0, min_side=0, max_side=5)),
    arrays(np.int64, array_shapes(min_dims=0, min_side=0, max_side=5), elements=st.integers(0, 2)),
    arrays(np.float32, array_shapes(min_dims=0, min_side=0, max_side=3), elements=st.sampled_from([0.0, 1.5])),
)


@given(CONTENTS, CONTENTS)
def test_static_arrays_are_equal_if_their_contents_are(a, b):
    first, second = StaticArray(a), StaticArray(b)
    same = a.shape == b.shape and a.dtype == b.dtype and bool(np.all(a == b))
    assert (first == second) is same
    assert first == StaticArray(a.copy(order="F"))
    assert hash(first) == hash(StaticArray(a.copy()))
    assert (hash(first) == hash(second)) or not same


@given(CONTENTS)
def test_static_arrays_are_copied_by_every_means(a):
    static = StaticArray(a)
    again = pickle.loads(pickle.dumps(static))
    assert again == static
    assert again.array.dtype == a.dtype
    np.testing.assert_array_equal(again.array, a)
    assert copy.copy(static) is copy.deepcopy(static) is static
    assert "StaticArray(shape=" in repr(static)


def test_static_arrays_cannot_be_changed():
    given_array = np.arange(3)
    static = StaticArray(given_array)
    given_array[0] = 9
    assert static.array.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="read-only"):
        static.array[0] = 9
    with pytest.raises(AttributeError, match="`array` of a StaticArray cannot be set; make a new one"):
        static.array = np.zeros(3)
    assert StaticArray([1, 2]) != [1, 2]


def test_a_pickled_mask_is_small():
    mask = Mask2D.all_false((500, 500), 0.1)
    assert len(pickle.dumps(mask)) < 500 * 500 / 8 + 1000
