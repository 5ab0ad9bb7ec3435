"""Pictures of images and of observations."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..imaging import Imaging
from ..ops.argument_types import check_types
from ..structures import Array2D, Kernel2D
from .panels import (
    LIGHT,
    draw,
    draw_bar,
    draw_difference,
    draw_observation,
    draw_with_bar,
    figure_with,
    image_of,
    norm_for,
    saved,
    typical_noise,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def array_2d(
    array: Array2D | Kernel2D,
    path: Any = None,
    *,
    title: str = "",
    unit: str = "",
    scale: str = "linear",
    limits: tuple[float, float] | None = None,
    cmap: str = LIGHT,
) -> "Figure":
    """Draw an image on axes in arcseconds, row 0 at the top; masked pixels are left blank.

    Parameters
    ----------
    array : Array2D or Kernel2D, shape (n,)
    path : path, optional
        A file to write, of a kind that Matplotlib knows (`.png`, `.pdf`); its folder is made, and an older file replaced.
    title : str
    unit : str
        For the colour bar.
    scale : "linear", "asinh" or "log"
        How colours go with values; "asinh" is linear within the noise and logarithmic beyond.
    limits : (float, float), optional
        Values at the ends of the colour bar; by default those of the used pixels.
    cmap : str
        Name of a Matplotlib colour map.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError
        If `array` is not an image, or is traced.
    ValueError
        If `array` is a batch, `scale` is none of these, or the ending of `path` is not known.

    Examples
    --------
    >>> import lensarrays as la
    >>> array = la.Array2D.full(2.0, shape_native=(10, 20), pixel_scales=0.1)
    >>> figure = la.plot.array_2d(array, title="flat")
    >>> figure.axes[0].images[0].get_extent()
    [-1.0, 1.0, -0.5, 0.5]
    """
    return arrays_2d({title: array}, path, unit=unit, scale=scale, limits=limits, cmap=cmap)


def arrays_2d(
    arrays: Mapping[str, Array2D | Kernel2D],
    path: Any = None,
    *,
    unit: str = "",
    scale: str = "asinh",
    limits: tuple[float, float] | None = None,
    cmap: str = LIGHT,
) -> "Figure":
    """Draw images side by side in the same colours, so that they can be compared.

    Parameters
    ----------
    arrays : dict of title to Array2D or Kernel2D of shape (n,)
        The first one sets where "asinh" becomes logarithmic.
    path, unit, scale, limits, cmap
        As in `array_2d`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        As in `array_2d`, and if there are no images.
    """
    if not arrays:
        raise ValueError("`arrays` must have one image or more, but is empty; pass {'title': array}.")
    norm = norm_for([image_of(array, "arrays") for array in arrays.values()], scale, limits)
    figure, panels = figure_with(1, len(arrays))
    for panel, (title, array) in zip(panels, arrays.items(), strict=True):
        drawn = draw(panel, array, title, norm, cmap)
    draw_bar(panels[-1], drawn, unit)
    return saved(figure, path)


def difference(
    image: Array2D, other: Array2D, noise_map: Array2D, path: Any = None, *, title: str = "", limit: float | None = None
) -> "Figure":
    """Draw by how much an image is brighter than another one, in units of the noise: red where it is, and blue where it is not.

    Parameters
    ----------
    image, other, noise_map : Array2D, shape (n,)
        On the same mask.
    path, title
        As in `array_2d`.
    limit : float, optional
        The value at the upper end of the colour bar, and its negative at the lower; by default the largest difference.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        As in `array_2d`, and if the masks differ, or `limit` is not positive.

    Examples
    --------
    >>> import lensarrays as la
    >>> data, model, noise_map = (la.Array2D.full(value, (9, 9), pixel_scales=0.1) for value in (3.0, 2.5, 0.1))
    >>> figure = la.plot.difference(data, model, noise_map, title="residuals")
    >>> float(figure.axes[0].images[0].get_array().max())
    5.0
    """
    check_types(image=(image, Array2D), other=(other, Array2D), noise_map=(noise_map, Array2D))
    figure, (panel,) = figure_with(1, 1)
    draw_difference(panel, (image - other) / noise_map, title, limit)
    return saved(figure, path)


def imaging(imaging: Imaging, path: Any = None, *, unit: str = "") -> "Figure":
    """Draw the data, the noise map, the PSF and the signal-to-noise map of an observation.

    Parameters
    ----------
    imaging : Imaging of one image, shape (n,)
    path, unit
        As in `array_2d`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        As in `array_2d`.

    Examples
    --------
    >>> import lensarrays as la
    >>> data = la.Array2D.full(3.0, shape_native=(9, 9), pixel_scales=0.1)
    >>> figure = la.plot.imaging(la.Imaging(data, noise_map=data / 10))
    >>> [axes.get_title() for axes in figure.axes if axes.images]
    ['data', 'noise map', 'signal to noise']
    """
    check_types(imaging=(imaging, Imaging))
    norm = norm_for([image_of(imaging.data, "imaging")], "asinh", noise=typical_noise(imaging))
    figure, panels = figure_with(1, 3 if imaging.psf is None else 4)
    draw_observation(panels, imaging, norm, unit)
    draw_with_bar(panels[-1], imaging.signal_to_noise_map, "signal to noise", cmap=LIGHT)
    return saved(figure, path)
