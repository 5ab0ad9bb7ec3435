"""A picture of a lens: what is seen, and what there is."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..imaging import Imaging
from ..models import lens_calc
from ..models.tracer import Tracer
from ..ops.argument_types import check_types
from ..structures import Array2D, Grid2D, Grid2DIrregular, Mask2D
from .panels import MASS, draw_curves, draw_observation, draw_with_bar, figure_with, image_of, norm_for, saved, typical_noise

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FINER = 4
SOURCE_PIXELS = 200

Curves = dict[str, list[np.ndarray]]  # points (m, 2) [arcsec] by kind


def lens(imaging: Imaging, tracer: Tracer, path: Any = None, *, unit: str = "") -> "Figure":
    """Draw an observation beside the lens that it is of.

    Above are the data with the critical curves, the noise map and the PSF; below are the light that arrives, without blurring
    and noise and in the colours of the data, the source plane with the caustics, and the convergence.

    Parameters
    ----------
    imaging : Imaging of one image, shape (n,)
    tracer : Tracer
        Its convergence is drawn as if all galaxies were on one plane. Where it is made of NumPy numbers, curves are found in
        double precision.
    path, unit
        As in `array_2d`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        As in `array_2d`.
    """
    check_types(imaging=(imaging, Imaging), tracer=(tracer, Tracer))
    image, light = image_of(imaging.data, "imaging"), tracer.image_2d_from(imaging.grid)
    critical, caustics = curves_of(tracer, imaging.mask)
    norm = norm_for([image, image_of(light, "tracer")], "asinh", noise=typical_noise(imaging))
    figure, panels = figure_with(2, 3)
    draw_observation(panels[:3] if imaging.psf is not None else panels[:2], imaging, norm, unit)
    if imaging.psf is None:
        panels[2].set_axis_off()
    draw_curves(panels[0], critical, "critical curve")
    draw_with_bar(panels[3], light, "lensed light, no noise", norm, unit=unit)
    source = source_of(tracer, imaging.mask, caustics)
    draw_with_bar(panels[4], source, "source plane", norm_for([image_of(source, "tracer")], "asinh"), unit=unit)
    draw_curves(panels[4], caustics, "caustic")
    convergence = tracer.convergence_2d_from(imaging.grid)
    has_mass = bool(np.any(np.asarray(convergence.values) > 0))
    norm = norm_for([image_of(convergence, "tracer")], "log" if has_mass else "linear")
    draw_with_bar(panels[5], convergence, "convergence", norm, cmap=MASS)
    return saved(figure, path)


def curves_of(tracer: Tracer, mask: Mask2D) -> tuple[Curves, Curves]:
    """Return the critical curves and the caustics; kinds that there are none of are left out."""
    # A radial critical curve may be smaller than a pixel of the camera, so they are sought on a finer grid.
    shape, scales = [FINER * size for size in mask.shape_native], [scale / FINER for scale in mask.pixel_scales]
    grid = Grid2D.uniform(shape, scales, mask.origin)
    found = {
        "tangential": lens_calc.tangential_critical_curve_list_from(tracer, grid),
        "radial": lens_calc.radial_critical_curve_list_from(tracer, grid),
    }
    critical = {kind: [_dense(curve) for curve in curves] for kind, curves in found.items() if curves}
    return critical, {kind: [_on_last_plane(tracer, curve) for curve in curves] for kind, curves in critical.items()}


def _dense(curve: np.ndarray) -> np.ndarray:
    """Return a curve (m, 2) with points put between its points: few on a small critical curve make a large caustic angular."""
    at, between = np.arange(len(curve)), np.linspace(0, len(curve) - 1, 8 * (len(curve) - 1) + 1)
    return np.stack([np.interp(between, at, curve[:, axis]) for axis in (0, 1)], axis=-1)


def _on_last_plane(tracer: Tracer, curve: np.ndarray) -> np.ndarray:
    return curve - np.asarray(tracer.deflections_yx_2d_from(Grid2DIrregular(curve)).values)


def source_of(tracer: Tracer, mask: Mask2D, caustics: Curves) -> Array2D:
    """Return the light of the last plane, not lensed, in a square about its bright part and the caustics."""
    field = Grid2D.from_mask(Mask2D.all_false(mask.shape_native, mask.pixel_scales, mask.origin))
    light = _light_of_last_plane(tracer, field)
    bright = np.asarray(field.values)[light > 0.02 * np.max(light)]
    points = np.concatenate([bright, *(curve for curves in caustics.values() for curve in curves)])
    points = points if len(points) else np.asarray(field.values)
    low, high = np.min(points, axis=0), np.max(points, axis=0)
    side = 1.15 * float(np.max(high - low)) + max(mask.pixel_scales)
    grid = Grid2D.uniform((SOURCE_PIXELS, SOURCE_PIXELS), side / SOURCE_PIXELS, tuple((low + high) / 2), over_sample_size=2)
    return Array2D(_light_of_last_plane(tracer, grid), grid.mask)


def _light_of_last_plane(tracer: Tracer, grid: Grid2D) -> np.ndarray:
    galaxies = (tracer.galaxies[i] for i in tracer.plane_members[-1])
    return np.asarray(sum(np.asarray(galaxy.image_2d_from(grid).values) for galaxy in galaxies))
