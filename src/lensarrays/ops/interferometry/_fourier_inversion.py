"""The inversion of visibilities in the graph, on any array library: what accelerators are good at."""

from typing import Any, NamedTuple

import numpy as np

from ..._backend import namespace
from ..inversion.cholesky import Cholesky
from ..inversion.evidence import log_determinant_from
from ..inversion.problem import Setting, Solved, matrix_of
from ..inversion.reconstruction import reconstruction_from
from ..mapper import pixel_of_sub_pixels, summed_last, take_last
from ..over_sampling import binned_values
from .problem import VisibilityProblem
from .w_tilde import WTilde


class System(NamedTuple):
    """A linear system, of the light and then the source: A x = D.

    Attributes
    ----------
    regularization_matrix : array, shape (..., s, s)
    curvature_reg_matrix : array, shape (..., g + s, g + s)
        A = F + H, with what is added to the diagonal for light.
    data_vector : array, shape (..., g + s)
    """

    regularization_matrix: Any
    curvature_reg_matrix: Any
    data_vector: Any


def system_of(problem: VisibilityProblem, setting: Setting, method: Any) -> System:
    """Return the linear system of a problem, of which F is computed by FFTs."""
    w_tilde = WTilde.from_compact(problem.compact, setting.mask, problem.hankel)
    xp = namespace(problem.image, problem.columns, problem.weights, w_tilde.compact)
    columns, image = xp.asarray(problem.columns), xp.asarray(problem.image)
    products = w_tilde.times(columns) if columns.shape[-2] else columns
    light = columns @ xp.matrix_transpose(products) + setting.light_diagonal * xp.eye(columns.shape[-2], dtype=columns.dtype)
    light_vector = xp.matmul(columns, image[..., None])[..., 0]
    if not setting.pixels:
        return System(xp.zeros((0, 0), dtype=image.dtype), light, light_vector)
    h = xp.asarray(matrix_of(problem.terms))
    curvature = method.curvature_of(w_tilde, problem.indexes, problem.weights, setting.pixels, setting.over_sample_size) + h
    cross = _gathered(problem, setting, products, xp=xp)
    vector = _gathered(problem, setting, image[..., None, :], xp=xp)[..., 0, :]
    matrix = xp.concat(
        [
            xp.concat(_alike(light, cross, xp=xp), axis=-1),
            xp.concat(_alike(xp.matrix_transpose(cross), curvature, xp=xp), axis=-1),
        ],
        axis=-2,
    )
    vectors = (part[..., 0, :] for part in _alike(light_vector[..., None, :], vector[..., None, :], xp=xp))
    return System(h, matrix, xp.concat(list(vectors), axis=-1))


def solved_by_fourier(problem: VisibilityProblem, setting: Setting, method: Any) -> Solved:
    """Return the solution of a problem without batch axes."""
    xp, g = namespace(problem.image, problem.columns, problem.weights, problem.compact), problem.columns.shape[-2]
    problem, is_good = _without_nan(problem, xp=xp)
    h, matrix, vector = system_of(problem, setting, method)
    zeroed = None
    if setting.zeroed is not None and setting.positive:
        zeroed = np.concatenate([np.zeros(g, dtype=bool), setting.zeroed.array])
    found = reconstruction_from(matrix, vector, solver=method.solver if setting.positive else Cholesky(), zeroed=zeroed)
    values = xp.where(is_good, found.values, xp.zeros_like(found.values))
    light, source = values[..., :g], values[..., g:]
    model = xp.sum(light[..., None] * problem.columns, axis=-2)
    zero = xp.zeros_like(model[..., 0])
    term, log_det, log_det_h = zero, zero, zero
    if setting.pixels:
        sub_pixels = xp.sum(take_last(source, problem.indexes) * problem.weights, axis=-1)
        model = model + binned_values(sub_pixels, setting.over_sample_size)
        term = xp.sum(source * xp.matmul(h, source[..., None])[..., 0], axis=-1)
        log_det = log_determinant_from(matrix[..., g:, g:])
        log_det_h = log_determinant_from(h) if problem.terms.log_det is None else xp.asarray(problem.terms.log_det)
    w_tilde = WTilde.from_compact(problem.compact, setting.mask, problem.hankel)
    return Solved(
        light=light,
        source=source,
        chi_squared=w_tilde.quadratic_from(model) - 2 * xp.sum(model * problem.image, axis=-1),
        regularization_term=term,
        log_det_curvature_reg_matrix_term=log_det,
        log_det_regularization_matrix_term=log_det_h,
        kkt_residual=xp.where(is_good, found.kkt_residual, xp.asarray(xp.inf, dtype=found.kkt_residual.dtype)),
        converged=found.converged & is_good & xp.isfinite(log_det),
    )


def _gathered(problem: VisibilityProblem, setting: Setting, images: Any, *, xp: Any) -> Any:
    """Return what each mesh pixel gathers of images (..., g, n), shape (..., g, s)."""
    pixel, fraction = pixel_of_sub_pixels(setting.mask, setting.over_sample_size)
    weights = xp.asarray(problem.weights)
    of_sub_pixels = xp.take(images, xp.asarray(pixel), axis=-1) * xp.asarray(fraction, dtype=weights.dtype)
    indexes, weights = xp.asarray(problem.indexes)[..., None, :, :], weights[..., None, :, :]
    return summed_last(indexes, weights * of_sub_pixels[..., None], setting.pixels)


def _alike(*parts: Any, xp: Any) -> list[Any]:
    """Return matrices with the same batch axes."""
    batch = np.broadcast_shapes(*(part.shape[:-2] for part in parts))
    return [xp.broadcast_to(part, (*batch, *part.shape[-2:])) for part in parts]


def _without_nan(problem: VisibilityProblem, *, xp: Any) -> tuple[VisibilityProblem, Any]:
    """Return a problem with zeros where it is not finite, and whether it is finite; derivatives then stay so."""
    is_good, parts = xp.asarray(True), {}
    for name in ("image", "columns", "weights"):
        part = xp.asarray(getattr(problem, name))
        good = xp.isfinite(part)
        parts[name] = xp.where(good, part, xp.zeros_like(part))
        is_good = is_good & xp.all(good)
    return problem._replace(**parts), is_good
