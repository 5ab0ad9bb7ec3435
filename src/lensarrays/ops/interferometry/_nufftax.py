"""Non-uniform fast Fourier transforms on accelerators, by nufftax, some of the visibilities at a time."""

import math
from typing import Any

import jax
import jax.numpy as jnp

from ._chunks import mapped, summed
from ._lattice import Setting, phases


def forward(images: Any, uv: Any, setting: Setting) -> Any:
    """Return the visibilities (b, k) of real images (b, ny, nx)."""
    nufftax, real = _imported(), images.dtype
    uv = uv.astype(jnp.result_type(uv.dtype, real))
    tolerance, modes = setting.tolerance_for(real), jax.lax.complex(images, jnp.zeros_like(images))

    def of_chunk(uv: Any) -> Any:
        rows, columns, shift = (array.astype(real) for array in phases(uv, setting.box))
        return (nufftax.nufft2d2(columns, rows, modes, tolerance, -1) * jnp.exp(1j * shift)).T

    return mapped(of_chunk, (uv,), _chunk(real, setting), xp=jnp).T


def adjoint(visibilities: Any, uv: Any, setting: Setting) -> Any:
    """Return the real images (b, ny, nx) that visibilities (b, k) add up to."""
    nufftax, real = _imported(), jnp.real(visibilities).dtype
    uv = uv.astype(jnp.result_type(uv.dtype, real))
    tolerance, (ny, nx) = setting.tolerance_for(real), setting.box.shape

    def of_chunk(visibilities: Any, uv: Any) -> Any:
        rows, columns, shift = (array.astype(real) for array in phases(uv, setting.box))
        strengths = visibilities.T * jnp.exp(-1j * shift)
        return jnp.real(nufftax.nufft2d1(columns, rows, strengths, (nx, ny), tolerance, 1))

    return summed(of_chunk, (visibilities.T, uv), _chunk(real, setting), xp=jnp)


def _chunk(real: Any, setting: Setting) -> int:
    """Return how many visibilities are done at a time: each gathers complex numbers from a square of the grid."""
    width = 2 + math.ceil(-math.log10(setting.tolerance_for(real)))
    return max(1, setting.chunk_bytes // (2 * 2 * jnp.finfo(real).dtype.itemsize * width**2))


def _imported() -> Any:
    try:
        import nufftax
    except ModuleNotFoundError as err:
        raise ModuleNotFoundError(
            "`TransformerNUFFT` must have nufftax for arrays that are not on a CPU, but it is not installed; run "
            "`pip install lensarrays[gpu]`, or use `TransformerDFT`."
        ) from err
    return nufftax
