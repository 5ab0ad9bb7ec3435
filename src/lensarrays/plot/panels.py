"""What pictures are made of: panels with an image, its colours and its colour bar."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import _check
from ..imaging import Imaging
from ..structures import Array2D, Kernel2D

SCALES = ("linear", "asinh", "log")
LIGHT, NOISE, MASS, SIGNED = "inferno", "viridis", "cividis", "RdBu_r"
LEGEND = {"loc": "upper right", "fontsize": "small", "labelcolor": "white", "facecolor": "black", "edgecolor": "none"}
CURVE_STYLES = {"tangential": {"color": "white", "linestyle": "-"}, "radial": {"color": "deepskyblue", "linestyle": "--"}}
DOTS_PER_INCH = 150
FAINTEST_OF_PSF = 1e-5  # of its peak


def image_of(array: Any, name: str) -> np.ma.MaskedArray:
    """Return one image (ny, nx) as floats, without its masked pixels and those that are not finite."""
    if not isinstance(array, (Array2D, Kernel2D)):
        raise TypeError(f"`{name}` must be an Array2D, but is a {type(array).__name__}; make one with `Array2D.no_mask`.")
    if not _check.is_concrete(array.values):
        raise TypeError(
            f"`{name}` must be concrete to be drawn, but is traced; return it from the function and draw it outside."
        )
    if len(array.values.shape) != 1:
        raise ValueError(
            f"`{name}` must be one image, but has batch axes of shape {tuple(array.values.shape[:-1])}; take one, as in "
            f"`jax.tree_util.tree_map(lambda v: v[0], {name})`."
        )
    native = np.asarray(array.native, dtype=float)
    return np.ma.masked_where(array.mask.array | ~np.isfinite(native), native)


def typical_noise(imaging: Imaging) -> float:
    """Return the median of the noise map."""
    return float(np.median(np.asarray(imaging.noise_map.values)))


def norm_for(
    images: Sequence[np.ma.MaskedArray], scale: str, limits: tuple[float, float] | None = None, noise: float | None = None
) -> Any:
    """Return how values become colours, the same for all of the images.

    Parameters
    ----------
    images : masked arrays of shape (ny, nx)
    scale : one of `SCALES`
    limits : (float, float), optional
        By default the extremes of all images; for "asinh" not below minus three times the noise.
    noise : float, optional
        Twice this is where "asinh" becomes logarithmic; by default it is guessed from the first image.
    """
    from matplotlib.colors import AsinhNorm, LogNorm, Normalize

    if scale not in SCALES:
        raise ValueError(f"`scale` must be one of {', '.join(SCALES)}, but is {scale!r}; choose one of these.")
    if limits is not None:
        low, high = _limits_from(limits)
        if low >= high or (scale == "log" and low <= 0):
            cure = "give the smaller one first, above zero for a log scale"
            raise ValueError(f"`limits` must be an increasing pair that the scale can show, but is {limits!r}; {cure}.")
    else:
        low, high = _extremes(images, scale)
    if scale != "asinh":
        return (LogNorm if scale == "log" else Normalize)(low, high, clip=True)
    noise = noise or max(_spread(images[0]), 1e-3 * (high - low))
    return AsinhNorm(linear_width=2.0 * noise, vmin=max(low, -3.0 * noise) if limits is None else low, vmax=high)


def _limits_from(limits: Any) -> tuple[float, float]:
    """Return the values at the ends of a colour bar."""
    try:
        low, high = (_check.finite_number(limit, "limits") for limit in limits)
    except (TypeError, ValueError) as err:
        raise ValueError(
            f"`limits` must be two finite numbers (low, high), but is {limits!r}; write it as (0.0, 1.0)."
        ) from err
    return low, high


def _extremes(images: Sequence[np.ma.MaskedArray], scale: str) -> tuple[float, float]:
    """Return the smallest and largest value that a scale can show, which differ."""
    used = np.concatenate([image.compressed() for image in images])
    if scale != "log":
        low, high = (float(used.min()), float(used.max())) if used.size else (0.0, 1.0)
        return low, high if high > low else low + 1.0
    positive = used[used > 0]
    if not positive.size:
        raise ValueError(
            "`array` must have a positive value to be drawn with `scale='log'`, but has none; draw it with `scale='asinh'`."
        )
    high = float(positive.max())
    low = max(float(positive.min()), 1e-6 * high)
    return low if low < high else 0.1 * high, high


def _spread(image: np.ma.MaskedArray) -> float:
    """Return the standard deviation that the quartiles would have if the image were Gaussian noise."""
    return float(np.subtract(*np.percentile(image.compressed(), [75, 25]))) / 1.349 if image.count() else 0.0


def figure_with(rows: int, columns: int) -> tuple[Any, list[Any]]:
    """Return a figure and its panels, row by row."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    figure = Figure(figsize=(4.8 * columns, 4.0 * rows), layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.08))
    return figure, list(figure.subplots(rows, columns, squeeze=False).ravel())


def draw(axes: Any, array: Any, title: str, norm: Any, cmap: str = LIGHT) -> Any:
    """Draw an image, and return what Matplotlib makes of it."""
    image = image_of(array, "array")
    axes.set(title=title, xlabel="x [arcsec]", ylabel="y [arcsec]")
    return axes.imshow(image, cmap=cmap, norm=norm, extent=array.geometry.extent, origin="upper", interpolation="none")


def draw_bar(axes: Any, drawn: Any, unit: str = "") -> None:
    """Draw a colour bar of the height of the panel beside it."""
    ticks = _ticks(drawn.norm)
    bar = axes.figure.colorbar(drawn, cax=axes.inset_axes((1.03, 0.0, 0.05, 1.0)), label=unit, ticks=ticks)
    if ticks is not None:
        bar.minorticks_off()
        bar.set_ticks(ticks, labels=[f"{tick:g}" for tick in ticks])


def _ticks(norm: Any) -> list[float] | None:
    """Return round values for a colour bar where Matplotlib's own ticks are crowded or few, or None."""
    from matplotlib.colors import AsinhNorm, LogNorm

    if isinstance(norm, AsinhNorm):
        return _asinh_ticks(norm)
    low, high = float(norm.vmin), float(norm.vmax)
    if isinstance(norm, LogNorm) and high < 30 * low:
        decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
        ticks = [float(tick) for tick in np.outer(decades, (1.0, 2.0, 5.0)).ravel() if low <= tick <= high]
        return ticks if len(ticks) > 1 else None
    return None


def _asinh_ticks(norm: Any) -> list[float]:
    """Return round values for a colour bar, which Matplotlib's own ticks crowd about zero."""
    decades = 10.0 ** np.arange(
        np.floor(np.log10(norm.linear_width)), np.ceil(np.log10(abs(norm.vmax) + norm.linear_width)) + 1
    )
    steps = np.outer(decades, (1.0, 3.0)).ravel()
    ticks = [0.0] if norm.vmin <= 0 <= norm.vmax else []
    for tick in (*steps, *-steps):
        if norm.vmin <= tick <= norm.vmax and all(abs(norm(tick) - norm(other)) > 0.08 for other in ticks):
            ticks.append(float(tick))
    return sorted(ticks)


def draw_with_bar(axes: Any, array: Any, title: str, norm: Any = None, cmap: str = LIGHT, unit: str = "") -> None:
    """Draw an image with a colour bar of its own, linear by default."""
    norm = norm or norm_for([image_of(array, "array")], "linear")
    draw_bar(axes, draw(axes, array, title, norm, cmap), unit)


def draw_difference(axes: Any, difference: Array2D, title: str, limit: float | None = None) -> None:
    """Draw a difference in units of the noise, in colours that are white at zero."""
    image = image_of(difference, "difference")
    largest = float(np.max(np.abs(image))) if image.count() else 0.0
    limit = (largest or 1.0) if limit is None else _check.positive_number(limit, "limit")
    norm = norm_for([image], "linear", (-limit, limit))
    draw_with_bar(axes, difference, title, norm, cmap=SIGNED, unit="difference / noise")


def draw_curves(axes: Any, curves: Mapping[str, Sequence[np.ndarray]], what: str) -> None:
    """Draw curves of points (y, x) over an image, by their kind, without changing the part of the sky that it shows."""
    for kind, of_kind in curves.items():
        for i, curve in enumerate(of_kind):
            label = f"{kind} {what}" if i == 0 else None
            axes.plot(curve[:, 1], curve[:, 0], linewidth=1.2, label=label, scalex=False, scaley=False, **CURVE_STYLES[kind])
    if curves:
        axes.legend(framealpha=0.5, **LEGEND)


def saved(figure: Any, path: Any) -> Any:
    """Write a figure to a file that appears whole or not at all, and return the figure."""
    if path is None:
        return figure
    path = Path(path)
    kinds = figure.canvas.get_supported_filetypes()
    if path.suffix[1:].lower() not in kinds:
        known = ", ".join(f".{kind}" for kind in sorted(kinds))
        raise ValueError(f"`path` must end in a kind of picture ({known}), but is '{path}'; add one of them.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".lensarrays-") as folder:
        unfinished = Path(folder) / path.name
        figure.savefig(unfinished, dpi=DOTS_PER_INCH)
        os.replace(unfinished, path)
    return figure


def draw_observation(panels: Sequence[Any], imaging: Imaging, norm: Any, unit: str) -> None:
    """Draw the data, the noise map, and, if there is one, the PSF."""
    draw_with_bar(panels[0], imaging.data, "data", norm, unit=unit)
    draw_with_bar(panels[1], imaging.noise_map, "noise map", cmap=NOISE, unit=unit)
    if imaging.psf is not None:
        peak = float(np.max(image_of(imaging.psf, "psf")))
        norm = norm_for([image_of(imaging.psf, "psf")], "log", (FAINTEST_OF_PSF * peak, peak))
        draw_with_bar(panels[2], imaging.psf, "PSF", norm)
