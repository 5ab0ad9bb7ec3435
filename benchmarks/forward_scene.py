"""The scenes that `forward.py` simulates, as plain NumPy: every library is given the same numbers; see README.md."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

OVER_SAMPLING = 4
PSF_SHAPE, PSF_SIGMA = (11, 11), 1.5  # pixels
EXPOSURE_TIME, SKY = 2000.0, 0.1
LENS_REDSHIFT, SOURCE_REDSHIFT = 0.5, 2.0
LINE_OF_SIGHT = (0.1, 0.2, 0.3, 0.4, 0.8, 1.1, 1.4, 1.7)
LINE_OF_SIGHT_RADIUS, SUBHALO_RADIUS = 5.0, 3.0

Theta = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """How large an image, and how many haloes there are at which redshift.

    Parameters
    ----------
    name : what the table calls it
    side : pixels along a side
    pixel_scale : their size [arcsec]
    subhaloes : the number in the plane of the lens
    counts : the number on each plane of `LINE_OF_SIGHT`, or none
    """

    name: str
    side: int = 100
    pixel_scale: float = 0.05
    subhaloes: int = 0
    counts: tuple[int, ...] = (0,) * len(LINE_OF_SIGHT)

    @property
    def halo_redshifts(self) -> list[float]:
        """Where there are haloes, nearest first."""
        numbers = dict(zip(LINE_OF_SIGHT, self.counts, strict=True)) | {LENS_REDSHIFT: self.subhaloes}
        return sorted(redshift for redshift, number in numbers.items() if number)

    @property
    def haloes(self) -> int:
        return self.subhaloes + sum(self.counts)


def spread_evenly(scene: Scene, haloes: int) -> Scene:
    """Return a scene with another line of sight: the same number of haloes on every plane, or one more on the nearest."""
    number, rest = divmod(haloes, len(LINE_OF_SIGHT))
    counts = tuple(number + (k < rest) for k in range(len(LINE_OF_SIGHT)))
    return replace(scene, name=f"{haloes} on the line of sight", counts=counts)


EVEN = Scene("1000 on the line of sight, evenly", subhaloes=30, counts=(125,) * 8)
# What autolens's LOSSampler puts on its planes for a source at z = 1, and m > 1e7, scaled to 1000 in all.
UNEVEN = Scene("1000 as LOSSampler spreads them", subhaloes=30, counts=(2, 22, 50, 83, 150, 160, 213, 320))
SUBHALOES = Scene("30 subhaloes, no line of sight", subhaloes=30)
MACRO = Scene("macro model only")
SMALL = spread_evenly(Scene("small", side=30, pixel_scale=0.15, subhaloes=5), 40)


def halo_parameters(number: int, rng: np.random.Generator, radius: float, kappa_s: float) -> np.ndarray:
    """Return haloes within a circle as rows of centre y and x, kappa_s, scale radius and truncation radius.

    They have the mass function and the sizes that LOSSampler gives haloes of 1e7 to 1e10 solar masses.
    """
    distance = radius * np.sqrt(rng.random(number))
    angle = 2 * np.pi * rng.random(number)
    rng.power(1.0, number)  # not used: it keeps the draws, and so the haloes, those of the recorded measurements
    slope = -0.9
    mass = (1e7**slope + rng.random(number) * (1e10**slope - 1e7**slope)) ** (1 / slope)
    decades = np.log10(mass / 1e7)
    scale_radius = 0.03 * 10 ** (0.42 * decades) * 10 ** (0.12 * rng.normal(size=number))
    kappas = kappa_s * 10 ** (0.20 * decades) * 10 ** (0.15 * rng.normal(size=number))
    tau = np.clip(25 * 10 ** (-0.1 * decades) * 10 ** (0.12 * rng.normal(size=number)), 5, 120)
    return np.stack([distance * np.sin(angle), distance * np.cos(angle), kappas, scale_radius, tau * scale_radius], axis=1)


def theta_of(scene: Scene, call: int = 0) -> Theta:
    """Return the parameters for a call: those of the scene for call 0, slightly different ones for each other."""
    rng = np.random.default_rng(0)
    haloes = {
        redshift: halo_parameters(number, rng, LINE_OF_SIGHT_RADIUS, 4e-3)
        for redshift, number in zip(LINE_OF_SIGHT, scene.counts, strict=True)
    }
    haloes[LENS_REDSHIFT] = halo_parameters(scene.subhaloes, rng, SUBHALO_RADIUS, 8e-3)
    shift = np.random.default_rng((1, call)) if call else None
    factor = 1 + 1e-3 * shift.normal() if shift else 1.0
    if shift:
        haloes = {z: values * (1 + 1e-3 * shift.normal(size=values.shape)) for z, values in haloes.items()}
    return {
        "lens": {"centre": (0.01, -0.02), "ell_comps": (0.08, -0.05), "einstein_radius": 1.4 * factor, "slope": 2.1},
        "shear": {"gamma_1": 0.03, "gamma_2": -0.02},
        "source": {
            "centre": (0.05, 0.08),
            "ell_comps": (0.1, 0.05),
            "intensity": 1.0,
            "effective_radius": 0.15,
            "sersic_index": 1.5,
            "radius_break": 0.025,
            "gamma": 0.1,
            "alpha": 3.0,
        },
        "haloes": [haloes[redshift] for redshift in scene.halo_redshifts],
    }


def psf_native() -> np.ndarray:
    """Return the Gaussian PSF, sampled at the pixel centres and normalised."""
    y, x = (np.mgrid[: PSF_SHAPE[0], : PSF_SHAPE[1]].T - np.array(PSF_SHAPE) // 2).T
    kernel = np.exp(-0.5 * (y**2 + x**2) / PSF_SIGMA**2)
    return kernel / kernel.sum()


def noise_sigma(image: np.ndarray) -> np.ndarray:
    """Return the standard deviation of the noise of an image without noise [electron / second]."""
    return np.sqrt((image + SKY) / EXPOSURE_TIME)


def error_in_sigma(image: np.ndarray, exact: np.ndarray) -> float:
    """Return the largest difference of two images without noise, in units of the noise."""
    return float(np.max(np.abs(np.asarray(image, dtype=float) - exact) / noise_sigma(exact)))
