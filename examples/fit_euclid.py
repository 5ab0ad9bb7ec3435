"""Model a real lens, from the FITS file to the mass of the lens, its errors, and the source on a mesh.

    pip install "lensarrays[sampling]"
    python examples/fit_euclid.py vis.fits --out out

The file is a VIS cut-out of the Euclid Q1 Strong Lensing Discovery Engine: HDU 1 is the flux, 2 the PSF, 3 the RMS map, in
pixels of 0.1 arcsec. Row 0 of the file is drawn at the top, so north is down and position angles are mirrored.

1. Cut the lens out and mask it: 3 arcsec, which leaves all neighbours of this lens outside.
2. Gaussians for the light of the lens and of the source, an isothermal ellipsoid and a shear: maximise the posterior by its
   gradient, from several places. Intensities are not searched for: each step solves for them.
3. Sample that posterior by NUTS.
4. Put the source on a mesh, starting from there, and maximise the evidence over the lens and the regularisation.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from euclid_vis import PIXEL_SCALE, read_observation
from jax.flatten_util import ravel_pytree
from scipy.optimize import minimize

import lensarrays as la

RADIUS = 3.0  # [arcsec] of the mask: the nearest neighbour of this lens is 3.2 arcsec away
SIDE = 81  # [pixels] of the cut-out: the mask and what the PSF carries into it
SUB_SIZES, SUB_RADII = (8, 4, 2), (0.3, 1.8)  # of the light: fine at the centre of the lens, and as far out as the arcs
LENS_WIDTHS, SOURCE_WIDTHS = np.geomspace(0.02, RADIUS, 30), np.geomspace(0.02, 0.6, 10)  # [arcsec] of the Gaussians
MESH = la.mesh.RectangularRTUAdaptDensity(shape=(30, 30))
LENS_REDSHIFT, SOURCE_REDSHIFT = 0.5, 1.0  # made up: they do not matter with a single source
BOUND = 3.0  # [standard deviations of the prior] beyond which nothing is looked for

# Normal priors, as (mean, standard deviation). The Einstein radius is half the distance of the arcs in the picture of the data.
Prior = dict[str, dict[str, tuple[Any, float]]]
ORIGIN = np.zeros(2)
LENS: Prior = {
    "light": {"centre": (ORIGIN, 0.05), "ell_comps": (ORIGIN, 0.2)},
    "mass": {"centre": (ORIGIN, 0.05), "ell_comps": (ORIGIN, 0.15), "einstein_radius": (1.2, 0.2)},
    "shear": {"gamma_1": (0.0, 0.05), "gamma_2": (0.0, 0.05)},
}
GAUSSIANS: Prior = {**LENS, "source": {"centre": (ORIGIN, 0.2), "ell_comps": (ORIGIN, 0.2)}}
ON_MESH: Prior = {**LENS, "source": {"log_coefficient": (0.0, 3.0)}}


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print how long something took."""
    start = time.perf_counter()
    yield
    print(f"[{time.perf_counter() - start:6.1f} s] {name}", flush=True)


def tracer_from(theta: dict[str, Any]) -> la.Tracer:
    """Return the lens and the source, on a mesh if its parameters are those of one."""
    light = la.lp_basis.Basis(la.lp_linear.Gaussian(sigma=LENS_WIDTHS, **theta["light"]))
    lens = la.Galaxy(LENS_REDSHIFT, light=light, mass=[la.mp.Isothermal(**theta["mass"]), la.mp.ExternalShear(**theta["shear"])])
    if "log_coefficient" in theta["source"]:
        regularization = la.reg.Constant(coefficient=jnp.exp(theta["source"]["log_coefficient"]))
        return la.Tracer([lens, la.Galaxy(SOURCE_REDSHIFT, pixelization=la.Pixelization(MESH, regularization))])
    light = la.lp_basis.Basis(la.lp_linear.Gaussian(sigma=SOURCE_WIDTHS, **theta["source"]))
    return la.Tracer([lens, la.Galaxy(SOURCE_REDSHIFT, light=light)])


class Posterior(NamedTuple):
    """A posterior as a function of unit normal deviates, shape (p,): how far parameters are from the means of the priors."""

    dataset: la.Imaging
    prior: Prior

    def theta_from(self, deviates: Any) -> dict[str, Any]:
        """Return the parameters by their names."""
        is_pair = partial(isinstance, __class_or_tuple=tuple) if False else (lambda value: isinstance(value, tuple))
        means = jax.tree.map(lambda pair: jnp.asarray(pair[0], float), self.prior, is_leaf=is_pair)
        widths = jax.tree.map(lambda pair: jnp.full(np.shape(pair[0]), pair[1]), self.prior, is_leaf=is_pair)
        flat, unravel = ravel_pytree(means)
        return unravel(flat + ravel_pytree(widths)[0] * deviates)
