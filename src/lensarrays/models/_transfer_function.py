"""The transfer function of matter: what sound and radiation leave of a primordial perturbation, by its wavenumber."""

import math
from typing import Any, NamedTuple


class Scales(NamedTuple):
    """The scales that the early universe leaves behind, from the densities of matter and baryons times h^2."""

    matter: Any  # Omega_m h^2
    baryons: Any  # the fraction of matter that is baryons
    k_equality: Any  # of the horizon when matter takes over from radiation [1/Mpc]
    sound_horizon: Any  # when baryons are released from the drag of photons [Mpc]
    k_silk: Any  # of the damping by diffusion of photons [1/Mpc]
    drag_ratio: Any  # momentum of baryons over that of photons, at the end of the drag
    expansion: Any  # (1 + redshift of equality) over (1 + redshift of the drag)


def _scales(matter: Any, baryons: Any, temperature: Any, *, xp: Any) -> Scales:
    """Return the scales for densities times h^2 and the temperature of the background [K]; equations (2) to (7)."""
    theta = temperature / 2.7
    z_equality = 2.50e4 * matter / theta**4
    k_equality = 7.46e-2 * matter / theta**2
    b_1 = 0.313 * matter**-0.419 * (1 + 0.607 * matter**0.674)
    b_2 = 0.238 * matter**0.223
    z_drag = 1291 * matter**0.251 / (1 + 0.659 * matter**0.828) * (1 + b_1 * baryons**b_2)
    ratio = 31.5e3 * baryons / theta**4
    drag, equality = ratio / z_drag, ratio / z_equality
    logarithm = xp.log((xp.sqrt(1 + drag) + xp.sqrt(drag + equality)) / (1 + xp.sqrt(equality)))
    sound_horizon = 2 / (3 * k_equality) * xp.sqrt(6 / equality) * logarithm
    k_silk = 1.6 * baryons**0.52 * matter**0.73 * (1 + (10.4 * matter) ** -0.95)
    return Scales(matter, baryons / matter, k_equality, sound_horizon, k_silk, drag, (1 + z_equality) / (1 + z_drag))


def _pressureless(q: Any, alpha: Any, beta: Any, *, xp: Any) -> Any:
    """Return the transfer function without sound waves at a scaled wavenumber; equations (19) and (20)."""
    logarithm = xp.log(math.e + 1.8 * beta * q)
    return logarithm / (logarithm + (14.2 / alpha + 386 / (1 + 69.9 * q**1.08)) * q**2)


def _cold(k: Any, q: Any, scales: Scales, *, xp: Any) -> Any:
    """Return the transfer function of cold dark matter; equations (9) to (12), (17) and (18)."""
    matter, baryons = scales.matter, scales.baryons
    a_1 = (46.9 * matter) ** 0.670 * (1 + (32.1 * matter) ** -0.532)
    a_2 = (12.0 * matter) ** 0.424 * (1 + (45.0 * matter) ** -0.582)
    alpha = a_1 ** (-baryons) * a_2 ** (-(baryons**3))
    b_1 = 0.944 / (1 + (458 * matter) ** -0.708)
    b_2 = (0.395 * matter) ** -0.0266
    beta = 1 / (1 + b_1 * ((1 - baryons) ** b_2 - 1))
    large_scale = 1 / (1 + (k * scales.sound_horizon / 5.4) ** 4)
    without = _pressureless(q, xp.ones_like(alpha), beta, xp=xp)
    return large_scale * without + (1 - large_scale) * _pressureless(q, alpha, beta, xp=xp)


def _baryonic(k: Any, q: Any, scales: Scales, *, xp: Any) -> Any:
    """Return the transfer function of baryons; equations (13) to (15) and (21) to (24)."""
    matter, baryons, horizon = scales.matter, scales.baryons, scales.sound_horizon
    y, root = scales.expansion, xp.sqrt(1 + scales.expansion)
    G = y * (-6 * root + (2 + 3 * y) * xp.log((root + 1) / (root - 1)))
    alpha = 2.07 * scales.k_equality * horizon * (1 + scales.drag_ratio) ** -0.75 * G
    beta = 0.5 + baryons + (3 - 2 * baryons) * xp.sqrt((17.2 * matter) ** 2 + 1)
    node = 8.41 * matter**0.435
    ks = k * horizon
    one = xp.ones_like(matter)
    infall = _pressureless(q, one, one, xp=xp) / (1 + (ks / 5.2) ** 2)
    waves = alpha / (1 + (beta / ks) ** 3) * xp.exp(-((k / scales.k_silk) ** 1.4))
    phase = ks / (1 + (node / ks) ** 3) ** (1 / 3)
    return (infall + waves) * xp.sin(phase) / phase


def transfer(k: Any, matter: Any, baryons: Any, temperature: Any, *, xp: Any) -> Any:
    """Return the transfer function of all matter, which is 1 on large scales.

    Parameters
    ----------
    k : array [1/Mpc]
        Comoving wavenumbers above zero.
    matter, baryons : array
        The densities today over the critical one, times h^2; they and `temperature` broadcast with `k`.
    temperature : array [K]
        Of the cosmic microwave background today.

    References
    ----------
    D. J. Eisenstein and W. Hu, ApJ 496, 605 (1998), equation (16), with the acoustic oscillations.
    """
    scales = _scales(matter, baryons, temperature, xp=xp)
    q = k / (13.41 * scales.k_equality)
    cold, baryonic = _cold(k, q, scales, xp=xp), _baryonic(k, q, scales, xp=xp)
    return scales.baryons * baryonic + (1 - scales.baryons) * cold
