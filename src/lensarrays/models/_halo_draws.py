"""Random haloes in slots: how many there are in each of several places, and the random numbers that make each of them."""

import functools
import math
from typing import Any, NamedTuple

import jax
import numpy as np

from .._backend import namespace
from .._check import is_concrete, whole_number
from ..ops.poisson import ExactPoisson
from ..ops.random_source import uniform
from ._mass_function_sampling import MassTable, masses_and_concentrations_at
from .halo_population import HaloPopulation

SPARE = 6.0  # standard deviations between the expected number of haloes and the capacity, unless one is given


class DrawnHaloes(NamedTuple):
    """Haloes in slots, or without them, one after the other.

    Parameters
    ----------
    row : array of int
        In which of the places each halo is.
    y, x : array [arcsec]
        From the centre of the disc that they are in.
    log_mass : array
        The natural logarithm of the mass [solar masses].
    concentration : array
    """

    row: Any
    y: Any
    x: Any
    log_mass: Any
    concentration: Any


class Slots(NamedTuple):
    """Which of the slots (p, capacity) of p places hold a halo, and how many haloes (p,) did not fit."""

    valid: Any
    overflow: Any


def usual_capacity(expected: Any) -> int:
    """Return slots that nearly always suffice for places with expected numbers of haloes."""
    if not is_concrete(expected):
        raise TypeError(
            "`capacity` must be given where the parameters of the sampler are traced, but is None; give the number of slots, "
            "or make the sampler outside of `jax.jit`."
        )
    most = float(np.max(np.asarray(expected), initial=0.0))
    return 8 * math.ceil((most + SPARE * math.sqrt(most) + SPARE) / 8)


def counts_drawn(expected: Any, key: Any) -> Any:
    """Return the number of haloes (p,) of p places, as integers: Poisson numbers."""
    if isinstance(key, np.random.Generator):
        return key.poisson(np.asarray(expected))
    return _counts_on_jax(expected, key)


@jax.jit
def _counts_on_jax(expected: Any, key: Any) -> Any:
    # Rates that are NaN or infinite are reported as an overflow later, and no loop of a draw should see them.
    good = (expected >= 0) & (expected < 2.0**24)
    drawn = ExactPoisson().draw(jax.numpy.where(good, expected, 0.0), jax.random.fold_in(key, 0))
    return jax.numpy.where(good, drawn, 2.0**24).astype(np.int32)


def capacity_for(counts: Any, capacity: Any, expected: Any, places: list[str]) -> int:
    """Return the number of slots of each place; raise if it is seen that haloes do not fit."""
    seen = np.asarray(counts) if is_concrete(counts) else np.zeros(1, dtype=int)
    most = int(seen.max(initial=0))
    if capacity is None:
        return max(usual_capacity(expected), most)
    capacity = whole_number(capacity, "capacity", at_least=1)
    if most > capacity:
        raise ValueError(
            f"`capacity` must be {most} or more for the {most} haloes drawn {places[int(seen.argmax())]}, but is {capacity}; "
            f"{_enough(most, expected)}, or raise `m_min`."
        )
    return capacity


def _enough(most: int, expected: Any) -> str:
    """Return what to do if there are too few slots."""
    if not is_concrete(expected):
        return "enlarge it"
    return f"give {max(most, usual_capacity(expected))}, which nearly all draws fit into, leave it out"


def slots_of(counts: Any, capacity: int) -> Slots:
    """Return the slots of places that have some number of haloes."""
    xp = namespace(counts)
    room = xp.full_like(counts, capacity)
    return Slots(xp.arange(capacity) < counts[:, None], xp.where(counts > room, counts - room, xp.zeros_like(counts)))


def haloes_drawn(table: MassTable, radii: Any, scatter: Any, key: Any, counts: Any, capacity: int) -> DrawnHaloes:
    """Return haloes in slots (p, capacity) with a JAX key, and without slots, (total,), with a Generator."""
    xp = namespace(table.expected)
    if isinstance(key, np.random.Generator):
        row = np.repeat(np.arange(len(counts)), counts)
        drawn = (*key.random((3, row.size)), key.standard_normal(row.size))
        heavier, area, angle, offset = (numbers.astype(radii.dtype) for numbers in drawn)
    else:
        places = radii.shape[0]
        row = np.broadcast_to(np.arange(places)[:, None], (places, capacity))
        heavier, area, angle, offset = _numbers_on_jax(key, radii.dtype, places, capacity)
    rows = xp.asarray(row)
    log_mass, log_concentration = masses_and_concentrations_at(table, rows, heavier, scatter * offset, xp=xp)
    r, phi = xp.take(radii, rows) * xp.sqrt(area), 2 * math.pi * angle
    return DrawnHaloes(rows, r * xp.sin(phi), r * xp.cos(phi), log_mass, xp.exp(log_concentration))


def _numbers_on_jax(key: Any, dtype: Any, places: int, capacity: int) -> tuple[Any, ...]:
    """Return three uniform numbers and a normal one for each slot: they depend on the slot alone, not on how many there are."""

    def numbers(index: Any) -> Any:
        return uniform(jax.random.fold_in(key, index), jax.numpy.zeros(5, dtype))

    # The first key is that of the counts.
    indices = 1 + places * np.arange(capacity) + np.arange(places)[:, None]
    drawn = jax.numpy.reshape(jax.vmap(numbers)(indices.ravel()), (places, capacity, 5))
    # The normal number is that of Box and Muller, so that all come from one call: each would have to be compiled.
    radius = jax.numpy.sqrt(-2 * jax.numpy.log(jax.numpy.maximum(drawn[..., 3], jax.numpy.finfo(dtype).tiny)))
    return drawn[..., 0], drawn[..., 1], drawn[..., 2], radius * jax.numpy.cos(2 * math.pi * drawn[..., 4])


def haloes_of_place(haloes: DrawnHaloes, k: int, key: Any) -> DrawnHaloes:
    """Return the haloes of one place, as if there were no other."""
    own = haloes.row == k if isinstance(key, np.random.Generator) else slice(k, k + 1)
    row, *rest = (values[own] for values in haloes)
    return DrawnHaloes(row - k, *rest)


def populations_of(
    family: type, parameters: dict[str, Any], haloes: DrawnHaloes, slots: Slots, key: Any
) -> list[HaloPopulation]:
    """Return haloes of one family, one population for each place, with the defaults of the family in empty slots."""
    neutral = family()
    y_0, x_0 = neutral.centre
    y, x = in_slots(haloes.y, y_0, slots, key), in_slots(haloes.x, x_0, slots, key)
    columns = {name: in_slots(value, getattr(neutral, name), slots, key) for name, value in parameters.items()}
    return [
        HaloPopulation(
            family(centre=(y[k, :], x[k, :]), **{name: value[k, :] for name, value in columns.items()}),
            valid=slots.valid[k, :],
            overflow=slots.overflow[k],
        )
        for k in range(slots.valid.shape[0])
    ]


def in_slots(values: Any, default: float, slots: Slots, key: Any) -> Any:
    """Return a parameter of haloes in slots (p, capacity), with a default in the empty ones."""
    if not isinstance(key, np.random.Generator):
        return jax.numpy.where(slots.valid, values, default)
    result = np.full(slots.valid.shape, default, dtype=values.dtype)
    result[slots.valid] = values  # both are in the order of places, then of slots
    return result


def in_precision(tables: Any, dtype: Any, key: Any) -> Any:
    """Return the numbers of a sampler in the library of the key and the data type of the haloes."""
    library = np if isinstance(key, np.random.Generator) else jax.numpy
    return jax.tree_util.tree_map(functools.partial(library.asarray, dtype=dtype), tables)
