"""An inversion on the host: NumPy arrays of float64 in and out, the work done by Numba and LAPACK."""

import functools
import math
from collections.abc import Hashable
from typing import Any, NamedTuple

import numpy as np

from ..mapper import pixel_of_sub_pixels
from ..over_sampling import binned_values
from ..reg.abstract import DenseTerms, SparseTerms
from ._gram import gram
from ._table_numba import merge
from ._terms_numba import add_terms, add_times
from .elimination import Elimination, Memory, elimination_from
from .host_adjoint import inverse_of, solve_passive
from .host_solver import HostSolution, solve_plain, solve_positive
from .log_determinant import dot_cotangents_from, log_det_and_cotangents_from, log_det_from
from .operator import Operator, operator_from
from .problem import Problem, Setting, Solved


class Table(NamedTuple):
    """A mapping matrix in compressed rows: one row an image pixel, the parts that sub-pixels are of it multiplied in."""

    pointer: np.ndarray
    indexes: np.ndarray
    weights: np.ndarray
    fraction: np.ndarray  # for each sub-pixel
    slots: np.ndarray | None  # for each weight of a sub-pixel the entry that it is added to; None if that is its own

    def spread(self, slopes: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Return the derivatives by the weights of sub-pixels, (m, k), for those by the entries of the matrix."""
        own = slopes if self.slots is None else slopes[self.slots]
        return own.reshape(shape) * self.fraction[:, None]


class Evaluated(NamedTuple):
    """A solved problem, and what its derivatives are made from."""

    problem: Problem
    setting: Setting
    solved: Solved
    operator: Operator
    table: Table
    solution: HostSolution


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
        values, per_term, diagonal = (np.ascontiguousarray(part, dtype=np.float64) for part in terms[1:4])
        terms = SparseTerms(np.asarray(terms.indexes), values, per_term, diagonal, terms.log_det)
    elif terms is not None:
        terms = DenseTerms(np.ascontiguousarray(terms.matrix, dtype=np.float64), terms.log_det)
    return Problem(arrays[0], arrays[1], kernel, arrays[2], np.asarray(problem.indexes), weights, terms)


def evaluate(problem: Problem, setting: Setting, *, precomputed: bool) -> Evaluated:
    """Solve a problem without batch axes, whose arrays are NumPy's and in float64."""
    operator = _operator(problem, setting, precomputed=precomputed)
    rows, whitened = operator.scratch.lend(len(problem.columns), problem.image.size), problem.image / problem.noise_map
    operator.whitened(problem.columns, out=rows)
    light_matrix, light_vector = gram(rows), rows @ whitened
    light_matrix[np.diag_indices(len(light_matrix))] += setting.light_diagonal
    memory = _memory((operator, setting, len(rows)))
    coupled = problem.terms.indexes if isinstance(problem.terms, SparseTerms) else None
    plan = elimination_from(setting.pixels, _zeroed(setting), coupled, memory[0] if setting.positive else None)
    table = _table(problem, setting)
    matrix, cross, vector = _source_system(problem, setting, operator, rows, table, plan)
    operator.scratch.take_back(rows)
    solve = solve_positive if setting.positive else solve_plain
    solution = solve(matrix, cross, light_matrix, vector, light_vector, plan)
    if solution.converged:
        memory[0] = solution.memory
    fitted = vector[plan.position] @ solution.source + light_vector @ solution.light
    solved = _solved(problem, setting, solution, whitened @ whitened - fitted)
    return Evaluated(problem, setting, solved, operator, table, solution)


def _source_system(
    problem: Problem, setting: Setting, operator: Operator, rows: np.ndarray, table: Table, plan: Elimination
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return F + H of the source, the curvature between light and source, and the data vector, in the order of elimination."""
    if setting.pixels == 0:
        return np.zeros((0, 0)), np.zeros((len(rows), 0)), np.zeros(0)
    placed = table.pointer, plan.position[table.indexes], table.weights, setting.pixels
    matrix = operator.curvature(*placed)
    add_regularization(matrix, problem.terms, plan)
    return matrix, operator.cross(rows, *placed), operator.data_vector(*placed, problem.image)


@functools.lru_cache(maxsize=64)
def _memory(kind: Hashable) -> list[Memory | None]:
    """Return where the last solution of a kind of problem is kept, a list of one: see `Memory`."""
    return [None]


def _operator(problem: Problem, setting: Setting, *, precomputed: bool) -> Operator:
    kernel = np.ones((1, 1)) if problem.kernel is None else np.asarray(problem.kernel.native, dtype=np.float64)
    return operator_from(setting.mask, kernel, problem.noise_map, precomputed=precomputed and setting.pixels > 0)


def _zeroed(setting: Setting) -> np.ndarray | None:
    return setting.zeroed.array if setting.zeroed is not None and setting.positive else None


def _solved(problem: Problem, setting: Setting, solution: HostSolution, unfitted: float) -> Solved:
    """Return the terms of the evidence of a solution, for which no image of the model is needed.

    At the minimum A x = D wherever x is not zero, so that x'F x = D'x - x'H x - e x_g'x_g, and chi squared is what is
    unfitted, d'd - D'x, less the last two. Where there is no solution all values are zero, and what it misses is infinite.
    """
    if not solution.converged:
        nothing = np.zeros_like(solution.light), np.zeros_like(solution.source)
        return Solved._make((*nothing, *map(np.float64, (math.inf, 0.0, 0.0, 0.0, math.inf)), np.bool_(False)))
    term = float(solution.source @ _times_regularization(solution.source, problem.terms))
    chi_squared = unfitted - term - setting.light_diagonal * float(solution.light @ solution.light)
    log_det = 0.0 if problem.terms is None else log_det_from(problem.terms)
    numbers = (chi_squared, term, solution.log_det, log_det, solution.kkt_residual)
    return Solved._make((solution.light, solution.source, *map(np.float64, numbers), np.bool_(True)))


# Regularisation.


def add_regularization(matrix: np.ndarray, terms: Any, plan: Elimination) -> None:
    """Add H to the upper triangle of a matrix in the order of elimination."""
    if isinstance(terms, SparseTerms):
        add_terms(matrix, *terms[:4], plan.position)
    elif terms is not None:
        matrix += terms.matrix[plan.order][:, plan.order]


def _times_regularization(source: np.ndarray, terms: Any) -> np.ndarray:
    """Return H s."""
    if terms is None:
        return np.zeros(0)
    if isinstance(terms, DenseTerms):
        return terms.matrix @ source
    result = np.zeros(len(source))
    add_times(source, terms.indexes, terms.values, terms.weights, terms.diagonal, result)
    return result


# Derivatives.


def derivatives(evaluated: Evaluated) -> Derivatives:
    """Return what all derivatives of a solution are made from; zeros where there is none, as its log evidence is constant."""
    problem, setting, solved, operator, table, solution = evaluated
    if not solution.converged:
        return _no_derivatives(problem, setting)
    light, source = np.zeros((2, len(solved.light))), np.zeros((2, setting.pixels))
    light[0] = setting.light_diagonal * solved.light
    source[1] = _times_regularization(solved.source, problem.terms)
    moved_source, moved_light = solve_passive(solution, source, light)
    lights = np.concatenate([solved.light[None], moved_light])
    images, gathered = _seen(evaluated, lights, np.concatenate([solved.source[None], moved_source]), problem.image)
    inverse, position = inverse_of(solution, operator.scratch), solution.plan.position
    placed = table.pointer, position[table.indexes], table.weights, setting.pixels
    slopes = operator.curvature_adjoint(*placed, inverse)
    of_terms = _slopes_of_terms(inverse, position, problem.terms)
    operator.scratch.take_back(inverse)
    return Derivatives(
        residual=images[0],
        gathered=gathered[0],
        solutions=np.concatenate([moved_light, moved_source], axis=-1),
        images=images[1:],
        gathered_images=gathered[1:],
        weights=table.spread(slopes, problem.weights.shape),
        terms=of_terms,
        own_terms=_own_slopes_of_terms(problem.terms),
    )


def adjoint(evaluated: Evaluated, light: np.ndarray, source: np.ndarray) -> Adjoint:
    """Return the solution for another right-hand side, and what is seen of it."""
    if not evaluated.solution.converged:
        empty = _no_derivatives(evaluated.problem, evaluated.setting)
        return Adjoint(empty.solutions[0], empty.images[0], empty.gathered_images[0])
    moved_source, moved_light = solve_passive(evaluated.solution, source[None], light[None])
    images, gathered = _seen(evaluated, moved_light, moved_source, None)
    return Adjoint(np.concatenate([moved_light[0], moved_source[0]]), images[0], gathered[0])


def _seen(
    evaluated: Evaluated, light: np.ndarray, source: np.ndarray, image: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the images (r, n) of some x, over the squared noise, and what they gather to; of the first, `image` less it."""
    problem, setting, _, operator, _, _ = evaluated
    unblurred = light @ problem.columns
    if setting.pixels:
        values = np.sum(source[:, problem.indexes] * problem.weights, axis=-1)
        unblurred[:, : problem.image.size] += binned_values(values, setting.over_sample_size)
    images = operator.blurred(unblurred)
    if image is not None:
        images[0] = image - images[0]
    images /= problem.noise_map**2
    return images, operator.blurred_adjoint(images)


def _slopes_of_terms(inverse: np.ndarray, position: np.ndarray, terms: Any) -> tuple:
    """Return the derivatives of ln det(F + H) by the terms; the inverse has pixels at other places."""
    if terms is None:
        return ()
    if isinstance(terms, DenseTerms):
        return (inverse[np.ix_(position, position)],)
    bars = dot_cotangents_from(inverse, terms._replace(indexes=position[terms.indexes]))
    return bars.values, bars.weights, bars.diagonal[position]


def _own_slopes_of_terms(terms: Any) -> tuple:
    """Return the derivatives of ln det H: zero where it is known, as JAX differentiates it then."""
    if terms is None:
        return ()
    if terms.log_det is not None:
        return tuple(np.zeros_like(part) for part in (terms[:1] if isinstance(terms, DenseTerms) else terms[1:4]))
    return tuple(log_det_and_cotangents_from(terms)[1])


def _no_derivatives(problem: Problem, setting: Setting) -> Derivatives:
    n, (g, n_in), s = problem.image.size, problem.columns.shape, setting.pixels
    terms = () if problem.terms is None else problem.terms[:-1][-3:]
    zeros = tuple(np.zeros(np.shape(part)) for part in terms)
    shapes = (n,), (n_in,), (2, g + s), (2, n), (2, n_in), problem.weights.shape
    return Derivatives._make((*(np.zeros(shape) for shape in shapes), zeros, zeros))


# The mapping table.


def _table(problem: Problem, setting: Setting) -> Table:
    """Return the mapping matrix in compressed rows."""
    pixel, fraction = pixel_of_sub_pixels(setting.mask, setting.over_sample_size)
    width, n = problem.weights.shape[-1], problem.image.size
    pointer = np.concatenate([[0], np.cumsum(np.bincount(pixel, minlength=n))]) * width
    indexes, weights = np.ascontiguousarray(problem.indexes).ravel(), (problem.weights * fraction[:, None]).ravel()
    if pixel.size == n:
        return Table(pointer, indexes, weights, fraction, None)
    # Sub-pixels of one pixel share most of their mesh pixels, and what follows takes a time for each entry.
    merged = np.empty_like(pointer), np.empty_like(indexes), np.empty_like(weights)
    slots, seen = np.empty(len(indexes), dtype=np.int64), np.full(setting.pixels, -1)
    merge(pointer, indexes, weights, seen, *merged, slots)
    pointer, (indexes, weights) = merged[0], (part[: merged[0][-1]] for part in merged[1:])
    return Table(pointer, indexes, weights, fraction, slots)
