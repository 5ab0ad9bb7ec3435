"""W-tilde by its definition."""

from typing import Any

from ..._backend import namespace
from ...structures import Mask2D
from ...structures.abstract import as_array
from ._compact_lattice import lattice_of


def w_tilde_direct_from(uv_wavelengths: Any, noise_map: Any, real_space_mask: Mask2D, *, chunk_bytes: int = 2**26) -> Any:
    """Return W-tilde by the sum over visibilities at each pair of pixels."""
    uv, noise = as_array(uv_wavelengths), as_array(noise_map)
    xp = namespace(uv, noise)
    lattice = lattice_of(real_space_mask)
    rows, columns = (xp.asarray(axis, dtype=uv.dtype) for axis in divmod(lattice.places, lattice.shape[1]))
    y = lattice.centre[0] - (rows - (lattice.shape[0] - 1) / 2) * lattice.spacing[0]
    x = lattice.centre[1] + (columns - (lattice.shape[1] - 1) / 2) * lattice.spacing[1]
    chunk = max(chunk_bytes // (32 * lattice.pixels), 1)
    total = xp.zeros((lattice.pixels, lattice.pixels), dtype=uv.dtype)
    for start in range(0, uv.shape[0], chunk):
        u, v = uv[start : start + chunk, 0], uv[start : start + chunk, 1]
        sigma = noise[start : start + chunk]
        phases = 2 * xp.pi * (x[:, None] * u + y[:, None] * v)
        cosines, sines = xp.cos(phases) / xp.real(sigma), xp.sin(phases) / xp.imag(sigma)
        total = total + cosines @ xp.matrix_transpose(cosines) + sines @ xp.matrix_transpose(sines)
    return total
