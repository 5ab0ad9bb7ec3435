"""autolens's ways to compute what `interferometer.py` compares; see README.md."""

import functools
import logging
from pathlib import Path
from typing import Any, NamedTuple

import autolens as al
import jax
import jax.numpy as jnp
import numpy as np
from autoarray.inversion.inversion.interferometer import inversion_interferometer_util as util
from autoarray.inversion.inversion.interferometer.sparse import InversionInterferometerSparse
from autoarray.inversion.inversion.interferometer_numba.sparse import InversionInterferometerSparseNumba
from autoarray.inversion.linear_obj.neighbors import Neighbors
from autoarray.inversion.mappers.abstract import Mapper
from interferometer_scene import Observation, Problem, mapping, masked, noise_normalization, observation, ring

logging.disable(logging.INFO)  # it says what it computes, between the lines of the table
ROUTES = {"Numba": InversionInterferometerSparseNumba, "FFT": InversionInterferometerSparse}


class Table(NamedTuple):
    """What a mapper asks of an interpolator."""

    mappings: np.ndarray
    sizes: np.ndarray
    weights: np.ndarray
    data_grid: Any
    mesh_grid: np.ndarray
    mesh: Any
    mesh_geometry: Any
    adapt_data: Any = None


class Geometry(NamedTuple):
    """What a regularisation asks of a mesh."""

    neighbors: Neighbors


@functools.cache
def mask(problem: Problem) -> al.Mask2D:
    return al.Mask2D(mask=masked(problem), pixel_scales=problem.scale)


@functools.cache
def dataset(problem: Problem, folder: Path) -> al.Interferometer:
    return dataset_of(problem, observation(problem, folder))


def dataset_of(problem: Problem, seen: Observation) -> al.Interferometer:
    return al.Interferometer(
        data=al.Visibilities(visibilities=seen.data),
        noise_map=al.VisibilitiesNoiseMap(visibilities=seen.sigma * (1 + 1j)),
        uv_wavelengths=seen.uv_wavelengths,
        real_space_mask=mask(problem),
        transformer_class=al.TransformerNUFFT,
    )


@functools.cache
def prepared(problem: Problem, folder: Path) -> al.Interferometer:
    """Return the dataset with its w-tilde, dirty image and terms of the data and the noise."""
    return dataset(problem, folder).apply_sparse_operator()


@functools.cache
def grid_in_radians(problem: Problem) -> np.ndarray:
    return np.asarray(mask(problem).derive_grid.all_false.in_radians.native.array)


def w_tilde(problem: Problem, sigma: np.ndarray, uv_wavelengths: np.ndarray) -> np.ndarray:
    """Return W for all offsets, wrapped around, (2 ny, 2 nx), by its default: the type-1 NUFFT of finufft."""
    shape = mask(problem).shape_native_masked_pixels
    return util.nufft_precision_operator_from(sigma, uv_wavelengths, shape, grid_in_radians(problem))


def compact(wrapped: np.ndarray) -> np.ndarray:
    """Return the same as our compact form has it, (ny, 2 nx - 1)."""
    ny, nx = (size // 2 for size in wrapped.shape)
    return np.concatenate([wrapped[:ny, nx + 1 :], wrapped[:ny, :nx]], axis=1)


def mapper(problem: Problem, weights: np.ndarray) -> Mapper:
    """Return the mapper of the table of the scene, with other weights; its mesh and mask are made before."""
    table = mapping(problem)
    indexes = np.where(table.used, table.indexes, -1)
    parts = (indexes, table.sizes, weights, data_grid(problem), table.mesh_grid, al.mesh.Delaunay(pixels=table.pixels))
    geometry = Geometry(Neighbors(arr=table.neighbors, sizes=table.neighbors_sizes))
    return Mapper(Table(*parts, geometry), regularization=al.reg.Constant(coefficient=1.0))


@functools.cache
def data_grid(problem: Problem) -> al.Grid2D:
    return al.Grid2D.from_mask(mask=mask(problem), over_sample_size=1)


def interface(made: al.Interferometer) -> al.DatasetInterface:
    """Return what `FitInterferometer` gives to an inversion where there is no light but that of the source."""
    return al.DatasetInterface(
        data=None, noise_map=made.noise_map, transformer=made.transformer, sparse_operator=made.sparse_operator
    )


def curvature_matrix(made: al.Interferometer, mapper: Mapper, route: str) -> np.ndarray:
    """Return F, (s, s), by Numba or by FFT."""
    settings = al.Settings(use_positive_only_solver=False)
    return ROUTES[route](interface(made), [mapper], settings=settings).curvature_matrix_diag


def traceable_curvature_matrix(problem: Problem, folder: Path) -> Any:
    """Return the function of the weights (m, 3) that JAX may compile and differentiate: F, (s, s)."""
    operator, table = prepared(problem, folder).sparse_operator, mapping(problem)
    rows = jnp.asarray(np.repeat(np.asarray(mask(problem).extent_index_for_masked_pixel), table.indexes.shape[1]))
    columns = jnp.asarray(table.indexes.ravel())
    return lambda weights: operator.curvature_matrix_diag_from(rows, columns, weights.ravel(), S=table.pixels, xp=jnp)


def log_evidence(made: al.Interferometer, mapper: Mapper, *, positive_only: bool) -> float:
    """Return the log evidence of a mapper by the route that autolens chooses."""
    settings = al.Settings(use_positive_only_solver=positive_only, use_edge_zeroed_pixels=False)
    inversion = al.Inversion(interface(made), [mapper], settings=settings)
    prior = inversion.regularization_term - inversion.log_det_regularization_matrix_term
    terms = inversion.fast_chi_squared + prior + inversion.log_det_curvature_reg_matrix_term
    return float(-0.5 * (terms + made.sparse_operator.noise_normalization))


@functools.cache
def tracer() -> al.Tracer:
    """Return a tracer with some light, of which only that it has light is asked: its image is given."""
    light = al.lp.Sersic(intensity=1.0)
    return al.Tracer(galaxies=[al.Galaxy(redshift=0.5), al.Galaxy(redshift=1.0, light=light)])


def fit(problem: Problem, folder: Path, image: np.ndarray) -> al.FitInterferometer:
    """Return the fit of an image (m,) that was made before."""
    made = al.FitInterferometer(dataset=prepared(problem, folder), tracer=tracer())
    made.__dict__["profile_image"] = al.Array2D(values=image, mask=mask(problem))
    return made


def log_likelihood(problem: Problem, folder: Path, image: np.ndarray) -> float:
    """Return the log likelihood of an image, by its visibilities."""
    return float(fit(problem, folder, image).log_likelihood)


def log_likelihood_without_visibilities(problem: Problem, folder: Path, image: np.ndarray) -> float:
    """Return the same by the identity that autolens uses for datasets whose visibilities were not kept."""
    made = fit(problem, folder, image)
    return float(-0.5 * (made.sparse_chi_squared + made.noise_normalization))


def traceable_log_likelihood(problem: Problem, folder: Path) -> Any:
    """Return the function of an image (m,) that JAX may compile and differentiate: the steps of the fit, by nufftax."""
    seen, transform = observation(problem, folder), traceable_visibilities(problem, folder)
    data, sigma, constant = jnp.asarray(seen.data), jnp.asarray(seen.sigma), noise_normalization(seen)

    def function(image: jax.Array) -> jax.Array:
        residual = data - transform(image)
        return -0.5 * (jnp.sum((residual.real / sigma) ** 2 + (residual.imag / sigma) ** 2) + constant)

    return function


def visibilities(problem: Problem, folder: Path, image: np.ndarray) -> np.ndarray:
    """Return the visibilities (k,) of an image (m,), by finufft."""
    given = al.Array2D(values=image, mask=mask(problem))
    return np.asarray(dataset(problem, folder).transformer.visibilities_from(image=given).array)


def traceable_visibilities(problem: Problem, folder: Path) -> Any:
    """Return the function of an image (m,) that JAX may compile: its visibilities (k,), by nufftax."""
    transformer, places = dataset(problem, folder).transformer, mask(problem).slim_to_native_tuple

    def function(image: jax.Array) -> jax.Array:
        square = jnp.zeros(masked(problem).shape).at[places].set(image)
        return transformer._forward_native(square, xp=jnp)

    function(jnp.asarray(ring(problem)))  # what is made once is made before anything is traced
    return function
