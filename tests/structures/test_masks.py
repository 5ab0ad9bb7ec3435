"""Masks: autoarray's conventions, against definitions written down pixel by pixel."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lensarrays import Array2D, Grid2D, Mask2D

SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=7)
MASKS = arrays(bool, SHAPES)
USED = MASKS.filter(lambda masked: not masked.all())


def mask_of(masked):
    return Mask2D(masked, pixel_scales=(0.1, 0.2), origin=(0.3, -0.2))


def is_masked(masked, i, j):
    return not (0 <= i < masked.shape[0] and 0 <= j < masked.shape[1]) or masked[i, j]


def used_pixels(masked):
    return [(i, j) for i in range(masked.shape[0]) for j in range(masked.shape[1]) if not masked[i, j]]


@given(MASKS)
def test_edge_is_next_to_a_masked_or_missing_pixel(masked):
    edge = [
        (i, j)
        for i, j in used_pixels(masked)
        if any(is_masked(masked, i + di, j + dj) for di in (-1, 0, 1) for dj in (-1, 0, 1))
    ]
    mask = mask_of(masked)
    assert list(map(tuple, mask.derive_indexes.edge_native.tolist())) == edge
    assert [used_pixels(masked).index(pixel) for pixel in edge] == mask.derive_indexes.edge_slim.tolist()
    assert used_pixels(mask.derive_mask.edge.array) == edge
    assert mask.derive_grid.edge.mask == mask.derive_mask.edge


@given(MASKS)
def test_border_is_seen_first_from_outside(masked):
    def is_border(i, j):
        sides = (masked[:i, j], masked[i + 1 :, j], masked[i, :j], masked[i, j + 1 :])
        return any(side.all() for side in sides)

    border = [pixel for pixel in used_pixels(masked) if is_border(*pixel)]
    mask = mask_of(masked)
    assert list(map(tuple, mask.derive_indexes.border_native.tolist())) == border
    assert [used_pixels(masked).index(pixel) for pixel in border] == mask.derive_indexes.border_slim.tolist()
    assert used_pixels(mask.derive_mask.border.array) == border


@given(USED, st.sampled_from([1, 3, 5]), st.sampled_from([1, 3, 5]))
def test_blurring_region_is_what_a_kernel_reaches(masked, ky, kx):
    blurring = mask_of(masked).derive_mask.blurring_from((ky, kx), allow_padding=True)
    py, px = ((new - old) // 2 for new, old in zip(blurring.shape, masked.shape, strict=True))
    padded = np.pad(masked, [(py, py), (px, px)], constant_values=True)
    reached = {
        (i + di, j + dj)
        for i, j in used_pixels(padded)
        for di in range(-(ky // 2), ky // 2 + 1)
        for dj in range(-(kx // 2), kx // 2 + 1)
    }
    assert set(used_pixels(blurring.array)) == reached - set(used_pixels(padded))
    rows, columns = np.nonzero(~masked)
    room = (min(rows.min(), masked.shape[0] - 1 - rows.max()), min(columns.min(), masked.shape[1] - 1 - columns.max()))
    assert (py, px) == (max(0, ky // 2 - room[0]), max(0, kx // 2 - room[1]))


@given(MASKS)
def test_buffed_edge_is_one_pixel_more(masked):
    buffed = mask_of(masked).derive_mask.edge_buffed
    for i in range(masked.shape[0]):
        for j in range(masked.shape[1]):
            near = masked[max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2]
            assert buffed.array[i, j] == near.all()


@given(MASKS)
def test_indices_count_in_rows(masked):
    mask = mask_of(masked)
    assert mask.native_for_slim.tolist() == [list(pixel) for pixel in used_pixels(masked)]
    flat = np.arange(masked.size)
    assert mask.derive_indexes.unmasked_slim.tolist() == flat[~masked.ravel()].tolist()
    assert mask.derive_indexes.masked_slim.tolist() == flat[masked.ravel()].tolist()
    assert mask.pixels_in_mask == mask.shape_slim == len(used_pixels(masked))
    assert (mask.is_all_true, mask.is_all_false) == (masked.all(), not masked.any())
    assert mask.invert() == mask_of(~masked)
    assert mask.invert().invert() == mask


@given(USED)
def test_zoom_holds_all_used_pixels(masked):
    mask = mask_of(masked)
    y0, y1, x0, x1 = mask.zoom.region
    rows, columns = np.nonzero(~masked)
    assert y0 <= rows.min() <= rows.max() < y1
    assert x0 <= columns.min() <= columns.max() < x1
    assert abs((y1 - y0) - (x1 - x0)) <= 1
    array = Array2D(np.arange(1.0, 1 + mask.pixels_in_mask), mask)
    zoomed = mask.zoom.array_2d_from(array, buffer=2)
    assert zoomed.shape_native == (y1 - y0 + 4, x1 - x0 + 4) == mask.zoom.mask_2d_from(buffer=2).shape_native
    assert sorted(zoomed.array[zoomed.array > 0]) == array.array.tolist()
    assert zoomed.origin == mask.mask_centre


# Shapes.


def centres(shape, scale, centre=(0.0, 0.0)):
    y, x = np.moveaxis(Grid2D.uniform(shape, scale).native, -1, 0)
    return y - centre[0], x - centre[1]


def test_a_circle_excludes_its_rim_and_an_annulus_includes_it():
    circle = Mask2D.circular((5, 5), radius=2.0, pixel_scales=1.0)
    y, x = centres((5, 5), 1.0)
    np.testing.assert_array_equal(~circle.array, np.hypot(y, x) < 2.0)
    annulus = Mask2D.circular_annular((7, 7), inner_radius=1.0, outer_radius=2.0, pixel_scales=1.0)
    y, x = centres((7, 7), 1.0)
    np.testing.assert_array_equal(~annulus.array, (np.hypot(y, x) >= 1.0) & (np.hypot(y, x) <= 2.0))


def test_the_centre_of_a_circle_ignores_the_origin():
    mask = Mask2D.circular((9, 8), 1.1, (0.5, 0.6), origin=(5.0, 6.0), centre=(0.7, -0.9))
    y, x = centres((9, 8), (0.5, 0.6), (0.7, -0.9))
    np.testing.assert_array_equal(~mask.array, np.hypot(y, x) < 1.1)
    assert mask.origin == (5.0, 6.0)


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, -50.0])
def test_ellipses(angle):
    shape, scale, centre = (21, 23), (0.11, 0.13), (0.2, -0.1)
    y, x = centres(shape, scale, centre)
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    along, across = x * c + y * s, y * c - x * s
    mask = Mask2D.elliptical(shape, 0.8, 0.5, angle, scale, centre=centre)
    np.testing.assert_array_equal(~mask.array, np.hypot(along, across / 0.5) <= 0.8)
    ring = Mask2D.elliptical_annular(shape, 0.3, 1.0, 0.0, 0.8, 0.5, angle, scale, centre=centre)
    np.testing.assert_array_equal(~ring.array, (np.hypot(x, y) >= 0.3) & (np.hypot(along, across / 0.5) <= 0.8))


def test_inverted_masks():
    circle = Mask2D.circular((5, 5), 1.5, 1.0)
    assert Mask2D.circular((5, 5), 1.5, 1.0, invert=True) == circle.invert()
    assert Mask2D(circle.array, 1.0, invert=True) == circle.invert()
    assert Mask2D(circle.array.astype(int), 1.0, invert=True) == circle.invert()
    assert Mask2D.all_false((2, 2), 1.0, invert=True).is_all_true
    np.testing.assert_array_equal(~circle, ~circle.array)


def test_masks_of_pixels():
    mask = Mask2D.from_pixel_coordinates((4, 4), [(1, 1), (3, 3)], 1.0)
    assert used_pixels(mask.array) == [(1, 1), (3, 3)]
    grown = Mask2D.from_pixel_coordinates((4, 4), [(0, 0)], 1.0, buffer=1)
    assert used_pixels(grown.array) == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_what_a_mask_may_be_made_of():
    expected = Mask2D([[True, False], [False, False]], 0.1)
    array = Array2D.no_mask([[1.0, 0.0], [0.0, 0.0]], 0.1)
    for given_mask in (
        [[1, 0], [0, 0]],
        np.asarray([[2.0, 0.0], [0.0, 0.0]]),
        jnp.asarray([[True, False], [False, False]]),
        expected,
        array,
    ):
        assert Mask2D(given_mask, (0.1, 0.1)) == expected
        assert hash(Mask2D(given_mask, 0.1)) == hash(expected)
    given_array = expected.array.copy()
    mask = Mask2D(given_array, 0.1)
    given_array[...] = True
    assert mask == expected
    with pytest.raises(ValueError, match="read-only"):
        mask.array[0, 0] = False
    with pytest.raises(TypeError, match=r"A Mask2D is immutable, so `mask\[k\] = v` does not work"):
        mask[0, 0] = False


def test_masks_are_equal_or_not():
    mask = Mask2D([[True, False]], 0.1)
    assert (mask == Mask2D([[True, False]], 0.1)) is True
    for other in (Mask2D([[False, False]], 0.1), Mask2D([[True, False]], 0.2), Mask2D([[True, False]], 0.1, (1.0, 0.0))):
        assert (mask == other) is False
        assert mask != other
    assert mask != [[True, False]]
    for other in (mask.array, jnp.asarray(mask.array), None, "mask"):
        assert (mask == other) is False
        assert (mask != other) is True
    assert len({mask, Mask2D([[True, False]], 0.1), mask.invert()}) == 2


def test_circles_are_known():
    mask = Mask2D.circular((21, 21), 0.8, 0.1, centre=(0.1, 0.1))
    assert mask.is_circular
    assert mask.circular_radius == pytest.approx(0.8, abs=0.06)
    assert not Mask2D.circular_annular((21, 21), 0.4, 0.8, 0.1).is_circular


def test_sums_of_a_mask():
    mask = Mask2D([[True, False, False], [True, True, True]], (0.5, 1.0), origin=(1.0, 2.0))
    assert mask.mask_centre == (1.25, 2.5)
    assert mask.shape_native_masked_pixels == (1, 2)
    assert mask.header_dict == {"PIXSCAY": 0.5, "PIXSCAX": 1.0, "ORIGINY": 1.0, "ORIGINX": 2.0}
    assert repr(mask) == "Mask2D(2x3, 2 used, pixel_scales=(0.5, 1.0), origin=(1.0, 2.0))"
    array = Array2D([1.0, 2.0], mask)
    assert (array.pixel_area, array.total_area, array.total_pixels) == (0.5, 1.0, 2)


# The brightest pixel.


def test_masked_pixels_are_not_the_brightest():
    array = Array2D([-3.0, -2.0, -5.0], Mask2D([[False, True], [False, False]], 1.0))
    assert array.brightest_coordinate_in_region_from(return_in_pixels=True) == (1, 0)
    assert array.brightest_coordinate_in_region_from((0.0, 1.0, -1.0, 1.0), return_in_pixels=True) == (0, 0)
    with pytest.raises(ValueError, match=r"`region` must .* hold a used pixel"):
        array.brightest_coordinate_in_region_from((0.0, 1.0, 0.0, 1.0))
    integers = Array2D([3, 4, 0], array.mask)
    assert integers.brightest_coordinate_in_region_from(return_in_pixels=True) == (1, 0)


def test_zooming_an_image_of_integers():
    mask = Mask2D.circular((7, 7), 1.5, 1.0)
    zoomed = mask.zoom.array_2d_from(Array2D(np.arange(mask.pixels_in_mask), mask), buffer=0)
    assert zoomed.shape_native == (3, 3)
    assert zoomed.array.tolist() == list(range(9))
