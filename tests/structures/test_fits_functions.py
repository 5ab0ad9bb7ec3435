"""FITS files: what is written comes back, nothing is flipped, no file is lost, and each bad file has one clear error."""

import os

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from astropy.io import fits

from lensarrays.structures.fits import FitsImage, geometry_of, read_image, write_images

VALUES = np.arange(12.0).reshape(3, 4)
MASK = VALUES % 5 == 0


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "folder" / "image.fits"


def three_hdus(path):
    """Write a file in the form of the Euclid cut-outs: an empty primary HDU, an image, a table."""
    table = fits.BinTableHDU.from_columns([fits.Column("a", "E", array=[1.0])], name="CAT")
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(VALUES.astype(np.float32), name="VIS_FLUX"), table]).writeto(path)
    return path


def test_round_trip(path):
    written = write_images(path, [("data", VALUES)], pixel_scales=(0.1, 0.2), origin=(1.0, -2.0), mask=MASK)
    image = read_image(written)
    np.testing.assert_array_equal(image.values, VALUES)
    np.testing.assert_array_equal(image.mask, MASK)
    assert image.mask.dtype == bool
    assert (image.pixel_scales, image.origin) == ((0.1, 0.2), (1.0, -2.0))


def test_what_is_not_said_is_none(path):
    write_images(path, [("data", VALUES)])
    assert read_image(path)[1:] == (None, None, None)


@pytest.mark.parametrize("library", [np, array_api_strict, jnp])
def test_every_library_can_be_written(path, library):
    write_images(path, [("data", library.asarray(VALUES))])
    np.testing.assert_array_equal(read_image(path).values, VALUES)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "int64", "float32", "float64", ">f4", "bool"])
def test_dtypes_are_read_as_native_float64(path, dtype):
    write_images(path, [("data", VALUES.astype(dtype))])
    values = read_image(path).values
    assert values.dtype == np.dtype(np.float64)
    assert values.dtype.isnative
    np.testing.assert_array_equal(values, VALUES.astype(dtype))
    jnp.asarray(values)


def test_astropy_sees_the_same_rows_names_and_keys(path):
    write_images(path, [("data", VALUES), ("noise_map", 2 * VALUES)], pixel_scales=(0.1, 0.2), origin=(0.0, 3.0), mask=MASK)
    with fits.open(path) as hdus:
        hdus.verify("exception")
        assert [hdu.name for hdu in hdus] == ["DATA", "NOISE_MAP", "MASK"]
        np.testing.assert_array_equal(hdus[0].data[0], VALUES[0])
        np.testing.assert_array_equal(hdus["noise_map"].data, 2 * VALUES)
        np.testing.assert_array_equal(hdus["mask"].data, MASK.astype(np.uint8))
        keys = ("PIXSCAY", "PIXSCAX", "ORIGINY", "ORIGINX")
        assert [hdus[1].header[key] for key in keys] == [0.1, 0.2, 0.0, 3.0]
    np.testing.assert_array_equal(read_image(path, hdu="noise_map").mask, MASK)


def test_a_mask_of_another_program_is_not_taken_for_ours(tmp_path):
    path = tmp_path / "theirs.fits"
    fits.HDUList([fits.PrimaryHDU(VALUES), fits.ImageHDU(MASK.astype(np.uint8), name="MASK")]).writeto(path)
    assert read_image(path).mask is None


def test_a_batch_is_read_only_where_it_is_asked_for(path):
    write_images(path, [("data", np.stack([VALUES, VALUES]))], mask=MASK)
    assert read_image(path, ndim=None).values.shape == (2, 3, 4)
    with pytest.raises(ValueError, match=r"`hdu` must be an image of 2 axes, but HDU 0 of .* has shape \(2, 3, 4\); choose"):
        read_image(path)


def test_a_line_is_no_image(path):
    write_images(path, [("data", np.arange(3.0))])
    with pytest.raises(
        ValueError, match=r"image of 2 or more axes, but HDU 0 .* has shape \(3,\); choose another of HDU 0 DATA"
    ):
        read_image(path, ndim=None)


def test_compressed_files(tmp_path):
    path = write_images(tmp_path / "image.fits.gz", [("data", VALUES)])
    assert path.read_bytes()[:2] == b"\x1f\x8b"
    np.testing.assert_array_equal(read_image(path).values, VALUES)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(OSError, match="must be an intact FITS file"):
        read_image(path)


@pytest.mark.parametrize("hdu", [0, 2, 3, -1, "SCI"])
def test_an_hdu_without_image_is_refused(tmp_path, hdu):
    path = three_hdus(tmp_path / "vis.fits")
    contents = r"HDU 0 PRIMARY \(no image\), HDU 1 VIS_FLUX \(shape \(3, 4\)\), HDU 2 CAT \(no image\); choose one"
    with pytest.raises(
        ValueError, match=rf"`hdu` must be an HDU with an image, but is {hdu!r}, and '.*vis.fits' has {contents}"
    ):
        read_image(path, hdu)
    np.testing.assert_array_equal(read_image(path, 1).values, VALUES)
    np.testing.assert_array_equal(read_image(path, "VIS_FLUX").values, VALUES)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"`file_path` must be a FITS file, but there is no file '/.*none.fits'; check"):
        read_image(tmp_path / "none.fits")


@pytest.mark.parametrize("length", [0, 100, 2880, 4000, 5759])
@pytest.mark.parametrize("hdu", [0, 1])
def test_truncated_files_are_refused(path, length, hdu):
    write_images(path, [("data", VALUES), ("noise_map", VALUES)])
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(OSError, match=r"`file_path` must be an intact FITS file, but '.*image.fits' is not \(.*\); fetch it"):
        read_image(path, hdu)


def test_files_of_another_kind_are_refused(tmp_path):
    path = tmp_path / "image.fits"
    path.write_text("Not Found" * 1000)
    with pytest.raises(OSError, match=r"must be an intact FITS file.*No SIMPLE card found"):
        read_image(path)


def test_a_mask_that_is_named_but_missing_is_an_error(path):
    write_images(path, [("data", VALUES)], mask=MASK)
    with fits.open(path, memmap=False) as hdus:
        hdus[:1].writeto(path, overwrite=True)
    with pytest.raises(OSError, match=r"must be an intact FITS file.*MASK"):
        read_image(path)


def test_an_existing_file_is_kept(path):
    write_images(path, [("data", VALUES)])
    with pytest.raises(
        FileExistsError, match=r"`file_path` must be a new file, but '.*image.fits' exists; pass `overwrite=True`"
    ):
        write_images(path, [("data", 2 * VALUES)])
    np.testing.assert_array_equal(read_image(path).values, VALUES)
    write_images(path, [("data", 2 * VALUES)], overwrite=True)
    np.testing.assert_array_equal(read_image(path).values, 2 * VALUES)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(FileExistsError, match=r"`file_path` must name a file, but '.*' is a folder; add a file name"):
        write_images(tmp_path, [("data", VALUES)], overwrite=True)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(path, monkeypatch):
    write_images(path, [("data", VALUES)])

    def fail(descriptor):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_images(path, [("data", 2 * VALUES)], overwrite=True)
    assert os.listdir(path.parent) == [path.name]
    np.testing.assert_array_equal(read_image(path).values, VALUES)


def test_a_file_has_the_permissions_that_any_new_file_has(path):
    write_images(path, [("data", VALUES)])
    (path.parent / "other").touch()
    assert path.stat().st_mode == (path.parent / "other").stat().st_mode


@pytest.mark.parametrize("values", [VALUES * 1j, VALUES.astype(np.float16), VALUES.astype(str)])
def test_dtypes_that_fits_lacks_are_refused(path, values):
    with pytest.raises(TypeError, match=r"`data` must have a dtype that FITS can store .* but has .*; convert it"):
        write_images(path, [("data", values)])
    assert not path.exists()


def test_traced_values_are_refused(path):
    with pytest.raises(TypeError, match="`data` must be concrete to be written, but is traced; return it"):
        jax.jit(lambda x: write_images(path, [("data", x)]))(VALUES)


def test_a_mask_of_another_shape_is_refused(path):
    with pytest.raises(ValueError, match=r"`mask` must have the shape of the image `psf`, \(3, 3\), but has \(3, 4\); write"):
        write_images(path, [("data", VALUES), ("psf", np.ones((3, 3)))], mask=MASK)


def test_what_is_given_goes_before_what_the_file_says():
    image = FitsImage(VALUES, (0.1, 0.2), (1.0, 2.0), None)
    assert geometry_of(image, "image.fits", None, None) == ((0.1, 0.2), (1.0, 2.0))
    assert geometry_of(image, "image.fits", 0.3, (0.0, 5.0)) == (0.3, (0.0, 5.0))
    assert geometry_of(FitsImage(VALUES, None, None, None), "image.fits", 0.3, None) == (0.3, (0.0, 0.0))


def test_pixel_scales_that_nobody_gives_are_missed():
    with pytest.raises(
        ValueError, match=r"`pixel_scales` must be given, but is None, and .* 'a.fits' has no PIXSCAY .*; pass it"
    ):
        geometry_of(FitsImage(VALUES, None, None, None), "a.fits", None, None)
