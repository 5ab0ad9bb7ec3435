"""Subhaloes of a lens, drawn from a power-law mass function, of cold, warm or self-interacting dark matter."""

import functools
import math
from collections.abc import Callable
from typing import Any, final

import equinox as eqx
import jax
import numpy as np

from .._backend import namespace
from .._check import FINITE, NON_NEGATIVE, POSITIVE, Requirement, is_concrete
from ._fluctuations import MASS
from ._profile import leaves, or_nan
from .cosmology import Planck15
from .drawn_profiles import HaloUnits, collapsed_from, cored_from, halo_units_from, truncated_from
from .halo_draws import (
    capacity_for,
    counts_drawn,
    haloes_drawn,
    in_precision,
    own_source,
    populations_of,
    slots_of,
    usual_capacity,
)
from .halo_mass import CORE
from .halo_population import HaloPopulation
from .mass.cnfw_sph import cNFWSph
from .mass.nfw_truncated import NFWTruncatedSph
from .mass.nfw_truncated_core import NFWTruncatedCoreSph
from .mass_concentration import concentration_ludlow16_from
from .mass_function_sampling import MassTable, integral_of, log_mass_knots, mass_table_from
from .sampler_arguments import check_above, dtype_checked, numbers_checked, source_checked

FRACTION = Requirement("from 0 to 1", lambda v: (v >= 0) & (v <= 1), "give the part of all subhaloes, as in 0.2")
SHRINKAGE = Requirement("above 0 and at most 1", lambda v: (v > 0) & (v <= 1), "1 leaves the scale radius as it is")
FAMILIES = (NFWTruncatedSph, cNFWSph, NFWTruncatedCoreSph)
NAMES = ("as truncated NFW haloes", "as cored ones", "as collapsed ones")


class _Numbers(eqx.Module):
    """All that draws depend on."""

    centre: tuple[Any, Any]
    radius: Any  # shape (1,) [arcsec]
    scatter: Any  # in e-folds
    truncation_factor: Any
    core_ratio: Any
    collapsed_scale_ratio: Any
    collapsed_core_ratio: Any
    units: HaloUnits
    table: MassTable


@final
class SubhaloSampler(eqx.Module):
    """Subhaloes in a disc around the centre of a lens.

    Their number is a Poisson number, their masses follow a power law with a cut-off, their concentrations scatter
    log-normally about the mean, and their positions are uniform. In self-interacting dark matter some of them have a core,
    and some have collapsed.

    Parameters
    ----------
    z_lens, z_source : float
    expected_haloes : float, optional
        The expected number of subhaloes in the disc, with masses from `m_min` to `m_max`.
    f_sub : float, optional
        The same by mass: the part of the projected mass within the disc that is in subhaloes, for a lens whose mean
        convergence within R is einstein_radius / R, as that of an isothermal one is. Give one of the two.
    einstein_radius : float [arcsec]
        For `f_sub`.
    radius_arcsec : float [arcsec]
        Of the disc.
    centre : (float, float) [arcsec]
        Of the disc (y, x).
    m_min, m_max : float [solar masses]
        Of haloes within the radius inside of which the mean density is 200 times the critical one, before they fell in.
    slope : float
        Of dn/dm.
    half_mode_mass : float [solar masses]
        Of warm dark matter; 0 is cold. Both `expected_haloes` and `f_sub` are those of cold dark matter: in warm dark matter
        there are fewer.
    cut_off : (float, float, float)
        (a, b, c) in the factor [1 + (a half_mode_mass / m)^b]^c by which they are fewer.
    cored_fraction, collapsed_fraction : float
        The part of the subhaloes, at any mass, that are cored and that have collapsed; the others are truncated NFW haloes.
    core_ratio : float
        The core radius of cored ones over their scale radius.
    collapsed_scale_ratio, collapsed_core_ratio : float
        The scale radius of collapsed ones over what it was before, and their core radius over the former.
    c_scatter : float [dex]
        The scatter of concentrations.
    truncation_factor : float
        Haloes are truncated where the mean density within is this times the critical one; cored ones are not truncated.
    cosmology : FlatLambdaCDM, optional
        Planck15() unless given.
    concentration : callable
        (masses, redshift, cosmology) -> mean concentration in cold dark matter, the radius at 200 over the scale radius.

    Raises
    ------
    ValueError
        If a number that is not traced is out of its range, the source is not behind the lens, `m_max` not above `m_min`, the
        fractions add up to more than 1, or both of `expected_haloes` and `f_sub` are given, or none.

    Notes
    -----
    Concentrations in warm dark matter are lower by (1 + 60 half_mode_mass / m)^-0.17. All three families have the mass
    within r_200 that was drawn. The profiles of collapsed haloes are not agreed on; these get steeper than an isothermal one
    where the others still are not.

    Everything that does not depend on the draw is computed when the sampler is made. All numbers may be traced. What is kept
    is what is drawn from, as leaves, and not the arguments.

    References
    ----------
    Slope: V. Springel et al., MNRAS 391, 1685 (2008). Mass fraction: S. Vegetti et al., MNRAS 442, 2017 (2014); G. Despali and
    S. Vegetti, MNRAS 469, 1997 (2017). Cut-off: M. R. Lovell, ApJ 897, 147 (2020), for subhaloes; M. R. Lovell et al., MNRAS
    439, 300 (2014) is (2.7, 1, -0.99). Concentrations: S. Bose et al., MNRAS 455, 318 (2016), without their factor of redshift.

    Examples
    --------
    >>> import numpy as np
    >>> from lensarrays.models.subhalo_sampler import SubhaloSampler
    >>> subhaloes = SubhaloSampler(z_lens=0.5, z_source=2.0, expected_haloes=30.0, cored_fraction=0.5)
    >>> cold, cored = subhaloes.populations_from(key=np.random.default_rng(1), capacity=50)
    >>> type(cored.profile).__name__, int(cold.total_haloes), int(cored.total_haloes)
    ()
    """

    families: tuple[int, ...] = eqx.field(static=True)
    expected_by_family: Any
    _numbers: _Numbers

    def __init__(
        self,
        z_lens: Any,
        z_source: Any,
        *,
        expected_haloes: Any = None,
        f_sub: Any = None,
        einstein_radius: Any = 1.0,
        radius_arcsec: Any = 2.0,
        centre: Any = (0.0, 0.0),
        m_min: Any = 1e6,
        m_max: Any = 1e10,
        slope: Any = -1.9,
        half_mode_mass: Any = 0.0,
        cut_off: tuple[Any, Any, Any] = (4.2, 2.5, -0.2),
        cored_fraction: Any = 0.0,
        collapsed_fraction: Any = 0.0,
        core_ratio: Any = 0.3,
        collapsed_scale_ratio: Any = 0.2,
        collapsed_core_ratio: Any = 0.05,
        c_scatter: Any = 0.15,
        truncation_factor: Any = 100.0,
        cosmology: Any = None,
        concentration: Callable[..., Any] = concentration_ludlow16_from,
    ):
        if (expected_haloes is None) == (f_sub is None):
            raise ValueError(
                f"`expected_haloes` must be given, or `f_sub`, and not both, but they are {expected_haloes!r} and {f_sub!r}; "
                f"leave one of them out."
            )
        check_above("z_source", z_source, "z_lens", z_lens, "give the redshift of something behind the lens")
        check_above("m_max", m_max, "m_min", m_min, "exchange them, or widen the range")
        cosmology = Planck15() if cosmology is None else cosmology
        n, good = numbers_checked(
            cosmology,
            z_lens=(POSITIVE, z_lens),
            z_source=(POSITIVE, z_source),
            amount=(NON_NEGATIVE, expected_haloes) if f_sub is None else (FRACTION, f_sub),
            einstein_radius=(POSITIVE, einstein_radius),
            radius_arcsec=(POSITIVE, radius_arcsec),
            y=(FINITE, centre[0]),
            x=(FINITE, centre[1]),
            m_min=(MASS, m_min),
            m_max=(MASS, m_max),
            slope=(FINITE, slope),
            half_mode_mass=(NON_NEGATIVE, half_mode_mass),
            a=(NON_NEGATIVE, cut_off[0]),
            b=(FINITE, cut_off[1]),
            c=(FINITE, cut_off[2]),
            cored_fraction=(FRACTION, cored_fraction),
            collapsed_fraction=(FRACTION, collapsed_fraction),
            core_ratio=(CORE, core_ratio),
            collapsed_scale_ratio=(SHRINKAGE, collapsed_scale_ratio),
            collapsed_core_ratio=(CORE, collapsed_core_ratio),
            c_scatter=(NON_NEGATIVE, c_scatter),
            truncation_factor=(POSITIVE, truncation_factor),
        )
        self.families = _families_of(cored_fraction, collapsed_fraction)
        self._numbers = _numbers_from(n, good, by_mass=f_sub is not None, cosmology=cosmology, concentration=concentration)
        fractions = 1 - n["cored_fraction"] - n["collapsed_fraction"], n["cored_fraction"], n["collapsed_fraction"]
        xp = namespace(self._numbers.table.expected)
        parts = [self._numbers.table.expected[0] * fractions[k] for k in self.families]
        self.expected_by_family = xp.stack(parts)

    @property
    def capacity(self) -> int:
        """How many slots nearly always suffice for every family: six standard deviations above the mean of the largest."""
        return usual_capacity(self.expected_by_family)

    def populations_from(self, key: Any, capacity: int | None = None, dtype: Any = None) -> list[HaloPopulation]:
        """Draw the subhaloes of one lens.

        Parameters
        ----------
        key : jax.Array or numpy.random.Generator
            A JAX key gives JAX arrays, and the same subhaloes with any capacity; a Generator gives NumPy arrays.
        capacity : int, optional
            The number of slots for subhaloes of each family. Unless given it is that of the property, the same for all
            draws, or as large as this draw needs, outside of `jit`.
        dtype : data type, optional
            Of the parameters; unless given float64, or float32 with a key where JAX is not set to float64.

        Returns
        -------
        list of HaloPopulation
            Of NFWTruncatedSph, cNFWSph and NFWTruncatedCoreSph, in this order, without those whose fraction is zero and not
            traced.

        Raises
        ------
        ValueError
            If there are more subhaloes than slots. Under `jit`, where that cannot be seen, the populations have it as
            `overflow`, and results are NaN.
        TypeError
            If `key` is neither, or a Generator for a sampler of JAX arrays.
        """
        source_checked(key, self._numbers)
        dtype = dtype_checked(dtype, key)
        keys = [own_source(key, k) for k in self.families]
        counts = [counts_drawn(self.expected_by_family[i : i + 1], own) for i, own in enumerate(keys)]
        places = [NAMES[k] for k in self.families]
        capacity = capacity_for(namespace(*counts).concat(counts), capacity, self.expected_by_family, places)
        draw = _populations if isinstance(key, np.random.Generator) else _populations_on_jax
        return draw(self._numbers, keys, counts, families=self.families, capacity=capacity, dtype=dtype)


def _families_of(cored_fraction: Any, collapsed_fraction: Any) -> tuple[int, ...]:
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


def _numbers_from(
    n: dict[str, Any], good: Any, *, by_mass: bool, cosmology: Any, concentration: Callable[..., Any]
) -> _Numbers:
    """Return all that draws depend on."""
    xp = namespace(*n.values(), *leaves(cosmology))
    masses, here = (n["m_min"], n["m_max"]), xp.reshape(n["z_lens"], (1,))
    knots, step = log_mass_knots(*masses, xp=xp)
    mass = xp.clip(xp.exp(knots), *masses)  # the ends may be rounded off
    cold = xp.exp((n["slope"] + 1) * (knots - knots[0]))[None, :]  # by logarithm of mass
    warmth = n["half_mode_mass"] / mass
    density = cold * (1 + (n["a"] * warmth) ** n["b"]) ** n["c"]
    amount = n["amount"]
    if by_mass:
        critical = cosmology.critical_surface_density_between_redshifts_from(n["z_lens"], n["z_source"])
        projected = xp.pi * n["radius_arcsec"] * n["einstein_radius"] * critical
        amount = amount * projected / xp.sum(integral_of(cold * mass, step, xp=xp))
    else:
        amount = amount / xp.sum(integral_of(cold, step, xp=xp))
    good = good & (n["m_max"] > n["m_min"]) & (n["cored_fraction"] + n["collapsed_fraction"] <= 1 + 1e-6)
    log_concentration = xp.log(concentration(mass, n["z_lens"], cosmology) * (1 + 60 * warmth) ** -0.17)[None, :]
    table = mass_table_from(density, log_concentration, or_nan(good, xp.reshape(amount, (1,)), xp=xp), *masses, xp=xp)
    return _Numbers(
        (n["y"], n["x"]),
        xp.reshape(n["radius_arcsec"], (1,)),
        math.log(10) * n["c_scatter"],
        n["truncation_factor"],
        n["core_ratio"],
        n["collapsed_scale_ratio"],
        n["collapsed_core_ratio"],
        halo_units_from(here, n["z_source"], cosmology, xp=xp),
        table,
    )


def _populations(
    numbers: _Numbers, keys: list[Any], counts: list[Any], *, families: tuple[int, ...], capacity: int, dtype: Any
) -> list[HaloPopulation]:
    """Return the subhaloes of each family."""
    n = in_precision(numbers, dtype, keys[0])
    xp = namespace(n.radius)
    populations: list[HaloPopulation] = []
    for k, key, count in zip(families, keys, counts, strict=True):
        haloes = haloes_drawn(n.table, n.radius, n.scatter, key, count, capacity)
        haloes = haloes._replace(y=haloes.y + n.centre[0], x=haloes.x + n.centre[1])
        if FAMILIES[k] is NFWTruncatedSph:
            parameters = truncated_from(haloes, n.units, n.truncation_factor, xp=xp)
        elif FAMILIES[k] is cNFWSph:
            parameters = cored_from(haloes, n.units, n.core_ratio, xp=xp)
        else:
            shape = n.collapsed_scale_ratio, n.collapsed_core_ratio
            parameters = collapsed_from(haloes, n.units, n.truncation_factor, *shape, xp=xp)
        populations += populations_of(FAMILIES[k], parameters, haloes, slots_of(count, capacity), key)
    return populations


# Compiled as one, as hundreds of small operations would otherwise be started one by one.
_populations_on_jax = functools.partial(jax.jit, static_argnames=("families", "capacity", "dtype"))(_populations)
