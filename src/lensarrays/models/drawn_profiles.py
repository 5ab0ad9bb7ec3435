"""From drawn masses and concentrations to profiles: the units of some places once, and then what differs from halo to halo."""

import math
from typing import Any

import equinox as eqx

from ._nfw_mass import nfw_mass, radius_within
from .halo_draws import DrawnHaloes
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
    """Return the parameters of truncated NFW haloes, with their truncation where the mean density is some times the critical one."""
    c = haloes.concentration
    inner_mass = nfw_mass(c, xp=xp)
    kappa_s, scale_radius = scales_of(haloes, units, inner_mass, xp=xp)
    ratio = radius_within(overdensity / OVERDENSITY * (3 * inner_mass / c**3), xp=xp)
    return {"kappa_s": kappa_s, "scale_radius": scale_radius, "truncation_radius": ratio * scale_radius}
