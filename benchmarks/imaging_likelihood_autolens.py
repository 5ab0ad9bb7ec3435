"""autolens's ways to compute the likelihoods of `imaging_likelihood_scene.py`; see README.md."""

import functools
from pathlib import Path
from typing import Any

import autolens as al
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

SPARSE = {"dense": None, "sparse": "apply_sparse_operator", "numba": "apply_sparse_operator_cpu"}
TERMS = ("chi_squared", "regularization_term", "log_det_curvature_reg_matrix_term", "log_det_regularization_matrix_term")


@functools.cache
def dataset(folder: Path) -> al.Imaging:
    """Return the masked observation, the light over-sampled near the centre of the lens and the source not."""
    paths = {f"{name}_path": folder / f"{name}.fits" for name in ("data", "noise_map", "psf")}
    observed = al.Imaging.from_fits(**paths, pixel_scales=PIXEL_SCALE)
    mask = al.Mask2D.circular(shape_native=observed.shape_native, pixel_scales=PIXEL_SCALE, radius=MASK_RADIUS)
    observed = observed.apply_mask(mask=mask)
    sizes = al.util.over_sample.over_sample_size_via_radial_bins_from(
        grid=observed.grid, sub_size_list=list(SUB_SIZES), radial_list=list(SUB_RADII), centre_list=[(0.0, 0.0)]
    )
    return observed.apply_over_sampling(over_sample_size_lp=sizes, over_sample_size_pixelization=1)


@functools.cache
def prepared(folder: Path, path: str) -> al.Imaging:
    """Return the observation with what one of the paths of `SPARSE` computes of it beforehand."""
    return getattr(dataset(folder), SPARSE[path])() if SPARSE[path] else dataset(folder)


@functools.cache
def adapt_image(folder: Path) -> np.ndarray:
    """Return the image of the true source, blurred, shape (n,): what adaptive meshes follow."""
    observed = dataset(folder)
    light = al.lp.SersicCore(**TRUTH["source"], **TRUE_SOURCE)
    tracer = al.Tracer(galaxies=[lens_galaxy(TRUTH, 0), al.Galaxy(redshift=SOURCE_REDSHIFT, light=light)])
    image = tracer.blurred_image_2d_from(grid=observed.grids.lp, psf=observed.psf, blurring_grid=observed.grids.blurring)
    return np.asarray(image.array)


@functools.cache
def mesh_grid(folder: Path, vertices: int) -> np.ndarray:
    """Return the vertices of a Delaunay mesh in the plane of the image, shape (s, 2) [arcsec]."""
    mask = dataset(folder).mask
    image = al.Array2D(values=adapt_image(folder), mask=mask)
    hilbert = al.image_mesh.Hilbert(pixels=vertices, weight_power=1.0, weight_floor=0.0)
    return np.asarray(hilbert.image_plane_mesh_grid_from(mask=mask, adapt_data=image).array)


def gaussians(number: int, parameters: Theta) -> al.lp_basis.Basis:
    """Return linear Gaussians that share a centre and an ellipticity."""
    return al.lp_basis.Basis(profile_list=[al.lp_linear.Gaussian(sigma=float(s), **parameters) for s in sigmas(number)])


def lens_galaxy(theta: Theta, number: int) -> al.Galaxy:
    light = {"bulge": gaussians(number, theta["bulge"])} if number else {}
    mass, shear = al.mp.Isothermal(**theta["lens"]), al.mp.ExternalShear(**theta["shear"])
    return al.Galaxy(redshift=LENS_REDSHIFT, mass=mass, shear=shear, **light)


def source_galaxy(theta: Theta, problem: Problem) -> al.Galaxy:
    if problem.mesh is None:
        return al.Galaxy(redshift=SOURCE_REDSHIFT, bulge=gaussians(problem.source_gaussians, theta["source"]))
    size = {"pixels": problem.vertices} if problem.is_delaunay else {"shape": problem.shape}
    mesh = getattr(al.mesh, problem.mesh)(**size)
    regularization = getattr(al.reg, problem.regularization)(coefficient=problem.coefficient)
    return al.Galaxy(redshift=SOURCE_REDSHIFT, pixelization=al.Pixelization(mesh=mesh, regularization=regularization))


def fit(theta: Theta, problem: Problem, folder: Path, path: str, *, xp: Any = np) -> al.FitImaging:
    """Return a fit, of which nothing is computed yet."""
    observed = prepared(folder, path)
    source = source_galaxy(theta, problem)
    adapt: dict[str, Any] = {}
    if problem.is_delaunay:
        adapt["galaxy_image_plane_mesh_grid_dict"] = {source: al.Grid2DIrregular(mesh_grid(folder, problem.vertices))}
    if problem.follows_image:
        adapt["galaxy_image_dict"] = {source: al.Array2D(values=adapt_image(folder), mask=observed.mask)}
    return al.FitImaging(
        dataset=observed,
        tracer=al.Tracer(galaxies=[lens_galaxy(theta, problem.lens_gaussians), source]),
        adapt_images=al.AdaptImages(**adapt) if adapt else None,
        settings=al.Settings(use_border_relocator=True),
        xp=xp,
    )


def evidence(theta: Theta, problem: Problem, folder: Path, path: str = "numba") -> float:
    """Return the log evidence, or the log likelihood where nothing is regularised."""
    return float(fit(theta, problem, folder, path).figure_of_merit)


def jitted_evidence(problem: Problem, folder: Path, path: str) -> Any:
    """Return the jitted function of theta, as `AnalysisImaging(use_jax=True)` computes it."""
    fit(TRUTH, problem, folder, path)  # what is kept between calls is made before anything is traced
    return jax.jit(lambda theta: fit(theta, problem, folder, path, xp=jnp).figure_of_merit)


def system(theta: Theta, problem: Problem, folder: Path) -> Any:
    """Return an inversion whose matrices and vector are computed, and nothing that follows from them."""
    inversion = fit(theta, problem, folder, "numba").inversion
    for name in ("data_vector", "curvature_reg_matrix", "curvature_reg_matrix_reduced", "regularization_matrix_reduced"):
        getattr(inversion, name)
    return inversion


def solved(inversion: Any) -> tuple[np.ndarray, float, float]:
    """Return the positive-only solution of such an inversion, and both log determinants."""
    return inversion.reconstruction, *(float(getattr(inversion, name)) for name in TERMS[2:])


def precompute(folder: Path) -> Any:
    """Compute what the Numba path computes of the data once, anew."""
    return dataset(folder).apply_sparse_operator_cpu()


def terms(theta: Theta, problem: Problem, folder: Path, path: str = "numba") -> dict[str, float]:
    """Return the terms of the evidence and what they add up to."""
    made = fit(theta, problem, folder, path)
    parts = {"chi_squared": made.chi_squared, "noise_normalization": made.noise_normalization}
    if problem.mesh is not None:
        parts |= {name: getattr(made.inversion, name) for name in TERMS[1:]}
    return {name: float(value) for name, value in parts.items()} | {"figure_of_merit": float(made.figure_of_merit)}
