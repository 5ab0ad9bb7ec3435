"""Over-sampling: binning is a mean over what belongs to a pixel, and convolution at sub-pixels shifts nothing."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.signal
from array_api_extra.testing import assert_close, lazy_xp_function
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lensarrays import ArrayIrregular, Grid2D, Grid2DIrregular, Kernel2D, Mask2D
from lensarrays.ops import (
    FFT,
    Direct,
    Separable,
    binned_array_2d_from,
    convolve_over_sampled,
    evaluate_over_sampled,
    over_sample_size_via_radial_bins_from,
)

lazy_xp_function(binned_array_2d_from)
lazy_xp_function(convolve_over_sampled)

MASK = Mask2D(np.arange(35).reshape(5, 7) % 4 == 0, pixel_scales=(0.1, 0.2))
MIXED = np.asarray([4, 1, 2, 8])[np.arange(MASK.pixels_in_mask) % 4]
METHODS = [FFT(), Direct(), Separable()]
random = np.random.default_rng(2)


def sub_pixels(sizes):
    return random.normal(size=int(np.sum(np.broadcast_to(sizes, (MASK.pixels_in_mask,)) ** 2)))


@pytest.mark.parametrize("sizes", [1, 3, MIXED], ids=["one", "three", "mixed"])
def test_binning_is_the_mean_over_each_pixel(xp, sizes):
    grid, values = Grid2D.from_mask(MASK, sizes, xp=xp), sub_pixels(sizes)
    splits = np.cumsum(np.broadcast_to(sizes, (MASK.pixels_in_mask,)) ** 2)[:-1]
    expected = np.asarray([piece.mean() for piece in np.split(values, splits)])
    assert_close(binned_array_2d_from(xp.asarray(values), grid).values, xp.asarray(expected), rtol=1e-13)
    batch = binned_array_2d_from(xp.asarray(np.stack([values, 2 * values])), grid)
    assert batch.mask == MASK
    assert_close(batch.values, xp.asarray(np.stack([expected, 2 * expected])), rtol=1e-13)


@given(arrays(int, MASK.pixels_in_mask, elements=st.integers(1, 5)), st.floats(-1e3, 1e3))
def test_a_constant_stays_itself(sizes, constant):
    grid = Grid2D.from_mask(MASK, sizes)
    binned = evaluate_over_sampled(lambda points: np.full(points.shape[:-1], constant), grid)
    np.testing.assert_allclose(binned.values, constant, rtol=1e-15)


@given(arrays(int, MASK.pixels_in_mask, elements=st.integers(1, 5)))
def test_a_linear_function_is_that_at_the_pixel_centre(sizes):
    grid = Grid2D.from_mask(MASK, sizes)
    binned = evaluate_over_sampled(lambda points: 2.0 * points[..., 0] - 3.0 * points[..., 1] + 1.0, grid)
    np.testing.assert_allclose(binned.values, 2.0 * grid.values[:, 0] - 3.0 * grid.values[:, 1] + 1.0, atol=1e-13)


def test_the_program_grows_with_the_number_of_distinct_sizes_only():
    def lines(sizes):
        grid = Grid2D.from_mask(MASK, sizes, xp=jnp)
        jaxpr = jax.make_jaxpr(lambda values: binned_array_2d_from(values, grid))(jnp.asarray(sub_pixels(sizes)))
        assert "scatter" not in str(jaxpr)
        return len(str(jaxpr).splitlines())

    two = np.where(np.arange(MASK.pixels_in_mask) < 2, 2, 3)
    assert lines(two) == lines(two[::-1]) < lines(MIXED) < 3 * lines(two)


@pytest.mark.parametrize("sizes", [2, MIXED], ids=["uniform", "mixed"])
def test_jit_vmap_and_grad_of_an_evaluation(sizes):
    grid = Grid2D.from_mask(MASK, sizes, xp=jnp)

    def image(width):
        return evaluate_over_sampled(lambda points: jnp.exp(-jnp.sum(points**2, axis=-1) / width), grid)

    eager, widths = image(0.3), jnp.asarray([0.3, 0.5])
    np.testing.assert_allclose(jax.jit(image)(0.3).values, eager.values, rtol=1e-13)
    np.testing.assert_allclose(jax.vmap(image)(widths).values, np.stack([image(w).values for w in widths]), rtol=1e-13)
    gradient = jax.grad(lambda w: image(w).sum())(0.3)
    assert gradient == pytest.approx(float(image(0.3 + 1e-6).sum() - image(0.3 - 1e-6).sum()) / 2e-6, rel=1e-6)


def test_at_points_the_function_itself():
    points = Grid2DIrregular([[0.0, 1.0], [2.0, 3.0]])
    result = evaluate_over_sampled(lambda p: p[..., 0] + p[..., 1], points)
    assert isinstance(result, ArrayIrregular)
    np.testing.assert_array_equal(result.values, [1.0, 5.0])
    with pytest.raises(ValueError, match=r"`function` must give shape \(\.\.\., 2\), one value per point, but gives \(2, 1\)"):
        evaluate_over_sampled(lambda p: p[..., :1], points)
    grid = Grid2D.uniform(shape_native=(1, 2), pixel_scales=0.1, over_sample_size=[[3, 2]])
    for sizes, n_sub in (([[3, 2]], 13), (4, 32)):
        with pytest.raises(
            ValueError, match=rf"`values` must have shape \(\.\.\., {n_sub}\), one per sub-pixel of the grid, but has \(2,\)"
        ):
            binned_array_2d_from(np.ones(2), grid.apply_over_sampling(sizes))


def test_radial_bins():
    grid = Grid2D.uniform(shape_native=(1, 7), pixel_scales=1.0)
    sizes = over_sample_size_via_radial_bins_from(grid, sub_size_list=[8, 4, 2], radial_list=[0.5, 1.0])
    np.testing.assert_array_equal(sizes, [2, 2, 4, 8, 4, 2, 2])  # a radius is inside its bin
    two = over_sample_size_via_radial_bins_from(grid, [8, 4, 2], [0.5, 1.0, 9.0], centre_list=[(0.0, -3.0), (0.0, 1.0)])
    np.testing.assert_array_equal(two, [8, 4, 2, 4, 8, 4, 2])
    off_centre = Grid2D.from_mask(Mask2D([[True, True, True, False, False, False, True]], pixel_scales=1.0))
    np.testing.assert_array_equal(over_sample_size_via_radial_bins_from(off_centre, [8, 2], [0.5]), [2, 8, 2])
    assert Grid2D.from_mask(off_centre.mask, np.asarray([2, 8, 2])).over_sampled.values.shape == (72, 2)


def test_errors_of_radial_bins():
    grid = Grid2D.uniform(shape_native=(1, 7), pixel_scales=1.0)
    with pytest.raises(ValueError, match=r"`sub_size_list` must be positive integers, but is \[0, 2\]"):
        over_sample_size_via_radial_bins_from(grid, [0, 2], [0.5])
    for radii in ([0.5], [0.5, 0.4], [0.1, 0.2, 0.3, 0.4]):
        with pytest.raises(ValueError, match=r"`radial_list` must be ascending radii, as many as there are sizes \(3\)"):
            over_sample_size_via_radial_bins_from(grid, [8, 4, 2], radii)
    with pytest.raises(ValueError, match=r"`centre_list` must be pairs \(y, x\), but is \(0\.0, 1\.0\)"):
        over_sample_size_via_radial_bins_from(grid, [8, 2], [0.5], centre_list=(0.0, 1.0))
    with pytest.raises(TypeError, match=r"`grid` must be static"):
        jax.jit(lambda v: over_sample_size_via_radial_bins_from(Grid2D(v, grid.mask), [8, 2], [0.5]))(jnp.asarray(grid.values))


# Convolution at sub-pixels.


def fine_image(values, mask, size):
    """Lay sub-pixel values out as the fine image, by the definition of their order."""
    fine = np.zeros((mask.shape_native[0] * size, mask.shape_native[1] * size))
    for pixel, (row, column) in enumerate(np.argwhere(~mask.array)):
        block = values[pixel * size**2 : (pixel + 1) * size**2].reshape(size, size)
        fine[row * size : (row + 1) * size, column * size : (column + 1) * size] = block
    return fine


def binned_by_hand(fine, mask, size):
    ny, nx = mask.shape_native
    return fine.reshape(ny, size, nx, size).mean(axis=(1, 3))[~mask.array]


CENTRAL = Mask2D(np.hypot(*np.indices((15, 15)) - 7.0) > 3.0, pixel_scales=(0.1, 0.2))


@pytest.mark.parametrize("method", METHODS, ids=repr)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_agrees_with_brute_force(xp, size, method):
    kernel = np.outer(random.normal(size=7), random.normal(size=5))
    pixel_scales = (0.1 / size, 0.2 / size)
    blurring_mask = CENTRAL.derive_mask.blurring_from((7, 5))
    grids = [Grid2D.from_mask(mask, size, xp=xp) for mask in (CENTRAL, blurring_mask)]
    values = [random.normal(size=(2, mask.pixels_in_mask * size**2)) for mask in (CENTRAL, blurring_mask)]
    result = convolve_over_sampled(
        xp.asarray(values[0]),
        grids[0],
        Kernel2D.no_mask(xp.asarray(kernel), pixel_scales=pixel_scales),
        blurring_values=xp.asarray(values[1]),
        blurring_grid=grids[1],
        method=method,
    )
    assert result.mask == CENTRAL
    for i in range(2):
        fine = fine_image(values[0][i], CENTRAL, size) + fine_image(values[1][i], blurring_mask, size)
        expected = binned_by_hand(scipy.signal.convolve2d(fine, kernel, mode="same"), CENTRAL, size)
        assert_close(result.values[i, :], xp.asarray(expected), rtol=0, atol=2e-13)


@pytest.mark.parametrize("method", METHODS, ids=repr)
@pytest.mark.parametrize("size", [2, 3, 4])
def test_a_kernel_of_one_point_changes_and_shifts_nothing(size, method):
    grid = Grid2D.from_mask(CENTRAL, size)
    values = random.normal(size=CENTRAL.pixels_in_mask * size**2)
    kernel = Kernel2D.no_blur((0.1 / size, 0.2 / size))
    result = convolve_over_sampled(ArrayIrregular(values), grid, kernel, method=method)
    np.testing.assert_allclose(result.values, binned_array_2d_from(values, grid).values, atol=1e-14)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_a_symmetric_kernel_leaves_the_centroid_where_it_is(size):
    grid = Grid2D.uniform(shape_native=(31, 31), pixel_scales=0.1, over_sample_size=size)
    kernel = Kernel2D.from_gaussian((9, 9), 0.1 / size, sigma=0.2 / size, normalize=True)
    values = np.exp(-np.sum((grid.over_sampled.values - np.asarray([0.13, -0.21])) ** 2, axis=-1) / 0.1)
    before, after = binned_array_2d_from(values, grid).values, convolve_over_sampled(values, grid, kernel).values
    centroid = [image @ grid.values / image.sum() for image in (before, after)]
    np.testing.assert_allclose(centroid[0], centroid[1], atol=1e-6)


def test_errors_of_convolution_at_sub_pixels():
    grid, kernel = Grid2D.from_mask(CENTRAL, 2), Kernel2D.no_blur((0.05, 0.1))
    values = np.ones(CENTRAL.pixels_in_mask * 4)
    with pytest.raises(TypeError, match=r"`grid` must be of type Grid2D, but is Mask2D"):
        convolve_over_sampled(values, CENTRAL, kernel)
    with pytest.raises(ValueError, match=r"`grid` must have one over-sampling size .* but has \[1, 2\]; use `grid\.apply_over"):
        convolve_over_sampled(values, grid.apply_over_sampling(1 + np.arange(CENTRAL.pixels_in_mask) % 2), kernel)
    with pytest.raises(ValueError, match=r"`kernel` must have the pixel scales of the sub-pixels of `grid`, \(0\.05, 0\.1\)"):
        convolve_over_sampled(values, grid, Kernel2D.no_blur((0.1, 0.2)))
    with pytest.raises(
        ValueError, match=r"`values` must have shape \(\.\.\., 116\), one per sub-pixel of `grid`, but has \(29,\)"
    ):
        convolve_over_sampled(np.ones(29), grid, kernel)
    outside = Grid2D.from_mask(CENTRAL.derive_mask.blurring_from((3, 3)), 2)
    with pytest.raises(
        ValueError, match=r"`blurring_values` must have shape \(\.\.\., \d+\), one per sub-pixel of `blurring_grid`"
    ):
        convolve_over_sampled(values, grid, kernel, blurring_values=values, blurring_grid=outside)
    with pytest.raises(ValueError, match=r"`blurring_grid` must be given with `blurring_values`, but is None"):
        convolve_over_sampled(values, grid, kernel, blurring_values=values)
    with pytest.raises(ValueError, match=r"`blurring_values` must be given with `blurring_grid`, but is None"):
        convolve_over_sampled(values, grid, kernel, blurring_grid=outside)
    with pytest.raises(ValueError, match=r"`blurring_grid` must have the over-sampling size of `grid`, 2, but has 3"):
        convolve_over_sampled(values, grid, kernel, blurring_values=values, blurring_grid=outside.apply_over_sampling(3))
    with pytest.raises(ValueError, match=r"`blurring_grid` must use no pixel that the image uses"):
        convolve_over_sampled(values, grid, kernel, blurring_values=values, blurring_grid=grid)
    with pytest.raises(ValueError, match=r"`kernel` must not be larger than the sub-pixels of `grid`, \(30, 30\)"):
        convolve_over_sampled(values, grid, Kernel2D.no_mask(np.ones((31, 1)), (0.05, 0.1)))


def test_arguments_of_the_wrong_kind():
    grid = Grid2D.uniform((3, 3), 0.1, over_sample_size=2)
    irregular = Grid2DIrregular([(0.0, 1.0)])
    with pytest.raises(
        TypeError, match=r"`grid` must be of type Grid2D, but is Grid2DIrregular; make one with `Grid2D.uniform"
    ):
        binned_array_2d_from(np.ones(1), irregular)
    with pytest.raises(TypeError, match=r"`grid` must be of type Grid2D, but is Grid2DIrregular"):
        over_sample_size_via_radial_bins_from(irregular, [4, 1], [0.5])
    with pytest.raises(TypeError, match=r"`grid` must be of type Grid2D or Grid2DIrregular, but is ndarray"):
        evaluate_over_sampled(lambda points: points[..., 0], grid.values)
    with pytest.raises(TypeError, match=r"`values` must be an array, but is list; convert it with `numpy.asarray`"):
        binned_array_2d_from([1.0] * 36, grid)
    kernel = Kernel2D.no_blur(0.05)
    with pytest.raises(TypeError, match=r"`values` must be an array, but is list"):
        convolve_over_sampled([1.0] * 36, grid, kernel)
    with pytest.raises(TypeError, match=r"`blurring_values` must be an array, but is list"):
        convolve_over_sampled(np.ones(36), grid, kernel, blurring_values=[1.0], blurring_grid=grid)
