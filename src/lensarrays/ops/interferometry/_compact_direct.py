"""W-tilde by its definition."""

from typing import Any

from ..._backend import namespace
from ...structures import Mask2D
from ._compact_data import checked_data
from ._compact_dense import check_dense
from ._compact_lattice import lattice_of


def w_tilde_direct_from(
    uv_wavelengths: Any, noise_map: Any, real_space_mask: Mask2D, *, chunk_bytes: int = 2**26, max_bytes: int = 2**32
) -> Any:
    """Return W-tilde by its definition, the sum over visibilities for each pair of pixels: slow, to compare others with.

    Parameters
    ----------
    uv_wavelengths : array, shape (k, 2)
        Baselines (u, v) [wavelengths].
    noise_map : Visibilities, shape (k,)
        The noise of the real parts, and of the imaginary parts.
    real_space_mask : Mask2D
        Which n pixels of the image are used.
    chunk_bytes : int
        The memory for the phases of some visibilities at a time [bytes].
    max_bytes : int
        The memory that the result may take [bytes]; on the way there it takes three times as much.

    Returns
    -------
    array, shape (n, n) [1 / noise^2]

    Raises
    ------
    ValueError
        As `WTilde.from_uv_wavelengths`, or if the result would take more memory than that.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> mask = la.Mask2D.all_false((1, 2), pixel_scales=1.0)
    >>> noise_map = la.Visibilities([0.5 + 0.5j])
    >>> la.interferometry.w_tilde_direct_from(np.asarray([[0.0, 1e5]]), noise_map, mask).round(6)
    array([[4., 4.],
           [4., 4.]])
    """
    data, lattice = checked_data(uv_wavelengths, noise_map, False), lattice_of(real_space_mask)
    xp = namespace(data.u, data.weights)
    check_dense((), data.u.dtype, lattice, max_bytes, "`WTilde.from_uv_wavelengths`, whose `times` needs", xp=xp)
    rows, columns = (xp.asarray(axis, dtype=data.u.dtype)[:, None] for axis in divmod(lattice.places, lattice.shape[1]))
    y = lattice.centre[0] - (rows - (lattice.shape[0] - 1) / 2) * lattice.spacing[0]
    x = lattice.centre[1] + (columns - (lattice.shape[1] - 1) / 2) * lattice.spacing[1]
    count = data.u.shape[0]
    chunk = max(chunk_bytes // (64 * lattice.pixels), 1)
    total = xp.zeros((lattice.pixels, lattice.pixels), dtype=data.u.dtype)
    for start in range(0, count, chunk):
        u, v, mean, excess = (array[start : min(start + chunk, count)] for array in data)
        phases = 2 * xp.pi * (x * u + y * v)
        cosines, sines = xp.cos(phases), xp.sin(phases)
        total = total + (cosines * (mean + excess)) @ xp.matrix_transpose(cosines)
        total = total + (sines * (mean - excess)) @ xp.matrix_transpose(sines)
    return total
