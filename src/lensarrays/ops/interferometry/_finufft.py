"""Non-uniform fast Fourier transforms of NumPy arrays by finufft, one image after the other."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ._lattice import Setting, phases

_BYTES_PER_POINT = 128  # coordinates, factors and strengths, and what finufft sorts them by


def forward(images: np.ndarray, uv: np.ndarray, setting: Setting, *, out: np.ndarray | None = None) -> np.ndarray:
    """Return the visibilities (b, k) of real images (b, ny, nx); NaN where (u, v) is not finite."""
    shape, dtype = (len(images), len(uv)), np.result_type(images.dtype, np.complex64)
    result = np.empty(shape, dtype=dtype) if out is None else out
    for part, plan, shift, bad in _plans(2, -1, uv, images.dtype, setting):
        for image, visibilities in zip(images, result, strict=True):
            np.multiply(plan.execute(image.astype(dtype)), shift, out=visibilities[part])
            if bad is not None:
                visibilities[part][bad] = np.nan
    return result


def adjoint(visibilities: np.ndarray, uv: np.ndarray, setting: Setting, *, out: np.ndarray | None = None) -> np.ndarray:
    """Return the real images (b, ny, nx) that visibilities (b, k) add up to; NaN if a (u, v) is not finite."""
    shape, dtype = (len(visibilities), *setting.box.shape), visibilities.real.dtype
    total = np.empty(shape, dtype=dtype) if out is None else out
    total[...] = 0.0
    for part, plan, shift, bad in _plans(1, 1, uv, dtype, setting):
        for one, image in zip(visibilities, total, strict=True):
            strengths = one[part] * np.conj(shift)
            if bad is not None:
                strengths[bad] = np.nan
            image += plan.execute(strengths).real
    return total


def _plans(kind: int, sign: int, uv: np.ndarray, real: np.dtype, setting: Setting) -> Iterator[tuple]:
    """Yield, for one chunk of visibilities after the other, which they are, a plan, the factor of the middle pixel, and
    which of them are not finite (None if all are), for which finufft would write to memory that is not its own.
    """
    import finufft

    size = max(1, setting.chunk_bytes // _BYTES_PER_POINT)
    count, kind_of_result = min(size, len(uv)), np.result_type(real, np.complex64)
    options = {"eps": setting.tolerance_for(real), "isign": sign, "dtype": kind_of_result, "nthreads": setting.threads}
    options["upsampfac"] = _upsampling(count, setting, options["eps"])
    plan = finufft.Plan(kind, setting.box.shape, **options)
    for begin in range(0, len(uv), size):
        part = slice(begin, begin + size)
        points: Any = uv[part].astype(np.result_type(uv.dtype, real), copy=False)
        finite = np.isfinite(points).all(axis=-1)
        bad = None if finite.all() else ~finite
        rows, columns, shift = phases(points if bad is None else np.where(finite[:, None], points, 0.0), setting.box)
        plan.setpts(rows.astype(real, copy=False), columns.astype(real, copy=False))
        factor = np.empty(shift.shape, dtype=kind_of_result)
        np.cos(shift, out=factor.real, casting="same_kind")
        np.sin(shift, out=factor.imag, casting="same_kind")
        yield part, plan, factor, bad


def _upsampling(points: int, setting: Setting, tolerance: float) -> float:
    """Return how much finer the grid is than the image: less makes the transform cheaper, but each point dearer."""
    ny, nx = setting.box.shape
    return 1.5 if points < 2 * ny * nx and tolerance >= 1e-12 else 2.0
