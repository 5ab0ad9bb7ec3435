"""From drawn masses and concentrations to profiles: the units of some places once, and then what differs from halo to halo."""

import math
from typing import Any

import equinox as eqx

from ._halo_draws import DrawnHaloes
from ._nfw_mass import cored_mass, nfw_mass, radius_within
from .halo_mass import OVERDENSITY, nfw_scales_from

REFERENCE_MASS = 1e8  # [solar masses]; any would do


class HaloUnits(eqx.Module):
    """What turns masses and concentrations into what a lens knows, for haloes at some redshifts, shape (p,) each.

    Parameters
    ----------
    kappa : array, shape (p,)
        kappa_s of the reference mass, times m(c) / c^2, where m is the mass within r_200 over 4 pi rho_s r_s^3.
    radius : array, shape (p,) [arcsec]
        The radius of the reference mass at an overdensity of 200.
    """

    kappa: Any
    radius: Any


def halo_units_from(redshifts: Any, z_source: Any, cosmology: Any, *, xp: Any) -> HaloUnits:
    """Return the units of haloes at redshifts (p,) in front of a source."""
    one = xp.ones_like(redshifts)
    scales = nfw_scales_from(REFERENCE_MASS * one, one, redshifts, z_source, cosmology)
    return HaloUnits(scales.kappa_s * nfw_mass(one, xp=xp), scales.radius_at_200)


def scales_of(haloes: DrawnHaloes, units: HaloUnits, inner_mass: Any, *, xp: Any) -> tuple[Any, Any]:
    """Return kappa_s and the scale radius [arcsec] of haloes whose mass within r_200 is `inner_mass` times 4 pi rho_s r_s^3."""
    root = xp.exp((haloes.log_mass - math.log(REFERENCE_MASS)) / 3)
    kappa_s = xp.take(units.kappa, haloes.row) * root * haloes.concentration**2 / inner_mass
    return kappa_s, xp.take(units.radius, haloes.row) * root / haloes.concentration


def truncated_from(haloes: DrawnHaloes, units: HaloUnits, overdensity: Any, *, xp: Any) -> dict[str, Any]:
    """Return the parameters of NFW haloes that are truncated where the mean density within is some times the critical one."""
    c = haloes.concentration
    inner_mass = nfw_mass(c, xp=xp)
    kappa_s, scale_radius = scales_of(haloes, units, inner_mass, xp=xp)
    ratio = radius_within(overdensity / OVERDENSITY * (3 * inner_mass / c**3), xp=xp)
    return {"kappa_s": kappa_s, "scale_radius": scale_radius, "truncation_radius": ratio * scale_radius}


def cored_from(haloes: DrawnHaloes, units: HaloUnits, core_ratio: Any, *, xp: Any) -> dict[str, Any]:
    """Return the parameters of cored NFW haloes of the same mass within r_200, with a core of some scale radii."""
    kappa_s, scale_radius = scales_of(haloes, units, cored_mass(haloes.concentration, core_ratio, xp=xp), xp=xp)
    return {"kappa_s": kappa_s, "scale_radius": scale_radius, "core_radius": core_ratio * scale_radius}


def collapsed_from(
    haloes: DrawnHaloes, units: HaloUnits, overdensity: Any, shrinkage: Any, core_ratio: Any, *, xp: Any
) -> dict[str, Any]:
    """Return the parameters of core-collapsed haloes of the same mass within r_200, and of the same truncation.

    Their scale radius is shrunk by a factor, and their core is some of what is left of it.
    """
    before = truncated_from(haloes, units, overdensity, xp=xp)
    denser = haloes._replace(concentration=haloes.concentration / shrinkage)
    inner_mass = collapsed_mass(denser.concentration, core_ratio, xp=xp)
    kappa_s, scale_radius = scales_of(denser, units, inner_mass, xp=xp)
    return before | {"kappa_s": kappa_s, "scale_radius": scale_radius, "core_radius": core_ratio * scale_radius}


def collapsed_mass(x: Any, b: Any, *, xp: Any) -> Any:
    """Return the mass within x scale radii of a core-collapsed halo without truncation, over 4 pi rho_s r_s^3.

    It is the integral of s^2 / (sqrt(b^2 + s^2) (1 + s^2)) from 0 to x, for a core of b < 1 scale radii.
    """
    k, w = xp.sqrt(1 - b**2), xp.sqrt(x**2 + b**2)
    return xp.log((x + w) / b) - xp.log((w + k * x) / (b * xp.sqrt(1 + x**2))) / k
