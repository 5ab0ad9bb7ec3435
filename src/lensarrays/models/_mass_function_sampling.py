"""Halo masses from any mass function, by the inverse of its distribution function, from a table that is made once."""

import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import numpy as np

INTERVALS = 64  # a power of two: where a mass is in the table is found by halving
HERMITE_NODES = 12
SCARCE = 1e-12  # times the largest number of haloes by logarithm of mass, and below, counts as this


class MassTable(eqx.Module):
    """The mass functions of some places as power laws in small intervals of mass, and the concentrations there.

    Parameters
    ----------
    log_lightest, log_step : array, shape ()
        The natural logarithm of the lowest mass [solar masses], and the width of an interval.
    expected : array, shape (p,)
        The number of haloes in each of p places.
    heavier : array, shape (p, k + 1)
        The fraction of them that are heavier than each of the k + 1 ends of intervals, from 1 to 0.
    decline : array, shape (p, k)
        The logarithm of how much rarer haloes, by logarithm of mass, are at the end of an interval than at its beginning.
    log_concentration : array, shape (p, k + 1)
        The natural logarithm of the mean concentration at the ends of intervals.
    """

    log_lightest: Any
    log_step: Any
    expected: Any
    heavier: Any
    decline: Any
    log_concentration: Any


def log_mass_knots(m_min: Any, m_max: Any, *, xp: Any) -> tuple[Any, Any]:
    """Return the natural logarithms of the masses at the ends of intervals, shape (k + 1,), and their step."""
    lightest, step = xp.log(m_min), xp.log(m_max / m_min) / INTERVALS
    return lightest + step * xp.arange(INTERVALS + 1, dtype=lightest.dtype), step


def decline_of(density: Any, *, xp: Any) -> Any:
    """Return the logarithm of a positive density (..., k + 1) over that at the next knot, (..., k), but never zero."""
    decline = xp.log(density[..., :-1] / density[..., 1:])
    flat = xp.abs(decline) < 1e-4  # a power law of any such slope is a constant to the precision of the table
    return xp.where(flat, xp.full_like(decline, 1e-4), decline)


def integral_of(density: Any, step: Any, *, xp: Any) -> Any:
    """Return the integral of a positive density (..., k + 1) over each interval (..., k), exactly for power laws."""
    decline = decline_of(density, xp=xp)
    return step * density[..., :-1] * -xp.expm1(-decline) / decline


def not_scarce(density: Any, *, xp: Any) -> Any:
    """Return a density (..., k + 1) that is positive everywhere, so that its logarithm can be taken."""
    return xp.maximum(density, SCARCE * xp.max(density, axis=-1, keepdims=True))


def mass_table_from(density: Any, log_concentration: Any, volume: Any, m_min: Any, m_max: Any, *, xp: Any) -> MassTable:
    """Return the table of a mass function.

    Parameters
    ----------
    density : array, shape (p, k + 1)
        The number of haloes by natural logarithm of mass and volume, at the masses of `log_mass_knots`.
    log_concentration : array, shape (p, k + 1)
    volume : array, shape (p,)
        In the unit of `density`.
    """
    knots, step = log_mass_knots(m_min, m_max, xp=xp)
    density = not_scarce(density, xp=xp)
    numbers = integral_of(density, step, xp=xp)
    # Summed from the rare heavy haloes to the many light ones, so that the fraction of the heavy ones is precise.
    from_above = xp.flip(xp.cumulative_sum(xp.flip(numbers, axis=-1), axis=-1, include_initial=True), axis=-1)
    total = from_above[:, :1]
    return MassTable(knots[0], step, volume * total[:, 0], from_above / total, decline_of(density, xp=xp), log_concentration)


def masses_and_concentrations_at(table: MassTable, row: Any, heavier: Any, offset: Any, *, xp: Any) -> tuple[Any, Any]:
    """Return the natural logarithms of mass and concentration of haloes, of any shape.

    Parameters
    ----------
    row : array of int
        In which of the p places each halo is.
    heavier : array
        What fraction of the haloes there are heavier than it.
    offset : array
        The logarithm of its concentration over the mean one of its mass.
    """

    def entry(values: Any, at: Any) -> Any:
        return xp.take(xp.reshape(values, (-1,)), row * values.shape[-1] + at)

    at, stride = xp.zeros_like(row), INTERVALS // 2
    while stride:
        at = xp.where(entry(table.heavier, at + stride) >= heavier, at + stride, at)
        stride //= 2
    top, bottom = entry(table.heavier, at), entry(table.heavier, at + 1)
    some = top > bottom
    passed = xp.where(some, (top - heavier) / xp.where(some, top - bottom, xp.ones_like(top)), xp.zeros_like(top))
    passed = xp.clip(passed, 0.0, 1.0)
    decline = entry(table.decline, at)
    along = xp.clip(-xp.log1p(passed * xp.expm1(-decline)) / decline, 0.0, 1.0)
    first, second = entry(table.log_concentration, at), entry(table.log_concentration, at + 1)
    log_mass = table.log_lightest + table.log_step * (xp.astype(at, along.dtype) + along)
    return log_mass, first + along * (second - first) + offset


def scattered_mean(function: Callable[[Any], Any], log_concentration: Any, scatter: Any, *, xp: Any) -> Any:
    """Return the mean of a function of concentrations (...) that scatter log-normally, by a number of e-folds."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(HERMITE_NODES)
    shape = (HERMITE_NODES, *(1 for _ in log_concentration.shape))
    nodes, weights = (
        xp.reshape(xp.asarray(v, dtype=log_concentration.dtype), shape) for v in (nodes, weights / math.sqrt(2 * math.pi))
    )
    return xp.sum(weights * function(xp.exp(log_concentration + nodes * scatter)), axis=0)
