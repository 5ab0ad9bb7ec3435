"""docs/autojax.md names what exists, and each row is what its definition says, computed here by loops and dense matrices."""

import re
from pathlib import Path

import numpy as np
import pytest

import lensarrays as la

TEXT = (Path(__file__).parents[2] / "docs" / "autojax.md").read_text()
ROWS = [line.strip("|").split("|") for line in re.findall(r"^\| `.*\|$", TEXT, flags=re.MULTILINE)]

RNG = np.random.default_rng(3)
MASK = la.Mask2D.circular((9, 9), pixel_scales=0.2, radius=0.7)
K, S = 11, 7
UV = RNG.uniform(-4e5, 4e5, (K, 2))
SIGMA = RNG.uniform(0.5, 2.0, K)
DATA = RNG.normal(size=K) + 1j * RNG.normal(size=K)
DATASET = la.Interferometer(la.Visibilities(DATA), la.Visibilities(SIGMA * (1 + 1j)), UV, MASK)
N = MASK.pixels_in_mask
YX = la.Grid2D.from_mask(MASK).array * np.pi / 648000
PHASES = 2 * np.pi * (YX[:, 1:] * UV[:, 0] + YX[:, :1] * UV[:, 1])  # of each pixel and visibility
W = np.sum(np.cos(PHASES[:, None] - PHASES[None]) / SIGMA**2, axis=-1)

INDEXES = RNG.integers(0, S, (N, 3))
WEIGHTS = RNG.uniform(0.1, 1.0, (N, 3))
NEIGHBORS = np.stack([(np.arange(S) + 1) % S, (np.arange(S) - 1) % S], axis=-1)
MAPPER = la.Mapper(INDEXES, WEIGHTS, RNG.normal(size=(S, 2)), NEIGHBORS, None, None, MASK, 1, None, False)
T = np.zeros((N, S))
np.add.at(T, (np.arange(N)[:, None], INDEXES), WEIGHTS)
H = np.zeros((S, S))
for pixel, others in enumerate(NEIGHBORS):
    for other in others:
        H[pixel, pixel] += 4.0
        H[pixel, other] -= 4.0
H += 1e-8 * np.eye(S)
DIRTY = np.cos(PHASES) @ (DATA.real / SIGMA**2) - np.sin(PHASES) @ (DATA.imag / SIGMA**2)


def close(found, expected):
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-11, atol=1e-11 * np.max(np.abs(expected)))


def resolves(name):
    thing = la
    for part in name.split("."):
        if not hasattr(thing, part) and part not in getattr(thing, "__dataclass_fields__", {}):
            return False
        thing = getattr(thing, part, None)
    return True


def test_the_table_has_all_functions_and_names_what_exists():
    assert len(ROWS) == 18
    names = [name for row in ROWS for name in re.findall(r"`([^`]+)`", row[1])]
    assert [name for name in names if not resolves(name)] == []


def test_masks_and_mapping():
    y, x = np.mgrid[0.8:-0.81:-0.2, -0.8:0.81:0.2]
    np.testing.assert_array_equal(MASK.array, np.hypot(y, x) > 0.7)
    close(MAPPER.mapping_matrix, T)
    images = RNG.normal(size=(2, N))
    close(MAPPER.adjoint_mapped_from(images), images @ T)


def test_w_tilde_in_every_form():
    w_tilde = DATASET.w_tilde
    close(w_tilde.dense, W)
    close(la.interferometry.w_tilde_direct_from(UV, DATASET.noise_map, MASK), W)
    close(la.WTilde.from_compact(np.array(w_tilde.compact), MASK).dense, W)
    side = 7  # of the box of the used pixels
    assert w_tilde.compact.shape == (side, 2 * side - 1)
    step = np.deg2rad(0.2 / 3600) * 2 * np.pi
    rows, columns = np.meshgrid(np.arange(side), np.arange(1 - side, side), indexing="ij")
    compact = np.sum(np.cos(step * (columns[..., None] * UV[:, 0] - rows[..., None] * UV[:, 1])) / SIGMA**2, axis=-1)
    close(w_tilde.compact, compact)
    preload = np.zeros((2 * side, 2 * side))
    for row in range(1 - side, side):
        for column in range(1 - side, side):
            preload[row, column] = compact[abs(row), (column if row >= 0 else -column) + side - 1]
    close(w_tilde.preload, preload)


def test_data_and_noise():
    close(DATASET.weighted_dirty_image, DIRTY)
    close(DATASET.noise_normalization, 2 * np.sum(np.log(2 * np.pi * SIGMA**2)))
    close(DATASET.data_term, np.sum(np.abs(DATA) ** 2 / SIGMA**2))


@pytest.mark.parametrize("method", [la.inversion.StridedWTilde(), la.inversion.DenseWTilde(), la.inversion.FourierWTilde()])
def test_curvature_and_log_likelihood(method):
    close(la.inversion.curvature_matrix_via_w_tilde_from(DATASET.w_tilde, MAPPER, method=method), T.T @ W @ T)
    regularization = la.reg.Constant(coefficient=2.0)
    close(regularization.regularization_matrix_from(MAPPER), H)
    matrix, vector = T.T @ W @ T + H, T.T @ DIRTY
    s = np.linalg.solve(matrix, vector)
    close(la.inversion.reconstruction_from(matrix, vector, solver=la.inversion.Cholesky()).values, s)
    inversion = la.inversion.interferometer_inversion_from(
        DATASET.w_tilde,
        DATASET.weighted_dirty_image,
        DATASET.data_term,
        DATASET.noise_normalization,
        mappers=[MAPPER],
        regularization_terms=[regularization.terms_from(MAPPER, None)],
        use_positive_only_solver=False,
        method=method,
    )
    close(inversion.sources[0], s)
    close(inversion.data_vector, vector)
    visibilities = np.exp(-1j * PHASES.T) @ (T @ s)
    chi_squared = np.sum(np.abs(DATA - visibilities) ** 2 / SIGMA**2)
    penalty = s @ H @ s + np.linalg.slogdet(matrix)[1] - np.linalg.slogdet(H)[1]
    expected = -0.5 * (chi_squared + penalty + 2 * np.sum(np.log(2 * np.pi * SIGMA**2)))
    # H is nearly singular, so its determinant has lost half of its digits here.
    np.testing.assert_allclose(inversion.evidence.log_evidence, expected, rtol=0, atol=1e-6)
