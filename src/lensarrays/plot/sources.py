"""Pictures of sources that fits reconstructed, of whatever data, and what pictures of fits have in common."""

from typing import TYPE_CHECKING, Any, TypeAlias, Union

import jax
import numpy as np

from ..ops.argument_types import check_types
from ..structures import Mask2D
from .lenses import Curves, curves_of, source_of
from .panels import LIGHT, draw_bar, draw_curves, draw_with_bar, figure_with, image_of, norm_for, saved

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..imaging.fit import FitImaging
    from ..interferometry.dataset import Interferometer
    from ..interferometry.fit import FitInterferometer

Fit: TypeAlias = Union["FitImaging", "FitInterferometer"]

FAINTEST = 0.02  # of the peak of a source: what is fainter need not be in view
MARGIN = 1.15


def source_reconstruction(
    fit: Fit,
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
    fit : FitImaging or FitInterferometer
        Of one image, shape (n,), or of visibilities of shape (k,).
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
        If `fit` is neither, or is traced.
    ValueError
        If `fit` is a batch, or has no source of that number, `scale` is none of these, or the ending of `path` is not known.
    """
    from ..imaging.fit import FitImaging  # late, as in the package: most programs do without them
    from ..interferometry.fit import FitInterferometer

    fit = checked(fit, FitImaging | FitInterferometer)
    found = len(fit.source_galaxies)
    if not 0 <= number < found:
        raise ValueError(
            f"`number` must be that of a source on a mesh, of which `fit` has {found}, but is {number!r}; count from 0, or "
            f"give a galaxy of the tracer a Pixelization."
        )
    figure, panel = panel_on(axes)
    caustics = curves_of(fit.tracer, field_of(fit.dataset.mask))[1] if fit.tracer.total_planes > 1 else {}
    draw_source(panel, fit, number, caustics, unit=unit, scale=scale, whole=whole)
    return saved(figure, path)


def panel_on(axes: Any) -> tuple[Any, Any]:
    """Return a figure and where to draw in it: on the axes that are given, or on new ones."""
    from matplotlib.axes import Axes

    if axes is None:
        figure, panels = figure_with(1, 1)
        return figure, panels[0]
    if not isinstance(axes, Axes):
        raise TypeError(f"`axes` must be Axes of Matplotlib, but is {type(axes).__name__}; pass one of `plt.subplots()`.")
    return axes.figure, axes


def checked(fit: Any, kinds: Any) -> Any:
    """Return a fit of one data set in NumPy arrays, for which nothing is compiled; raise if it is none, or not known."""
    from ..interferometry.fit import FitInterferometer

    check_types(fit=(fit, kinds))
    if isinstance(fit, FitInterferometer) and len(fit.dataset.uv_wavelengths.shape) == 2:
        check_one(fit.dataset, "fit.dataset")
    image_of(fit.model_image if isinstance(fit, FitInterferometer) else fit.model_data, "fit")
    return jax.tree_util.tree_map(np.asarray, fit)


def check_one(dataset: "Interferometer", name: str) -> None:
    """Raise if an observation of visibilities is a batch."""
    if len(dataset.data.values.shape) == 1:
        return
    one = f"{name}.with_data(la.Visibilities({name}.data.values[0]))"
    if len(dataset.uv_wavelengths.shape) > 2:  # as `jax.vmap` returns it
        one = f"jax.tree_util.tree_map(lambda v: v[0], {name})"
    shape = tuple(dataset.data.values.shape[:-1])
    raise ValueError(f"`{name}` must be one observation, but has batch axes of shape {shape}; take one, as in `{one}`.")


def field_of(mask: Mask2D) -> Mask2D:
    """Return the square of the image that is drawn: that about the used pixels."""
    rows, columns = mask.zoom.shape_native
    return Mask2D.all_false((rows + 4, columns + 4), mask.pixel_scales, mask.mask_centre)


def draw_last_plane(axes: Any, fit: Fit, caustics: Curves, unit: str) -> None:
    """Draw what is on the last plane: a source on its mesh if there is one, else the light of profiles."""
    last = fit.tracer.plane_members[-1]
    numbers = [k for k, galaxy in enumerate(fit.source_galaxies) if galaxy in last]
    if numbers:
        draw_source(axes, fit, numbers[0], caustics, unit=unit)
        return
    tracer = fit.tracer if fit.inversion is None else fit.tracer_linear_light_profiles_to_light_profiles
    light = source_of(tracer, field_of(fit.dataset.mask), caustics)
    draw_with_bar(axes, light, "source plane", norm_for([image_of(light, "fit")], "asinh"), unit=unit)
    draw_curves(axes, caustics, "caustic")


def draw_source(
    axes: Any, fit: Fit, number: int, caustics: Curves, *, unit: str, scale: str = "linear", whole: bool = False
) -> None:
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
