import jax
import jax.numpy as jnp
import numpy as np
import pytest
from array_api_extra.testing import assert_close

import lensarrays as la

MASK = la.Mask2D.circular((7, 9), radius=0.35, pixel_scales=0.1)


def make_imaging(xp=np, psf=True):
    data = la.Array2D(xp.asarray(np.arange(MASK.pixels_in_mask, dtype=float) - 3.0), MASK)
    noise_map = la.Array2D(xp.full((MASK.pixels_in_mask,), 0.5), MASK)
    kernel = la.Kernel2D.from_gaussian((3, 3), 0.1, 0.1, normalize=True, xp=xp) if psf else None
    return la.Imaging(data, noise_map, kernel, over_sample_size_lp=2)


def test_three_leaves_and_what_it_says_of_itself(xp):
    imaging = make_imaging(xp)
    assert len(jax.tree_util.tree_leaves(imaging)) == 3
    assert imaging.mask == MASK
    assert imaging.shape_native == (7, 9)
    assert imaging.pixel_scales == (0.1, 0.1)
    assert imaging.grid.over_sample_size == 2
    assert_close(imaging.grid.values, xp.asarray(la.Grid2D.from_mask(MASK).values))


def test_signal_to_noise_is_never_negative(xp):
    expected = np.maximum(make_imaging().data.values / 0.5, 0.0)
    assert_close(make_imaging(xp).signal_to_noise_map.values, xp.asarray(expected))


def test_a_mask_within_the_mask_keeps_what_belongs_to_its_pixels():
    inner = la.Mask2D.circular((7, 9), radius=0.25, pixel_scales=0.1)
    sizes = np.arange(1, MASK.pixels_in_mask + 1)
    masked = make_imaging().apply_over_sampling(sizes, sizes + 1).apply_mask(inner)
    both = ~inner.array[~MASK.array]
    np.testing.assert_array_equal(masked.data.values, make_imaging().data.values[both])
    np.testing.assert_array_equal(masked.over_sample_size_lp.array, sizes[both])
    np.testing.assert_array_equal(masked.over_sample_size_pixelization.array, sizes[both] + 1)


def test_over_sampling_of_light_and_of_pixelizations_is_apart():
    imaging = make_imaging().apply_over_sampling(over_sample_size_pixelization=3)
    assert (imaging.over_sample_size_lp, imaging.over_sample_size_pixelization) == (2, 3)
    bins = la.over_sample_size_via_radial_bins_from(imaging.grid, [4, 1], [0.15])
    both = imaging.apply_over_sampling(over_sample_size_lp=bins)
    np.testing.assert_array_equal(both.grids.lp.over_sample_size.array, bins)
    assert (both.grids.pixelization.over_sample_size, both.grids.blurring.over_sample_size) == (3, 1)
    assert la.Imaging(imaging.data, imaging.noise_map).over_sample_size_pixelization == 4


def test_grids_are_in_the_library_and_precision_of_the_data(xp):
    grids = make_imaging(xp).grids
    assert_close(grids.blurring.values, xp.asarray(la.Grid2D.blurring_grid_from(MASK, (3, 3)).values))
    assert grids.blurring.mask == MASK.derive_mask.blurring_from((3, 3), allow_padding=True)
    single = make_imaging(np)
    single = la.Imaging(single.data.astype(np.float32), single.noise_map)
    assert (single.grid.dtype, single.grids.blurring) == (np.float32, None)


def test_it_goes_through_jit_vmap_and_grad():
    imaging = make_imaging(jnp)
    doubled = jax.jit(lambda d: la.Imaging(d.data * 2, d.noise_map, d.psf))(imaging)
    assert_close(doubled.data.values, 2 * imaging.data.values)
    batch = jax.tree_util.tree_map(lambda v: jnp.stack([v, v]), imaging)
    assert jax.vmap(lambda d: d.signal_to_noise_map)(batch).native.shape == (2, 7, 9)
    gradient = jax.grad(lambda d: (d.data / d.noise_map).sum())(imaging)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree_util.tree_leaves(gradient))


def test_fits_files_give_back_what_was_written(tmp_path, xp):
    imaging = make_imaging(np)
    imaging.output_to_fits(tmp_path / "new" / "folder")
    paths = [tmp_path / "new" / "folder" / name for name in ("data.fits", "noise_map.fits", "psf.fits")]
    again = la.Imaging.from_fits(*paths, over_sample_size_lp=2, xp=xp)
    for name in ("data", "noise_map", "psf"):
        assert getattr(again, name).mask == getattr(imaging, name).mask
        assert_close(getattr(again, name).values, xp.asarray(getattr(imaging, name).values))


def test_existing_files_are_left_alone_unless_asked(tmp_path):
    make_imaging(psf=False).output_to_fits(tmp_path)
    before = (tmp_path / "noise_map.fits").read_bytes()
    (tmp_path / "data.fits").unlink()
    with pytest.raises(FileExistsError, match=r"has noise_map\.fits; pass `overwrite=True` to replace them"):
        make_imaging().output_to_fits(tmp_path)
    assert not (tmp_path / "data.fits").exists()
    assert (tmp_path / "noise_map.fits").read_bytes() == before
    make_imaging().output_to_fits(tmp_path, overwrite=True)
    assert (tmp_path / "psf.fits").exists()


def test_pixels_that_are_not_finite_can_be_masked_on_reading(tmp_path):
    from astropy.io import fits

    data, noise = np.ones((4, 5)), np.ones((4, 5))
    data[0, 1], noise[2, 3] = np.nan, np.inf
    paths = [tmp_path / "data.fits", tmp_path / "noise.fits"]
    for path, values in zip(paths, (data, noise), strict=True):
        fits.PrimaryHDU(values).writeto(path)
    with pytest.raises(ValueError, match=r'has 1 of 20 values NaN or infinite.*`non_finite="mask"` masks these pixels'):
        la.Imaging.from_fits(*paths, pixel_scales=0.1)
    imaging = la.Imaging.from_fits(*paths, pixel_scales=0.1, non_finite="mask")
    assert sorted(map(tuple, np.argwhere(imaging.mask.array))) == [(0, 1), (2, 3)]


def test_noise_that_is_not_positive_can_be_masked_on_reading(tmp_path, xp):
    from astropy.io import fits

    noise = np.ones((5, 5))
    noise[0, 0], noise[4, 4], noise[0, 4] = 0.0, -1.0, np.nan
    paths = [tmp_path / "data.fits", tmp_path / "noise.fits"]
    for path, values in zip(paths, (np.ones((5, 5)), noise), strict=True):
        fits.PrimaryHDU(values).writeto(path)
    imaging = la.Imaging.from_fits(*paths, pixel_scales=0.1, non_finite="mask", xp=xp)
    assert sorted(map(tuple, np.argwhere(imaging.mask.array))) == [(0, 0), (0, 4), (4, 4)]
    inner = la.Mask2D.circular((5, 5), radius=0.15, pixel_scales=0.1)
    assert imaging.apply_mask(inner).mask == inner
    with pytest.raises(ValueError, match=r"`mask` must use only pixels that the dataset has"):
        imaging.apply_mask(la.Mask2D.all_false((5, 5), 0.1))
    fits.PrimaryHDU(np.abs(np.nan_to_num(noise))).writeto(paths[1], overwrite=True)
    with pytest.raises(ValueError, match=r'has 2 of 25 values zero or negative.*; pass `non_finite="mask"`, which masks'):
        la.Imaging.from_fits(*paths, pixel_scales=0.1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"noise_map": la.Array2D.ones((7, 9), 0.1)}, r"Both operands must have the same mask"),
        ({"noise_map": make_imaging().noise_map * 0.0}, r"`noise_map` must be positive, but has .* values zero or negative"),
        ({"noise_map": make_imaging().noise_map * -1.0}, r"`noise_map` must be positive"),
        ({"data": make_imaging().data * np.nan}, r"`data` must be finite, but has .* values NaN"),
        ({"psf": la.Kernel2D.no_blur(0.2)}, r"`psf` must have the pixel scales of the data, \(0\.1, 0\.1\), but has \(0\.2"),
        ({"psf": make_imaging().psf * 0.0}, r"`psf` must have a positive sum, but it is 0; subtract its background"),
        ({"psf": make_imaging().psf * -1.0}, r"`psf` must have a positive sum, but it is -1; subtract its background"),
        ({"psf": make_imaging().psf * np.nan}, r"`psf` must be finite, but has 9 of 9 values NaN"),
        ({"over_sample_size_pixelization": 1.5}, r"`over_sample_size_pixelization` must be positive integers, but is 1\.5"),
        ({"over_sample_size_lp": 0}, r"`over_sample_size_lp` must be positive integers, but is 0"),
    ],
)
def test_bad_input(change, message):
    imaging = make_imaging()
    arguments = {"data": imaging.data, "noise_map": imaging.noise_map, "psf": imaging.psf}
    with pytest.raises(ValueError, match=message):
        la.Imaging(**(arguments | change))


def test_a_mask_without_pixels_is_refused():
    empty = la.Mask2D(np.ones((2, 2)), 0.1)
    nothing = la.Array2D(np.ones(0), empty)
    with pytest.raises(ValueError, match=r"`data` must have at least one used pixel"):
        la.Imaging(nothing, nothing)


def test_a_mask_that_uses_what_is_masked_is_refused():
    with pytest.raises(ValueError, match=r"`mask` must use only pixels that the dataset has"):
        make_imaging().apply_mask(la.Mask2D.all_false((7, 9), 0.1))


def test_arguments_of_the_wrong_kind():
    imaging = make_imaging()
    with pytest.raises(TypeError, match=r"`data` must be of type Array2D, but is ndarray; make one with `Array2D.no_mask"):
        la.Imaging(np.ones((2, 2)), np.ones((2, 2)))
    with pytest.raises(TypeError, match=r"`noise_map` must be of type Array2D, but is NoneType"):
        la.Imaging(imaging.data, None)
    with pytest.raises(TypeError, match=r"`psf` must be of type Kernel2D, but is ndarray; make one with `Kernel2D.no_mask"):
        la.Imaging(imaging.data, imaging.noise_map, np.ones((3, 3)))
    with pytest.raises(TypeError, match=r"`mask` must be of type Mask2D, but is ndarray; make one with `Mask2D"):
        imaging.apply_mask(MASK.array)


def test_batches_of_data_and_noise_must_broadcast():
    one = make_imaging()
    data, noise = (la.Array2D(np.stack([part.values] * size), MASK) for part, size in ((one.data, 2), (one.noise_map, 3)))
    with pytest.raises(
        ValueError, match=r"`noise_map` must have batch axes that broadcast with those of the data, \(2,\), but has"
    ):
        la.Imaging(data, noise)
    assert la.Imaging(data, one.noise_map).signal_to_noise_map.values.shape == data.values.shape
