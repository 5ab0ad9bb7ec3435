"""What a structure writes to a file comes back the same: values, mask and geometry."""

import array_api_strict
import jax.numpy as jnp
import numpy as np
import pytest
from astropy.io import fits

from lensarrays import Array2D, Grid2D, Kernel2D, Mask2D, Visibilities

MASK = Mask2D([[False, True, False], [False, False, False]], pixel_scales=(0.1, 0.2), origin=(1.0, -2.0))
VALUES = np.asarray([1.0, -2.0, 3.0, 4.0, 5.5])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "structure.fits"


STRUCTURES = {
    "Array2D": lambda xp: Array2D(xp.asarray(VALUES), MASK),
    "Grid2D": lambda xp: Grid2D.from_mask(MASK, xp=xp),
    "Kernel2D": lambda xp: Kernel2D.no_mask(xp.asarray(np.arange(15.0).reshape(3, 5)), (0.1, 0.2), origin=(1.0, 2.0)),
    "Visibilities": lambda xp: Visibilities(xp.asarray([1 + 2j, 3 - 4j])),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_round_trip(xp, path, name):
    structure = STRUCTURES[name](xp)
    structure.output_to_fits(path)
    again = type(structure).from_fits(path, xp=xp)
    assert type(again.array) is type(structure.array)
    np.testing.assert_array_equal(np.asarray(again.array), np.asarray(structure.array))
    assert again.dtype == structure.dtype
    assert getattr(again, "mask", None) == getattr(structure, "mask", None)


@pytest.mark.parametrize("name", STRUCTURES)
def test_an_existing_file_is_kept(path, name):
    structure = STRUCTURES[name](np)
    structure.output_to_fits(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match=r"`file_path` must be a new file, but '.*' exists; pass `overwrite=True`"):
        (2 * structure).output_to_fits(path)
    assert path.read_bytes() == before
    (2 * structure).output_to_fits(path, overwrite=True)
    np.testing.assert_array_equal(type(structure).from_fits(path).array, 2 * structure.array)


def test_masks(path):
    MASK.output_to_fits(path)
    assert Mask2D.from_fits(path) == MASK
    assert Mask2D.from_fits(path, 0.5, origin=(0.0, 0.0)) == Mask2D(MASK, 0.5)
    assert Mask2D.from_fits(path, invert=True) == MASK.invert()
    assert Mask2D.from_fits(path, resized_mask_shape=(4, 5)) == MASK.resized_from((4, 5))


def test_an_unmasked_image_has_no_mask_in_its_file(path):
    Array2D.ones((2, 3), 0.1).output_to_fits(path)
    with fits.open(path) as hdus:
        assert len(hdus) == 1
    assert Array2D.from_fits(path).mask.is_all_false


@pytest.mark.parametrize("library", [np, array_api_strict, jnp])
def test_single_precision_is_written_and_comes_back_as_double(path, library):
    Array2D(library.asarray(VALUES, dtype=library.float32), MASK).output_to_fits(path)
    with fits.open(path) as hdus:
        assert hdus[0].data.dtype == np.dtype(">f4")
    assert str(Array2D.from_fits(path).dtype) == "float64"


def test_geometry_that_is_given_goes_first(path):
    Array2D(VALUES, MASK).output_to_fits(path)
    array = Array2D.from_fits(path, pixel_scales=0.5, origin=(0.0, 9.0))
    assert (array.pixel_scales, array.origin) == ((0.5, 0.5), (0.0, 9.0))
    assert array.mask.array.tolist() == MASK.array.tolist()


def test_files_of_others_need_pixel_scales(path):
    path.parent.mkdir()
    fits.PrimaryHDU(np.eye(3)).writeto(path)
    assert Array2D.from_fits(path, 0.1).native.tolist() == np.eye(3).tolist()
    for cls in (Array2D, Kernel2D, Mask2D):
        with pytest.raises(ValueError, match=r"`pixel_scales` must be given, but is None, and the header of .* has no PIXSCAY"):
            cls.from_fits(path)


def test_pixels_that_are_not_finite_are_refused_or_masked(path):
    path.parent.mkdir()
    image = np.ones((2, 3))
    image[0, 1], image[1, 2] = np.nan, np.inf
    fits.PrimaryHDU(image).writeto(path)
    with pytest.raises(
        ValueError, match=r"must be finite, but has 2 of 6 values .* first at index .*; .* The file is '.*'; `non_fin"
    ):
        Array2D.from_fits(path, 0.1)
    array = Array2D.from_fits(path, 0.1, non_finite="mask")
    assert array.mask.array.tolist() == [[False, True, False], [False, False, True]]
    assert array.array.tolist() == [1.0] * 4
    with pytest.raises(ValueError, match=r"`non_finite` must be .raise. or .mask., but is 'ignore'"):
        Array2D.from_fits(path, 0.1, non_finite="ignore")


def test_a_batch(path):
    batch = Array2D(np.stack([VALUES, 2 * VALUES]), MASK)
    batch.output_to_fits(path)
    np.testing.assert_array_equal(Array2D.from_fits(path).array, batch.array)
