"""What the derivatives of an inversion on the host are made from."""

from typing import Any, NamedTuple

import numpy as np

from ._host import Evaluated, unblurred
from ._regularization_terms import own_slopes_of_terms, slopes_of_terms, times_regularization
from .host_adjoint import inverse_of, solve_passive
from .problem import Setting


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


def derivatives(evaluated: Evaluated) -> Derivatives:
    """Return what all derivatives of a solution are made from; zeros where there is none, as its log evidence is constant."""
    problem, setting, solved, operator, table, solution = evaluated
    if not solved.converged:
        return _no_derivatives(problem, setting)
    light, source = np.zeros((2, len(solved.light))), np.zeros((2, setting.pixels))
    light[0] = setting.light_diagonal * solved.light
    source[1] = times_regularization(solved.source, problem.terms)
    moved_source, moved_light = solve_passive(solution, source, light)
    lights = np.concatenate([solved.light[None], moved_light])
    sources = np.concatenate([solved.source[None], moved_source])
    images, gathered = operator.seen(unblurred(evaluated, lights, sources), problem.image)
    inverse, position = inverse_of(solution, operator.scratch), solution.plan.position
    placed = table.pointer, position[table.indexes], table.weights, setting.pixels
    slopes = operator.curvature_adjoint(*placed, inverse)
    of_terms = slopes_of_terms(inverse, position, problem.terms)
    operator.scratch.take_back(inverse)
    return Derivatives(
        residual=images[0],
        gathered=gathered[0],
        solutions=np.concatenate([moved_light, moved_source], axis=-1),
        images=images[1:],
        gathered_images=gathered[1:],
        weights=table.spread(slopes, problem.weights.shape),
        terms=of_terms,
        own_terms=own_slopes_of_terms(problem.terms),
    )


def adjoint(evaluated: Evaluated, light: np.ndarray, source: np.ndarray) -> Adjoint:
    """Return the solution for another right-hand side, and what is seen of it."""
    if not evaluated.solved.converged:
        empty = _no_derivatives(evaluated.problem, evaluated.setting)
        return Adjoint(empty.solutions[0], empty.images[0], empty.gathered_images[0])
    moved_source, moved_light = solve_passive(evaluated.solution, source[None], light[None])
    images, gathered = evaluated.operator.seen(unblurred(evaluated, moved_light, moved_source), None)
    return Adjoint(np.concatenate([moved_light[0], moved_source[0]]), images[0], gathered[0])


def _no_derivatives(problem: Any, setting: Setting) -> Derivatives:
    n, (g, n_in), s = problem.image.size, problem.columns.shape, setting.pixels
    terms = () if problem.terms is None else problem.terms[:-1][-3:]
    zeros = tuple(np.zeros(np.shape(part)) for part in terms)
    shapes = (n,), (n_in,), (2, g + s), (2, n), (2, n_in), problem.weights.shape
    return Derivatives._make((*(np.zeros(shape) for shape in shapes), zeros, zeros))
