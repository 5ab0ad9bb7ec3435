"""Model a real lens: from a FITS file to the mass of the lens and its errors, and the source on a mesh.

    pip install -e ".[sampling]"
    python examples/fit_euclid.py vis.fits --out out

The file is a VIS cut-out of the Euclid Q1 Strong Lensing Discovery Engine: HDU 1 is the flux, 2 the PSF, 3 the RMS map, in
pixels of 0.1 arcsec. As everywhere in lensarrays, row 0 of the file is drawn at the top: north is down, angles are mirrored.

1. The lens is cut out and masked: a circle of 3 arcsec leaves the neighbours of this lens outside.
2. Light of the lens and of the source as Gaussians, an isothermal ellipsoid and a shear: the posterior is maximised by its
   gradient, from several places. Intensities are no parameters, as every call solves for them.
3. NUTS samples that posterior.
4. The source is put on a mesh, which is fine where the Gaussians of step 2 are bright. From there the evidence is maximised,
   over the lens and the regularisation.
"""

import argparse
import sys
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from _sampling import print_summary, samples_from, timed
from euclid_vis import PIXEL_SCALE, read_observation
from jax.flatten_util import ravel_pytree
from scipy.optimize import minimize

import lensarrays as la

RADIUS = 3.0  # [arcsec] of the mask; the nearest neighbour of this lens is at 3.2
SIDE = 81  # [pixels] of the cut-out: the mask, and around it what the PSF carries into it
SUB_SIZES, SUB_RADII = [8, 4, 2], [0.3, 1.8]  # of light: finest at the centre of the lens, fine as far out as the arcs
LENS_WIDTHS, SOURCE_WIDTHS = np.geomspace(0.02, RADIUS, 30), np.geomspace(0.02, 0.6, 10)  # [arcsec] of the Gaussians
MESH = la.mesh.RectangularRTUAdaptImage(shape=(30, 30))
REDSHIFTS = 0.5, 1.0  # made up: they do not matter with a single source
FARTHEST = 3.0  # [standard deviations of the prior] that a search goes from its mean

Theta = dict[str, dict[str, Any]]

# Normal priors. The Einstein radius is half the distance between the arcs in the picture of the data.
LENS_MEANS: Theta = {
    "light": {"centre": (0.0, 0.0), "ell_comps": (0.0, 0.0)},
    "mass": {"centre": (0.0, 0.0), "ell_comps": (0.0, 0.0), "einstein_radius": 1.2},
    "shear": {"gamma_1": 0.0, "gamma_2": 0.0},
}
LENS_DEVIATIONS: Theta = {
    "light": {"centre": (0.05, 0.05), "ell_comps": (0.2, 0.2)},
    "mass": {"centre": (0.05, 0.05), "ell_comps": (0.15, 0.15), "einstein_radius": 0.2},
    "shear": {"gamma_1": 0.05, "gamma_2": 0.05},
}
SOURCE_MEANS = {"centre": (0.0, 0.0), "ell_comps": (0.0, 0.0)}
SOURCE_DEVIATIONS = {"centre": (0.2, 0.2), "ell_comps": (0.2, 0.2)}
MESH_MEANS, MESH_DEVIATIONS = {"log10_coefficient": 1.5}, {"log10_coefficient": 1.0}


class Model(NamedTuple):
    """A model of an observation, whose parameters are unit normal deviates, shape (p,), of the priors."""

    dataset: la.Imaging
    means: Theta
    deviations: Theta
    adapt_image: la.Array2D | None = None  # of the source, where its mesh is to be fine

    @property
    def size(self) -> int:
        """The number of parameters."""
        return ravel_pytree(self.means)[0].size

    def named(self, values: Any) -> Theta:
        """Return values, one for each parameter, by their names."""
        return ravel_pytree(self.means)[1](jnp.asarray(values))

    def theta_from(self, deviates: Any) -> Theta:
        """Return the parameters by their names."""
        return self.named(ravel_pytree(self.means)[0] + ravel_pytree(self.deviations)[0] * deviates)

    def fit_from(self, theta: Theta) -> la.FitImaging:
        """Return the fit of a lens and a source, which is on a mesh if `theta` has parameters of one."""
        light = la.lp_basis.Basis(la.lp_linear.Gaussian(sigma=LENS_WIDTHS, **theta["light"]))
        mass = [la.mp.Isothermal(**theta["mass"]), la.mp.ExternalShear(**theta["shear"])]
        if "mesh" in theta:
            regularization = la.reg.Constant(coefficient=10.0 ** theta["mesh"]["log10_coefficient"])
            pixelization = la.Pixelization(MESH, regularization, adapt_image=self.adapt_image)
            source = la.Galaxy(REDSHIFTS[1], pixelization=pixelization)
        else:
            gaussians = la.lp_linear.Gaussian(sigma=SOURCE_WIDTHS, **theta["source"])
            source = la.Galaxy(REDSHIFTS[1], light=la.lp_basis.Basis(gaussians))
        return la.FitImaging(self.dataset, la.Tracer([la.Galaxy(REDSHIFTS[0], light=light, mass=mass), source]))

    def log_posterior(self, deviates: Any) -> Any:
        """Return the log likelihood at the best intensities, or the log evidence of a source on a mesh, and the log prior."""
        return self.fit_from(self.theta_from(deviates)).figure_of_merit - 0.5 * jnp.sum(deviates**2)


def observation_from(path: Path) -> la.Imaging:
    """Return the lens, cut out about its brightest pixel, and masked."""
    flux, rms, psf = read_observation(path, SIDE)
    mask = la.Mask2D.circular(shape_native=flux.shape_native, pixel_scales=PIXEL_SCALE, radius=RADIUS)
    dataset = la.Imaging(flux, rms, psf).apply_mask(mask)
    sizes = la.over_sample_size_via_radial_bins_from(dataset.grid, sub_size_list=SUB_SIZES, radial_list=SUB_RADII)
    return dataset.apply_over_sampling(over_sample_size_lp=sizes, over_sample_size_pixelization=2)


def sky_scatter_from(path: Path) -> float:
    """Return the scatter of the sky about its median, in units of the RMS map; the lens and others do not affect a median."""
    flux, rms, _ = read_observation(path, 3 * SIDE)
    ratio = flux.array / rms.array
    return 1.4826 * float(np.median(np.abs(ratio - np.median(ratio))))


def maximum_from(model: Model, starts: Any) -> np.ndarray:
    """Return where the posterior is highest, of several climbs."""
    value_and_grad = jax.jit(jax.value_and_grad(lambda deviates: -model.log_posterior(deviates)))
    with timed("compiled value and gradient"):
        jax.block_until_ready(value_and_grad(jnp.zeros(model.size)))

    def function(deviates: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = value_and_grad(jnp.asarray(deviates))
        return float(value), np.asarray(gradient)

    # Ellipticities of one and more are not defined, so the search is bounded.
    bounds, best = [(-FARTHEST, FARTHEST)] * model.size, None
    for start in starts:
        with timed("climbed"):
            found = minimize(function, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxcor": 20})
            print(f"  log posterior {-function(start)[0]:.1f} to {-found.fun:.2f} in {found.nfev} calls")
        best = found if best is None or found.fun < best.fun else best
    return best.x


def report(name: str, fit: la.FitImaging, out: Path) -> None:
    """Print how good a fit is, and draw it."""
    merit = "log evidence" if fit.source_galaxies else "log likelihood"
    print(f"{name}: {merit} {float(fit.figure_of_merit):.2f}, reduced chi squared {float(fit.reduced_chi_squared):.4f}")
    with timed("drew it"):
        la.plot.fit_imaging(fit, out / f"{name}.png", unit="flux")


def run(path: Path, out: Path, *, starts: int = 6, chains: int = 4, samples: int = 100, seed: int = 0) -> la.FitImaging:
    """Model a lens, write the pictures, and return the fit with its source on a mesh."""
    dataset, random = observation_from(path), np.random.default_rng(seed)
    la.plot.imaging(dataset, out / "observation.png", unit="flux")
    print(f"{dataset.mask.pixels_in_mask} pixels; chi squared of the sky is {sky_scatter_from(path) ** 2:.2f} a pixel")

    means, deviations = {**LENS_MEANS, "source": SOURCE_MEANS}, {**LENS_DEVIATIONS, "source": SOURCE_DEVIATIONS}
    model = Model(dataset, means, deviations)
    best = maximum_from(model, 0.5 * random.standard_normal((starts, model.size)))
    # Fits with plain numbers are made and drawn by NumPy: nothing is compiled for a single picture.
    fit = model.fit_from(jax.tree.map(float, model.theta_from(best)))
    report("gaussians", fit, out)
    if samples:
        drawn = samples_from(model.log_posterior, best, number=samples, chains=chains, seed=seed)
        print_summary(jax.vmap(jax.vmap(model.theta_from))(jnp.asarray(drawn)))

    # The lens that Gaussians found is where a mesh begins: on its own it may end at sources that are magnified by far too much.
    lens = {name: values for name, values in model.named(best).items() if name != "source"}
    means, deviations = {**LENS_MEANS, "mesh": MESH_MEANS}, {**LENS_DEVIATIONS, "mesh": MESH_DEVIATIONS}
    model = Model(dataset, means, deviations, adapt_image=fit.model_images_of_galaxies[1])
    start = ravel_pytree({**lens, "mesh": jax.tree.map(jnp.zeros_like, MESH_MEANS)})[0]
    best = maximum_from(model, [start])
    theta = jax.tree.map(float, model.theta_from(best))
    fit = model.fit_from(theta)
    report("mesh", fit, out)
    la.plot.source_reconstruction(fit, out / "source.png", unit="flux")
    print(f"coefficient {10.0 ** theta['mesh']['log10_coefficient']:.1f}")
    print(f"Einstein radius {theta['mass']['einstein_radius']:.4f} arcsec; written to {out}/")
    return fit


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("fits", type=Path, help="the observation")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the pictures")
    parser.add_argument("--samples", type=int, default=100, help="samples in each of four chains; 0 to leave sampling out")
    options = parser.parse_args(arguments)
    jax.config.update("jax_enable_x64", True)
    try:
        with timed("in all"):
            run(options.fits, options.out, samples=options.samples)
    except (OSError, ValueError, ModuleNotFoundError) as err:
        print(f"fit_euclid: {err}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
