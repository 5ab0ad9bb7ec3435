"""Panels in the uv plane: where the baselines are, and visibilities against their length."""

from typing import Any

import numpy as np

from ..structures import Visibilities

MOST_WITH_ERRORS = 500  # visibilities
MOST_POINTS = 10_000  # of more, their density is drawn, in a time that does not depend on their number
MOST_CELLS = 240  # of a density, along a side
BRIGHT = 30.0  # times the noise: amplitudes that reach beyond are drawn on a logarithmic scale
POINTS, CONJUGATES, BINNED, NOISE = "steelblue", "lightskyblue", "black", "orangered"
DENSITY = "viridis"
PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))


def draw_uv_coverage(axes: Any, uv_wavelengths: np.ndarray) -> None:
    """Draw baselines (k, 2) and their negatives, at which a real image has the conjugate visibilities."""
    largest = 1.05 * (float(np.max(np.abs(uv_wavelengths))) or 1.0)
    divisor, unit = _unit_of(largest)
    uv, limit = uv_wavelengths / divisor, largest / divisor
    number = f"{len(uv):,}".replace(",", " ")
    axes.set(title=f"uv coverage, {number} visibilities", xlabel=f"u [{unit}]", ylabel=f"v [{unit}]", aspect="equal")
    if len(uv) > MOST_POINTS:
        both = np.concatenate([uv, -uv])
        _draw_density(axes, both[:, 0], both[:, 1], (-limit, limit), (-limit, limit))
    else:
        style = {"linestyle": "none", "marker": "o", "markeredgewidth": 0, "rasterized": True}
        size = _size_for(len(uv))
        axes.plot(-uv[:, 0], -uv[:, 1], color=CONJUGATES, markersize=size, label="conjugate", **style)
        axes.plot(uv[:, 0], uv[:, 1], color=POINTS, markersize=size, label="observed", **style)
        _draw_legend(axes)
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit))


def draw_amplitudes(
    axes: Any, visibilities: Visibilities, noise_map: Visibilities, uv_distances: np.ndarray, unit: str
) -> None:
    """Draw amplitudes against the length of baselines, their median in bins, and what noise alone would have."""
    parts, sigma = visibilities.in_array, noise_map.in_array
    amplitudes = np.asarray(visibilities.amplitudes)
    noise = np.sqrt(np.mean(sigma**2, axis=-1))
    errors = np.sqrt(np.sum((parts * sigma) ** 2, axis=-1)) / np.where(amplitudes > 0, amplitudes, 1.0)
    level, largest = float(np.median(noise)), float(np.max(amplitudes)) or float(np.max(noise))
    is_log = largest > BRIGHT * level
    limits = (0.3 * level, 1.5 * largest) if is_log else (0.0, 1.08 * largest)
    axes.set(title="amplitude", ylabel=f"amplitude [{unit}]" if unit else "amplitude", yscale="log" if is_log else "linear")
    _draw_points(axes, uv_distances, amplitudes, errors, limits, is_log)
    x, bins = _bins_of(uv_distances)
    # The median of a Rayleigh distribution is sigma sqrt(2 ln 2).
    alone = np.sqrt(2.0 * np.log(2.0)) * np.asarray([np.sqrt(np.mean(noise[part] ** 2)) for part in bins])
    _draw_binned(axes, x, [np.median(amplitudes[part]) for part in bins], "median")
    axes.plot(x, alone, color=NOISE, linewidth=1.4, linestyle="--", label="median of noise alone")
    _draw_legend(axes)


def draw_phases(axes: Any, visibilities: Visibilities, noise_map: Visibilities, uv_distances: np.ndarray) -> None:
    """Draw phases against the length of baselines."""
    parts, sigma = visibilities.in_array, noise_map.in_array
    squares = np.sum(parts**2, axis=-1)
    errors = np.hypot(parts[:, 1] * sigma[:, 0], parts[:, 0] * sigma[:, 1]) / np.where(squares > 0, squares, 1.0)
    axes.set(title="phase", ylabel="phase [degree]", yticks=range(-180, 181, 60))
    _draw_points(axes, uv_distances, np.degrees(visibilities.phases), np.minimum(np.degrees(errors), 180.0), (-190.0, 190.0))


def draw_residuals(axes: Any, residuals: np.ndarray, uv_distances: np.ndarray) -> None:
    """Draw real and imaginary parts of residuals (k, 2) over their noise, and their scatter in bins."""
    largest = max(4.5, 1.1 * float(np.max(np.abs(residuals))))
    per_datum = float(np.mean(residuals**2))
    title = f"residuals, chi squared {per_datum:.2f} a datum"
    axes.set(title=title, ylabel="residual / noise, real and imaginary")
    _draw_points(axes, np.repeat(uv_distances, 2), residuals.ravel(), None, (-largest, largest))
    x, bins = _bins_of(uv_distances)
    scatter = np.asarray([np.sqrt(np.mean(residuals[part] ** 2)) for part in bins])
    _draw_binned(axes, x, scatter, "scatter")
    _draw_binned(axes, x, -scatter, None)
    for level in (-1.0, 1.0):
        axes.axhline(level, color=NOISE, linewidth=1.0, linestyle="--", label="noise" if level > 0 else None)
    _draw_legend(axes)


def _draw_points(
    axes: Any, x: np.ndarray, y: np.ndarray, errors: Any, limits: tuple[float, float], is_log: bool = False
) -> None:
    """Draw values (m,) against lengths (m,) [wavelength]: with errors if few, as a density if many."""
    divisor, unit = _unit_of(float(np.max(x)))
    x, right = x / divisor, 1.03 * (float(np.max(x)) or 1.0) / divisor
    axes.set(xlabel=f"uv distance [{unit}]", xlim=(0.0, right), ylim=limits)
    if len(x) > MOST_POINTS:
        _draw_density(axes, x, y, (0.0, right), limits, is_log)
    elif errors is None or len(x) > MOST_WITH_ERRORS:
        style = {"linestyle": "none", "marker": "o", "markeredgewidth": 0, "rasterized": True}
        axes.plot(x, y, color=POINTS, alpha=0.5, markersize=_size_for(len(x)), **style)
    else:
        style = {"fmt": "o", "markersize": 3.0, "markeredgewidth": 0, "elinewidth": 0.7, "alpha": 0.7}
        axes.errorbar(x, y, yerr=errors, color=POINTS, **style)


def _draw_density(
    axes: Any, x: np.ndarray, y: np.ndarray, x_limits: tuple[float, float], y_limits: tuple[float, float], is_log: bool = False
) -> None:
    """Draw how many points there are in cells, with a colour bar."""
    from matplotlib.colors import LogNorm

    low, high = np.log(y_limits) if is_log else y_limits
    inside = (x >= x_limits[0]) & (x <= x_limits[1]) & (y >= y_limits[0]) & (y <= y_limits[1])
    x, y = x[inside], y[inside]
    cells = min(int(np.sqrt(len(x)) / 1.5), MOST_CELLS)
    columns = _cells_of(x, *x_limits, cells)
    rows = _cells_of(np.log(y) if is_log else y, low, high, cells)
    counts = np.bincount(rows * cells + columns, minlength=cells**2).reshape(cells, cells)
    edges = np.linspace(low, high, cells + 1)
    drawn = axes.pcolormesh(
        np.linspace(*x_limits, cells + 1),
        np.exp(edges) if is_log else edges,
        np.ma.masked_equal(counts, 0),
        cmap=DENSITY,
        norm=LogNorm(1.0, max(2.0, float(counts.max(initial=0)))),
        rasterized=True,
    )
    axes.figure.colorbar(drawn, cax=axes.inset_axes((1.03, 0.0, 0.05, 1.0)), label="points in a cell")


def _cells_of(values: np.ndarray, low: float, high: float, cells: int) -> np.ndarray:
    """Return in which of so many equal cells each value (m,) is."""
    return np.clip(((values - low) * (cells / (high - low))).astype(np.int64), 0, cells - 1)


def _bins_of(uv_distances: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return median lengths of baselines, and the numbers of the visibilities, in bins of as many visibilities each."""
    bins = np.array_split(np.argsort(uv_distances, kind="stable"), min(max(len(uv_distances) // 20, 1), 30))
    return np.asarray([np.median(uv_distances[part]) for part in bins]) / _unit_of(float(np.max(uv_distances)))[0], bins


def _draw_binned(axes: Any, x: np.ndarray, y: Any, label: str | None) -> None:
    axes.plot(x, y, color=BINNED, linewidth=1.4, marker="o", markersize=3.0, label=label)


def _draw_legend(axes: Any) -> None:
    axes.legend(loc="upper right", fontsize="small", framealpha=0.8)


def _size_for(number: int) -> float:
    """Return a size of markers [points] with which that many fill a panel without covering it."""
    return float(np.clip(60.0 / np.sqrt(max(number, 1)), 1.0, 4.0))


def _unit_of(largest: float) -> tuple[float, str]:
    """Return by what lengths of baselines are divided, and the unit that they are then in."""
    divisor, prefix = next(((size, prefix) for size, prefix in PREFIXES if largest >= size), (1.0, ""))
    return divisor, f"{prefix}\N{GREEK SMALL LETTER LAMDA}"
