"""Image meshes: autolens's points, what weights do to them, and what cannot be."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lensarrays import Array2D, Grid2DIrregular, Mask2D
from lensarrays.ops.image_mesh import Hilbert, KMeans, Overlay, append_with_circle_edge_points

REFERENCE = np.load(Path(__file__).parent / "data" / "meshes.npz")
MASK = Mask2D.circular(shape_native=(24, 24), radius=1.0, pixel_scales=0.1, centre=(0.1, -0.05))
IMAGE = Array2D(REFERENCE["image"], MASK)


def test_hilbert_gives_autolens_points():
    mesh = Hilbert(pixels=60, weight_floor=0.1, weight_power=1.5)
    assert mesh.uses_adapt_images
    found = mesh.image_plane_mesh_grid_from(MASK, IMAGE)
    assert isinstance(found, Grid2DIrregular)
    np.testing.assert_allclose(found.values, REFERENCE["Hilbert"], atol=1e-12)
    of_jax = mesh.image_plane_mesh_grid_from(MASK, jnp.asarray(IMAGE.values))
    np.testing.assert_allclose(of_jax.values, REFERENCE["Hilbert"], atol=1e-12)


def test_overlay_gives_autolens_points_and_goes_with_the_origin():
    mesh = Overlay(shape=(7, 9))
    assert not mesh.uses_adapt_images
    np.testing.assert_allclose(mesh.image_plane_mesh_grid_from(MASK).values, REFERENCE["Overlay"], atol=1e-14)
    moved = Mask2D(MASK.array, MASK.pixel_scales, origin=(0.5, 1.0))
    expected = REFERENCE["Overlay"] + (0.5, 1.0)
    np.testing.assert_allclose(mesh.image_plane_mesh_grid_from(moved).values, expected, atol=1e-12)


def test_kmeans_is_in_the_mask_denser_where_it_is_brighter_and_always_the_same():
    bright_left = Array2D(np.where(MASK.derive_grid.unmasked.values[:, 1] < -0.05, 1.0, 0.1), MASK)
    mesh = KMeans(pixels=40, weight_power=1.0)
    found = mesh.image_plane_mesh_grid_from(MASK, bright_left).values
    assert found.shape == (40, 2)
    assert np.hypot(*(found - (0.1, -0.05)).T).max() < 1.0
    assert np.count_nonzero(found[:, 1] < -0.05) > 23
    np.testing.assert_array_equal(found, mesh.image_plane_mesh_grid_from(MASK, bright_left).values)
    even = KMeans(pixels=40, weight_power=0.0).image_plane_mesh_grid_from(MASK, bright_left).values
    assert 15 < np.count_nonzero(even[:, 1] < -0.05) < 25


def test_weights():
    mesh = KMeans(pixels=2, weight_floor=0.2, weight_power=2.0)
    np.testing.assert_allclose(mesh.weight_map_from(np.asarray([2.0, -1.0, 0.1])), [1.0, 0.25, 0.2])
    np.testing.assert_array_equal(mesh.weight_map_from(np.asarray([0.0, -1.0])), [1.0, 1.0])


def test_points_on_the_edge_come_last():
    grid = append_with_circle_edge_points(Overlay(shape=(3, 3)).image_plane_mesh_grid_from(MASK), (0.1, -0.05), 1.0, 8)
    assert grid.values.shape == (17, 2)
    edge = grid.values[9:] - (0.1, -0.05)
    np.testing.assert_allclose(np.hypot(*edge.T), 1.0)
    np.testing.assert_allclose(edge[0], (0.0, 1.0), atol=1e-15)
    with pytest.raises(ValueError, match="`n_points` must be a whole number, 1 or more"):
        append_with_circle_edge_points(grid, (0.0, 0.0), 1.0, 0)
    with pytest.raises(ValueError, match=r"`image_plane_mesh_grid` must have shape \(s, 2\)"):
        append_with_circle_edge_points(np.zeros(3), (0.0, 0.0), 1.0, 3)
    with pytest.raises(ValueError, match="`radius` must be a positive number"):
        append_with_circle_edge_points(grid, (0.0, 0.0), -1.0, 3)


@pytest.mark.parametrize("mesh", [Hilbert(pixels=30), KMeans(pixels=30)], ids=lambda mesh: type(mesh).__name__)
def test_images_that_are_no_good(mesh):
    with pytest.raises(ValueError, match="`adapt_data` must be the image of the source"):
        mesh.image_plane_mesh_grid_from(MASK)
    with pytest.raises(ValueError, match="`adapt_data` must have the mask of the data"):
        mesh.image_plane_mesh_grid_from(MASK, Array2D(np.zeros(4), Mask2D.all_false((2, 2), 0.1)))
    with pytest.raises(ValueError, match=r"`adapt_data` must have shape \(\d+,\), one value for each used pixel"):
        mesh.image_plane_mesh_grid_from(MASK, np.zeros(4))
    with pytest.raises(ValueError, match="`adapt_data` must be finite"):
        mesh.image_plane_mesh_grid_from(MASK, IMAGE.values * np.nan)
    with pytest.raises(TypeError, match="`adapt_data` must be static"):
        jax.jit(lambda image: mesh.image_plane_mesh_grid_from(MASK, image).values)(IMAGE.values)


def test_arguments():
    for mesh in (Hilbert, KMeans):
        assert mesh(pixels=12.0).pixels == 12  # as samplers draw it
        with pytest.raises(ValueError, match="`pixels` must be a whole number, 1 or more"):
            mesh(pixels=0)
        with pytest.raises(ValueError, match="`weight_power` must be zero or positive"):
            mesh(weight_power=-1.0)
    with pytest.raises(ValueError, match="`shape` must be two positive integers"):
        Overlay(shape=(0, 3))
    ring = Mask2D.circular_annular((24, 24), inner_radius=0.8, outer_radius=1.0, pixel_scales=0.1)
    with pytest.raises(ValueError, match="`shape` must be of a grid that has points in"):
        Overlay(shape=(1, 1)).image_plane_mesh_grid_from(ring)
    with pytest.raises(ValueError, match="`mask` must be circular for a Hilbert curve"):
        Hilbert(pixels=9).image_plane_mesh_grid_from(ring, np.ones(ring.pixels_in_mask))
    with pytest.raises(ValueError, match="`pixels` must be at most the number of pixels of the image that have weight"):
        KMeans(pixels=1000).image_plane_mesh_grid_from(MASK, IMAGE)
