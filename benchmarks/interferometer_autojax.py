"""autojax, written anew: the fastest published algorithm of each of its functions; see README.md.

autojax is a small package that ports autolens's w-tilde to Numba and JAX in many variants and compares them; it is not on PyPI.
Here are those that its own benchmarks found fastest, after its documentation and its published source: the same sums, with what
it stores, and nothing that it does not do. On one core of an AMD EPYC they take (in brackets what its own code was measured to
take): w-compact of the SMA data 3.4 ms (3.4) by Numba and 3.7 (3.7) by JAX, of K = 10^4 and N = 256 11.3 s (11.2) by JAX; F of
M = 5024 and S = 1020 61 ms (62) from the dense W and 72 (102) from the compact one, of M = 49884 7.6 s (7.6); the log evidence
of the SMA data, by JAX from the dense W, 9.6 to 12.4 ms (9.2 to 9.8, of a simpler table, on a quieter machine).

Shapes: K visibilities, N x N pixels of which M are used, S mesh pixels; a table of M x 3 indexes and weights stands for T.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from interferometer_scene import ARCSEC
from numba import njit


@njit(nogil=True)
def w_compact(side: int, sigma: np.ndarray, uv_wavelengths: np.ndarray, pixel_scale: float) -> np.ndarray:
    """Return W for all offsets, (N, 2N - 1): a cosine for each offset and visibility."""
    step = 2 * math.pi * pixel_scale * ARCSEC
    result = np.zeros((side, 2 * side - 1))
    for k in range(len(sigma)):
        u, v, weight = step * uv_wavelengths[k, 0], step * uv_wavelengths[k, 1], 1 / sigma[k] ** 2
        for row in range(side):
            for column in range(2 * side - 1):
                result[row, column] += weight * math.cos((column - side + 1) * u - row * v)
    return result


def w_compact_by_jax(side: int, sigma: jax.Array, uv_wavelengths: jax.Array, pixel_scale: float) -> jax.Array:
    """Return the same by a scan over visibilities, which adds an image of cosines for each."""
    step = 2 * math.pi * pixel_scale * ARCSEC
    rows = step * jnp.arange(side, dtype=jnp.float64)[:, None]
    columns = step * (jnp.arange(2 * side - 1, dtype=jnp.float64) - (side - 1))

    def add(total: jax.Array, visibility: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, None]:
        sigma, uv = visibility
        return total + jnp.cos(columns * uv[0] - rows * uv[1]) / jnp.square(sigma), None

    return jax.lax.scan(add, jnp.zeros((side, 2 * side - 1)), (sigma, uv_wavelengths))[0]


def w_tilde(compact: np.ndarray, native: np.ndarray) -> np.ndarray:
    """Return the dense W, (M, M)."""
    rows, columns = (native[:, None, axis] - native[None, :, axis] for axis in (0, 1))
    return compact[np.abs(rows), np.where(rows < 0, -columns, columns) + compact.shape[0] - 1]


@njit(nogil=True)
def transpose_matmul(indexes: np.ndarray, weights: np.ndarray, matrix: np.ndarray, pixels: int) -> np.ndarray:
    """Return T' A for a matrix A, (M, n): each entry of the table adds a row of A to one of the result, (S, n)."""
    result = np.zeros((pixels, matrix.shape[1]))
    for i in range(indexes.shape[0]):
        for b in range(indexes.shape[1]):
            weight, row = weights[i, b], result[indexes[i, b]]
            for n in range(matrix.shape[1]):
                row[n] += weight * matrix[i, n]
    return result


@njit(nogil=True)
def curvature_from_w_tilde(dense: np.ndarray, indexes: np.ndarray, weights: np.ndarray, pixels: int) -> np.ndarray:
    """Return F = T' (T' W)' from the dense W; the fastest of autojax where 8 M^2 bytes can be had."""
    return transpose_matmul(indexes, weights, transpose_matmul(indexes, weights, dense, pixels).T.copy(), pixels)


@njit(nogil=True)
def curvature_from_w_compact(
    compact: np.ndarray, native: np.ndarray, indexes: np.ndarray, weights: np.ndarray, pixels: int
) -> np.ndarray:
    """Return F in two stages: each row of W T from the compact W and the table, and then what the table adds of it to F."""
    number, entries, last = indexes.shape[0], indexes.shape[1], compact.shape[0] - 1
    result, row = np.zeros((pixels, pixels)), np.empty(pixels)
    for i in range(number):
        row[:] = 0.0
        for j in range(number):
            down, right = native[i, 0] - native[j, 0], native[i, 1] - native[j, 1]
            value = compact[down, right + last] if down >= 0 else compact[-down, last - right]
            for b in range(entries):
                row[indexes[j, b]] += value * weights[j, b]
        for b in range(entries):
            weight, target = weights[i, b], result[indexes[i, b]]
            for s in range(pixels):
                target[s] += weight * row[s]
    return result


@njit(nogil=True)
def regularization_matrix(coefficient: float, neighbors: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return H of a constant regularisation, (S, S)."""
    result = np.diag(1e-8 + coefficient**2 * sizes)
    for s in range(len(sizes)):
        for p in range(sizes[s]):
            result[s, neighbors[s, p]] -= coefficient**2
    return result


@njit(nogil=True)
def data_vector(indexes: np.ndarray, weights: np.ndarray, dirty_image: np.ndarray, pixels: int) -> np.ndarray:
    """Return D = T' times the dirty image."""
    result = np.zeros(pixels)
    for i in range(indexes.shape[0]):
        for b in range(indexes.shape[1]):
            result[indexes[i, b]] += weights[i, b] * dirty_image[i]
    return result


def log_evidence(curvature: np.ndarray, vector: np.ndarray, prior: np.ndarray, constant: float) -> float:
    """Return the log evidence of the solution of any sign; `constant` is the term of the data and that of the noise.

    One Cholesky factor solves and gives the determinant of F + H; that of H is from SuperLU where it is large and sparse.
    """
    import scipy.linalg

    factor = scipy.linalg.cho_factor(curvature + prior, lower=True, overwrite_a=True, check_finite=False)
    solution = scipy.linalg.cho_solve(factor, vector, check_finite=False)
    log_det = 2 * np.sum(np.log(np.diagonal(factor[0])))
    return -0.5 * (constant - solution @ vector + log_det - log_det_of_prior(prior))


def log_det_of_prior(prior: np.ndarray) -> float:
    import scipy.sparse

    factor = scipy.sparse.linalg.splu(scipy.sparse.csc_array(prior), permc_spec="MMD_AT_PLUS_A")
    return float(np.sum(np.log(np.abs(factor.U.diagonal()))))


def log_evidence_by_jax(
    dense: jax.Array,
    indexes: jax.Array,
    weights: jax.Array,
    dirty_image: jax.Array,
    neighbors: jax.Array,
    sizes: jax.Array,
    constant: float,
) -> jax.Array:
    """Return the log evidence from the dense W, to be jitted; the coefficient of the regularisation is one."""
    pixels = len(sizes)

    def transposed(matrix: jax.Array) -> jax.Array:
        entries = weights[:, :, None] * matrix[:, None, :]
        return jnp.zeros((pixels, matrix.shape[1])).at[indexes].add(entries)

    curvature, vector = transposed(transposed(dense).T), transposed(dirty_image[:, None])[:, 0]
    others = jnp.where(neighbors < 0, pixels, neighbors)
    prior = jnp.diag(1e-8 + sizes.astype(jnp.float64)).at[jnp.arange(pixels)[:, None], others].add(-1.0, mode="drop")
    factor = jnp.linalg.cholesky(curvature + prior)
    half = jax.scipy.linalg.solve_triangular(factor, vector, lower=True)
    log_dets = (2 * jnp.sum(jnp.log(jnp.diagonal(matrix))) for matrix in (factor, jnp.linalg.cholesky(prior)))
    return -0.5 * (constant - half @ half + next(log_dets) - next(log_dets))
