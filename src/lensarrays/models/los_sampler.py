"""Haloes along the line of sight, drawn from a mass function, and sheets that make up for their mean density."""

import functools
import math
from collections.abc import Callable
from typing import Any, final

import equinox as eqx
import jax
import numpy as np

from .._backend import namespace
from .._check import NON_NEGATIVE, POSITIVE, whole_number
from ._drawn_profiles import HaloUnits, halo_units_from, truncated_from
from ._fluctuations import MASS
from ._halo_draws import (
    capacity_for,
    counts_drawn,
    haloes_drawn,
    in_precision,
    populations_of,
    slots_of,
    usual_capacity,
)
from ._light_cone import LightCone, light_cone_from
from ._mass_function_sampling import MassTable, integral_of, log_mass_knots, mass_table_from, scattered_mean
from ._profile import leaves, or_nan
from ._sampler_arguments import check_above, dtype_checked, numbers_checked, source_checked
from .cosmology import Planck15
from .galaxy import Galaxy
from .halo_mass_function import halo_mass_function_from
from .halo_truncation import truncated_mass_ratio_from, truncation_ratio_from
from .mass.mass_sheet import MassSheet
from .mass.nfw_truncated import NFWTruncatedSph
from .mass_concentration import concentration_ludlow16_from


class _Numbers(eqx.Module):
    """All that draws depend on: arrays of shape (p,), tables, and numbers."""

    radii: Any
    sheet_kappas: Any
    scatter: Any  # in e-folds
    truncation_factor: Any
    units: HaloUnits
    table: MassTable


@final
class LOSSampler(eqx.Module):
    """Haloes in the light cone of a source behind a lens, on planes, with sheets that make up for their mean density.

    The cone is cut into slices, and the haloes of each are put on one plane, with one plane at the lens. Their number is a
    Poisson number, their masses follow the mass function, their concentrations scatter log-normally about the mean, and
    their positions are uniform. They are truncated NFW haloes. As the mean density of the universe holds them already, each
    plane has a sheet of negative convergence, of as much mass as is expected in haloes.

    Parameters
    ----------
    z_lens, z_source : float
    planes_before_lens, planes_after_lens : int
        The number of planes in front of the lens and behind it, evenly spaced in redshift; there is one at the lens besides.
    m_min, m_max : float [solar masses]
        Of haloes within the radius inside of which the mean density is 200 times the critical one.
    cone_radius_arcsec : float [arcsec]
        The radius of the cone in front of the lens.
    c_scatter : float [dex]
        The scatter of concentrations.
    truncation_factor : float
        Haloes are truncated where the mean density within is this times the critical one.
    cosmology : FlatLambdaCDM, optional
        Planck15() unless given.
    einstein_radius : float [arcsec]
        Of the lens: behind it the cone narrows as light does that is deflected by this much.
    mass_function : callable
        (masses, redshift, cosmology) -> number by comoving volume and mass [1 / Mpc^3 / solar mass].
    concentration : callable
        (masses, redshift, cosmology) -> mean concentration, the radius at 200 over the scale radius.

    Raises
    ------
    ValueError
        If a number that is not traced is out of its range, the source is not behind the lens, `m_max` not above `m_min`, or
        the cone not wider than the Einstein radius. For traced numbers the sheets are NaN instead, and with them all results.

    Notes
    -----
    Everything that does not depend on the draw is computed when the sampler is made, in 6 ms; a draw of a thousand haloes then
    takes 1 or 2 ms. All numbers may be traced. What is kept is what is drawn from, as leaves, and not the arguments.

    There are many light haloes: of 1e6 solar masses and more 41000, in the cone of 5 arcsec to a source at redshift 2, of 1e7
    and more 5000, and of 1e8 and more 600.

    Differences to autolens: the mass function itself, and not a power law fitted to it, which has 1.5 % fewer haloes of 1e6 to
    1e10 solar masses at redshift 0 and 0.6 % fewer at 1.7; concentrations are not cut at 0.1 and 200. The deflection by 1
    arcsec that narrows autolens's cone is `einstein_radius` here.

    References
    ----------
    Q. He et al., MNRAS 511, 3046 (2022), arXiv:2010.13221; R. K. Sheth, H. J. Mo and G. Tormen, MNRAS 323, 1 (2001);
    A. D. Ludlow et al., MNRAS 460, 1214 (2016).

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> los = la.LOSSampler(z_lens=0.5, z_source=2.0, planes_before_lens=1, planes_after_lens=1, m_min=1e9)
    >>> planes = los.galaxies_from(key=np.random.default_rng(1), capacity=200)
    >>> [float(plane.redshift) for plane in planes]
    [0.25, 0.5, 1.25]
    >>> [int(plane.mass[0].total_haloes) for plane in planes]
    [2, 22, 50]
    """

    redshifts: Any
    boundaries: Any
    _numbers: _Numbers

    def __init__(
        self,
        z_lens: Any,
        z_source: Any,
        planes_before_lens: int = 4,
        planes_after_lens: int = 4,
        m_min: Any = 1e7,
        m_max: Any = 1e10,
        cone_radius_arcsec: Any = 5.0,
        c_scatter: Any = 0.15,
        truncation_factor: Any = 100.0,
        cosmology: Any = None,
        *,
        einstein_radius: Any = 1.0,
        mass_function: Callable[..., Any] = halo_mass_function_from,
        concentration: Callable[..., Any] = concentration_ludlow16_from,
    ):
        cosmology = Planck15() if cosmology is None else cosmology
        n, good = numbers_checked(
            cosmology,
            z_lens=(POSITIVE, z_lens),
            z_source=(POSITIVE, z_source),
            m_min=(MASS, m_min),
            m_max=(MASS, m_max),
            cone_radius_arcsec=(POSITIVE, cone_radius_arcsec),
            c_scatter=(NON_NEGATIVE, c_scatter),
            truncation_factor=(POSITIVE, truncation_factor),
            einstein_radius=(NON_NEGATIVE, einstein_radius),
        )
        check_above("z_source", z_source, "z_lens", z_lens, "give the redshift of something behind the lens")
        check_above("m_max", m_max, "m_min", m_min, "exchange them, or widen the range")
        check_above("cone_radius_arcsec", cone_radius_arcsec, "einstein_radius", einstein_radius, "widen the cone")
        planes = tuple(
            whole_number(value, name)
            for name, value in (("planes_before_lens", planes_before_lens), ("planes_after_lens", planes_after_lens))
        )
        cone = _cone_of(n, good, planes, cosmology)
        self.redshifts, self.boundaries = cone.redshifts, cone.boundaries
        self._numbers = _numbers_from(cone, n, cosmology, (mass_function, concentration))

    @property
    def total_planes(self) -> int:
        """The number of planes."""
        return int(self.redshifts.shape[-1])

    @property
    def cone_radii_arcsec(self) -> Any:
        """The radius of the cone on each plane, shape (p,) [arcsec]."""
        return self._numbers.radii

    @property
    def expected_haloes(self) -> Any:
        """The expected number of haloes of each plane, shape (p,)."""
        return self._numbers.table.expected

    @property
    def sheet_kappas(self) -> Any:
        """The convergence of the sheet of each plane, shape (p,); they are negative."""
        return self._numbers.sheet_kappas

    @property
    def capacity(self) -> int:
        """How many slots nearly always suffice for every plane: six standard deviations above the mean of the fullest."""
        return usual_capacity(self.expected_haloes)

    def galaxies_from(self, key: Any, capacity: int | None = None, dtype: Any = None) -> list[Galaxy]:
        """Draw the haloes of one line of sight.

        Parameters
        ----------
        key : jax.Array or numpy.random.Generator
            A JAX key gives JAX arrays, and the same haloes with any capacity; a Generator gives NumPy arrays.
        capacity : int, optional
            The number of slots for haloes of each plane. Unless given it is that of the property, the same for all draws,
            or as large as this draw needs, outside of `jit`.
        dtype : data type, optional
            Of the parameters; unless given float64, or float32 with a key where JAX is not set to float64.

        Returns
        -------
        list of Galaxy
            One for each plane, nearest first, whose mass is a HaloPopulation of NFWTruncatedSph, and a MassSheet. All are of
            one structure and shape.

        Raises
        ------
        ValueError
            If there are more haloes than slots. Under `jit`, where that cannot be seen, the populations have it as
            `overflow`, and results are NaN.
        TypeError
            If `key` is neither, or a Generator for a sampler of JAX arrays.
        """
        source_checked(key, self._numbers)
        dtype = dtype_checked(dtype, key)
        counts = counts_drawn(self.expected_haloes, key)
        places = [f"on plane {k} of {self.total_planes}" for k in range(self.total_planes)]
        capacity = capacity_for(counts, capacity, self.expected_haloes, places)
        draw = _masses if isinstance(key, np.random.Generator) else _masses_on_jax
        masses = draw(self._numbers, key, counts, capacity=capacity, dtype=dtype)
        return [Galaxy(redshift=self.redshifts[k], mass=masses[k]) for k in range(self.total_planes)]


def _cone_of(n: dict[str, Any], good: Any, planes: tuple[int, ...], cosmology: Any) -> LightCone:
    """Return the light cone; its radii are NaN if traced arguments are no good."""
    xp = namespace(n["z_lens"], *leaves(cosmology))
    radius, bend = n["cone_radius_arcsec"], n["einstein_radius"]
    good = good & (n["m_max"] > n["m_min"]) & (radius > bend)
    return light_cone_from(n["z_lens"], n["z_source"], planes, or_nan(good, radius, xp=xp), bend, cosmology, xp=xp)


def _numbers_from(cone: LightCone, n: dict[str, Any], cosmology: Any, functions: tuple[Callable[..., Any], ...]) -> _Numbers:
    """Return all that draws depend on."""
    xp, scatter, masses = namespace(cone.redshifts), math.log(10) * n["c_scatter"], (n["m_min"], n["m_max"])
    knots, step = log_mass_knots(*masses, xp=xp)
    mass = xp.clip(xp.exp(knots), *masses)  # the ends may be rounded off
    mass_function, concentration = (function(mass, cone.redshifts[:, None], cosmology) for function in functions)
    log_concentration = xp.log(concentration)
    table = mass_table_from(mass_function * mass, log_concentration, cone.volumes, *masses, xp=xp)

    def mass_ratio(c: Any) -> Any:
        return truncated_mass_ratio_from(c, truncation_ratio_from(c, n["truncation_factor"]))

    left = scattered_mean(mass_ratio, log_concentration, scatter, xp=xp)
    density = xp.sum(integral_of(mass_function * mass * (mass * left), step, xp=xp), axis=-1)  # [solar masses / Mpc^3]
    critical = cosmology.critical_surface_density_between_redshifts_solar_mass_per_kpc2_from(cone.redshifts, n["z_source"])
    units = halo_units_from(cone.redshifts, n["z_source"], cosmology, xp=xp)
    kappas = -density * cone.depths / (1e6 * critical)
    return _Numbers(cone.radii, kappas + 0 * cone.radii, scatter, n["truncation_factor"], units, table)


def _masses(numbers: _Numbers, key: Any, counts: Any, *, capacity: int, dtype: Any) -> list[list[Any]]:
    """Return the haloes and the sheet of each plane."""
    numbers = in_precision(numbers, dtype, key)
    xp, slots = namespace(numbers.radii), slots_of(counts, capacity)
    haloes = haloes_drawn(numbers.table, numbers.radii, numbers.scatter, key, counts, capacity)
    parameters = truncated_from(haloes, numbers.units, numbers.truncation_factor, xp=xp)
    populations = populations_of(NFWTruncatedSph, parameters, haloes, slots, key)
    return [[population, MassSheet(kappa=numbers.sheet_kappas[k])] for k, population in enumerate(populations)]


# Compiled as one, as hundreds of small operations would otherwise be started one by one.
_masses_on_jax = functools.partial(jax.jit, static_argnames=("capacity", "dtype"))(_masses)
