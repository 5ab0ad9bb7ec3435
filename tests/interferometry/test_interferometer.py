"""Observations of an interferometer: what they know against sums over visibilities, their files, and what is no observation."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from array_api_extra.testing import assert_close
from astropy.io import fits

import lensarrays as la

RNG = np.random.default_rng(11)
K = 17
# How fast the result runs is no concern: so it is compiled in half of the time.
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


def make_mask() -> la.Mask2D:
    """A disc with a hole, off the centre, of pixels that are not square."""
    y, x = np.mgrid[:11, :13]
    used = ((y - 4) ** 2 + (x - 7) ** 2 < 18) & ((y - 4) ** 2 + (x - 6) ** 2 > 1)
    return la.Mask2D(~used, pixel_scales=(0.2, 0.15))


MASK = make_mask()
N = MASK.pixels_in_mask
UV = RNG.uniform(-4e5, 4e5, (K, 2))
DATA = RNG.normal(size=K) + 1j * RNG.normal(size=K)
EQUAL = np.linspace(0.5, 2.0, K) * (1 + 1j)
UNEQUAL = RNG.uniform(0.5, 1.0, K) + 1j * RNG.uniform(1.0, 2.0, K)
IMAGE = RNG.uniform(size=N)
Y, X = np.moveaxis(la.Grid2D.from_mask(MASK).values, -1, 0) * np.pi / 648000.0
FOURIER = np.exp(-2j * np.pi * (UV[:, :1] * X + UV[:, 1:] * Y))  # (k, n)


def make_dataset(noise=UNEQUAL, data=DATA, xp=np, **changes):
    arguments = {"transformer_class": la.TransformerDFT} | changes
    parts = la.Visibilities(xp.asarray(data)), la.Visibilities(xp.asarray(noise)), xp.asarray(UV)
    return la.Interferometer(*parts, MASK, **arguments)


def chi_squared_of(visibilities, noise, data=DATA):
    """Return chi squared by its definition, term by term."""
    residuals = data - visibilities
    return np.sum((residuals.real / noise.real) ** 2 + (residuals.imag / noise.imag) ** 2, axis=-1)


# What it knows.


def all_that_a_likelihood_needs(data, noise, uv, image):
    dataset = la.Interferometer(la.Visibilities(data), la.Visibilities(noise), uv, MASK, la.TransformerDFT)
    image = la.Array2D(image, MASK)
    left, term = dataset.less(image)
    return {
        "dirty image": dataset.weighted_dirty_image.values,
        "dirty image of the rest": left.values,
        "data term": dataset.data_term,
        "data term of all": dataset.less(None).data_term,
        "data term of the rest": term,
        "normalization": dataset.noise_normalization,
        "chi squared": dataset.chi_squared_of(image),
        "log likelihood": dataset.log_likelihood_of(image),
    }


def test_what_a_likelihood_needs_is_that_of_sums_over_visibilities(xp):
    function = all_that_a_likelihood_needs
    function = jax.jit(function, compiler_options=QUICK) if xp is jnp else function
    for noise in (EQUAL, UNEQUAL):
        found = function(*map(xp.asarray, (DATA, noise, UV, IMAGE)))
        visibilities = FOURIER @ IMAGE
        dirty = [
            np.conj(FOURIER).T @ (rest.real / noise.real**2 + 1j * rest.imag / noise.imag**2)
            for rest in (DATA, DATA - visibilities)
        ]
        normalization = np.sum(np.log(2 * np.pi * noise.real**2) + np.log(2 * np.pi * noise.imag**2))
        chi_squared, data_term = chi_squared_of(visibilities, noise), chi_squared_of(0.0, noise)
        expected = {
            "dirty image": dirty[0].real,
            "dirty image of the rest": dirty[1].real,
            "data term": data_term,
            "data term of all": data_term,
            "data term of the rest": chi_squared,
            "normalization": normalization,
            "chi squared": chi_squared,
            "log likelihood": -0.5 * (chi_squared + normalization),
        }
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            assert_close(found[name], xp.asarray(value), rtol=1e-10, atol=1e-10, err_msg=name)


@pytest.mark.parametrize("transformer_class", [la.TransformerDFT, la.TransformerNUFFT])
def test_images_and_maps_are_those_of_their_definitions(transformer_class):
    dataset = make_dataset(transformer_class=transformer_class)
    np.testing.assert_allclose(dataset.dirty_image.values, (np.conj(FOURIER).T @ DATA).real, atol=1e-10)
    np.testing.assert_allclose(dataset.dirty_noise_map.values, (np.conj(FOURIER).T @ UNEQUAL).real, atol=1e-10)
    ratio = dataset.dirty_image.values / dataset.dirty_noise_map.values
    np.testing.assert_allclose(dataset.dirty_signal_to_noise_map.values, ratio)
    signal = np.maximum(DATA.real / UNEQUAL.real, 0.0) + 1j * np.maximum(DATA.imag / UNEQUAL.imag, 0.0)
    np.testing.assert_allclose(dataset.signal_to_noise_map.values, signal)
    np.testing.assert_allclose(dataset.uv_distances, np.sqrt(UV[:, 0] ** 2 + UV[:, 1] ** 2))
    assert dataset.mask == dataset.real_space_mask == dataset.grid.mask == MASK
    assert dataset.pixel_scales == (0.2, 0.15)
    assert isinstance(dataset.transformer, transformer_class)


def test_over_sampling_and_data_change_and_w_tilde_stays():
    dataset = make_dataset()
    fine = dataset.apply_over_sampling(over_sample_size_lp=2)
    assert (fine.over_sample_size_lp, fine.over_sample_size_pixelization) == (2, 1)
    assert (fine.grids.lp.over_sample_size, fine.grids.pixelization.over_sample_size, fine.grids.blurring) == (2, 1, None)
    both = fine.apply_over_sampling(over_sample_size_pixelization=np.arange(N) % 2 + 1)
    assert both.over_sample_size_lp == 2
    np.testing.assert_array_equal(both.over_sample_size_pixelization.array, np.arange(N) % 2 + 1)
    other = both.with_data(la.Visibilities(2 * DATA))
    assert other.w_tilde is both.w_tilde is dataset.w_tilde
    np.testing.assert_allclose(other.weighted_dirty_image.values, 2 * dataset.weighted_dirty_image.values, atol=1e-12)
    assert type(other.transformer) is la.TransformerDFT
    assert other.over_sample_size_pixelization == both.over_sample_size_pixelization


def test_a_batch_of_data_is_a_loop():
    batch = make_dataset(data=np.stack([DATA, 1j * DATA]))
    image = la.Array2D(np.stack([IMAGE, IMAGE**2]), MASK)
    for i, data in enumerate((DATA, 1j * DATA)):
        one = make_dataset(data=data)
        np.testing.assert_allclose(batch.weighted_dirty_image.values[i], one.weighted_dirty_image.values, atol=1e-12)
        np.testing.assert_allclose(batch.chi_squared_of(image)[i], one.chi_squared_of(la.Array2D(image.values[i], MASK)))
    assert batch.dirty_image.values.shape == (2, N)


def test_it_goes_through_jit_vmap_and_grad():
    def chi_squared(data, noise, image):
        dataset = la.Interferometer(la.Visibilities(data), la.Visibilities(noise), UV, MASK, la.TransformerDFT)
        return dataset.chi_squared_of(la.Array2D(image, MASK))

    images = jnp.asarray([IMAGE, 2 * IMAGE])
    function = jax.jit(
        jax.vmap(jax.value_and_grad(chi_squared, argnums=(1, 2)), in_axes=(None, None, 0)), compiler_options=QUICK
    )
    values, (by_noise, by_image) = function(DATA, jnp.asarray(UNEQUAL), images)
    for i in range(2):
        visibilities = FOURIER @ np.asarray(images[i])
        np.testing.assert_allclose(values[i], chi_squared_of(visibilities, UNEQUAL), rtol=1e-11)
        residuals = visibilities - DATA
        weighted = residuals.real / UNEQUAL.real**2 + 1j * residuals.imag / UNEQUAL.imag**2
        np.testing.assert_allclose(by_image[i], 2 * (np.conj(FOURIER).T @ weighted).real, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(by_noise[i].real, -2 * residuals.real**2 / UNEQUAL.real**3, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(by_noise[i].imag, 2 * residuals.imag**2 / UNEQUAL.imag**3, rtol=1e-9, atol=1e-9)


def test_single_precision_stays_single_and_finite():
    double = make_dataset()
    single = make_dataset(UNEQUAL.astype(np.complex64), DATA.astype(np.complex64))
    image = la.Array2D(IMAGE.astype(np.float32), MASK)
    assert single.weighted_dirty_image.dtype == single.grid.dtype == np.float32
    error = float(single.chi_squared_of(image)) - double.chi_squared_of(la.Array2D(IMAGE, MASK))
    assert abs(error) < 1e-5 * double.data_term


# Files.


def write(path, values):
    fits.PrimaryHDU(values).writeto(path, overwrite=True)
    return path


def pairs_of(values):
    return np.stack([values.real, values.imag], axis=-1)


@pytest.fixture
def paths(tmp_path):
    """Files as others write them, in single precision and big endian."""
    parts = {"data": pairs_of(DATA), "noise_map": pairs_of(UNEQUAL), "uv_wavelengths": UV}
    return [write(tmp_path / f"{name}.fits", values.astype(">f4")) for name, values in parts.items()]


def test_files_of_others_are_read(paths, xp):
    sizes = {"over_sample_size_lp": 2, "over_sample_size_pixelization": 3}

    def read():
        dataset = la.Interferometer.from_fits(*paths, MASK, transformer_class=la.TransformerDFT, **sizes, xp=xp)
        assert (dataset.over_sample_size_lp, dataset.over_sample_size_pixelization) == (2, 3)
        return dataset.data.values, dataset.noise_map.values, dataset.uv_wavelengths

    # Under `jit` what is not asked for is not compiled, which takes longest.
    for found, expected in zip(jax.jit(read)() if xp is jnp else read(), (DATA, UNEQUAL, UV), strict=True):
        assert_close(found, xp.asarray(expected), rtol=1e-6)


def test_files_give_back_what_was_written(tmp_path):
    dataset = make_dataset()
    folder = tmp_path / "new" / "folder"
    dataset.output_to_fits(folder)
    for name in ("data", "noise_map", "uv_wavelengths"):
        assert fits.getheader(folder / f"{name}.fits")["EXTNAME"] == name.upper()
    again = la.Interferometer.from_fits(folder / "data.fits", folder / "noise_map.fits", folder / "uv_wavelengths.fits", MASK)
    for name in ("data", "noise_map"):
        np.testing.assert_array_equal(getattr(again, name).values, getattr(dataset, name).values)
    np.testing.assert_array_equal(again.uv_wavelengths, UV)
    assert isinstance(again.transformer, la.TransformerNUFFT)


def test_one_file_may_hold_all_of_it(tmp_path):
    named = [
        fits.ImageHDU(values, name=name) for name, values in (("VIS", pairs_of(DATA)), ("NOISE", pairs_of(EQUAL)), ("UV", UV))
    ]
    path = tmp_path / "all.fits"
    fits.HDUList([fits.PrimaryHDU(), *named]).writeto(path)
    hdus = {"visibilities_hdu": 1, "noise_map_hdu": "NOISE", "uv_wavelengths_hdu": 3}
    dataset = la.Interferometer.from_fits(path, path, path, MASK, **hdus)
    np.testing.assert_array_equal(dataset.data.values, DATA)
    np.testing.assert_array_equal(dataset.uv_wavelengths, UV)
    with pytest.raises(ValueError, match=r"`visibilities_hdu` must be an HDU with an image, but is 0, and '.*all.fits'"):
        la.Interferometer.from_fits(path, path, path, MASK)


def test_existing_files_are_left_alone_unless_asked(tmp_path):
    dataset = make_dataset()
    (tmp_path / "noise_map.fits").write_text("mine")
    with pytest.raises(FileExistsError, match=r"has noise_map\.fits; pass `overwrite=True` to replace them"):
        dataset.output_to_fits(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["noise_map.fits"]
    dataset.output_to_fits(tmp_path, overwrite=True)
    assert len(list(tmp_path.iterdir())) == 3
    with pytest.raises(NotADirectoryError, match=r"`path` must be a folder, but '.*data\.fits' is a file; leave out"):
        dataset.output_to_fits(tmp_path / "data.fits")


NAMES = {
    "data_path": "real and imaginary parts",
    "noise_map_path": "real and imaginary parts",
    "uv_wavelengths_path": "u and v",
}
HDUS = dict(zip(NAMES, ("visibilities_hdu", "noise_map_hdu", "uv_wavelengths_hdu"), strict=True))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((2, K), r"`{0}` must be a FITS image of shape \(k, 2\), of {1}, but '.*' has \(2, 17\); write it transposed"),
        (
            (K, 3),
            r"`{0}` must be a FITS image of shape \(k, 2\), of {1}, but '.*' has \(17, 3\); write these two as its columns",
        ),
        ((4, K, 2), r"`{2}` must be an image of 2 axes, but HDU 0 of '.*bad.fits' has shape \(4, 17, 2\)"),
        ((K,), r"`{2}` must be an image of 2 axes, but HDU 0 of '.*bad.fits' has shape \(17,\)"),
        ((K - 1, 2), r"must have shape \(1[67],.* visibilities, but has \(1[67],"),
    ],
    ids=["transposed", "three columns", "cube", "line", "too short"],
)
def test_files_of_another_shape_are_refused(paths, tmp_path, name, shape, message):
    files = dict(zip(NAMES, paths, strict=True)) | {name: write(tmp_path / "bad.fits", np.ones(shape))}
    with pytest.raises(ValueError, match=message.format(name, NAMES[name], HDUS[name])):
        la.Interferometer.from_fits(**files, real_space_mask=MASK)


def test_files_that_hold_no_observation_are_refused(paths, tmp_path):
    data, noise, uv = paths
    flagged, zero = pairs_of(DATA), pairs_of(UNEQUAL)
    flagged[3, 1], zero[0, 0] = np.nan, 0.0
    with pytest.raises(
        ValueError,
        match=r"`data_path` must be finite, but has 1 of 34 .* at index \(3, 1\); drop these visibilities from '.*bad.fi",
    ):
        la.Interferometer.from_fits(write(tmp_path / "bad.fits", flagged), noise, uv, MASK)
    with pytest.raises(ValueError, match=r"`noise_map` must be positive, but has 1 of 34 .* at index \(0, 0\); drop these vis"):
        la.Interferometer.from_fits(data, write(tmp_path / "bad.fits", zero), uv, MASK)
    with pytest.raises(ValueError, match=r"`uv_wavelengths_path` must be finite, but has 34 of 34 values NaN or infinite"):
        la.Interferometer.from_fits(data, noise, write(tmp_path / "bad.fits", UV * np.inf), MASK)
    with pytest.raises(FileNotFoundError, match=r"`noise_map_path` must be a FITS file, but there is no file '.*nothing.fits'"):
        la.Interferometer.from_fits(data, tmp_path / "nothing.fits", uv, MASK)
    (tmp_path / "text.fits").write_text("u v\n1 2\n")
    with pytest.raises(OSError, match=r"`uv_wavelengths_path` must be an intact FITS file, but '.*text\.fits' is not"):
        la.Interferometer.from_fits(data, noise, tmp_path / "text.fits", MASK)
    with pytest.raises(TypeError, match=r"`data_path` must be the path of a FITS file, but is None"):
        la.Interferometer.from_fits(None, noise, uv, MASK)
    with pytest.raises(TypeError, match=r"`noise_map_hdu` must be the number of an HDU, .* but is 1\.5; `noise_map_hdu=0` is"):
        la.Interferometer.from_fits(data, noise, uv, MASK, noise_map_hdu=1.5)


# What is no observation.

GOOD = {"data": la.Visibilities(DATA), "noise_map": la.Visibilities(UNEQUAL), "uv_wavelengths": UV, "real_space_mask": MASK}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": la.Visibilities(DATA * np.nan)}, r"`data` must be finite, but has 17 of 17 .*; drop these visibilities\."),
        (
            {"noise_map": la.Visibilities(0 * UNEQUAL)},
            r"`noise_map` must be positive, but has 34 of 34 values zero or negative",
        ),
        (
            {"noise_map": la.Visibilities(UNEQUAL.real + 0j)},
            r"`noise_map` must be positive, but has 17 of 34 values zero or negative, the first at index \(0, 1\)",
        ),
        ({"noise_map": la.Visibilities(-UNEQUAL)}, r"`noise_map` must be positive"),
        ({"noise_map": la.Visibilities(np.inf * EQUAL.real + 1j)}, r"`noise_map` must be finite, .*; drop these"),
        (
            {"noise_map": la.Visibilities(UNEQUAL[1:])},
            r"`noise_map` must have shape \(17,\), as there are 17 vis.*, but has \(16,\)",
        ),
        ({"uv_wavelengths": UV[1:]}, r"`uv_wavelengths` must have shape \(17, 2\), as there are 17 .*, but has \(16, 2\)"),
        (
            {"uv_wavelengths": UV.T},
            r"`uv_wavelengths` must have shape \(k, 2\), pairs of \(u, v\), but has \(2, 17\); transpose it",
        ),
        ({"uv_wavelengths": UV * np.nan}, r"`uv_wavelengths` must be finite, but has 34 of 34 values NaN.*; drop th"),
        ({"real_space_mask": la.Mask2D(np.ones((3, 3)), 0.1)}, r"`real_space_mask` must use at least one pixel, but is Mask2D"),
        ({"over_sample_size_lp": 0}, r"`over_sample_size_lp` must be positive integers, but is 0"),
        ({"over_sample_size_pixelization": 1.5}, r"`over_sample_size_pixelization` must be positive integers, but is 1\.5"),
        (
            {"w_tilde": la.WTilde.from_compact(np.ones((2, 3)), la.Mask2D.all_false((2, 2), 0.1))},
            r"`w_tilde` must be that of `real",
        ),
    ],
)
def test_values_that_are_no_observation(change, message):
    with pytest.raises(ValueError, match=message):
        la.Interferometer(**(GOOD | change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": DATA}, r"`data` must be of type Visibilities, but is ndarray"),
        ({"noise_map": 1.0}, r"`noise_map` must be of type Visibilities, but is float"),
        ({"uv_wavelengths": None}, r"`uv_wavelengths` must be"),
        ({"uv_wavelengths": UV + 0j}, r"`uv_wavelengths` must hold real numbers, but is complex128"),
        ({"real_space_mask": MASK.array}, r"`real_space_mask` must be of type Mask2D, but is ndarray; make one with `Mask2D"),
        (
            {"transformer_class": "dft"},
            r"`transformer_class` must be la\.TransformerNUFFT or la\.TransformerDFT, but is 'dft'; pass",
        ),
        ({"w_tilde": np.ones((3, 3))}, r"`w_tilde` must be of type WTilde, but is ndarray"),
    ],
)
def test_parts_of_the_wrong_kind(change, message):
    with pytest.raises(TypeError, match=message):
        la.Interferometer(**(GOOD | change))


def test_baselines_that_the_pixels_are_too_coarse_for_are_warned_of():
    # Of pixels of 0.2 by 0.15 arcsec, the shortest fringes are twice as wide: 1 / (0.4 arcsec) in v, 1 / (0.3 arcsec) in u.
    message = (
        r"`uv_wavelengths` should be at most 6\.875e\+05 \(u\) and 5\.157e\+05 \(v\), .* but reaches 1\.2e\+05 and 6e\+05: .*; "
        r"use pixels at most 0\.859 times as large"
    )
    long = np.concatenate([UV[1:] * 0.3, [[1.2e5, -6e5]]])
    with pytest.warns(UserWarning, match=message) as warned:
        dataset = la.Interferometer(**(GOOD | {"uv_wavelengths": long}))
    assert [warning.filename for warning in warned] == [__file__]
    # What is made of it does not say so again.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset.with_data(dataset.data).apply_over_sampling(2)
    with pytest.warns(UserWarning, match="should be at most") as warned:
        la.SimulatorInterferometer(long, 1.0).via_image_from(la.Array2D(IMAGE, MASK))
    assert [warning.filename for warning in warned] == [__file__]


def test_other_data_must_be_as_many():
    with pytest.raises(
        ValueError, match=r"`data` must have shape \(\.\.\., 17\), as there are 17 baselines, but has \(16,\); give"
    ):
        make_dataset().with_data(la.Visibilities(DATA[1:]))
    with pytest.raises(TypeError, match="`data` must be of type Visibilities, but is ndarray"):
        make_dataset().with_data(DATA)


def test_w_tilde_of_another_observation_is_refused():
    def w_tilde_of(uv=UV, noise=UNEQUAL):
        return la.WTilde.from_uv_wavelengths(uv, la.Visibilities(noise), MASK)

    for noise in (EQUAL, UNEQUAL):
        for dtype in (np.complex64, np.complex128):
            w_tilde = w_tilde_of(noise=noise)
            assert make_dataset(noise.astype(dtype), w_tilde=w_tilde).w_tilde is w_tilde
    with pytest.raises(
        ValueError, match=r"`w_tilde` must be that of `noise_map`, .* at an offset of \(0, 0\) pixels, but is .*; leave"
    ):
        make_dataset(w_tilde=w_tilde_of(noise=1.001 * UNEQUAL))
    with pytest.raises(ValueError, match="`w_tilde` must have a table `hankel` for a `noise_map` that differs between"):
        make_dataset(w_tilde=w_tilde_of(noise=EQUAL))
    for other in (0.9 * UV, UV[:, ::-1], UV * [1.0, -1.0]):
        with pytest.raises(
            ValueError, match=r"`w_tilde` must be that of `uv_wavelengths`, .* at an offset of \([01], 1\) pixels"
        ):
            make_dataset(w_tilde=w_tilde_of(uv=other))


def test_w_tilde_that_is_too_large_says_how_large_and_what_needs_less():
    # A table of offsets is small; only W itself, written out, does not fit.
    mask = la.Mask2D.all_false((300, 300), pixel_scales=0.05)
    w_tilde = la.WTilde.from_compact(np.broadcast_to(1.0, (300, 599)), mask)
    with pytest.raises(ValueError, match=r"the 64,800,000,000 bytes \(64\.8 GB\) of a dense .* use `times` or `StridedWTilde`"):
        w_tilde.dense  # noqa: B018
    with pytest.raises(
        ValueError, match=r"`max_bytes` must be at least the .* bytes \(0\.0 GB\) of a dense W-tilde of 52 pixels"
    ):
        make_dataset().w_tilde.dense_from(max_bytes=1000)
