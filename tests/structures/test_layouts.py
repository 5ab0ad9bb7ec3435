"""Values of used pixels and images: between the two, and on other pixels."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import lensarrays as la
from lensarrays import Array2D, ArrayIrregular, Grid2D, Grid2DIrregular, Mask2D

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


NOT_MASKS = (np.zeros((2, 3), dtype=bool), [[False, True]], None, (2, 3))


@pytest.mark.parametrize("wrong", NOT_MASKS, ids=lambda wrong: type(wrong).__name__)
def test_a_mask_must_be_a_mask(wrong):
    message = rf"`mask` must be a Mask2D, but is a {type(wrong).__name__}; make one with `Mask2D\(array, pixel_scales=0.1\)`"
    array = Array2D.no_mask(np.ones((2, 3)), 0.1)
    for function in (
        lambda: Array2D(np.ones(6), wrong),
        lambda: Array2D.from_native(np.ones((2, 3)), wrong),
        lambda: la.VectorYX2D(np.ones((6, 2)), wrong),
        lambda: la.Kernel2D(np.ones(9), wrong),
        lambda: array.apply_mask(wrong),
    ):
        with pytest.raises(TypeError, match=message):
            function()


def test_a_mask_of_another_origin_is_of_another_image():
    array = Array2D.no_mask(np.ones((2, 2)), 0.1, origin=(1.0, 0.0))
    with pytest.raises(ValueError, match=r"`mask` must be of the same image, .* origin \(1.0, 0.0\), but is .*; crop"):
        array.apply_mask(Mask2D([[False, True], [False, False]], 0.1))
    mask = Mask2D([[False, True], [False, False]], 0.1, origin=(1.0, 0.0))
    assert array.apply_mask(mask).mask == mask


@pytest.mark.parametrize("shape", [(-3, -3), 3, (3, 3, 3), (3.0, 3.0), (2, 3)])
def test_shapes_of_kernels_that_are_none(shape):
    array = Array2D.no_mask(np.ones((9, 9)), 0.1)
    for method in (array.padded_before_convolution_from, array.trimmed_after_convolution_from):
        with pytest.raises(ValueError, match=r"`kernel_shape` must be (two positive integers|odd, to have a centre pixel)"):
            method(shape)


def test_trimming_leaves_a_pixel(xp):
    array = Array2D.no_mask(xp.reshape(xp.arange(15, dtype=xp.float64), (3, 5)), 0.1)
    assert np.asarray(array.trimmed_after_convolution_from((3, 5)).native).tolist() == [[7.0]]
    with pytest.raises(ValueError, match=r"`kernel_shape` must leave a pixel of the image .* but is \(5, 5\); pad"):
        array.trimmed_after_convolution_from((5, 5))


def test_an_image_and_its_shape(xp):
    values = xp.reshape(xp.arange(4, dtype=xp.float64), (2, 2))
    image = Array2D.no_mask(values, 0.1, shape_native=(2, 2))
    np.testing.assert_array_equal(np.asarray(image.native), np.asarray(values))
    assert Array2D.no_mask(xp.ones((4, 4)), 0.1, shape_native=(2, 2)).native.shape == (4, 2, 2)
    assert Array2D.no_mask(xp.ones((3, 2, 2)), 0.1, shape_native=(2, 2)).native.shape == (3, 2, 2)
    assert Array2D.no_mask(xp.ones(5), 0.1, shape_native=(1, 5)).native.shape == (1, 5)
    with pytest.raises(
        ValueError, match=r"`values` .* but has \(1, 5\), which may be either; an image needs no `shape_native`"
    ):
        Array2D.no_mask(xp.ones((1, 5)), 0.1, shape_native=(1, 5))
    with pytest.raises(ValueError, match=r"shape \(..., 2, 2\) or shape \(..., 4\), .*, but has \(3, 3\); an image"):
        Array2D.no_mask(xp.ones((3, 3)), 0.1, shape_native=(2, 2))


def test_lists_of_values_and_of_batches(xp):
    numbers, pairs = np.arange(6.0).reshape(3, 2), np.arange(12.0).reshape(3, 2, 2)
    lists = {
        "numbers": (ArrayIrregular(xp.asarray(numbers[0])).in_list, [0.0, 1.0]),
        "batch": (ArrayIrregular(xp.asarray(numbers)).in_list, numbers.tolist()),
        "pairs": (Grid2DIrregular(xp.asarray(numbers)).in_list, [(0.0, 1.0), (2.0, 3.0), (4.0, 5.0)]),
        "batch of pairs": (Grid2DIrregular(xp.asarray(pairs)).in_list, [[tuple(p) for p in row] for row in pairs.tolist()]),
        "nothing": (ArrayIrregular(xp.zeros((2, 0))).in_list, [[], []]),
    }
    for name, (actual, expected) in lists.items():
        assert jax.tree_util.tree_map(float, actual) == expected, name
        if xp.__name__.endswith("numpy") and "jax" not in xp.__name__:
            assert json.loads(json.dumps(actual)) == json.loads(json.dumps(expected)), name
