"""The files of an observation."""

from pathlib import Path
from typing import Any

import numpy as np

from .. import _check
from ..structures import Visibilities
from ..structures.fits import read_image, write_images

FILE_NAMES = ("data.fits", "noise_map.fits", "uv_wavelengths.fits")
HDUS = {"data_path": "visibilities_hdu", "noise_map_path": "noise_map_hdu", "uv_wavelengths_path": "uv_wavelengths_hdu"}


def pairs_of(path: Any, hdu: int | str, name: str, meaning: str = "real and imaginary parts") -> np.ndarray:
    """Return the numbers in a FITS image of shape (k, 2); an error says which argument `path` was."""
    if path is None:
        raise TypeError(f"`{name}` must be the path of a FITS file, but is None; give one with an image of shape (k, 2).")
    try:
        values = read_image(path, hdu).values
    except (OSError, TypeError, ValueError) as err:
        # It names arguments of its own, of which there is one for each of the three files here.
        words = str(err).replace("`file_path`", f"`{name}`").replace("`hdu`", f"`{HDUS[name]}`")
        raise type(err)(words.replace("`hdu=0`", f"`{HDUS[name]}=0`")) from err
    if values.shape[-1] != 2:
        cure = "write it transposed" if values.shape[0] == 2 else "write these two as its columns"
        raise ValueError(
            f"`{name}` must be a FITS image of shape (k, 2), of {meaning}, but '{path}' has {tuple(values.shape)}; {cure}."
        )
    _check.finite(values, name, f"drop these visibilities from '{path}'")
    return values


def checked_folder(path: Any, overwrite: bool) -> Path:
    """Return a folder that the files may be written to; none of them may exist in it, if they are not to be replaced."""
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"`path` must be a folder, but '{path}' is a file; leave out the name of the file.")
    existing = [name for name in FILE_NAMES if (folder / name).exists()]
    if existing and not overwrite:
        raise FileExistsError(
            f"`path` must be a folder without {' or '.join(FILE_NAMES)}, but '{path}' has {', '.join(existing)}; pass "
            f"`overwrite=True` to replace them, or choose another folder."
        )
    return folder


def write_files(path: Any, data: Visibilities, noise_map: Visibilities, uv_wavelengths: Any, overwrite: bool) -> None:
    """Write the files to a folder, each with a name of its own in its header too."""
    folder = checked_folder(path, overwrite)
    for name, values in zip(FILE_NAMES, (data.in_array, noise_map.in_array, uv_wavelengths), strict=True):
        write_images(folder / name, [(name.removesuffix(".fits"), values)], overwrite=overwrite)
