"""What `imaging_likelihood.py` fits, as plain NumPy: every library is given the same numbers; see README.md.

The observation is the simulated HST lens that autolens's own published times refer to. Its lens light is refitted by linear
Gaussians that share a centre and an ellipticity, its source by a mesh or by linear Gaussians.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "hst_simulated"
PIXEL_SCALE, MASK_RADIUS = 0.05, 3.5  # arcsec
LENS_REDSHIFT, SOURCE_REDSHIFT = 0.5, 1.0
SUB_SIZES, SUB_RADII = (4, 2, 1), (0.3, 0.6)  # of the light; the pixelisation has one ray in each pixel
SMALLEST_WIDTH = 0.01  # arcsec

Theta = dict[str, Any]

# What the data were simulated with; the axis ratios are 0.9 at 45 degrees and, of the source, 0.8 at 60 degrees.
TRUTH: Theta = {
    "bulge": {"centre": (0.0, 0.0), "ell_comps": (1 / 19, 0.0)},
    "lens": {"centre": (0.0, 0.0), "ell_comps": (1 / 19, 0.0), "einstein_radius": 1.6},
    "shear": {"gamma_1": 0.05, "gamma_2": 0.05},
    "source": {"centre": (0.0, 0.0), "ell_comps": (np.sqrt(3) / 18, -1 / 18)},
}
TRUE_SOURCE = {"intensity": 4.0, "effective_radius": 0.1, "sersic_index": 1.0}

# How far a sampler's steps go.
WIDTHS: Theta = {
    "bulge": {"centre": (0.02, 0.02), "ell_comps": (0.05, 0.05)},
    "lens": {"centre": (0.005, 0.005), "ell_comps": (0.01, 0.01), "einstein_radius": 0.05},
    "shear": {"gamma_1": 0.005, "gamma_2": 0.005},
    "source": {"centre": (0.02, 0.02), "ell_comps": (0.05, 0.05)},
}


@dataclass(frozen=True)
class Problem:
    """A likelihood to compute.

    Parameters
    ----------
    name : what the table calls it
    mesh : the class of the mesh of the source, by the name that both libraries have for it, or None
    shape : rows and columns of a rectangular mesh
    vertices : those of a Delaunay mesh, spread over the image by the light of the source
    regularization, coefficient : how smooth the source is
    lens_gaussians, source_gaussians : numbers of linear Gaussians
    """

    name: str
    mesh: str | None = None
    shape: tuple[int, int] = (39, 39)
    vertices: int = 1500
    regularization: str = "Constant"
    coefficient: float = 1.0
    lens_gaussians: int = 60
    source_gaussians: int = 0

    @property
    def is_delaunay(self) -> bool:
        return self.mesh is not None and self.mesh.startswith("Delaunay")

    @property
    def follows_image(self) -> bool:
        """Whether the mesh is denser where the image of the source is bright."""
        return self.mesh is not None and self.mesh.endswith("AdaptImage")


PROBLEMS = {
    "rectangle": Problem("rectangle 39x39, by the image", "RectangularBilinearAdaptImage"),
    "density": Problem("rectangle 39x39, by the density", "RectangularBilinearAdaptDensity"),
    "smooth": Problem("rectangle 39x39, smooth, by the density", "RectangularRTUAdaptDensity"),
    "smooth-image": Problem("rectangle 39x39, smooth, by the image", "RectangularRTUAdaptImage"),
    "delaunay": Problem("Delaunay, 1500 vertices", "Delaunay", regularization="ConstantSplit"),
    "gaussians": Problem("20 + 20 Gaussians", lens_gaussians=20, source_gaussians=20),
}


def sigmas(number: int) -> np.ndarray:
    """Return the widths of so many Gaussians [arcsec]."""
    return np.geomspace(SMALLEST_WIDTH, MASK_RADIUS, number)


def draw(call: int, spread: float = 0.2) -> Theta:
    """Return the parameters of call `i`: the truth and normal deviates of `spread` widths.

    Every call has parameters of its own, as they have in a sampler: what a library keeps of the last call serves it only as far
    as the two are alike.
    """
    generator = np.random.default_rng([4, call])

    def moved(true: Any, width: Any) -> Any:
        if isinstance(true, dict):
            return {key: moved(true[key], width[key]) for key in true}
        value = np.asarray(true) + spread * np.asarray(width) * generator.standard_normal(np.shape(true))
        return tuple(map(float, value)) if np.ndim(true) else float(value)

    return moved(TRUTH, WIDTHS)
