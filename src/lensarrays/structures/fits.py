"""Images in FITS files: arrays, their geometry and their mask; row 0 of the file is row 0 of the array, as in autoarray."""

import os
import tempfile
import warnings
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import _check

PIXEL_SCALE_KEYS = ("PIXSCAY", "PIXSCAX")
ORIGIN_KEYS = ("ORIGINY", "ORIGINX")

# The header of an image names the extension with its mask in a key of our own, so that a "MASK" extension of another
# program, which may mean something else, is never taken for one of ours.
MASK_KEY = "LENSMASK"
MASK_NAME = "MASK"

_STORABLE = ("uint8", "int16", "int32", "int64", "float32", "float64")


class FitsImage(NamedTuple):
    """What one image of a FITS file says; the last three are None where the file does not say."""

    values: np.ndarray
    pixel_scales: tuple[float, float] | None
    origin: tuple[float, float] | None
    mask: np.ndarray | None


def read_image(file_path: str | os.PathLike, hdu: int | str = 0, *, ndim: int | None = 2) -> FitsImage:
    """Read one image of a FITS file, without flipping it.

    Parameters
    ----------
    file_path : path of the file, which may be compressed (`.fits.gz`)
    hdu : number of the HDU, from 0, or its name
    ndim : number of axes that the image must have; None for any from 2 up, the first of them a batch

    Returns
    -------
    FitsImage
        `values` of shape (..., ny, nx) and dtype float64, `pixel_scales` and `origin` (y, x) [arcsec], and the boolean
        `mask` of shape (ny, nx), True where masked, that `write_images` stored.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    OSError
        If the file is not a FITS file, or a truncated one.
    TypeError
        If `hdu` is neither an integer nor a string.
    ValueError
        If the file has no such HDU, or that has no image, or not one of `ndim` axes.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_images(f"{folder}/image.fits", [("data", np.eye(2))], pixel_scales=(0.1, 0.1), origin=(0.0, 0.0))
    ...     read_image(path).pixel_scales
    (0.1, 0.1)
    """
    if isinstance(hdu, bool) or not isinstance(hdu, (int, np.integer, str)):
        raise TypeError(
            f"`hdu` must be the number of an HDU, from 0, or its name, but is {hdu!r}; `hdu=0` is the first of a file."
        )
    path = Path(file_path)
    if not path.is_file():
        raise FileNotFoundError(f"`file_path` must be a FITS file, but there is no file '{path.absolute()}'; check the path.")
    image, contents = _load(path, hdu)
    listing = ", ".join(contents)
    if image is None:
        raise ValueError(
            f"`hdu` must be an HDU with an image, but is {hdu!r}, and '{path}' has {listing}; choose one of these."
        )
    shape = image.values.shape
    if len(shape) < 2 or ndim not in (None, len(shape)):
        raise ValueError(
            f"`hdu` must be an image of {ndim or '2 or more'} axes, but HDU {hdu!r} of '{path}' has shape {shape}; "
            f"choose another of {listing}, or take a plane of it and write that to a file."
        )
    return image


def _load(path: Path, hdu: int | str) -> tuple[FitsImage | None, list[str]]:
    """Return the image of an HDU, None if it has none, and what every HDU is; whatever astropy raises becomes one error."""
    from astropy.io import fits
    from astropy.utils.exceptions import AstropyUserWarning

    broken = (OSError, EOFError, zlib.error, ValueError, TypeError, KeyError, AstropyUserWarning)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "File may have been truncated", AstropyUserWarning)
            warnings.filterwarnings("error", "Error validating header for HDU #0 ", AstropyUserWarning)
            # Opened here, because astropy leaves a broken file open.
            with path.open("rb") as file, fits.open(file, memmap=False, lazy_load_hdus=False) as hdus:
                contents = [_describe(index, each) for index, each in enumerate(hdus)]
                there = hdu in hdus if isinstance(hdu, str) else 0 <= hdu < len(hdus)
                return _image_of(hdus, hdu) if there and _has_image(hdus[hdu]) else None, contents
    except broken as err:
        reason = " ".join(f"{type(err).__name__}: {err}".split())
        raise OSError(f"`file_path` must be an intact FITS file, but '{path}' is not ({reason}); fetch it again.") from err


def _has_image(hdu: Any) -> bool:
    from astropy.io import fits

    return isinstance(hdu, (fits.PrimaryHDU, fits.ImageHDU, fits.CompImageHDU)) and len(hdu.shape) > 0


def _describe(index: int, hdu: Any) -> str:
    what = f"shape {tuple(hdu.shape)}" if _has_image(hdu) else "no image"
    return f"HDU {index} {hdu.name} ({what})".replace("  ", " ")


def _image_of(hdus: Any, hdu: int | str) -> FitsImage:
    header = hdus[hdu].header
    # The file has its own byte order, which JAX refuses.
    values = np.array(hdus[hdu].data, dtype=np.float64)
    mask = hdus[header[MASK_KEY]].data != 0 if MASK_KEY in header else None
    return FitsImage(values, _pair_of(header, PIXEL_SCALE_KEYS), _pair_of(header, ORIGIN_KEYS), mask)


def _pair_of(header: Any, keys: tuple[str, str]) -> tuple[float, float] | None:
    return _check.pair([header[key] for key in keys], " and ".join(keys)) if all(key in header for key in keys) else None


def geometry_of(image: FitsImage, file_path: Any, pixel_scales: Any, origin: Any) -> tuple[Any, Any]:
    """Return the pixel scales and origin that are given, or else those of the file; the origin may default to (0, 0).

    Raises
    ------
    ValueError
        If the pixel scales are neither given nor in the file.
    """
    pixel_scales = image.pixel_scales if pixel_scales is None else pixel_scales
    if pixel_scales is None:
        raise ValueError(
            f"`pixel_scales` must be given, but is None, and the header of '{file_path}' has no PIXSCAY and PIXSCAX; "
            f"pass it in arcseconds, as in `pixel_scales=0.1`."
        )
    origin = image.origin if origin is None else origin
    return pixel_scales, (0.0, 0.0) if origin is None else origin


def write_images(
    file_path: str | os.PathLike,
    images: Sequence[tuple[str, np.ndarray]],
    *,
    pixel_scales: tuple[float, float] | None = None,
    origin: tuple[float, float] | None = None,
    mask: np.ndarray | None = None,
    overwrite: bool = False,
) -> Path:
    """Write images to a FITS file, the first one to its primary HDU, without flipping them.

    The file appears whole or not at all: it is written beside its place and moved there, so that a failed write leaves an
    older file as it was.

    Parameters
    ----------
    file_path : path of the file; its folder is made if need be, and an ending `.gz` compresses it
    images : pairs of a name, which becomes the EXTNAME, and an array of shape (..., ny, nx)
    pixel_scales : (y, x) [arcsec], for the headers
    origin : (y, x) [arcsec], for the headers
    mask : bool array of shape (ny, nx), True where masked, that belongs to all of the images
    overwrite : whether an existing file may be replaced

    Returns
    -------
    Path
        That of the file.

    Raises
    ------
    FileExistsError
        If the file exists and `overwrite` is False, or its place is taken by a folder.
    TypeError
        If an image is traced, complex, or of another dtype that FITS cannot store.
    ValueError
        If the mask is of another shape than an image.
    """
    path = Path(file_path)
    if path.is_dir():
        raise FileExistsError(
            f"`file_path` must name a file, but '{path}' is a folder; add a file name, as in '{path}/image.fits'."
        )
    if path.exists() and not overwrite:
        raise FileExistsError(f"`file_path` must be a new file, but '{path}' exists; pass `overwrite=True` to replace it.")
    hdus = _hdus_for(images, pixel_scales, origin, mask)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".lensarrays-") as folder:
        unfinished = Path(folder) / path.name
        hdus.writeto(unfinished)
        with open(unfinished, "rb") as file:
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    return path


def write_array(file_path: str | os.PathLike, name: str, structure: Any, *, overwrite: bool = False) -> Path:
    """Write a structure on the pixels of a mask as an image, with its geometry, and its mask if that masks anything."""
    mask = None if structure.mask.is_all_false else structure.mask.array
    geometry = {"pixel_scales": structure.pixel_scales, "origin": structure.origin}
    return write_images(file_path, [(name, structure.native)], **geometry, mask=mask, overwrite=overwrite)


def _hdus_for(images: Any, pixel_scales: Any, origin: Any, mask: np.ndarray | None) -> Any:
    """Return the HDU list of `write_images`."""
    from astropy.io import fits

    hdus = fits.HDUList()
    for name, values in images:
        stored = _storable(values, name)
        if mask is not None and np.shape(mask) not in (stored.shape[-2:], stored.shape[-3:-1]):  # an image, or one of pairs
            raise ValueError(
                f"`mask` must have the shape of the image `{name}`, {stored.shape[-2:]}, but has {np.shape(mask)}; "
                f"write images of different shapes to different files."
            )
        hdu = (fits.ImageHDU if hdus else fits.PrimaryHDU)(stored)
        hdu.name = name.upper()
        for keys, pair in ((PIXEL_SCALE_KEYS, pixel_scales), (ORIGIN_KEYS, origin)):
            for key, value, axis in zip(keys, pair or (), "yx", strict=False):
                hdu.header[key] = (float(value), f"[arcsec] along {axis}")
        if mask is not None:
            hdu.header[MASK_KEY] = (MASK_NAME, "extension with the mask, 1 = masked")
        hdus.append(hdu)
    if mask is not None:
        hdus.append(fits.ImageHDU(_storable(np.asarray(mask, dtype=bool), "mask"), name=MASK_NAME))
    return hdus


def _storable(values: Any, name: str) -> np.ndarray:
    """Return `values` in a dtype that a FITS image can have."""
    if not _check.is_concrete(values):
        raise TypeError(
            f"`{name}` must be concrete to be written, but is traced; return it from the function and write it outside."
        )
    array = np.asarray(values)
    if array.dtype == bool:
        return array.astype(np.uint8)
    if array.dtype.name not in _STORABLE:
        raise TypeError(
            f"`{name}` must have a dtype that FITS can store ({', '.join(_STORABLE)}), but has {array.dtype}; "
            f"convert it, or split a complex array into its real and imaginary part."
        )
    return array
