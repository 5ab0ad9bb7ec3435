"""Fit a known lens to a simulated HST observation, and compare the source that is found with the true one.

    python examples/fit_hst.py ../shared/data/hst_simulated --out out

The folder has `data.fits`, `noise_map.fits` and `psf.fits`, in pixels of 0.05 arcsec. The mass of the lens is the true one. Its
light is Gaussians, whose intensities are solved for along with the source: on a rectangular mesh, then on Delaunay triangles
that are small where the first source is bright. How smooth each source is, one number, is where the evidence is highest.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize

import lensarrays as la

PIXEL_SCALE, RADIUS = 0.05, 3.5  # [arcsec] of a pixel, and of the mask
SUB_SIZES, SUB_RADII = [4, 2, 1], [0.3, 0.6]  # of the light of the lens
CENTRE, ELL_COMPS = (0.0, 0.0), (1 / 19, 0.0)  # of the lens: an axis ratio of 0.9 at 45 degrees
WIDTHS = np.geomspace(0.01, RADIUS, 60)  # [arcsec] of the Gaussians
REDSHIFTS = 0.5, 1.0
MESH_SHAPE, VERTICES = (39, 39), 1000
APERTURE = 0.2  # [arcsec] twice the effective radius, in which sources are compared

TRUE_SOURCE = la.lp.SersicCore(
    CENTRE, ell_comps=(np.sqrt(3) / 18, -1 / 18), effective_radius=0.1, sersic_index=1.0, intensity=4.0
)


def dataset_from(folder: Path) -> la.Imaging:
    """Return the masked observation, over-sampled for light at the centre of the lens."""
    data, noise_map, psf = (folder / f"{name}.fits" for name in ("data", "noise_map", "psf"))
    dataset = la.Imaging.from_fits(data, noise_map, psf, pixel_scales=PIXEL_SCALE)
    mask = la.Mask2D.circular(shape_native=dataset.shape_native, pixel_scales=PIXEL_SCALE, radius=RADIUS)
    dataset = dataset.apply_mask(mask)
    sizes = la.over_sample_size_via_radial_bins_from(dataset.grid, sub_size_list=SUB_SIZES, radial_list=SUB_RADII)
    return dataset.apply_over_sampling(over_sample_size_lp=sizes, over_sample_size_pixelization=2)


def tracer_from(source: la.Galaxy) -> la.Tracer:
    """Return the true lens, its light as Gaussians, before a source."""
    light = la.lp_basis.Basis(la.lp_linear.Gaussian(CENTRE, ell_comps=ELL_COMPS, sigma=WIDTHS))
    mass = [la.mp.Isothermal(CENTRE, ell_comps=ELL_COMPS, einstein_radius=1.6), la.mp.ExternalShear(0.05, 0.05)]
    return la.Tracer([la.Galaxy(REDSHIFTS[0], light=light, mass=mass), source])


def on_rectangles(coefficient: Any) -> la.Galaxy:
    """Return a source on rectangles that are small where many rays end."""
    mesh = la.mesh.RectangularRTUAdaptDensity(shape=MESH_SHAPE)
    return la.Galaxy(REDSHIFTS[1], pixelization=la.Pixelization(mesh, la.reg.Constant(coefficient)))


def on_triangles(image: la.Array2D, coefficient: Any) -> la.Galaxy:
    """Return a source on triangles, whose corners are dense where its image is bright."""
    pixelization = la.Pixelization(
        la.mesh.Delaunay(),
        la.reg.ConstantSplit(coefficient),
        image_mesh=la.image_mesh.Hilbert(pixels=VERTICES, weight_floor=0.02, weight_power=1.0),
        adapt_image=image,
    )
    return la.Galaxy(REDSHIFTS[1], pixelization=pixelization)


def best_fit_from(dataset: la.Imaging, source_from: Callable[[Any], la.Galaxy]) -> la.FitImaging:
    """Return the fit with the highest evidence, of all coefficients; print how long that takes."""

    def fit_from(log10_coefficient: Any) -> la.FitImaging:
        return la.FitImaging(dataset, tracer_from(source_from(10.0**log10_coefficient)))

    evidence = jax.jit(lambda x: fit_from(x).log_evidence)
    negative = jax.jit(jax.value_and_grad(lambda x: -fit_from(x[0]).log_evidence))
    for name, function, x in (("evidence", evidence, jnp.zeros(())), ("and gradient", negative, jnp.zeros(1))):
        first, *later = [seconds_of(function, x) for _ in range(6)]
        print(
            f"  {name}: first {first:.2f} s, later {1e3 * min(later):.0f} ms at best, {1e3 * np.median(later):.0f} ms typically"
        )
    start = time.perf_counter()
    found = minimize(lambda x: jax.tree.map(np.asarray, negative(jnp.asarray(x))), np.zeros(1), jac=True, method="L-BFGS-B")
    print(f"  coefficient {10.0 ** found.x[0]:.3g} after {found.nfev} calls in {time.perf_counter() - start:.1f} s")
    return fit_from(float(found.x[0]))  # a plain number: NumPy makes and draws this fit


def seconds_of(function: Callable[[Any], Any], argument: Any) -> float:
    """Return how long a call takes [s]."""
    start = time.perf_counter()
    jax.block_until_ready(function(argument))
    return time.perf_counter() - start


def compare(fit: la.FitImaging) -> None:
    """Print how good a fit is, and its source beside the true one."""
    flux, magnification = measured(fit)
    true_flux, true_magnification = true_values(fit)
    print(f"  log evidence {float(fit.log_evidence):.2f}, reduced chi squared {float(fit.reduced_chi_squared):.4f}")
    print(f"  within {APERTURE} arcsec: flux {flux:.4f}, true {true_flux:.4f}")
    print(f"  within {APERTURE} arcsec: magnification {magnification:.2f}, true {true_magnification:.2f}")
    # No pixel is negative, so noise adds up over the wide pixels far from the source.
    print(
        f"  magnification on the whole mesh {float(fit.magnifications[0]):.2f}: most of its flux is noise far from the source"
    )


def measured(fit: la.FitImaging) -> tuple[float, float]:
    """Return the flux that was found in the aperture, and its magnification."""
    (values,), (mapper,) = fit.source_reconstructions, fit.inversion.mappers
    inside = np.linalg.norm(mapper.mesh_grid, axis=-1) < APERTURE
    flux = float(np.sum((values * la.mesh.pixel_areas_from(mapper))[inside]))
    return flux, float(np.sum(mapper.mapped_from(values * inside))) * PIXEL_SCALE**2 / flux


def true_values(fit: la.FitImaging) -> tuple[float, float]:
    """Return the true flux in the aperture, and its magnification."""

    def light_at(points: la.Grid2DIrregular) -> float:
        inside = np.linalg.norm(points.values, axis=-1) < APERTURE
        return float(np.sum(np.asarray(TRUE_SOURCE.image_2d_from(points).values)[inside]))

    plane = la.Grid2D.uniform(shape_native=(500, 500), pixel_scales=2.2 * APERTURE / 500)
    flux = light_at(la.Grid2DIrregular(plane.values)) * plane.pixel_area
    rays = la.Grid2DIrregular(la.Grid2D.from_mask(fit.dataset.mask, over_sample_size=8).over_sampled.values)
    return flux, light_at(fit.tracer.traced_grid_2d_list_from(rays)[-1]) * (PIXEL_SCALE / 8) ** 2 / flux


def run(folder: Path, out: Path) -> dict[str, la.FitImaging]:
    """Fit both kinds of source, write the pictures, and return the fits."""
    dataset, fits = dataset_from(folder), {}
    print(f"{dataset.mask.pixels_in_mask} pixels")
    print("rectangles")
    fits["rectangles"] = best_fit_from(dataset, on_rectangles)
    compare(fits["rectangles"])
    print("triangles")
    image = fits["rectangles"].model_images_of_galaxies[1]
    fits["triangles"] = best_fit_from(dataset, lambda coefficient: on_triangles(image, coefficient))
    compare(fits["triangles"])
    start = time.perf_counter()
    for name, fit in fits.items():
        la.plot.fit_imaging(fit, out / f"fit_{name}.png")
        la.plot.source_reconstruction(fit, out / f"source_{name}.png")
    print(f"drawn in {time.perf_counter() - start:.1f} s, written to {out}/")
    return fits


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the observation is")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the pictures")
    options = parser.parse_args(arguments)
    jax.config.update("jax_enable_x64", True)  # evidences need double precision
    try:
        run(options.folder, options.out)
    except (OSError, ValueError) as err:
        print(f"fit_hst: {err}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
