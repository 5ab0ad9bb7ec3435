"""The files of an observation."""

from pathlib import Path
from typing import Any

import numpy as np

from ..structures.fits import read_image

FILE_NAMES = ("data.fits", "noise_map.fits", "uv_wavelengths.fits")


def uv_wavelengths_of(path: Any, hdu: int | str) -> np.ndarray:
    image = read_image(path, hdu)
    if image.values.shape[-1:] != (2,):
        raise ValueError(
            f"`uv_wavelengths_path` must be a FITS image of shape (k, 2), of u and v, but '{path}' has {image.values.shape}; "
            f"write it transposed."
        )
    return image.values


def checked_folder(path: Any, overwrite: bool) -> Path:
    """Return a folder that the files may be written to; none of them may exist in it, if they are not to be replaced."""
    folder = Path(path)
    existing = [name for name in FILE_NAMES if (folder / name).exists()]
    if existing and not overwrite:
        raise FileExistsError(
            f"`path` must be a folder without {' or '.join(FILE_NAMES)}, but '{path}' has {', '.join(existing)}; pass "
            f"`overwrite=True` to replace them, or choose another folder."
        )
    return folder
