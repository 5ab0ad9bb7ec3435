"""Pictures of visibilities, and of what they see of an image."""

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from .. import _check
from ..ops.argument_types import check_types
from ..structures import Array2D
from .dirty import dirty_beam_of, dirty_of, draw_dirty, draw_dirty_beam, ellipse_of, significance_of
from .lenses import curves_of
from .panels import SIGNED, draw_curves, draw_with_bar, figure_with, image_of, norm_for, saved
from .sources import check_one, checked, draw_last_plane, field_of, panel_on
from .uv_panels import draw_amplitudes, draw_phases, draw_residuals, draw_uv_coverage

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..interferometry import FitInterferometer, Interferometer


def interferometer(dataset: "Interferometer", path: Any = None, *, unit: str = "Jy") -> "Figure":
    """Draw an observation of an interferometer: where it is in the uv plane, its visibilities, and its dirty image.

    Above are the uv coverage, and amplitudes and phases against the length of baselines; with error bars if there are 500 or
    fewer, and as the density of points if there are more than 10 000. Below are the dirty image and the dirty beam with natural
    weights, and the dirty image over its noise. The ellipse in a corner is that of a Gaussian that fits the main lobe.

    Parameters
    ----------
    dataset : Interferometer
        With visibilities of shape (k,).
    path : path, optional
        As in `array_2d`.
    unit : str
        That of the visibilities.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError
        If `dataset` is no Interferometer, or is traced.
    ValueError
        If `dataset` is a batch, or the ending of `path` is not known.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> mask = la.Mask2D.circular(shape_native=(20, 20), pixel_scales=0.1, radius=0.8)
    >>> uv_wavelengths = np.random.default_rng(1).normal(scale=2e5, size=(50, 2))
    >>> dataset = la.Interferometer(la.Visibilities.ones(50), la.Visibilities.ones(50), uv_wavelengths, mask)
    >>> figure = la.plot.interferometer(dataset)
    >>> [axes.get_title() for axes in figure.axes if axes.images]
    ['dirty image', 'dirty beam, 0.54 x 0.44 arcsec', 'dirty signal to noise']
    """
    dataset = _checked(dataset)
    figure, panels = figure_with(2, 3)
    draw_uv_coverage(panels[0], dataset.uv_wavelengths)
    draw_amplitudes(panels[1], dataset.data, dataset.noise_map, dataset.uv_distances, unit)
    draw_phases(panels[2], dataset.data, dataset.noise_map, dataset.uv_distances)
    weighted, w_tilde, field = dataset.weighted_dirty_image, dataset.w_tilde, field_of(dataset.mask)
    beam = dirty_beam_of(w_tilde)
    ellipse = ellipse_of(beam)
    draw_dirty(panels[3], dirty_of(weighted, w_tilde), "dirty image", field, ellipse, unit=_per_beam(unit))
    draw_dirty_beam(panels[4], beam, ellipse, field)
    draw_dirty(panels[5], significance_of(weighted, w_tilde), "dirty signal to noise", field, ellipse)
    return saved(figure, path)


def uv_coverage(dataset: "Interferometer", path: Any = None, *, axes: Any = None) -> "Figure":
    """Draw the baselines (u, v) of an observation, and their negatives.

    Parameters
    ----------
    dataset : Interferometer
    path : path, optional
        As in `array_2d`.
    axes : matplotlib.axes.Axes, optional
        Where to draw; by default a figure is made.

    Returns
    -------
    matplotlib.figure.Figure
        That of `axes`, if they are given.

    Raises
    ------
    TypeError, ValueError
        As in `interferometer`.
    """
    dataset = _checked(dataset)
    figure, panel = panel_on(axes)
    draw_uv_coverage(panel, dataset.uv_wavelengths)
    return saved(figure, path)


def amplitudes_against_uv_distance(
    dataset: "Interferometer", path: Any = None, *, axes: Any = None, unit: str = "Jy"
) -> "Figure":
    """Draw the amplitudes of visibilities against the length of their baselines, and what noise alone would have.

    The medians of both are drawn in bins of as many visibilities each. Amplitudes are on a logarithmic scale if they reach
    beyond thirty times the noise.

    Parameters
    ----------
    dataset : Interferometer
        With visibilities of shape (k,).
    path, unit
        As in `interferometer`.
    axes : matplotlib.axes.Axes, optional
        Where to draw; by default a figure is made.

    Returns
    -------
    matplotlib.figure.Figure
        That of `axes`, if they are given.

    Raises
    ------
    TypeError, ValueError
        As in `interferometer`.
    """
    dataset = _checked(dataset)
    figure, panel = panel_on(axes)
    draw_amplitudes(panel, dataset.data, dataset.noise_map, dataset.uv_distances, unit)
    return saved(figure, path)


def fit_interferometer(fit: "FitInterferometer", path: Any = None, *, unit: str = "Jy", limit: float = 5.0) -> "Figure":
    """Draw the dirty images of data, model and what is left, the residual visibilities, and the model itself.

    Above are the dirty image, that of the model in the same colours, and that of the residuals over the noise that it has, all
    with natural weights. Below are the residual visibilities over their noise, the model in the image plane with the critical
    curves, and the last plane with the caustics: the source on its mesh if it was reconstructed on one, else the light of its
    profiles.

    Parameters
    ----------
    fit : FitInterferometer
        Of visibilities of shape (k,).
    path : path, optional
        As in `array_2d`.
    unit : str
        That of the visibilities.
    limit : float
        The dirty residuals, over their noise, at the ends of their colour bar; what is beyond has the colour of the end.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError
        If `fit` is no FitInterferometer, or is traced.
    ValueError
        If `fit` is a batch, `limit` is not positive, or the ending of `path` is not known.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> mask = la.Mask2D.circular(shape_native=(20, 20), pixel_scales=0.1, radius=0.8)
    >>> uv_wavelengths = np.random.default_rng(1).normal(scale=2e5, size=(50, 2))
    >>> dataset = la.Interferometer(la.Visibilities.ones(50), la.Visibilities.ones(50), uv_wavelengths, mask)
    >>> tracer = la.Tracer([la.Galaxy(redshift=0.5, light=la.lp_linear.Gaussian(sigma=0.1))])
    >>> figure = la.plot.fit_interferometer(la.FitInterferometer(dataset, tracer))
    >>> [axes.get_title() for axes in figure.axes if axes.images]
    ['dirty image', 'dirty model', 'dirty residuals', 'model']
    """
    from ..interferometry.fit import FitInterferometer  # late, as in the package: most programs do without it

    fit = checked(fit, FitInterferometer)
    limit = _check.positive_number(limit, "limit")
    figure, panels = figure_with(2, 3)
    _draw_dirty_images(panels[:3], fit, unit, limit)
    draw_residuals(panels[3], fit.normalized_residual_map.in_array, fit.dataset.uv_distances)
    is_lensed, field = fit.tracer.total_planes > 1, field_of(fit.dataset.mask)
    critical, caustics = curves_of(fit.tracer, field) if is_lensed else ({}, {})
    per_pixel = f"{unit} / pixel" if unit else ""
    draw_with_bar(panels[4], fit.model_image, "model", unit=per_pixel)
    draw_curves(panels[4], critical, "critical curve")
    left, right, bottom, top = field.geometry.extent
    panels[4].set(xlim=(left, right), ylim=(bottom, top))
    if is_lensed or fit.source_galaxies:
        draw_last_plane(panels[5], fit, caustics, per_pixel)
    else:
        panels[5].set_axis_off()
    return saved(figure, path)


def _draw_dirty_images(panels: Any, fit: "FitInterferometer", unit: str, limit: float) -> None:
    """Draw the dirty images of the data, the model, and the residuals."""
    data, w_tilde, field = fit.dataset.weighted_dirty_image, fit.dataset.w_tilde, field_of(fit.dataset.mask)
    model = Array2D(np.asarray(w_tilde.times(fit.model_image)), fit.dataset.mask)
    ellipse = ellipse_of(dirty_beam_of(w_tilde))
    images = {"dirty image": dirty_of(data, w_tilde), "dirty model": dirty_of(model, w_tilde)}
    norm = norm_for([image_of(image, "fit") for image in images.values()], "linear")
    for panel, (title, image) in zip(panels, images.items(), strict=False):
        draw_dirty(panel, image, title, field, ellipse, norm=norm, unit=_per_beam(unit))
    left = significance_of(data - model, w_tilde)
    norm = norm_for([image_of(left, "fit")], "linear", (-limit, limit))
    draw_dirty(panels[2], left, "dirty residuals", field, ellipse, norm=norm, cmap=SIGNED, unit="residual / noise")


def _checked(dataset: Any) -> "Interferometer":
    """Return an observation of visibilities (k,) in NumPy arrays; raise if it is none, or not known."""
    from ..interferometry.dataset import Interferometer  # late, as in the package: most programs do without it

    check_types(dataset=(dataset, Interferometer))
    check_one(dataset, "dataset")
    image_of(dataset.weighted_dirty_image, "dataset")
    return jax.tree_util.tree_map(np.asarray, dataset)


def _per_beam(unit: str) -> str:
    return f"{unit} / beam" if unit else ""
