"""Pictures of a fit: how well the model describes the data, and the source that was found."""

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from .. import _check
from ..ops.argument_types import check_types
from ..structures import Mask2D
from .lenses import Curves, curves_of, source_of
from .panels import (
    LIGHT,
    draw_bar,
    draw_curves,
    draw_difference,
    draw_with_bar,
    figure_with,
    image_of,
    norm_for,
    saved,
    typical_noise,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..imaging.fit import FitImaging

FAINTEST = 0.02  # of the peak of a source: what is fainter need not be in view
MARGIN = 1.15


def fit_imaging(fit: "FitImaging", path: Any = None, *, unit: str = "", limit: float = 5.0) -> "Figure":
    """Draw the data beside the model, what is left, and what the model is made of.

    Above are the data with the critical curves, the model in the same colours, the normalised residuals and chi squared. Below,
    if something is lensed, are the light of all galaxies before the last plane, the data without it, the image of the galaxies
    on the last plane in the same colours, and that plane with the caustics: the source on its mesh if it was reconstructed on
    one, else the light of its profiles.

    Parameters
    ----------
    fit : FitImaging of one image, shape (n,)
    path, unit
        As in `array_2d`.
    limit : float
        The residuals, over the noise, at the ends of their colour bar; what is beyond has the colour of the end.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError
        If `fit` is no FitImaging, or is traced.
    ValueError
        If `fit` is a batch, `limit` is not positive, or the ending of `path` is not known.

    Examples
    --------
    >>> import lensarrays as la
    >>> grid = la.Grid2D.uniform(shape_native=(21, 21), pixel_scales=0.1)
    >>> tracer = la.Tracer([la.Galaxy(redshift=0.5, light=la.lp.Sersic(intensity=2.0, effective_radius=0.3))])
    >>> dataset = la.SimulatorImaging(exposure_time=100.0).via_tracer_from(tracer, grid)
    >>> figure = la.plot.fit_imaging(la.FitImaging(dataset, tracer))
    >>> [axes.get_title() for axes in figure.axes if axes.images]
    ['data', 'model', 'residuals', 'chi squared, 0.00 a pixel']
    """
    fit = _checked(fit)
    limit = _check.positive_number(limit, "limit")
    model, is_lensed = fit.model_data, fit.tracer.total_planes > 1
    norm = norm_for([image_of(fit.data, "fit"), image_of(model, "fit")], "asinh", noise=typical_noise(fit.dataset))
    critical, caustics = curves_of(fit.tracer, _field(fit)) if is_lensed else ({}, {})
    figure, panels = figure_with(2 if is_lensed else 1, 4)
    draw_with_bar(panels[0], fit.data, "data", norm, unit=unit)
    draw_curves(panels[0], critical, "critical curve")
    draw_with_bar(panels[1], model, "model", norm, unit=unit)
    residuals = (fit.data - model) / fit.noise_map
    draw_difference(panels[2], residuals, "residuals", limit)
    per_pixel = float(np.mean(np.asarray((residuals**2).values)))
    norm = norm_for([image_of(residuals, "fit")], "linear", (0.0, limit**2))
    draw_with_bar(panels[3], residuals**2, f"chi squared, {per_pixel:.2f} a pixel", norm)
    if is_lensed:
        _draw_parts(panels[4:], fit, caustics, unit)
    left, right, bottom, top = _field(fit).geometry.extent
    for panel in panels[: 7 if is_lensed else 4]:
        panel.set(xlim=(left, right), ylim=(bottom, top))
    return saved(figure, path)


def source_reconstruction(
    fit: "FitImaging",
    path: Any = None,
    *,
    axes: Any = None,
    number: int = 0,
    unit: str = "",
    scale: str = "linear",
    whole: bool = False,
) -> "Figure":
    """Draw a source that a fit reconstructed, on its mesh and with the caustics.

    The pixels of a rectangular mesh are drawn as rectangles, which meet half way between their centres. Between the vertices of
    any other mesh colours change linearly, in Delaunay's triangles.

    Parameters
    ----------
    fit : FitImaging of one image, shape (n,)
    path, unit, scale
        As in `array_2d`.
    axes : matplotlib.axes.Axes, optional
        Where to draw; by default a figure is made.
    number : int
        Which source, if the fit has several.
    whole : bool
        Whether to show the whole mesh, and not a square about the caustics and what is brighter than a fiftieth of the peak.

    Returns
    -------
    matplotlib.figure.Figure
        That of `axes`, if they are given.

    Raises
    ------
    TypeError
        If `fit` is no FitImaging, or is traced.
    ValueError
        If `fit` is a batch, or has no source of that number, `scale` is none of these, or the ending of `path` is not known.
    """
    fit = _checked(fit)
    found = len(fit.source_galaxies)
    if not 0 <= number < found:
        raise ValueError(
            f"`number` must be that of a source on a mesh, of which `fit` has {found}, but is {number!r}; count from 0, or "
            f"give a galaxy of the tracer a Pixelization."
        )
    figure = figure_with(1, 1)[0] if axes is None else axes.figure
    caustics = curves_of(fit.tracer, _field(fit))[1] if fit.tracer.total_planes > 1 else {}
    _draw_source(figure.axes[0] if axes is None else axes, fit, number, caustics, unit=unit, scale=scale, whole=whole)
    return saved(figure, path)


def _checked(fit: Any) -> "FitImaging":
    """Return a fit of one image in NumPy arrays, for which nothing is compiled; raise if it is none, or not known."""
    from ..imaging.fit import FitImaging  # late, as in the package: most programs do without it

    check_types(fit=(fit, FitImaging))
    image_of(fit.model_data, "fit")
    return jax.tree_util.tree_map(np.asarray, fit)


def _field(fit: "FitImaging") -> Mask2D:
    """Return the square of the image that is drawn: that about the used pixels."""
    mask = fit.dataset.mask
    rows, columns = mask.zoom.shape_native
    return Mask2D.all_false((rows + 4, columns + 4), mask.pixel_scales, mask.mask_centre)


def _draw_parts(panels: Any, fit: "FitImaging", caustics: Curves, unit: str) -> None:
    """Draw the light before the last plane, the data without it, and the image of the last plane and that plane itself."""
    last = fit.tracer.plane_members[-1]
    images = fit.model_images_of_galaxies
    lens = sum((image for i, image in enumerate(images) if i not in last), start=fit.data * 0.0)
    source = sum((images[i] for i in last), start=fit.data * 0.0)
    noise = typical_noise(fit.dataset)
    draw_with_bar(panels[0], lens, "lens light", norm_for([image_of(lens, "fit")], "asinh", noise=noise), unit=unit)
    norm = norm_for([image_of(source, "fit")], "asinh", noise=noise)
    draw_with_bar(panels[1], fit.data - lens, "data without lens light", norm, unit=unit)
    draw_with_bar(panels[2], source, "image of the source", norm, unit=unit)
    numbers = [k for k, galaxy in enumerate(fit.source_galaxies) if galaxy in last]
    if numbers:
        _draw_source(panels[3], fit, numbers[0], caustics, unit=unit, scale="linear", whole=False)
        return
    tracer = fit.tracer if fit.inversion is None else fit.tracer_linear_light_profiles_to_light_profiles
    light = source_of(tracer, _field(fit), caustics)
    draw_with_bar(panels[3], light, "source plane", norm_for([image_of(light, "fit")], "asinh"), unit=unit)
    draw_curves(panels[3], caustics, "caustic")


def _draw_source(axes: Any, fit: "FitImaging", number: int, caustics: Curves, *, unit: str, scale: str, whole: bool) -> None:
    """Draw one source on its mesh; caustics are those of the last plane, and are left out on any other."""
    inversion: Any = fit.inversion
    mapper, values = inversion.mappers[number], np.asarray(fit.source_reconstructions[number], dtype=float)
    points = np.asarray(mapper.mesh_grid, dtype=float)
    norm = norm_for([np.ma.masked_invalid(values)], scale)
    axes.set(title="source plane", xlabel="x [arcsec]", ylabel="y [arcsec]", aspect="equal")
    axes.set_facecolor("black")
    if mapper.shape_native is not None:
        centres = points.reshape(*mapper.shape_native, 2)
        edges = _edges_between(centres[0, :, 1]), _edges_between(centres[:, 0, 0])
        drawn = axes.pcolormesh(*edges, values.reshape(mapper.shape_native), cmap=LIGHT, norm=norm, rasterized=True)
    else:
        drawn = axes.tripcolor(points[:, 1], points[:, 0], values, cmap=LIGHT, norm=norm, shading="gouraud", rasterized=True)
    if fit.source_galaxies[number] not in fit.tracer.plane_members[-1]:
        caustics = {}
    if not whole:
        _zoom(axes, points[values > FAINTEST * np.max(values)], caustics)
    draw_curves(axes, caustics, "caustic")
    draw_bar(axes, drawn, unit)


def _edges_between(centres: np.ndarray) -> np.ndarray:
    """Return where pixels (m,) meet, and where the first begins and the last ends, (m + 1,)."""
    between = (centres[1:] + centres[:-1]) / 2
    return np.concatenate([[2 * centres[0] - between[0]], between, [2 * centres[-1] - between[-1]]])


def _zoom(axes: Any, bright: np.ndarray, caustics: Curves) -> None:
    """Show a square about points (m, 2) and caustics."""
    points = np.concatenate([bright, *(curve for curves in caustics.values() for curve in curves)])
    if not len(points):
        return
    low, high = points.min(axis=0), points.max(axis=0)
    (y, x), half = (low + high) / 2, MARGIN * float(np.max(high - low)) / 2
    if half > 0:
        axes.set(xlim=(x - half, x + half), ylim=(y - half, y + half))
