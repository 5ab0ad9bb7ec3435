"""The inversion by dense matrices, on any array library: what accelerators are good at, and what all else is compared with."""

from dataclasses import dataclass
from typing import Any, NamedTuple, final

import jax
import numpy as np

from ..._backend import namespace
from ..convolution import FFT
from ..convolution.batch import CHUNK_BYTES, ConvolutionMethod, convolved
from ..convolution.checks import checked_frame
from ..mapper import pixel_of_sub_pixels, summed_last
from .cholesky import Cholesky
from .evidence import log_determinant_from
from .primal_dual import PrimalDual
from .problem import Problem, Setting, Solved, matrix_of, without_nan
from .reconstruction import reconstruction_from


class System(NamedTuple):
    """A linear system, of the light and then the source: A x = D.

    Attributes
    ----------
    rows : array, shape (..., g + s, n)
        The transposed blurred mapping matrix, over the noise.
    regularization_matrix : array, shape (..., s, s)
    curvature_reg_matrix : array, shape (..., g + s, g + s)
        A = F + H, with what is added to the diagonal for light.
    data_vector : array, shape (..., g + s)
    """

    rows: Any
    regularization_matrix: Any
    curvature_reg_matrix: Any
    data_vector: Any


@jax.tree_util.register_static
@dataclass(frozen=True)
@final
class Dense:
    """Convolve the mapping matrix as a dense one, and multiply it with itself.

    It takes n s numbers of memory and n s^2 multiplications for n image and s source pixels: seconds on a CPU for a problem of
    full size, little on an accelerator. Every step but the positive-only solution is differentiated by JAX itself, in either
    direction, also by the noise map and the PSF; that solution has an implicit derivative.

    Attributes
    ----------
    solver : PrimalDual or ActiveSet
        For positive-only solutions; others are by `Cholesky`. `ActiveSet` runs on the host.
    convolution : FFT, Direct or Separable
    chunk_bytes : int
        Working memory of the convolution [bytes].

    Examples
    --------
    >>> import lensarrays as la
    >>> la.inversion.Dense()
    Dense(solver=PrimalDual(...), convolution=FFT(), chunk_bytes=...)
    """

    solver: Any = PrimalDual()  # noqa: RUF009 (it is frozen)
    convolution: ConvolutionMethod = FFT()  # noqa: RUF009
    chunk_bytes: int = CHUNK_BYTES

    def solve(self, problem: Problem, setting: Setting) -> Solved:
        """Return the solution of a problem; see there."""
        xp, g = namespace(problem.image, problem.noise_map, problem.columns, problem.weights), problem.columns.shape[-2]
        problem, is_good = without_nan(problem)
        rows, h, matrix, vector = self.system_of(problem, setting)
        zeroed = None
        if setting.zeroed is not None and setting.positive:
            zeroed = np.concatenate([np.zeros(g, dtype=bool), setting.zeroed.array])
        solver = self.solver if setting.positive else Cholesky()
        found = reconstruction_from(matrix, vector, solver=solver, zeroed=zeroed)
        values = xp.where(is_good[..., None], found.values, xp.zeros_like(found.values))
        whitened = xp.asarray(problem.image) / xp.asarray(problem.noise_map)
        residuals = whitened - xp.matmul(values[..., None, :], rows)[..., 0, :]
        source = values[..., g:]
        zero = xp.zeros_like(values[..., 0])
        log_det, log_det_h = zero, zero
        if setting.pixels:
            known = problem.terms.log_det
            log_det = log_determinant_from(matrix[..., g:, g:])
            log_det_h = log_determinant_from(h) if known is None else xp.asarray(known)
        return Solved(
            light=values[..., :g],
            source=source,
            chi_squared=xp.sum(residuals**2, axis=-1),
            regularization_term=xp.sum(source * xp.matmul(h, source[..., None])[..., 0], axis=-1) if setting.pixels else zero,
            log_det_curvature_reg_matrix_term=log_det,
            log_det_regularization_matrix_term=log_det_h,
            kkt_residual=xp.where(is_good, found.kkt_residual, xp.asarray(xp.inf, dtype=found.kkt_residual.dtype)),
            converged=found.converged & is_good & xp.isfinite(log_det),
        )

    def system_of(self, problem: Problem, setting: Setting) -> System:
        """Return the linear system of a problem."""
        xp, g = namespace(problem.image, problem.noise_map, problem.columns, problem.weights), problem.columns.shape[-2]
        noise_map, image = xp.asarray(problem.noise_map), xp.asarray(problem.image)
        rows = self._blurred_rows(problem, setting, xp=xp) / noise_map[..., None, :]
        h = _regularization_matrix(problem, setting, xp=xp)
        matrix = rows @ xp.matrix_transpose(rows) + _padded(h, g, setting.light_diagonal, xp=xp)
        return System(rows, h, matrix, xp.matmul(rows, (image / noise_map)[..., None])[..., 0])

    def _blurred_rows(self, problem: Problem, setting: Setting, *, xp: Any) -> Any:
        """Return the transposed blurred mapping matrix, of the light and of the source, shape (..., g + s, n)."""
        n, columns = problem.image.shape[-1], xp.asarray(problem.columns)
        source = _mapping_rows(problem, setting, xp=xp)
        kernel = problem.kernel
        if kernel is None:
            return _above_each_other([columns, source], xp=xp)
        blurring_mask = setting.mask.derive_mask.blurring_from(kernel.shape_native, allow_padding=True)
        lit = checked_frame(setting.mask, kernel.mask, blurring_mask, 1, "the image", "blurring_mask")
        alone = checked_frame(setting.mask, kernel.mask, None, 1, "the image", "blurring_mask")
        parts = []
        if columns.shape[-2]:
            parts.append(self._convolved(columns[..., :n], columns[..., n:], kernel, lit))
        if setting.pixels:
            parts.append(self._convolved(source, None, kernel, alone))
        return _above_each_other(parts, xp=xp)

    def _convolved(self, values: Any, blurring: Any, kernel: Any, frame: Any) -> Any:
        return convolved(values, blurring, kernel, frame, self.convolution, self.chunk_bytes)


def _above_each_other(parts: list[Any], *, xp: Any) -> Any:
    """Return the rows (..., r, n) of all parts, whose batch axes broadcast."""
    batch = np.broadcast_shapes(*(part.shape[:-2] for part in parts))
    return xp.concat([xp.broadcast_to(part, (*batch, *part.shape[-2:])) for part in parts], axis=-2)


def _mapping_rows(problem: Problem, setting: Setting, *, xp: Any) -> Any:
    """Return the transposed mapping matrix, shape (..., s, n)."""
    n = problem.image.shape[-1]
    pixel, fraction = pixel_of_sub_pixels(setting.mask, setting.over_sample_size)
    weights = xp.asarray(problem.weights)
    slots = xp.asarray(problem.indexes) * n + xp.asarray(pixel[:, None])
    flat = summed_last(slots, weights * xp.asarray(fraction[:, None], dtype=weights.dtype), setting.pixels * n)
    return xp.reshape(flat, (*flat.shape[:-1], setting.pixels, n))


def _regularization_matrix(problem: Problem, setting: Setting, *, xp: Any) -> Any:
    if setting.pixels == 0:
        return xp.zeros((0, 0), dtype=problem.image.dtype)
    return xp.asarray(matrix_of(problem.terms))


def _padded(matrix: Any, g: int, light_diagonal: float, *, xp: Any) -> Any:
    """Return a matrix (..., s, s) behind g rows and columns of light, whose part is a multiple of the unit matrix."""
    *batch, s, _ = matrix.shape
    light = xp.broadcast_to(light_diagonal * xp.eye(g, dtype=matrix.dtype), (*batch, g, g))
    above = xp.concat([light, xp.zeros((*batch, g, s), dtype=matrix.dtype)], axis=-1)
    return xp.concat([above, xp.concat([xp.zeros((*batch, s, g), dtype=matrix.dtype), matrix], axis=-1)], axis=-2)
