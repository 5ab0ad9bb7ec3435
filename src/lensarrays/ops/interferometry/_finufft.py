"""Non-uniform fast Fourier transforms of NumPy arrays by finufft, one image after the other."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ._lattice import Setting, phases

_BYTES_PER_POINT = 128  # coordinates, factors and strengths, and what finufft sorts them by
_FEW_POINTS = {1: 0.5, 2: 4.0}  # a pixel of the image
_UNKNOWN = complex(np.nan, np.nan)


def forward(images: np.ndarray, uv: np.ndarray, setting: Setting, *, out: np.ndarray | None = None) -> np.ndarray:
    """Return the visibilities (b, k) of real images (b, ny, nx); NaN where (u, v) is not finite."""
    shape, dtype = (len(images), len(uv)), np.result_type(images.dtype, np.complex64)
    result = np.empty(shape, dtype=dtype) if out is None else out
    for part, plan, shift, bad in _plans(2, uv, images.dtype, setting):
        for image, visibilities in zip(images, result, strict=True):
            np.multiply(plan.execute(image.astype(dtype)), shift, out=visibilities[part])
            if bad is not None:
                visibilities[part][bad] = _UNKNOWN
    return result


def adjoint(visibilities: np.ndarray, uv: np.ndarray, setting: Setting, *, out: np.ndarray | None = None) -> np.ndarray:
    """Return the real images (b, ny, nx) that visibilities (b, k) add up to; NaN if a (u, v) is not finite."""
    shape, dtype = (len(visibilities), *setting.box.shape), visibilities.real.dtype
    total = np.empty(shape, dtype=dtype) if out is None else out
    total[...] = 0.0
    for part, plan, shift, bad in _plans(1, uv, dtype, setting):
        for one, image in zip(visibilities, total, strict=True):
            strengths = one[part] * np.conj(shift)
            if bad is not None:
                strengths[bad] = _UNKNOWN
            image += plan.execute(strengths).real
    return total


def _plans(kind: int, uv: np.ndarray, real: np.dtype, setting: Setting) -> Iterator[tuple]:
    """Yield, for one chunk of visibilities after the other, which they are, a plan, the factor of the middle pixel, and
    which of them are not finite (None if all are): for those finufft would write to memory that is not its own.
    """
    size = max(1, setting.chunk_bytes // _BYTES_PER_POINT)
    plan, dtype = _plan(kind, min(size, len(uv)), real, setting), np.result_type(real, np.complex64)
    for begin in range(0, len(uv), size):
        part = slice(begin, begin + size)
        points: Any = uv[part].astype(np.result_type(uv.dtype, real), copy=False)
        finite = np.isfinite(points)
        bad = None if finite.all() else ~finite.all(axis=-1)
        rows, columns, shift = phases(points if bad is None else np.where(finite, points, 0.0), setting.box)
        plan.setpts(rows.astype(real, copy=False), columns.astype(real, copy=False))
        yield part, plan, np.exp(1j * shift).astype(dtype, copy=False), bad


def _plan(kind: int, points: int, real: np.dtype, setting: Setting) -> Any:
    """Return finufft's plan of a transform to (2) or from (1) visibilities.

    Its grid is finer than the image by a factor, of which a smaller one makes the transform cheaper and each point dearer;
    points are spread in groups of near ones, of which small ones stay in the caches. What is best was measured.
    """
    import finufft

    ny, nx = setting.box.shape
    tolerance, per_pixel = setting.tolerance_for(real), points / (ny * nx)
    is_coarse = tolerance >= 1e-12 and per_pixel < _FEW_POINTS[kind]
    return finufft.Plan(
        kind,
        setting.box.shape,
        eps=tolerance,
        isign=1 if kind == 1 else -1,
        dtype=np.result_type(real, np.complex64),
        nthreads=setting.threads,
        upsampfac=1.5 if is_coarse else 2.0,
        spread_max_sp_size=1000 if per_pixel < 4 else 0,
    )
