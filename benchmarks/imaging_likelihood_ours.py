"""Our way to compute the likelihoods of `imaging_likelihood_scene.py`: all names of ours that are benchmarked; see README.md."""

import functools
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from imaging_likelihood_scene import (
    LENS_REDSHIFT,
    MASK_RADIUS,
    PIXEL_SCALE,
    SOURCE_REDSHIFT,
    SUB_RADII,
    SUB_SIZES,
    TRUE_SOURCE,
    TRUTH,
    Problem,
    Theta,
    sigmas,
)

import lensarrays as la

jax.config.update("jax_enable_x64", True)


@functools.cache
def dataset(folder: Path, *, on_jax: bool = False) -> la.Imaging:
    """Return the masked observation, the light over-sampled near the centre of the lens and the source not."""
    paths = {f"{name}_path": folder / f"{name}.fits" for name in ("data", "noise_map", "psf")}
    observed = la.Imaging.from_fits(**paths, pixel_scales=PIXEL_SCALE, xp=jnp if on_jax else np)
    mask = la.Mask2D.circular(shape_native=observed.shape_native, pixel_scales=PIXEL_SCALE, radius=MASK_RADIUS)
    observed = observed.apply_mask(mask)
    sizes = la.over_sample_size_via_radial_bins_from(observed.grid, sub_size_list=SUB_SIZES, radial_list=SUB_RADII)
    return observed.apply_over_sampling(over_sample_size_lp=sizes, over_sample_size_pixelization=1)


@functools.cache
def adapt_image(folder: Path) -> la.Array2D:
    """Return the image of the true source, blurred: what adaptive meshes follow."""
    light = la.lp.SersicCore(**TRUTH["source"], **TRUE_SOURCE)
    tracer = la.Tracer([lens_galaxy(TRUTH, 0), la.Galaxy(redshift=SOURCE_REDSHIFT, light=light)])
    return la.FitImaging(dataset(folder), tracer).model_data


@functools.cache
def mesh_grid(folder: Path, vertices: int) -> Any:
    """Return the vertices of a Delaunay mesh in the plane of the image, shape (s, 2) [arcsec]."""
    hilbert = la.image_mesh.Hilbert(pixels=vertices, weight_power=1.0, weight_floor=0.0)
    return hilbert.image_plane_mesh_grid_from(mask=dataset(folder).mask, adapt_data=adapt_image(folder))


def gaussians(number: int, parameters: Theta) -> la.lp_basis.Basis:
    """Return linear Gaussians that share a centre and an ellipticity."""
    return la.lp_basis.Basis(la.lp_linear.Gaussian(sigma=sigmas(number), **parameters))


def lens_galaxy(theta: Theta, number: int) -> la.Galaxy:
    light = [gaussians(number, theta["bulge"])] if number else []
    mass = [la.mp.Isothermal(**theta["lens"]), la.mp.ExternalShear(**theta["shear"])]
    return la.Galaxy(redshift=LENS_REDSHIFT, light=light, mass=mass)


def source_galaxy(theta: Theta, problem: Problem) -> la.Galaxy:
    if problem.mesh is None:
        return la.Galaxy(redshift=SOURCE_REDSHIFT, light=[gaussians(problem.source_gaussians, theta["source"])])
    size = {"pixels": problem.vertices} if problem.is_delaunay else {"shape": problem.shape}
    mesh = getattr(la.mesh, problem.mesh)(**size)
    regularization = getattr(la.reg, problem.regularization)(coefficient=problem.coefficient)
    return la.Galaxy(redshift=SOURCE_REDSHIFT, pixelization=la.Pixelization(mesh=mesh, regularization=regularization))


def fit(theta: Theta, problem: Problem, folder: Path, *, on_jax: bool = False) -> la.FitImaging:
    """Return a fit."""
    tracer = la.Tracer([lens_galaxy(theta, problem.lens_gaussians), source_galaxy(theta, problem)])
    adapt: dict[str, Any] = {}
    if problem.is_delaunay:
        adapt["image_plane_mesh_grid"] = mesh_grid(folder, problem.vertices)
    if problem.follows_image:
        adapt["adapt_image"] = adapt_image(folder)
    return la.FitImaging(dataset(folder, on_jax=on_jax), tracer, **adapt)


def evidence(theta: Theta, problem: Problem, folder: Path) -> float:
    """Return the log evidence, or the log likelihood where nothing is regularised."""
    return float(fit(theta, problem, folder).figure_of_merit)


def traceable_evidence(problem: Problem, folder: Path) -> Any:
    """Return the function of theta that JAX may compile and differentiate."""
    fit(TRUTH, problem, folder, on_jax=True)  # what is kept between calls is made before anything is traced
    return lambda theta: fit(theta, problem, folder, on_jax=True).figure_of_merit
