"""Between pixels and arcseconds."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensarrays import Geometry2D, Grid2D


@given(st.tuples(st.integers(1, 9), st.integers(1, 9)), st.floats(-5, 5), st.floats(-5, 5))
def test_pixel_to_coordinate_and_back(shape, oy, ox):
    geometry = Geometry2D(shape, (0.3, 0.7), origin=(oy, ox))
    grid = Grid2D.uniform(shape, (0.3, 0.7), origin=(oy, ox))
    pixels = np.indices(shape).reshape(2, -1).T
    for pixel, centre in zip(pixels, grid.array, strict=True):
        np.testing.assert_allclose(geometry.scaled_coordinates_2d_from(pixel), centre, atol=1e-12)
        assert geometry.pixel_coordinates_2d_from(tuple(centre)) == tuple(pixel)
        assert geometry.scaled_coordinate_2d_to_scaled_at_pixel_centre_from(centre + 0.1) == pytest.approx(
            tuple(centre), abs=1e-12
        )
        assert geometry.pixel_coordinates_wcs_2d_from(tuple(centre)) == pytest.approx(tuple(pixel + 1))
    np.testing.assert_array_equal(geometry.grid_pixel_centres_2d_from(grid).array, pixels)
    np.testing.assert_array_equal(geometry.grid_pixel_indexes_2d_from(grid), np.arange(len(pixels)))
    np.testing.assert_allclose(geometry.grid_pixels_2d_from(grid).array, pixels + 0.5, atol=1e-9)
    back = geometry.grid_scaled_2d_from(geometry.grid_pixels_2d_from(grid))
    np.testing.assert_allclose(back.array, grid.array, atol=1e-9)


def test_coordinates_are_truncated_towards_zero():
    geometry = Geometry2D((3, 3), 1.0)
    assert geometry.pixel_coordinates_2d_from((2.4, -2.4)) == (0, 0)
    assert geometry.pixel_coordinates_2d_from((3.0, 3.0)) == (-1, 4)
    assert geometry.central_pixel_coordinates == (1.0, 1.0)
    assert geometry.shape_native_scaled == (3.0, 3.0)


def test_bare_arrays_of_coordinates_stay_bare(xp):
    geometry = Geometry2D((3, 3), 1.0)
    result = geometry.grid_pixels_2d_from(xp.zeros((2, 4, 2)))
    assert type(result) is type(xp.zeros(1))
    assert result.shape == (2, 4, 2)


def test_lists_and_integers_of_coordinates(xp):
    geometry = Geometry2D((3, 3), 0.5)
    np.testing.assert_array_equal(geometry.grid_pixels_2d_from([(0.0, 0.0)]), [[1.5, 1.5]])
    np.testing.assert_array_equal(geometry.grid_pixel_indexes_2d_from([(0, 0)]), [4])
    np.testing.assert_array_equal(geometry.grid_scaled_2d_from([(0, 0)]), [[0.75, -0.75]])
    np.testing.assert_array_equal(np.asarray(geometry.grid_pixels_2d_from(xp.asarray([[0, 1]]))), [[1.5, 3.5]])


def test_pixels_of_traced_coordinates():
    geometry = Geometry2D((3, 3), 0.5)
    pixels = jax.jit(geometry.grid_pixel_centres_2d_from)(jnp.asarray([[0.5, 0.5]]))
    np.testing.assert_array_equal(pixels, [[0, 2]])


def test_the_square_extent_has_the_longer_side_and_the_same_centre():
    assert Geometry2D((2, 4), (0.5, 0.25), origin=(1.0, 2.0)).extent_square == (1.5, 2.5, 0.5, 1.5)
    assert Geometry2D((2, 4), 0.5, origin=(1.0, 2.0)).extent_square == (1.0, 3.0, 0.0, 2.0)
    assert Geometry2D((4, 2), 0.5).extent_square == (-1.0, 1.0, -1.0, 1.0)
