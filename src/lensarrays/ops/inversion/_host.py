"""An inversion on the host: NumPy arrays of float64 in and out, the work done by Numba and LAPACK."""

import functools
from typing import Any, NamedTuple

import numpy as np

from ...structures import Mask2D, StaticArray
from ...structures.sub_pixels import sizes_per_pixel
from ..mapper import pixel_of_sub_pixels
from ..reg.abstract import DenseTerms, SparseTerms
from .problem import Problem, Setting, Solved


class Table(NamedTuple):
    """A mapping matrix in compressed rows: one row an image pixel, the parts that sub-pixels are of it multiplied in."""

    pointer: np.ndarray
    indexes: np.ndarray
    weights: np.ndarray


class Evaluated(NamedTuple):
    """A solved problem, and what its derivatives are made from."""

    problem: Problem
    setting: Setting
    solved: Solved
    operator: Any
    solution: Any


class Derivatives(NamedTuple):
    """What all derivatives of a solution are made from; x stands for the light (g,) and the source (s,), B for their images.

    Attributes
    ----------
    residual : (n,)
        The image less B x, over the squared noise.
    gathered : (n + n_blurring,)
        The transposed convolution of that.
    solutions : (2, g + s)
        The solutions for the right-hand sides e x_g, e being what is added to the diagonal of light, and H x_s.
    images : (2, n)
        B times these, over the squared noise.
    gathered_images : (2, n + n_blurring)
        The transposed convolutions of those.
    weights : (m, k)
        The derivative of ln det(F + H) by the weights of the mapping table.
    terms, own_terms : tuple
        The derivatives of ln det(F + H) and of ln det H by the terms, the latter zero where it is known beforehand.
    """

    residual: Any
    gathered: Any
    solutions: Any
    images: Any
    gathered_images: Any
    weights: Any
    terms: tuple
    own_terms: tuple


class Adjoint(NamedTuple):
    """The solution (g + s,) for another right-hand side, its image over the squared noise, and what that gathers to."""

    solution: Any
    image: Any
    gathered: Any


def in_float64(problem: Problem) -> Problem:
    """Return a problem whose numbers are contiguous and in float64."""
    kernel = problem.kernel
    arrays = [np.ascontiguousarray(part, dtype=np.float64) for part in (problem.image, problem.noise_map, problem.columns)]
    weights = np.ascontiguousarray(problem.weights, dtype=np.float64)
    terms = problem.terms
    if isinstance(terms, SparseTerms):
        numbers = (np.ascontiguousarray(part, dtype=np.float64) for part in terms[1:4])
        terms = SparseTerms(np.asarray(terms.indexes), *numbers, terms.log_det)
    elif terms is not None:
        terms = DenseTerms(np.ascontiguousarray(terms.matrix, dtype=np.float64), terms.log_det)
    return Problem(arrays[0], arrays[1], kernel, arrays[2], np.asarray(problem.indexes), weights, terms)


def evaluate(problem: Problem, setting: Setting, *, precomputed: bool) -> Evaluated:
    """Solve a problem without batch axes, whose arrays are NumPy's and in float64."""
    operator = _operator(problem, setting, precomputed=precomputed)
    inverse_noise = 1.0 / problem.noise_map
    rows, whitened = operator.blurred(problem.columns) * inverse_noise, problem.image * inverse_noise
    light_matrix = rows @ rows.T
    light_matrix[np.diag_indices(len(light_matrix))] += setting.light_diagonal
    table = table_of(problem, setting)
    kind = operator, setting.pixels, len(rows), setting.zeroed, setting.positive
    plan = _plan(kind, setting, problem.terms)
    placed = table.pointer, plan.position[table.indexes], table.weights
    matrix = operator.curvature(*placed, setting.pixels)
    add_regularization(matrix, problem.terms, plan)
    solve = solve_positive if setting.positive else solve_plain
    vector = operator.data_vector(*placed, setting.pixels, problem.image)
    solution = solve(matrix, operator.cross(rows / inverse_noise, *placed, setting.pixels), light_matrix, vector, rows @ whitened, plan)
    if solution.converged:
        _memories[kind] = solution.memory
    data_vector = vector[plan.position]
    return Evaluated(problem, setting, _solved(problem, solution, whitened, data_vector, rows @ whitened, setting), operator, table, solution)


def _solved(problem: Problem, solution: Any, whitened: np.ndarray, vector: np.ndarray, light_vector: np.ndarray, setting: Setting) -> Solved:
    """Return the terms of the evidence of a solution, for which no image of the model is needed.

    At the minimum A x = D wherever x is not zero, so that x'F x = D'x - x'H x - e x_g'x_g.
    """
    source, light = solution.source, solution.light
    term = _regularization_term(source, problem.terms)
    fitted = vector @ source + light_vector @ light
    chi_squared = whitened @ whitened - fitted - term - setting.light_diagonal * (light @ light)
    return Solved(
        light=light,
        source=source,
        chi_squared=np.float64(chi_squared),
        regularization_term=np.float64(term),
        log_det_curvature_reg_matrix_term=np.float64(solution.log_det),
        log_det_regularization_matrix_term=np.float64(_log_det(problem.terms)),
        kkt_residual=np.float64(solution.kkt_residual),
        converged=np.bool_(solution.converged),
    )


def derivatives(evaluated: Evaluated) -> Derivatives:
    """Return what all derivatives of a solution are made from."""
    problem, setting, solved, operator, table, solution = evaluated
    weight = 1.0 / problem.noise_map**2
    g, s = len(solved.light), setting.pixels
    sides = np.zeros((2, g + s))
    sides[0, :g] = setting.light_diagonal * solved.light
    sides[1, g:] = _times_regularization(solved.source, problem.terms)
    moved = np.stack([solve_passive(solution, side) for side in sides])
    values = np.concatenate([np.concatenate([solved.light, solved.source])[None], moved])
    images = operator.blurred(_images_of(values, problem, table)) * weight
    images[0] = problem.image * weight - images[0]
    gathered = operator.blurred_adjoint(images)
    inverse = inverse_of(solution)
    slopes = operator.curvature_adjoint(*table[:3], inverse) if s else np.zeros(0)
    return Derivatives(
        residual=images[0],
        gathered=gathered[0],
        solutions=moved,
        images=images[1:],
        gathered_images=gathered[1:],
        weights=table.spread(slopes, problem.weights.shape),
        terms=_terms_slopes(inverse, problem.terms),
        own_terms=_own_slopes(problem.terms),
    )
