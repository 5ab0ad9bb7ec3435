"""What lensing knows of an NFW halo, its convergence scale and angular radii, from its mass, and the other way round."""

import math
from typing import Any, NamedTuple

import numpy as np

from .._backend import namespace
from .._check import POSITIVE, Requirement, is_concrete
from ._nfw_mass import cored_mass, nfw_mass, radius_within
from ._numbers import floating, inside
from ._profile import check_number, leaves, or_nan
from .cosmology import Planck15

OVERDENSITY = 200.0  # of the mean density within r_200, over the critical one
CORE = Requirement("above 0 and at most 1", lambda v: (v > 0) & (v <= 1), "give the core radius over the scale radius")


class HaloScales(NamedTuple):
    """What an NFW halo is to a lens.

    Parameters
    ----------
    kappa_s : array, shape (...) [dimensionless]
        The convergence scale: density scale times scale radius over the critical surface density.
    scale_radius : array, shape (...) [arcsec]
    radius_at_200 : array, shape (...) [arcsec]
    radius_at_200_kpc : array, shape (...) [kpc, proper]
    """

    kappa_s: Any
    scale_radius: Any
    radius_at_200: Any
    radius_at_200_kpc: Any


class MassAndConcentration(NamedTuple):
    """What an NFW halo is to a simulation.

    Parameters
    ----------
    mass_at_200 : array, shape (...) [solar masses]
    concentration : array, shape (...) [dimensionless]
    """

    mass_at_200: Any
    concentration: Any


class _Scene(NamedTuple):
    """Where a halo is: what turns its mass into what a lens knows."""

    good: Any  # whether the redshifts are in order
    critical_density: Any  # [solar masses / kpc^3]
    critical_surface_density: Any  # [solar masses / kpc^2]
    kpc_per_arcsec: Any


def _scene(z_object: Any, z_source: Any, cosmology: Any, *, xp: Any) -> _Scene:
    good = (z_object > 0) & (z_source > z_object)
    z_object = xp.where(good, z_object, xp.ones_like(z_object))
    z_source = xp.where(good, z_source, 2 * xp.ones_like(z_object))
    return _Scene(
        good,
        cosmology.cosmic_average_density_solar_mass_per_kpc3_from(z_object),
        cosmology.critical_surface_density_between_redshifts_solar_mass_per_kpc2_from(z_object, z_source),
        cosmology.kpc_per_arcsec_from(z_object),
    )


def check_order(redshift_object: Any, redshift_source: Any) -> None:
    """Raise if a source is seen not to be behind a halo."""
    if all(map(is_concrete, (redshift_object, redshift_source))) and np.any(
        np.asarray(redshift_source) <= np.asarray(redshift_object)
    ):
        raise ValueError(
            f"`redshift_source` must be above `redshift_object`, but they are {redshift_source!r} and {redshift_object!r}; "
            f"a halo does not deflect what is not behind it."
        )


def _prepared(
    requirements: dict[str, tuple[Requirement, Any]], redshift_object: Any, redshift_source: Any, cosmology: Any
) -> tuple[Any, Any, list[Any], _Scene]:
    """Return the library, where all numbers are good, the numbers in one precision (some good one elsewhere), and the scene."""
    for name, (requirement, value) in requirements.items():
        check_number(requirement, value, name)
    for name, value in (("redshift_object", redshift_object), ("redshift_source", redshift_source)):
        check_number(POSITIVE, value, name)
    check_order(redshift_object, redshift_source)
    cosmology = Planck15() if cosmology is None else cosmology
    given = [value for _, value in requirements.values()]
    xp = namespace(*given, redshift_object, redshift_source, *leaves(cosmology))
    *values, z_object, z_source = floating(*given, redshift_object, redshift_source, xp=xp)
    scene = _scene(z_object, z_source, cosmology, xp=xp)
    good, safe = scene.good, []
    for value, (requirement, _) in zip(values, requirements.values(), strict=True):
        holds, value = inside(requirement, value, 0.5, xp=xp)
        good = good & holds
        safe.append(value)
    return xp, good, safe, scene


def _scales(mass: Any, concentration: Any, inner_mass: Any, good: Any, scene: _Scene, *, xp: Any) -> HaloScales:
    """Return the scales of a halo whose mass within r_200 is `inner_mass` times 4 pi rho_s r_s^3."""
    volume = 4 / 3 * math.pi * OVERDENSITY
    radius = (mass / (volume * scene.critical_density)) ** (1 / 3)  # [kpc]
    r_s = radius / concentration
    kappa_s = mass / (4 * math.pi * r_s**2 * inner_mass * scene.critical_surface_density)
    arcsec = 1 / scene.kpc_per_arcsec
    return HaloScales(*(or_nan(good, v, xp=xp) for v in (kappa_s, r_s * arcsec, radius * arcsec, radius)))


def nfw_scales_from(
    mass_at_200: Any, concentration: Any, redshift_object: Any, redshift_source: Any, cosmology: Any = None
) -> HaloScales:
    """Return the convergence scale and the radii of an NFW halo.

    Parameters
    ----------
    mass_at_200 : float or array [solar masses]
        The mass within the radius inside of which the mean density is 200 times the critical one at `redshift_object`.
    concentration : float or array [dimensionless]
        The radius at 200 over the scale radius.
    redshift_object, redshift_source : float or array
        Of the halo, and of what it deflects; all arguments broadcast.
    cosmology : FlatLambdaCDM, optional
        Planck15() unless given.

    Returns
    -------
    HaloScales
        NaN, for traced values out of range.

    Raises
    ------
    ValueError
        If a value that is not traced is not positive, or the source is not behind the halo.

    Notes
    -----
    A truncated halo has the same scales: its mass within r_200 was this before it was truncated.

    References
    ----------
    J. F. Navarro, C. S. Frenk and S. D. M. White, ApJ 490, 493 (1997), equations (1) and (2).

    Examples
    --------
    >>> import lensarrays as la
    >>> scales = la.nfw_scales_from(1e9, 14.0, redshift_object=0.5, redshift_source=1.0)
    >>> [round(float(v), 4) for v in scales]
    [0.0095, 0.1994, 2.7909, 17.5499]
    """
    requirements = {"mass_at_200": (POSITIVE, mass_at_200), "concentration": (POSITIVE, concentration)}
    xp, good, (mass, c), scene = _prepared(requirements, redshift_object, redshift_source, cosmology)
    return _scales(mass, c, nfw_mass(c, xp=xp), good, scene, xp=xp)


def cnfw_scales_from(
    mass_at_200: Any, concentration: Any, f_c: Any, redshift_object: Any, redshift_source: Any, cosmology: Any = None
) -> HaloScales:
    """Return the convergence scale and the radii of a cored NFW halo, of density rho_s / ((f_c + x) (1 + x)^2), x = r / r_s.

    Parameters
    ----------
    mass_at_200, concentration, redshift_object, redshift_source, cosmology
        As in `nfw_scales_from`.
    f_c : float or array [dimensionless]
        The core radius over the scale radius, above 0 and at most 1.

    Returns
    -------
    HaloScales
        NaN, for traced values out of range.

    Raises
    ------
    ValueError
        If a value that is not traced is out of range, or the source is not behind the halo.

    Notes
    -----
    The mass within r_200 is `mass_at_200`. autogalaxy has (1 + f_c)^2 where the integral of the density has (1 - f_c)^2,
    which makes its `kappa_s` too large, by 4 % for f_c = 0.006, 20 % for 0.03 and 80 % for 0.085, and negative above 0.18.

    References
    ----------
    J. Peñarrubia et al., ApJ 759, L42 (2012), equation (3).

    Examples
    --------
    >>> import lensarrays as la
    >>> scales = la.cnfw_scales_from(1e9, 14.0, f_c=0.1, redshift_object=0.5, redshift_source=1.0)
    >>> round(float(scales.kappa_s), 4)
    0.0099
    """
    requirements = {
        "mass_at_200": (POSITIVE, mass_at_200),
        "concentration": (POSITIVE, concentration),
        "f_c": (CORE, f_c),
    }
    xp, good, (mass, c, f), scene = _prepared(requirements, redshift_object, redshift_source, cosmology)
    return _scales(mass, c, cored_mass(c, f, xp=xp), good, scene, xp=xp)


def mass_and_concentration_from(
    kappa_s: Any, scale_radius: Any, redshift_object: Any, redshift_source: Any, cosmology: Any = None
) -> MassAndConcentration:
    """Return mass and concentration of an NFW halo, or of a truncated one before it was truncated: the inverse.

    Parameters
    ----------
    kappa_s : float or array [dimensionless]
    scale_radius : float or array [arcsec]
    redshift_object, redshift_source, cosmology
        As in `nfw_scales_from`.

    Returns
    -------
    MassAndConcentration
        NaN, for traced values out of range.

    Raises
    ------
    ValueError
        If a value that is not traced is not positive, or the source is not behind the halo.

    Examples
    --------
    >>> import lensarrays as la
    >>> scales = la.nfw_scales_from(1e9, 14.0, redshift_object=0.5, redshift_source=1.0)
    >>> mass, concentration = la.mass_and_concentration_from(scales.kappa_s, scales.scale_radius, 0.5, 1.0)
    >>> round(float(mass / 1e9), 9), round(float(concentration), 9)
    (1.0, 14.0)
    """
    requirements = {"kappa_s": (POSITIVE, kappa_s), "scale_radius": (POSITIVE, scale_radius)}
    xp, good, (kappa_s, r_s), scene = _prepared(requirements, redshift_object, redshift_source, cosmology)
    r_s = r_s * scene.kpc_per_arcsec
    density = kappa_s * scene.critical_surface_density / (r_s * scene.critical_density)
    concentration = radius_within(OVERDENSITY / density, xp=xp)
    mass = 4 / 3 * math.pi * OVERDENSITY * scene.critical_density * (concentration * r_s) ** 3
    return MassAndConcentration(or_nan(good, mass, xp=xp), or_nan(good, concentration, xp=xp))
