"""Grids: where pixels and sub-pixels are, and that they follow the grid or say that they cannot."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lensarrays import Array2D, Grid2D, Grid2DIrregular, Mask2D

MASK = Mask2D([[False, True, False], [False, False, False]], pixel_scales=(0.5, 1.0), origin=(1.0, -2.0))
OFFSET = (0.3, -0.7)


def brute_force_sub_pixels(mask, sizes):
    """Return sub-pixel centres by the definition: pixel after pixel, rows from the top, columns from the left."""
    points = []
    for (row, column), size in zip(np.argwhere(~mask.array), sizes, strict=True):
        top = mask.origin[0] + (mask.shape[0] / 2 - row) * mask.pixel_scales[0]
        left = mask.origin[1] + (column - mask.shape[1] / 2) * mask.pixel_scales[1]
        for i in range(size):
            for j in range(size):
                points.append((top - (i + 0.5) / size * mask.pixel_scales[0], left + (j + 0.5) / size * mask.pixel_scales[1]))
    return np.asarray(points)


def turned(points, angle):
    y, x = points[:, 0], points[:, 1]
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return np.stack([x * s + y * c, x * c - y * s], axis=-1)


def close(actual, expected):
    np.testing.assert_allclose(np.asarray(actual), np.asarray(expected), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("sizes", [1, 3, [1, 2, 3, 2, 1], [2, 2, 2, 2, 2]], ids=str)
def test_pixels_and_sub_pixels_are_where_they_should_be(xp, sizes):
    grid = Grid2D.from_mask(MASK, over_sample_size=sizes, xp=xp)
    close(grid.array, brute_force_sub_pixels(MASK, [1] * 5))
    close(grid.over_sampled.array, brute_force_sub_pixels(MASK, np.broadcast_to(sizes, 5)))
    assert isinstance(grid.over_sampled, Grid2DIrregular)


def test_the_default_is_four():
    assert Grid2D.uniform((2, 2), 1.0).over_sample_size == 4
    assert Grid2D.uniform((2, 2), 1.0).over_sampled.shape == (64, 2)


def test_sizes_may_be_an_image_or_a_structure():
    sizes = np.asarray([[1, 9, 2], [3, 1, 2]])
    grids = [Grid2D.from_mask(MASK, s) for s in (sizes, sizes[~MASK.array], Array2D(sizes[~MASK.array], MASK))]
    assert grids[0].over_sample_size == grids[1].over_sample_size == grids[2].over_sample_size
    assert Grid2D.from_mask(MASK, np.full(5, 3)).over_sample_size == 3


SHIFTS = {
    "-": lambda g, o: g - o,
    "+": lambda g, o: g + tuple(-each for each in o),
    "+ reversed": lambda g, o: tuple(-each for each in o) + g,
    "array": lambda g, o: g - np.asarray(o),
    "list": lambda g, o: g - list(o),
    "subtracted_from": lambda g, o: g.subtracted_from(o),
    "in two steps": lambda g, o: (g - (o[0], 0.0)) - (0.0, o[1]),
}


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("sizes", [2, [1, 2, 3, 2, 1]], ids=str)
def test_sub_pixels_follow_a_shift(xp, shift, sizes):
    grid = Grid2D.from_mask(MASK, sizes, xp=xp)
    shifted = SHIFTS[shift](grid, OFFSET)
    close(shifted.array, np.asarray(grid.array) - OFFSET)
    close(shifted.over_sampled.array, np.asarray(grid.over_sampled.array) - OFFSET)
    assert shifted.mask == grid.mask


@pytest.mark.parametrize("sizes", [2, [1, 2, 3, 2, 1]], ids=str)
def test_sub_pixels_follow_a_static_rotation(xp, sizes):
    grid = Grid2D.from_mask(MASK, sizes, xp=xp)
    result = grid.subtracted_and_rotated_from(OFFSET, 30.0)
    close(result.array, turned(np.asarray(grid.array) - OFFSET, 30.0))
    close(result.over_sampled.array, turned(np.asarray(grid.over_sampled.array) - OFFSET, 30.0))
    again = result.subtracted_and_rotated_from((0.0, 0.0), 15)
    close(again.over_sampled.array, turned(np.asarray(grid.over_sampled.array) - OFFSET, 45.0))


def test_positive_angles_turn_counter_clockwise():
    close(Grid2DIrregular([(0.0, 1.0)]).subtracted_and_rotated_from((0.0, 0.0), 90.0).array, [[1.0, 0.0]])


LOST = {
    "scaled": lambda g: 2 * g,
    "squared": lambda g: g**2,
    "divided": lambda g: g / 2,
    "negated": lambda g: -g,
    "deflected": lambda g: g.grid_2d_via_deflection_grid_from(0.1 * g.array**2),
    "less a structure": lambda g: g - Grid2DIrregular(0.1 * g.array**2),
    "set": lambda g: g.at[0, ...].set(5.0),
    "in_radians": lambda g: g.in_radians,
}


@pytest.mark.parametrize("change", LOST)
def test_sub_pixels_that_cannot_be_placed_raise(xp, change):
    changed = LOST[change](Grid2D.from_mask(MASK, 2, xp=xp))
    with pytest.raises(ValueError, match=r"`over_sampled` must be asked of the grid of an image, but these values are not"):
        _ = changed.over_sampled
    assert not changed.is_uniform


def test_under_jit_they_are_nan():
    grid = Grid2D.from_mask(MASK, 2, xp=jnp)
    assert np.isnan(jax.jit(lambda g: (2 * g).over_sampled)(grid).array).all()
    assert np.isnan(jax.jit(lambda a: grid.subtracted_and_rotated_from((0.0, 0.0), a).over_sampled)(30.0).array).all()
    assert np.isnan(jax.jit(lambda g: (2 * g).padded_grid_from((3, 3)))(grid).array).all()
    close(jax.jit(lambda g: (g - OFFSET).over_sampled)(grid).array, (grid - OFFSET).over_sampled.array)
    batch = jax.vmap(lambda g: g.over_sampled.array)(jax.tree_util.tree_map(lambda v: jnp.stack([v, 2 * v]), grid))
    assert np.isfinite(batch[0]).all()
    assert np.isnan(batch[1]).all()


def test_a_grid_can_be_carried_through_a_loop_whatever_is_done_to_it():
    grid = Grid2D.from_mask(MASK, 2, xp=jnp)
    scanned, _ = jax.lax.scan(lambda g, _: (g * 2.0, None), grid, None, length=2)
    close(scanned.array, 4.0 * grid.array)
    close(jax.lax.cond(True, lambda g: g, lambda g: -g, grid).array, grid.array)

    def step(_, g):
        return g - 0.1 * jax.grad(lambda g: (g * g).sum())(g)

    close(jax.lax.fori_loop(0, 2, step, grid).array, 0.64 * grid.array)
    close(jax.tree_util.tree_map(jnp.add, grid, grid * 1.0).array, 2.0 * grid.array)


def test_a_grid_of_values_is_over_sampled_under_jit_as_well():
    grid = Grid2D.from_mask(MASK, 2, xp=jnp)
    given = Grid2D(grid.array + 0.0, MASK, 2)
    close(jax.jit(lambda g: g.over_sampled)(given).array, grid.over_sampled.array)


def test_values_that_are_an_image_are_over_sampled_and_others_are_not():
    close(
        Grid2D.no_mask(Grid2D.uniform((2, 3), 0.5).native, 0.5).over_sampled.array,
        Grid2D.uniform((2, 3), 0.5).over_sampled.array,
    )
    other = Grid2D.no_mask(2 * Grid2D.uniform((2, 3), 0.5).native, 0.5)
    with pytest.raises(ValueError, match="not its pixel centres"):
        _ = other.over_sampled
    with pytest.raises(ValueError, match="not its pixel centres"):
        other.apply_over_sampling(2)
    assert Grid2D(other.array, other.mask, 1).over_sampled.shape == (6, 2)


def test_sizes_follow_the_pixels():
    sizes = np.asarray([1, 2, 3, 4, 5])
    grid = Grid2D.from_mask(MASK, sizes)
    fewer = Mask2D([[True, True, False], [True, False, False]], MASK.pixel_scales, MASK.origin)
    masked = grid.apply_mask(fewer)
    close(masked.over_sampled.array, Grid2D.from_mask(fewer, sizes[[1, 3, 4]]).over_sampled.array)
    cropped = grid.resized_from((1, 3))
    assert cropped.over_sample_size.array.tolist() == sizes[2:].tolist()
    padded = grid.resized_from((4, 5), mask_pad_value=1.0)
    close(padded.over_sampled.array, grid.over_sampled.array)


def test_pixels_that_a_grid_does_not_have_raise():
    grid = Grid2D.from_mask(MASK)
    with pytest.raises(
        ValueError, match=r"`mask` must use only pixels that the grid has, but .* uses 1 others; make a new grid"
    ):
        grid.apply_mask(Mask2D.all_false((2, 3), MASK.pixel_scales, MASK.origin))
    with pytest.raises(ValueError, match=r"uses \d+ others; make a new grid with `Grid2D.from_mask`, or pad this one"):
        grid.padded_before_convolution_from((3, 3))


@pytest.mark.parametrize("change", [lambda g: g, lambda g: g - OFFSET, lambda g: g.subtracted_and_rotated_from(OFFSET, 30.0)])
def test_a_padded_grid_continues_the_grid(xp, change):
    grid = change(Grid2D.from_mask(MASK, [1, 2, 3, 2, 1], xp=xp))
    padded = grid.padded_grid_from((3, 5))
    assert padded.shape_native == (4, 7)
    close(np.asarray(padded.native)[1:-1, 2:-2][~MASK.array], grid.array)
    close(padded.array, change(Grid2D.uniform((4, 7), MASK.pixel_scales, MASK.origin)).array)
    assert padded.over_sample_size.array.reshape(4, 7)[1:-1, 2:-2].tolist() == [[1, 1, 2], [3, 2, 1]]


def test_a_blurring_grid_surrounds_the_grid(xp):
    mask = Mask2D.circular((9, 9), radius=0.25, pixel_scales=0.1, origin=(1.0, 2.0))
    blurring = Grid2D.from_mask(mask, xp=xp).blurring_grid_via_kernel_shape_from((3, 3))
    assert blurring.mask == mask.derive_mask.blurring_from((3, 3))
    assert blurring.over_sample_size == 1
    close(blurring.array, Grid2D.blurring_grid_from(mask, (3, 3), 1, xp=xp).array)


def test_pixels_near_a_coordinate_can_be_removed(xp):
    grid = Grid2D.uniform((5, 5), 1.0, over_sample_size=2, xp=xp)
    left = grid.grid_with_coordinates_within_distance_removed_from([(0.0, 0.0), (2.0, 2.0)], distance=1.1)
    distances = np.hypot(*np.moveaxis(grid.array if xp is np else np.asarray(grid.array), -1, 0))
    corner = np.hypot(*np.moveaxis(np.asarray(grid.array) - 2.0, -1, 0))
    close(left.array, np.asarray(grid.array)[(distances >= 1.1) & (corner >= 1.1)])
    assert left.over_sample_size == 2


# Constructors.


def test_constructors_agree(xp):
    uniform = Grid2D.uniform((3, 4), (0.5, 1.0), origin=(1.0, 2.0), xp=xp)
    native, slim = uniform.native, uniform.array
    box = Grid2D.bounding_box((0.25, 1.75, 0.0, 4.0), (3, 4), xp=xp)
    corners = Grid2D.bounding_box((0.5, 1.5, 0.5, 3.5), (3, 4), buffer_around_corners=True, xp=xp)
    extent = Grid2D.from_extent((0.5, 3.5, 0.5, 1.5), (3, 4), xp=xp)
    scales = {"pixel_scales": (0.5, 1.0), "origin": (1.0, 2.0)}
    others = [
        Grid2D.no_mask(native, **scales),
        Grid2D.no_mask(slim, shape_native=(3, 4), **scales),
        Grid2D.from_yx_1d(slim[:, 0], slim[:, 1], (3, 4), **scales),
        Grid2D.from_yx_2d(native[..., 0], native[..., 1], **scales),
        Grid2D.from_native(native, uniform.mask),
        Grid2D.from_mask(uniform.mask, xp=xp),
    ]
    for grid in (*others, box, corners, extent):
        close(grid.array, slim)
        assert type(grid.array) is type(slim)
    for grid in (*others, box, corners):
        assert grid.mask == uniform.mask
    assert extent.origin == (0.0, 0.0)  # as in autoarray
    close(extent.over_sampled.array, uniform.over_sampled.array)


def test_row_0_is_at_the_top_and_column_0_on_the_left():
    close(Grid2D.uniform((2, 3), 0.5).native[0, 0], (0.25, -0.5))
    close(Grid2D.uniform((3, 3), 0.5).native[1, 1], (0.0, 0.0))


# Distances and projections.


def test_distances(xp):
    grid = Grid2D.uniform((2, 3), 1.0, xp=xp)
    expected = np.hypot(np.asarray(grid.array)[:, 0] - 0.5, np.asarray(grid.array)[:, 1] + 1.0)
    distances = grid.distances_to_coordinate_from((0.5, -1.0))
    assert isinstance(distances, Array2D)
    close(distances.array, expected)
    close(grid.squared_distances_to_coordinate_from((0.5, -1.0)).array, expected**2)
    close(grid.in_radians.array, np.radians(np.asarray(grid.array) / 3600.0))


def test_a_distance_from_nowhere_is_nan_and_not_zero():
    assert np.isnan(Grid2DIrregular([(np.nan, 0.0)]).distances_to_coordinate_from((0.0, 0.0)).array[0])


def test_the_gradient_of_a_distance_at_the_coordinate_itself_is_zero():
    def distance(yx):
        return Grid2DIrregular(yx[None, :]).distances_to_coordinate_from((1.0, 2.0)).sum()

    close(jax.grad(distance)(jnp.asarray([1.0, 2.0])), (0.0, 0.0))
    close(jax.grad(distance)(jnp.asarray([4.0, 6.0])), (0.6, 0.8))


def test_radial_projection(xp):
    grid = Grid2D.uniform((5, 7), 1.0, xp=xp)
    points = grid.grid_2d_radial_projected_from()
    assert points.shape_slim == grid.grid_2d_radial_projected_shape_slim_from() == 4
    close(points.array, np.stack([np.full(4, 1e-6), np.arange(4) + 1e-6], axis=-1))
    down = np.asarray(grid.grid_2d_radial_projected_from(centre=(0.5, 1.0), angle=90.0).array)
    np.testing.assert_allclose(down[:, 1], 1.0, atol=3e-6)
    np.testing.assert_allclose(np.diff(down[:, 0]), -1.0)
    assert grid.grid_2d_radial_projected_from(remove_projected_centre=True).shape_slim == 3
    assert grid.grid_2d_radial_projected_from(shape_slim=9).shape_slim == 9


def test_extents():
    grid = Grid2D.uniform((2, 4), 1.0, origin=(1.0, 0.0))
    assert grid.scaled_minima == (0.5, -1.5)
    assert grid.scaled_maxima == (1.5, 1.5)
    assert grid.shape_native_scaled_interior == (1.0, 3.0)
    assert grid.extent_with_buffer_from(0.5) == [-2.0, 2.0, 0.0, 2.0]
    points = Grid2DIrregular([(1.0, 2.0), (3.0, -1.0)])
    assert points.geometry.extent == (-1.0, 2.0, 1.0, 3.0)
    assert points.in_list == [(1.0, 2.0), (3.0, -1.0)]


def test_irregular_points():
    mask = Mask2D.all_false((3, 3), 1.0)
    close(Grid2DIrregular.from_pixels_and_mask([(0, 0), (1, 2)], mask).array, [(1.0, -1.0), (0.0, 1.0)])
    close(Grid2DIrregular.from_yx_1d([1.0, 2.0], [3.0, 4.0]).array, [(1.0, 3.0), (2.0, 4.0)])
    points = Grid2DIrregular([(0.0, 0.0), (3.0, 4.0), (0.0, 1.0)])
    close(points.furthest_distances_to_other_coordinates.array, [5.0, 5.0, np.hypot(3, 3)])
    close(points.grid_of_closest_from([(0.1, 0.9), (9.0, 9.0)]).array, [(0.0, 1.0), (3.0, 4.0)])
