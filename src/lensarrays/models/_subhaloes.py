"""What a sampler of subhaloes draws from, and its draws."""

import functools
import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax

from .._backend import namespace
from .._check import Requirement, is_concrete
from ._drawn_profiles import HaloUnits, collapsed_from, cored_from, halo_units_from, truncated_from
from ._halo_draws import haloes_drawn, haloes_of_place, in_precision, populations_of, slots_of
from ._mass_function_sampling import MassTable, integral_of, log_mass_knots, mass_table_from
from ._profile import leaves, or_nan
from .halo_population import HaloPopulation
from .mass.cnfw_sph import cNFWSph
from .mass.nfw_truncated import NFWTruncatedSph
from .mass.nfw_truncated_core import NFWTruncatedCoreSph

FRACTION = Requirement("from 0 to 1", lambda v: (v >= 0) & (v <= 1), "give the part of all subhaloes, as in 0.2")
PART = Requirement("above 0 and at most 1", lambda v: (v > 0) & (v <= 1), "give it over the scale radius, as in 0.1")
CORE = Requirement("above 0 and below 1", lambda v: (v > 0) & (v < 1), "give the core radius over the scale radius")
FAMILIES = (NFWTruncatedSph, cNFWSph, NFWTruncatedCoreSph)
NAMES = ("as truncated NFW haloes", "as cored ones", "as collapsed ones")


class SubhaloNumbers(eqx.Module):
    """All that draws depend on."""

    centre: tuple[Any, Any]
    radii: Any  # of the disc, once for each family, shape (f,) [arcsec]
    scatter: Any  # in e-folds
    truncation_factor: Any
    core_ratio: Any
    collapsed_scale_ratio: Any
    collapsed_core_ratio: Any
    units: HaloUnits
    table: MassTable


def families_of(cored_fraction: Any, collapsed_fraction: Any) -> tuple[int, ...]:
    """Return which families there may be; raise if it is seen that the fractions are more than all."""
    cored, collapsed = (float(part) if is_concrete(part) else None for part in (cored_fraction, collapsed_fraction))
    rest = None if cored is None or collapsed is None else 1 - cored - collapsed
    if rest is not None and rest < -1e-6:
        raise ValueError(
            f"`cored_fraction` and `collapsed_fraction` must add up to at most 1, but are {cored} and {collapsed}; lower one."
        )
    # What is left over by rounding is no family.
    present = (rest is None or rest > 1e-6, cored != 0, collapsed != 0)
    return tuple(k for k, there in enumerate(present) if there)


def subhalo_numbers_from(
    n: dict[str, Any], good: Any, families: tuple[int, ...], cosmology: Any, concentration: Callable[..., Any]
) -> SubhaloNumbers:
    """Return all that draws depend on."""
    xp = namespace(*n.values(), *leaves(cosmology))
    masses, here = (n["m_min"], n["m_max"]), xp.reshape(n["z_lens"], (1,))
    knots, step = log_mass_knots(*masses, xp=xp)
    mass = xp.clip(xp.exp(knots), *masses)  # the ends may be rounded off
    cold = xp.exp((n["slope"] + 1) * (knots - knots[0]))  # by logarithm of mass
    warmth = n["half_mode_mass"] / mass
    density = cold * (1 + (n["a"] * warmth) ** n["b"]) ** n["c"]
    if "f_sub" in n:
        critical = cosmology.critical_surface_density_between_redshifts_from(n["z_lens"], n["z_source"])
        projected = xp.pi * n["radius_arcsec"] * n["einstein_radius"] * critical
        amount = n["f_sub"] * projected / xp.sum(integral_of(cold * mass, step, xp=xp))
    else:
        amount = n["expected_haloes"] / xp.sum(integral_of(cold, step, xp=xp))
    good = good & (n["m_max"] > n["m_min"]) & (n["cored_fraction"] + n["collapsed_fraction"] <= 1 + 1e-6)
    log_concentration = xp.log(concentration(mass, n["z_lens"], cosmology) * (1 + 60 * warmth) ** -0.17)
    fractions = 1 - n["cored_fraction"] - n["collapsed_fraction"], n["cored_fraction"], n["collapsed_fraction"]
    amounts = or_nan(good, amount * xp.stack([fractions[k] for k in families]), xp=xp)
    density, log_concentration = (xp.broadcast_to(v, (len(families), v.shape[-1])) for v in (density, log_concentration))
    table = mass_table_from(density, log_concentration, amounts, *masses, xp=xp)
    return SubhaloNumbers(
        (n["y"], n["x"]),
        xp.broadcast_to(n["radius_arcsec"], (len(families),)),
        math.log(10) * n["c_scatter"],
        n["truncation_factor"],
        n["core_ratio"],
        n["collapsed_scale_ratio"],
        n["collapsed_core_ratio"],
        halo_units_from(here, n["z_source"], cosmology, xp=xp),
        table,
    )


def subhaloes_in_slots(
    numbers: SubhaloNumbers, key: Any, counts: Any, *, families: tuple[int, ...], capacity: int, dtype: Any
) -> list[HaloPopulation]:
    """Return the subhaloes of each family."""
    n = in_precision(numbers, dtype, key)
    xp = namespace(n.radii)
    together = haloes_drawn(n.table, n.radii, n.scatter, key, counts, capacity)
    together = together._replace(y=together.y + n.centre[0], x=together.x + n.centre[1])
    populations: list[HaloPopulation] = []
    for i, family in enumerate(families):
        haloes = haloes_of_place(together, i, key)
        if FAMILIES[family] is NFWTruncatedSph:
            parameters = truncated_from(haloes, n.units, n.truncation_factor, xp=xp)
        elif FAMILIES[family] is cNFWSph:
            parameters = cored_from(haloes, n.units, n.core_ratio, xp=xp)
        else:
            shape = n.collapsed_scale_ratio, n.collapsed_core_ratio
            parameters = collapsed_from(haloes, n.units, n.truncation_factor, *shape, xp=xp)
        populations += populations_of(FAMILIES[family], parameters, haloes, slots_of(counts[i : i + 1], capacity), key)
    return populations


# Compiled as one, as hundreds of small operations would otherwise be started one by one.
subhaloes_on_jax = functools.partial(jax.jit, static_argnames=("families", "capacity", "dtype"))(subhaloes_in_slots)
