"""Which source pixels of a positive solution are zero: found by exchange.

The most negative are held at zero, those that are held and would improve the fit are let go, many at a time, and the light is
solved for anew each time, positive and exactly: with light among what is exchanged, that would not end. Holding all that are
negative would overshoot: most of them no longer are once the first are held. Where exchange does not end, the active set of
Lawson and Hanson on all pixels that ever were negative does.

J. J. Júdice and F. M. Pires, Computers and Operations Research 21, 587 (1994).
"""

import math
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from . import _cholesky, _lapack
from ._gram import gram
from ._pinned import Held, Pinned
from .active_set import positive_solution
from .elimination import Elimination

TOLERANCE = 1e-12  # of signs, in units of the energy of the data
ROUNDING = 1e-14  # of what is left for light, as a part of what there was
MOST_EXCHANGES = 25
AT_FIRST = 0.05  # part of the pixels that are held at first, if nothing is remembered
AT_ONCE = 0.25  # part of the negative pixels that is held next, or
FEW = 50  # so many
MOST_ROUNDS = 50  # of the active set, each with more pixels


@final
@dataclass(frozen=True, eq=False)
class Reduced:
    """A system of which the m source pixels that are kept have been eliminated, A = L L'.

    Attributes
    ----------
    triangle : array, shape (m, m)
        Holds L' as its upper triangle.
    rows : array, shape (g + 1, m)
        L^-1 of the curvature between source and light, and of the data vector.
    light_matrix, light_vector : arrays, shapes (g, g) and (g,)
        What is left for light, if no source pixel is held at zero.
    cross, own_matrix, vector, own_vector : arrays, shapes (g, m), (g, g), (m,) and (g,)
        What the system was made of, beside A.
    scale, light_scale : arrays, shapes (m,) and (g,)
        Roots of the diagonal of A.
    energy : float
        The unit of slopes that are divided by `scale`, and of values that are multiplied by it.
    """

    triangle: np.ndarray
    rows: np.ndarray
    light_matrix: np.ndarray
    light_vector: np.ndarray
    cross: np.ndarray
    own_matrix: np.ndarray
    vector: np.ndarray
    own_vector: np.ndarray
    scale: np.ndarray
    light_scale: np.ndarray
    energy: float

    @classmethod
    def of(
        cls,
        triangle: np.ndarray,
        cross: np.ndarray,
        own_matrix: np.ndarray,
        vector: np.ndarray,
        own_vector: np.ndarray,
        scale: np.ndarray,
    ) -> "Reduced":
        """Return a system by its parts, `triangle` factored already."""
        g = len(own_matrix)
        rows = np.empty((g + 1, len(vector)))
        rows[:g], rows[g] = cross, vector
        _cholesky.solve_rows(triangle, rows)
        light_scale = np.sqrt(np.diagonal(own_matrix))
        energy = float(rows[g] @ rows[g]) + float(np.max((own_vector / light_scale) ** 2, initial=0.0))
        light_matrix, light_vector = own_matrix - gram(rows[:g]), own_vector - rows[:g] @ rows[g]
        # Of light that the source can imitate, rounding may leave less than nothing.
        diagonal = np.einsum("ii->i", light_matrix)
        np.maximum(diagonal, ROUNDING * light_scale**2, out=diagonal)
        unit = math.sqrt(energy) if energy else 1.0
        return cls(triangle, rows, light_matrix, light_vector, cross, own_matrix, vector, own_vector, scale, light_scale, unit)

    def slopes(self, source: np.ndarray, light: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return A x - d for source (m,) and light (g,)."""
        slopes = source.copy()
        _lapack.multiply_vector(self.triangle, slopes, transposed=True)
        slopes += light @ self.rows[:-1] - self.rows[-1]
        _lapack.multiply_vector(self.triangle, slopes)
        return slopes, self.own_matrix @ light + self.cross @ source - self.own_vector


@final
@dataclass(frozen=True, eq=False)
class Trial:
    """The solution for one set of source pixels at zero.

    Attributes
    ----------
    reduced : Reduced
    source, light : arrays, shapes (m,) and (g,)
    passive : array of bool, shape (g,)
        Which light is not held at zero.
    slopes : array, shape (m,)
        Of the source pixels that are held; zero elsewhere.
    held : Held
    exchanges : int
        How many sets were tried.
    is_regular : bool
        False if there is no solution: a matrix is singular.
    """

    reduced: Reduced
    source: np.ndarray
    light: np.ndarray
    passive: np.ndarray
    slopes: np.ndarray
    held: Held
    exchanges: int = 1
    is_regular: bool = True


def without_signs(reduced: Reduced) -> Trial:
    """Return the solution with nothing at zero, of any sign."""
    m, g = len(reduced.scale), len(reduced.light_scale)
    held = Held(Pinned(reduced.triangle, reduced.rows), np.zeros(m, dtype=bool))
    factor, light = reduced.light_matrix.copy(), reduced.light_vector.copy()
    is_regular = _lapack.factor(factor) == 0
    if is_regular:
        _lapack.solve_vector(factor, light)
        _lapack.solve_vector(factor, light, transposed=True)
    source = reduced.rows[-1] - light @ reduced.rows[:-1]
    _lapack.solve_vector(reduced.triangle, source, transposed=True)
    return Trial(reduced, source, light, np.ones(g, dtype=bool), np.zeros(m), held, 1, is_regular)


def exchanged(reduced: Reduced, plan: Elimination) -> Trial:
    """Return the positive solution, begun with what `plan` remembers."""
    pinned = Pinned(reduced.triangle, reduced.rows)
    at_zero, passive = _beginning(reduced, plan)
    best, fewest, least = at_zero, len(at_zero) + 1, passive
    for exchange in range(1, MOST_EXCHANGES + 1):
        trial = _trial(reduced, Held(pinned, at_zero), passive)
        wrong = _wrong(trial)
        total = int(np.count_nonzero(wrong))
        if total == 0 or not trial.is_regular:
            return replace(_positive(trial), exchanges=exchange)
        if total < fewest:
            best, fewest, least = at_zero, total, trial.passive
        at_zero, passive = at_zero ^ _exchanged_next(trial, wrong), trial.passive
    trial = _by_active_set(reduced, pinned, best, least)
    return replace(_positive(trial), exchanges=MOST_EXCHANGES)


def _beginning(reduced: Reduced, plan: Elimination) -> tuple[np.ndarray, np.ndarray]:
    """Return which source pixels are at zero at first, and which light is not."""
    m, g = len(reduced.scale), len(reduced.light_scale)
    if plan.memory is None:
        light = positive_solution(reduced.own_matrix, reduced.own_vector, np.zeros(g, dtype=bool))
        brightness = (reduced.vector - light.values @ reduced.cross) / reduced.scale**2
        at_zero = np.zeros(m, dtype=bool)
        at_zero[np.argsort(brightness)[: int(AT_FIRST * m)]] = True
        return at_zero, light.passive
    remembered = plan.memory.light
    passive = remembered > 0 if len(remembered) == g else np.zeros(g, dtype=bool)
    return plan.memory.source[plan.order[:m]] <= 0, passive


def _trial(reduced: Reduced, held: Held, passive: np.ndarray) -> Trial:
    """Return the solution with some source pixels at zero, and the light positive."""
    around, along = held.against[:, :-1], held.against[:, -1]
    light_matrix = reduced.light_matrix + around.T @ around
    light = positive_solution(light_matrix, reduced.light_vector + around.T @ along, passive)
    trial = _with_light(reduced, held, light.values, light.passive)
    return trial if np.all(np.isfinite(light.values)) else replace(trial, is_regular=False)


def _with_light(reduced: Reduced, held: Held, light: np.ndarray, passive: np.ndarray) -> Trial:
    """Return the source that belongs to light."""
    factors = held.against[:, :-1] @ light - held.against[:, -1]
    _lapack.solve_vector(held.factor, factors, transposed=True)
    source = reduced.rows[-1] - light @ reduced.rows[:-1] + held.combined(factors)
    _lapack.solve_vector(reduced.triangle, source, transposed=True)
    source[held.places] = 0.0
    slopes = np.zeros(len(source))
    slopes[held.places] = factors
    return Trial(reduced, source, light, passive, slopes, held, is_regular=not held.is_singular)


def _wrong(trial: Trial) -> np.ndarray:
    """Return which source pixels are negative, or are at zero and would not be."""
    scale, tolerance = trial.reduced.scale, TOLERANCE * trial.reduced.energy
    return (trial.source * scale < -tolerance) | (trial.slopes / scale < -tolerance)


def _exchanged_next(trial: Trial, wrong: np.ndarray) -> np.ndarray:
    """Return which of the wrong source pixels change sides: of those that are negative, only the worst."""
    (negative,) = np.nonzero(wrong & ~trial.held.at_zero)
    total = max(FEW, int(AT_ONCE * len(negative)))
    if len(negative) <= total:
        return wrong
    left = wrong.copy()
    left[negative[np.argpartition(trial.source[negative], total)[total:]]] = False
    return left


def _positive(trial: Trial) -> Trial:
    """Return a solution without what rounding left below zero."""
    return replace(trial, source=np.maximum(trial.source, 0.0))


def _by_active_set(reduced: Reduced, pinned: Pinned, at_zero: np.ndarray, passive: np.ndarray) -> Trial:
    """Return the positive solution, from an active set on all pixels that ever were negative, and those that become so."""
    for _ in range(MOST_ROUNDS):
        (places,) = np.nonzero(pinned.number >= 0)
        chosen = pinned.number[places]
        inverse = pinned.gram[np.ix_(chosen, chosen)]
        _lapack.factor(inverse)
        _lapack.invert(inverse)
        inverse = np.triu(inverse) + np.triu(inverse, 1).T
        against = pinned.against[chosen]
        moved = inverse @ against
        around = against[:, :-1].T @ moved
        matrix = np.block([[inverse, moved[:, :-1]], [moved[:, :-1].T, reduced.light_matrix + around[:, :-1]]])
        vector = np.concatenate([moved[:, -1], reduced.light_vector + around[:, -1]])
        found = positive_solution(matrix, vector, np.concatenate([~at_zero[places], passive]))
        at_zero, passive = np.zeros(len(at_zero), dtype=bool), found.passive[len(places) :]
        at_zero[places] = ~found.passive[: len(places)]
        trial = _with_light(reduced, Held(pinned, at_zero), found.values[len(places) :], passive)
        outside = (pinned.number < 0) & (trial.source * reduced.scale < -TOLERANCE * reduced.energy)
        if not np.any(outside):
            break
        pinned.add(np.nonzero(outside)[0])
        at_zero = at_zero | outside
    return trial
