"""How many dark matter halos there are of every mass."""

import math
from typing import Any

from .._backend import namespace
from .._check import NON_NEGATIVE
from ._profile import check_number, leaves, or_nan
from .cosmology import Planck15, _floating
from .matter_fluctuations import MASS, Fluctuations, _growth, _inside, matter_parameters

COLLAPSE = 1.686  # the linear density contrast of a sphere that collapses
# Of ellipsoidal collapse; the amplitude makes the halos hold all matter.
AMPLITUDE, SCALE, POWER = 0.3221835, 0.707, 0.3


def _multiplicity(nu_squared: Any, *, xp: Any) -> Any:
    """Return the fraction of matter in halos, by log(sigma), for (COLLAPSE / sigma)^2."""
    scaled = SCALE * nu_squared
    return AMPLITUDE * xp.sqrt(2 / math.pi * scaled) * (1 + scaled**-POWER) * xp.exp(-0.5 * scaled)


def halo_mass_function_from(masses: Any, redshift: Any, cosmology: Any = None) -> Any:
    """Return the number of halos in a comoving volume by mass, dn/dm, of Sheth, Mo and Tormen.

    Parameters
    ----------
    masses : float or array, shape (...) [solar masses]
        Between 1e3 and 1e16; not over h.
    redshift : float or array, that broadcasts
        Of shape (p, 1) with masses of shape (n,), the result is of shape (p, n).
    cosmology : FlatLambdaCDM, optional
        Planck15() unless given. Its `sigma8`, `n_s` and `Ob0` matter here, and massive neutrinos are no part of halos.

    Returns
    -------
    array, shape (...) [1 / solar mass / Mpc^3, comoving; nothing over h]
        NaN, for traced values out of range.

    Raises
    ------
    ValueError
        If a value that is not traced is out of range, or the cosmology has no baryons or no photons.
    """
    check_number(MASS, masses, "masses")
    check_number(NON_NEGATIVE, redshift, "redshift")
    cosmology = Planck15() if cosmology is None else cosmology
    xp = namespace(masses, redshift, *leaves(cosmology))
    mass, z = _floating(masses, redshift, xp=xp)
    good_mass, mass = _inside(MASS, mass, 1e9, xp=xp)
    good_z, z = _inside(NON_NEGATIVE, z, 0.0, xp=xp)
    p = matter_parameters(cosmology, mass, neutrinos=False, xp=xp)
    fluctuations = Fluctuations(p, xp=xp)
    growth = _growth(z, p.matter, xp=xp)
    fraction = _multiplicity(COLLAPSE**2 / (fluctuations.variance(mass) * growth**2), xp=xp)
    # By steps, as the square of a mass is beyond the reach of float32.
    return or_nan(good_mass & good_z, -fluctuations.slope(mass) * fraction * (p.density / mass) / mass, xp=xp)
