"""What `interferometer.py` computes with, as plain NumPy: every library is given the same numbers; see README.md.

An Einstein ring of radius 1.6" within a circle of 3", on N x N pixels; a source on the vertices of a Delaunay triangulation
that are spread evenly over the image; uv coverages that fill 0.8 of what the pixels can show, or that of the SMA dataset.
"""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "sma"
ARCSEC = np.pi / 648000  # radians
RADIUS = 3.0  # arcsec
EINSTEIN_RADIUS, AXIS_RATIO, ANGLE = 1.6, 0.9, np.radians(45.0)
SMA_SIDE, SMA_SCALE = 30, 0.2  # pixels, arcsec
FLUX = 30.0  # of the ring, in units of the least sigma of a visibility
CHUNK = 4096  # visibilities that are summed at a time


@dataclass(frozen=True)
class Problem:
    """An observation to compute with.

    Parameters
    ----------
    name : what the table calls it
    side : pixels along a side of the image
    visibilities : how many, or None for the SMA dataset
    vertices : about how many the mesh of the source has, where there is one
    radius : of the circle within which pixels are used, which touches all four sides of the image [arcsec]
    """

    name: str
    side: int
    visibilities: int | None
    vertices: int = 1000
    radius: float = RADIUS

    @property
    def scale(self) -> float:
        """Arcseconds along a side of a pixel."""
        return 2 * self.radius / self.side


class Mapping(NamedTuple):
    """How image pixels see the mesh: a table with three entries each, of weight zero where there are fewer; neighbours."""

    indexes: np.ndarray  # (m, 3)
    sizes: np.ndarray  # (m,)
    weights: np.ndarray  # (m, 3)
    mesh_grid: np.ndarray  # (s, 2), arcsec
    neighbors: np.ndarray  # (s, p), -1 where there are fewer
    neighbors_sizes: np.ndarray  # (s,)

    @property
    def pixels(self) -> int:
        return len(self.mesh_grid)

    @property
    def used(self) -> np.ndarray:
        """Which entries of the table there are, (m, 3)."""
        return np.arange(self.indexes.shape[1]) < self.sizes[:, None]


class Observation(NamedTuple):
    """Visibilities (k,), the same sigma for both their parts (k,), and where they are in the uv plane (k, 2) [wavelengths]."""

    data: np.ndarray
    sigma: np.ndarray
    uv_wavelengths: np.ndarray


def coordinates(problem: Problem) -> np.ndarray:
    """Return the centres of the pixels along x, from left to right [arcsec]; those along y are the negatives."""
    return (np.arange(problem.side) - (problem.side - 1) / 2) * problem.scale


@functools.cache
def masked(problem: Problem) -> np.ndarray:
    """Return which pixels are not used, (ny, nx)."""
    x = coordinates(problem)
    return np.hypot(x[:, None], x) > problem.radius


def native(problem: Problem) -> np.ndarray:
    """Return row and column of each used pixel, (m, 2); the mask touches all four sides of the image."""
    return np.argwhere(~masked(problem))


def grid(problem: Problem) -> np.ndarray:
    """Return (y, x) of each used pixel, (m, 2) [arcsec]."""
    x, (rows, columns) = coordinates(problem), native(problem).T
    return np.stack([-x[rows], x[columns]], axis=-1)


def traced(points: np.ndarray) -> np.ndarray:
    """Return where points (y, x) of the image are in the plane of the source: a singular isothermal ellipsoid bends them."""
    cosine, sine, root = np.cos(ANGLE), np.sin(ANGLE), np.sqrt(1 - AXIS_RATIO**2)
    along, across = points @ np.array([sine, cosine]), points @ np.array([cosine, -sine])
    potential = np.hypot(AXIS_RATIO * along, across) + 1e-12
    factor = EINSTEIN_RADIUS * np.sqrt(AXIS_RATIO) / root
    bent_along, bent_across = factor * np.arctan(root * along / potential), factor * np.arctanh(root * across / potential)
    return points - np.stack([sine * bent_along + cosine * bent_across, cosine * bent_along - sine * bent_across], axis=-1)


@functools.cache
def mapping(problem: Problem) -> Mapping:
    """Return the barycentric table of a Delaunay mesh; what lies outside of the mesh sees the nearest vertex."""
    from scipy.spatial import Delaunay, cKDTree

    across = max(3, round(np.sqrt(problem.vertices / (np.pi / 4))))
    x = ((np.arange(across) + 0.5) / across * 2 - 1) * problem.radius
    y, x = np.meshgrid(-x, x, indexing="ij")
    inside = np.hypot(y, x) <= problem.radius
    vertices = np.stack([y[inside], x[inside]], axis=-1)
    vertices += 1e-3 * np.random.default_rng(0).standard_normal(vertices.shape)
    mesh_grid, points = traced(vertices), traced(grid(problem))
    triangles = Delaunay(mesh_grid)
    found = triangles.find_simplex(points)
    inverse = triangles.transform[found]
    first = np.einsum("mij,mj->mi", inverse[:, :2], points - inverse[:, 2])
    weights = np.concatenate([first, 1 - first.sum(axis=1, keepdims=True)], axis=1)
    indexes, sizes = triangles.simplices[found].astype(np.int64), np.where(found >= 0, 3, 1)
    nearest = cKDTree(mesh_grid).query(points[found < 0])[1]
    indexes[found < 0], weights[found < 0] = np.stack([nearest] * 3, axis=-1).reshape(-1, 3), (1.0, 0.0, 0.0)
    return Mapping(indexes, sizes, weights, mesh_grid, *neighbors_of(triangles))


def neighbors_of(triangles: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the vertices that share an edge with each one, (s, p), -1 where there are fewer, and how many they are, (s,)."""
    pointer, others = triangles.vertex_neighbor_vertices
    sizes = np.diff(pointer).astype(np.int64)
    neighbors = np.full((len(sizes), sizes.max()), -1, dtype=np.int64)
    neighbors[np.arange(sizes.max()) < sizes[:, None]] = others
    return neighbors, sizes


def drawn_weights(problem: Problem, call: int) -> np.ndarray:
    """Return the weights of call `i`, (m, 3): others each time, so that nothing remembered by value is seen twice."""
    table = mapping(problem)
    noise = np.random.default_rng([5, call]).uniform(-1e-3, 1e-3, table.weights.shape)
    return np.where(table.used, table.weights * (1 + noise), 0.0)


def ring(problem: Problem) -> np.ndarray:
    """Return the image of a Gaussian source at the used pixels, (m,)."""
    distance = traced(grid(problem)) - np.array([0.1, -0.15])
    image = np.exp(-0.5 * np.sum(distance**2, axis=-1) / 0.25**2)
    return FLUX * image / np.sum(image)


def drawn_image(problem: Problem, call: int) -> np.ndarray:
    """Return the image of call `i`, (m,): that of a source which is a little brighter or fainter each time."""
    return ring(problem) * np.random.default_rng([6, call]).uniform(0.9, 1.1)


@functools.cache
def observation(problem: Problem, folder: Path) -> Observation:
    """Return the SMA dataset, or the ring as a made-up interferometer sees it; its noise differs between visibilities."""
    if problem.visibilities is None:
        return from_fits(folder)
    generator = np.random.default_rng(1)
    reach = 0.8 * 0.5 / (problem.scale * ARCSEC) * np.sqrt(generator.random(problem.visibilities)) ** 1.5
    angle = 2 * np.pi * generator.random(problem.visibilities)
    uv_wavelengths = np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=-1)
    sigma = 1.0 + generator.random(problem.visibilities)
    seen = visibilities_of(problem, ring(problem), uv_wavelengths)
    noise = generator.standard_normal((2, problem.visibilities))
    return Observation(seen + sigma * (noise[0] + 1j * noise[1]), sigma, uv_wavelengths)


def from_fits(folder: Path) -> Observation:
    """Return the visibilities of a folder."""
    from astropy.io import fits

    data, noise, uv = (
        np.ascontiguousarray(fits.getdata(folder / f"{name}.fits"), dtype=np.float64)
        for name in ("data", "noise_map", "uv_wavelengths")
    )
    if not np.array_equal(noise[:, 0], noise[:, 1]):
        raise SystemExit(f"The noise of {folder} must be the same for both parts of a visibility; autolens takes no other.")
    return Observation(data @ np.array([1, 1j]), noise[:, 0].copy(), uv)


def visibilities_of(problem: Problem, image: np.ndarray, uv_wavelengths: np.ndarray) -> np.ndarray:
    """Return the visibilities (k,) of an image (m,), by a transform along each axis: exact, and slow."""
    x, square = coordinates(problem) * ARCSEC, np.zeros((problem.side,) * 2)
    square[~masked(problem)] = image
    parts = []
    for uv in np.array_split(uv_wavelengths, max(1, len(uv_wavelengths) // CHUNK)):
        along_x, along_y = (np.exp(-2j * np.pi * np.outer(uv[:, axis], sign * x)) for axis, sign in ((0, 1), (1, -1)))
        parts.append(np.sum((along_y @ square) * along_x, axis=-1))
    return np.concatenate(parts)


@functools.cache
def dirty_image(problem: Problem, folder: Path) -> np.ndarray:
    """Return what the visibilities over their variances are in the image, (m,), by the same sums."""
    seen, x = observation(problem, folder), coordinates(problem) * ARCSEC
    total = np.zeros((problem.side,) * 2)
    for k in range(0, len(seen.data), CHUNK):
        data, sigma, uv = (part[k : k + CHUNK] for part in seen)
        along_x, along_y = (np.exp(2j * np.pi * np.outer(sign * x, uv[:, axis])) for axis, sign in ((0, 1), (1, -1)))
        total += ((along_y * (data / sigma**2)) @ along_x.T).real
    return total[~masked(problem)]


@functools.cache
def compact(problem: Problem, folder: Path) -> np.ndarray:
    """Return W, one value for each offset, (ny, 2 nx - 1), by the same sums: rows from 0, columns from 1 - nx."""
    seen, side = observation(problem, folder), problem.side
    cosines, sines = np.zeros((side, side)), np.zeros((side, side))
    for k in range(0, len(seen.data), CHUNK):
        _, sigma, uv = (part[k : k + CHUNK] for part in seen)
        phases = 2 * np.pi * problem.scale * ARCSEC * uv.T[:, None, :] * np.arange(side)[:, None]
        along_x, along_y = np.exp(1j * phases)
        along_y = along_y / sigma**2
        cosines += along_y.real @ along_x.real.T
        sines += along_y.imag @ along_x.imag.T
    return np.concatenate([(cosines - sines)[:, :0:-1], cosines + sines], axis=1)


def data_term(seen: Observation) -> float:
    """Return the sum of the squares of both parts of the visibilities over their sigmas."""
    return float(np.sum(np.abs(seen.data / seen.sigma) ** 2))


def noise_normalization(seen: Observation) -> float:
    """Return the sum of ln(2 pi sigma^2), of both parts."""
    return float(2 * np.sum(np.log(2 * np.pi * seen.sigma**2)))


def direct_sums(problem: Problem, folder: Path, number: int = 48) -> tuple[np.ndarray, np.ndarray]:
    """Return some places in the compact W, (number, 2), and the exact sums there over that at no offset, (number,)."""
    seen, side = observation(problem, folder), problem.side
    places = np.random.default_rng(7).integers(0, (side, 2 * side - 1), (number, 2))
    step, weights = 2 * np.pi * problem.scale * ARCSEC, 1 / seen.sigma**2
    u, v = seen.uv_wavelengths.T
    sums = [weights @ np.cos(step * ((c - side + 1) * u - r * v)) for r, c in places]
    return places, np.array(sums) / np.sum(weights)
