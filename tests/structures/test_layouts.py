"""Values of used pixels and images: between the two, and on other pixels."""

import jax.numpy as jnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import lensarrays as la
from lensarrays import Array2D, Grid2D, Mask2D

SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=7)
MASKS = arrays(bool, SHAPES)
USED = MASKS.filter(lambda masked: not masked.all())


def mask_of(masked):
    return Mask2D(masked, pixel_scales=(0.1, 0.2), origin=(0.3, -0.2))


@given(MASKS, st.sampled_from(["numpy", "jax"]), st.integers(0, 2))
def test_slim_and_native_are_inverse(masked, library, batch_axes):
    xp = np if library == "numpy" else jnp
    mask = mask_of(masked)
    batch = (2, 3)[:batch_axes]
    for cls, width in ((Array2D, ()), (la.VectorYX2D, (2,))):
        values = np.arange(1.0, 1 + np.prod((*batch, mask.pixels_in_mask, *width))).reshape(*batch, mask.pixels_in_mask, *width)
        structure = cls(xp.asarray(values), mask)
        native = np.asarray(structure.native)
        assert native.shape == (*batch, *masked.shape, *width)
        used = (slice(None),) * batch_axes + np.nonzero(~masked)
        np.testing.assert_array_equal(native[used], values)
        assert np.count_nonzero(native) == values.size
        np.testing.assert_array_equal(cls.from_native(structure.native, mask).array, values)
        assert structure.slim is structure


def test_masked_pixels_are_zero_whatever_they_were():
    mask = Mask2D([[False, True]], 0.1)
    assert Array2D.from_native(np.asarray([[1.0, np.nan]]), mask).native.tolist() == [[1.0, 0.0]]
    assert (Array2D([2.0], mask) + 1).native.tolist() == [[3.0, 0.0]]
    assert Array2D([2.0], mask).sum() == 2.0


@given(arrays(float, SHAPES, elements=st.floats(1, 9)), st.tuples(st.integers(1, 9), st.integers(1, 9)))
def test_resizing_is_about_the_middle(image, shape):
    resized = Array2D.no_mask(image, 0.1).resized_from(shape)
    assert resized.shape_native == shape
    for i in range(shape[0]):
        for j in range(shape[1]):
            # The pixels `shape // 2` lie on each other.
            row, column = i - shape[0] // 2 + image.shape[0] // 2, j - shape[1] // 2 + image.shape[1] // 2
            inside = 0 <= row < image.shape[0] and 0 <= column < image.shape[1]
            assert resized.native[i, j] == (image[row, column] if inside else 0.0)
    assert resized.mask.is_all_false
    assert resized.origin == (0.0, 0.0)


def test_pad_and_trim_are_inverse(xp):
    array = Array2D(xp.arange(5, dtype=xp.float64), Mask2D([[False, True, False], [False, False, False]], 0.1))
    padded = array.padded_before_convolution_from((3, 5), mask_pad_value=1)
    assert padded.shape_native == (4, 7)
    assert padded.shape_slim == 5
    assert array.padded_before_convolution_from((3, 5)).shape_slim == 4 * 7 - 1
    again = array.padded_before_convolution_from((3, 5)).trimmed_after_convolution_from((3, 5))
    assert again.mask == array.mask
    np.testing.assert_array_equal(np.asarray(again.array), np.arange(5.0))


def test_another_mask_drops_pixels_and_fills_new_ones_with_zero(xp):
    image = Array2D.no_mask(xp.asarray([[1.0, 2.0], [3.0, 4.0]]), 0.1)
    first, second = Mask2D([[True, False], [False, False]], 0.1), Mask2D([[False, False], [False, True]], 0.1)
    np.testing.assert_array_equal(np.asarray(image.apply_mask(first).array), [2.0, 3.0, 4.0])
    np.testing.assert_array_equal(np.asarray(image.apply_mask(first).apply_mask(second).array), [0.0, 2.0, 3.0])


def test_means_of_rows_and_columns(xp):
    array = Array2D(xp.asarray([1.0, 3.0, 5.0]), Mask2D([[False, True, False], [True, True, False], [True, True, True]], 0.1))
    np.testing.assert_array_equal(np.asarray(array.binned_across_rows), [1.0, np.nan, 4.0])
    np.testing.assert_array_equal(np.asarray(array.binned_across_columns), [2.0, 5.0, np.nan])
    whole = Array2D.no_mask(xp.asarray([[1, 2], [3, 5]]), 0.1)
    np.testing.assert_array_equal(np.asarray(whole.binned_across_rows), [2.0, 3.5])


def test_values_at_coordinates(xp):
    grid = Grid2D.uniform((2, 2), 1.0)
    order = [3, 0, 2, 1]
    y, x = grid.array[order, 0], grid.array[order, 1]
    array = Array2D.from_yx_and_values(y, x, xp.asarray([10.0, 20.0, 30.0, 40.0]), (2, 2), 1.0)
    np.testing.assert_array_equal(np.asarray(array.native), [[40.0, 10.0], [30.0, 20.0]])


def test_constant_images(xp):
    for cls, shape in ((Array2D, (2, 3)), (la.VectorYX2D, (2, 3, 2))):
        np.testing.assert_array_equal(np.asarray(cls.full(2.5, (2, 3), 0.1, xp=xp).native), np.full(shape, 2.5))
        np.testing.assert_array_equal(np.asarray(cls.ones((2, 3), 0.1, xp=xp).native), np.ones(shape))
        assert type(cls.zeros((2, 3), 0.1, xp=xp).array) is type(xp.zeros(1))
