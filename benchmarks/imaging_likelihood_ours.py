"""Our way to compute the likelihoods of `imaging_likelihood_scene.py`: all names of ours are here; see README.md."""

import functools
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

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
from lensarrays.ops.inversion import _host, host_solver
from lensarrays.ops.inversion import operator as operators
from lensarrays.ops.inversion.log_determinant import log_det_from


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
def mesh_grid(folder: Path, vertices: int) -> la.Grid2DIrregular:
    """Return the vertices of a Delaunay mesh in the plane of the image, shape (s, 2) [arcsec]."""
    hilbert = la.image_mesh.Hilbert(pixels=vertices, weight_power=1.0, weight_floor=0.0)
    return hilbert.image_plane_mesh_grid_from(dataset(folder).mask, adapt_image(folder).values)


def gaussians(number: int, parameters: Theta) -> la.lp_basis.Basis:
    """Return linear Gaussians that share a centre and an ellipticity."""
    return la.lp_basis.Basis(la.lp_linear.Gaussian(sigma=sigmas(number), **parameters))


def lens_galaxy(theta: Theta, number: int) -> la.Galaxy:
    light = [gaussians(number, theta["bulge"])] if number else []
    mass = [la.mp.Isothermal(**theta["lens"]), la.mp.ExternalShear(**theta["shear"])]
    return la.Galaxy(redshift=LENS_REDSHIFT, light=light, mass=mass)


def source_galaxy(theta: Theta, problem: Problem, folder: Path) -> la.Galaxy:
    if problem.mesh is None:
        return la.Galaxy(redshift=SOURCE_REDSHIFT, light=[gaussians(problem.source_gaussians, theta["source"])])
    # autolens's adaptive rectangles are a row off, which ours are only if they are asked to.
    size = {} if problem.is_delaunay else {"shape": problem.shape, "centred": False}
    pixelization = la.Pixelization(
        mesh=getattr(la.mesh, problem.mesh)(**size),
        regularization=getattr(la.reg, problem.regularization)(coefficient=problem.coefficient),
        adapt_image=adapt_image(folder) if problem.follows_image else None,
        mesh_grid=mesh_grid(folder, problem.vertices) if problem.is_delaunay else None,
    )
    return la.Galaxy(redshift=SOURCE_REDSHIFT, pixelization=pixelization)


def fit(theta: Theta, problem: Problem, folder: Path, *, on_jax: bool = False) -> la.FitImaging:
    """Return a fit."""
    tracer = la.Tracer([lens_galaxy(theta, problem.lens_gaussians), source_galaxy(theta, problem, folder)])
    return la.FitImaging(dataset(folder, on_jax=on_jax), tracer)


def evidence(theta: Theta, problem: Problem, folder: Path) -> float:
    """Return the log evidence, or the log likelihood where nothing is regularised."""
    return float(fit(theta, problem, folder).figure_of_merit)


def traceable_evidence(problem: Problem, folder: Path) -> Any:
    """Return the function of theta that JAX may compile and differentiate."""
    fit(TRUTH, problem, folder, on_jax=True)  # what is kept between calls is made before anything is traced
    return lambda theta: fit(theta, problem, folder, on_jax=True).figure_of_merit


class System(NamedTuple):
    """What the positive-only solver of a fit is given, and the regularisation."""

    arguments: tuple[Any, ...]
    terms: Any


def system(theta: Theta, problem: Problem, folder: Path) -> System:
    """Return the system that a fit solves. The fit remembers its solution for the next one, as in a search."""
    given: dict[str, Any] = {}

    def solver(matrix: np.ndarray, *others: Any) -> Any:
        given["arguments"] = matrix.copy(), *others  # it is overwritten by its factor
        return host_solver.solve_positive(matrix, *others)

    def log_det(terms: Any) -> float:
        given["terms"] = terms
        return log_det_from(terms)

    with mock.patch.multiple(_host, solve_positive=solver, log_det_from=log_det):
        fit(theta, problem, folder)
    return System(**given)


def solved(system: System) -> tuple[np.ndarray, float, float]:
    """Return the positive-only solution of such a system, and both log determinants."""
    solution = host_solver.solve_positive(*system.arguments)
    return np.concatenate([solution.light, solution.source]), solution.log_det, log_det_from(system.terms)


def precompute(folder: Path) -> Any:
    """Compute what is computed of the data once, anew."""
    observed = dataset(folder)
    kernel, noise = np.asarray(observed.psf.native), np.asarray(observed.noise_map.values)
    operators._operator.cache_clear()
    return operators.operator_from(observed.mask, kernel, noise, precomputed=True)
