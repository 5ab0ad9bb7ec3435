"""The picture of a fit to an image: how well the model describes the data, and what it is made of."""

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _check
from .lenses import Curves, curves_of
from .panels import (
    draw_curves,
    draw_difference,
    draw_with_bar,
    figure_with,
    image_of,
    norm_for,
    saved,
    typical_noise,
)
from .sources import checked, draw_last_plane, field_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..imaging.fit import FitImaging


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
    from ..imaging.fit import FitImaging  # late, as in the package: most programs do without it

    fit = checked(fit, FitImaging)
    limit = _check.positive_number(limit, "limit")
    model, is_lensed = fit.model_data, fit.tracer.total_planes > 1
    norm = norm_for([image_of(fit.data, "fit"), image_of(model, "fit")], "asinh", noise=typical_noise(fit.dataset))
    critical, caustics = curves_of(fit.tracer, field_of(fit.dataset.mask)) if is_lensed else ({}, {})
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
    left, right, bottom, top = field_of(fit.dataset.mask).geometry.extent
    for panel in panels[: 7 if is_lensed else 4]:
        panel.set(xlim=(left, right), ylim=(bottom, top))
    return saved(figure, path)


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
    draw_last_plane(panels[3], fit, caustics, unit)
