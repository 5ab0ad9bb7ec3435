"""Pictures of haloes: where they are, and what they change."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..imaging import Imaging
from ..models import Galaxy, HaloPopulation
from ..models.mass.mass_sheet import MassSheet
from ..models.tracer import Tracer
from ..ops.argument_types import check_types
from ..structures import Array2D
from .panels import LEGEND, MASS, draw_difference, draw_with_bar, figure_with, image_of, norm_for, saved, typical_noise

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FAMILY_COLOURS = ("white", "tomato", "violet", "lime")  # of subhaloes
SHARES = (0.0, 99.0)  # of the pixels, between which colours change [per cent]


def haloes(tracer: Tracer, convergence: Array2D, path: Any = None, *, title: str = "convergence") -> "Figure":
    """Draw the haloes of all populations of a tracer on its convergence, at their angular positions on their planes.

    Haloes of a galaxy that has other mass too are its subhaloes: circles, of the radius of their `scale_radius`, if their
    family has one. All others are dots, the larger the larger that radius is.

    Parameters
    ----------
    tracer : Tracer
    convergence : Array2D, shape (n,)
        That of the tracer, say, from `tracer.convergence_2d_from(grid)`; of many haloes it is quicker under `jit`.
    path, title
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
    >>> import numpy as np
    >>> import lensarrays as la
    >>> subhaloes = la.mp.NFWTruncatedSph(centre=(np.asarray([0.5, -0.3]), np.asarray([0.2, 0.9])), kappa_s=0.01)
    >>> lens = la.Galaxy(0.5, mass=[la.mp.Isothermal(einstein_radius=1.0), la.HaloPopulation(subhaloes)])
    >>> tracer = la.Tracer([lens, la.Galaxy(1.0)])
    >>> grid = la.Grid2D.uniform(shape_native=(20, 20), pixel_scales=0.1)
    >>> figure = la.plot.haloes(tracer, tracer.convergence_2d_from(grid))
    >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    ['2 NFWTruncatedSph']
    """
    check_types(tracer=(tracer, Tracer), convergence=(convergence, Array2D))
    figure, (panel,) = figure_with(1, 1)
    _draw_haloes_on(panel, convergence, tracer, title)
    return saved(figure, path)


def substructure(
    imaging: Imaging,
    smooth: Imaging,
    difference: Array2D,
    convergence: Array2D,
    tracer: Tracer,
    path: Any = None,
    *,
    unit: str = "",
) -> "Figure":
    """Draw an observation beside one of the same lens without haloes, their difference, and the haloes.

    Parameters
    ----------
    imaging, smooth : Imaging of one image, shape (n,)
        With haloes and without them; they are drawn in the same colours.
    difference : Array2D, shape (n,) [noise]
        Of what is expected to be observed, say: noise would hide what haloes do.
    convergence : Array2D, shape (n,)
    tracer : Tracer
        Whose haloes are drawn on the convergence, as by `haloes`.
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
    check_types(imaging=(imaging, Imaging), smooth=(smooth, Imaging), tracer=(tracer, Tracer))
    check_types(difference=(difference, Array2D), convergence=(convergence, Array2D))
    images = [image_of(imaging.data, "imaging"), image_of(smooth.data, "smooth")]
    norm = norm_for(images, "asinh", noise=typical_noise(imaging))
    figure, panels = figure_with(2, 2)
    draw_with_bar(panels[0], imaging.data, "with haloes", norm, unit=unit)
    draw_with_bar(panels[1], smooth.data, "without haloes", norm, unit=unit)
    draw_difference(panels[2], difference, "difference, before noise is added")
    _draw_haloes_on(panels[3], convergence, tracer, "convergence")
    return saved(figure, path)


def _draw_haloes_on(axes: Any, convergence: Array2D, tracer: Tracer, title: str) -> None:
    """Draw a convergence, and on it the haloes of a tracer."""
    image = image_of(convergence, "convergence")
    # In other colours the centre of the lens would be all that is seen.
    low, high = (float(limit) for limit in np.percentile(image.compressed(), SHARES)) if image.count() else (0.0, 0.0)
    norm = norm_for([image], "log" if low > 0 else "linear", (low, high) if low < high else None)
    draw_with_bar(axes, convergence, title, norm, cmap=MASS)
    _draw_haloes(axes, tracer)


class _Group(NamedTuple):
    """Haloes that are drawn alike: where they are (n, 2), their scale radii (n,) or None, and of which family."""

    places: np.ndarray
    radii: np.ndarray | None
    family: str


def _draw_haloes(axes: Any, tracer: Tracer) -> None:
    """Draw the haloes of a tracer over its convergence, without changing the part of the sky that it shows."""
    axes.autoscale(False)
    subhaloes: dict[str, list[_Group]] = {}
    others: list[_Group] = []
    for galaxy in tracer.galaxies:
        is_lens = any(not isinstance(mass, (HaloPopulation, MassSheet)) for mass in galaxy.mass)
        for group in _groups_of(galaxy):
            (subhaloes.setdefault(group.family, []) if is_lens else others).append(group)
    if others:
        places, radii = _joined(others)
        label = f"{len(places)} on the line of sight"
        axes.scatter(places[:, 1], places[:, 0], s=_areas(radii), color="aqua", alpha=0.6, linewidths=0, label=label)
    for i, (family, groups) in enumerate(subhaloes.items()):
        places, radii = _joined(groups)
        label, colour = f"{len(places)} {family}", FAMILY_COLOURS[i % len(FAMILY_COLOURS)]
        _draw_circles(axes, places, radii, label, colour)
    if others or subhaloes:
        # Below the panel, as haloes are everywhere on it.
        below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.14), "ncols": 3, "columnspacing": 1.0, "handletextpad": 0.2}
        axes.legend(framealpha=0.8, **{**LEGEND, **below, "fontsize": "x-small"})


def _groups_of(galaxy: Galaxy) -> Iterator[_Group]:
    """Yield the haloes of each population of a galaxy, without its empty slots."""
    for population in galaxy.mass:
        if not isinstance(population, HaloPopulation):
            continue
        n, profile = population.capacity, population.profile
        valid = np.ones(n, dtype=bool) if population.valid is None else np.asarray(population.valid)
        centre: Any = getattr(profile, "centre", (0.0, 0.0))
        parts = centre if isinstance(centre, tuple) else np.moveaxis(np.asarray(centre), -1, 0)
        places = np.stack([np.broadcast_to(np.asarray(part, dtype=float), (n,))[valid] for part in parts], axis=-1)
        radius = getattr(profile, "scale_radius", None)
        radii = None if radius is None else np.broadcast_to(np.asarray(radius, dtype=float), (n,))[valid]
        yield _Group(places, radii, type(profile).__name__)


def _joined(groups: list[_Group]) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of some groups, and radii, NaN where there are none."""
    radii = [np.full(len(group.places), np.nan) if group.radii is None else group.radii for group in groups]
    return np.concatenate([group.places for group in groups]), np.concatenate(radii)


def _areas(radii: np.ndarray) -> np.ndarray:
    """Return the areas of dots [points^2], from one to sixteen."""
    return np.clip(400.0 * np.where(np.isnan(radii), 0.1, radii) ** 2, 1.0, 16.0)


def _draw_circles(axes: Any, places: np.ndarray, radii: np.ndarray, label: str, colour: str) -> None:
    """Draw circles with the radii of haloes [arcsec], those of unknown radius as small ones."""
    from matplotlib.collections import EllipseCollection

    sizes = 2.0 * np.where(np.isnan(radii), 0.05, radii)
    style = {"facecolors": "none", "edgecolors": colour, "linewidths": 1.2}
    circles = EllipseCollection(
        sizes, sizes, np.zeros(len(sizes)), units="xy", offsets=places[:, ::-1], offset_transform=axes.transData, **style
    )
    axes.add_collection(circles)
    axes.plot([], [], "o", markerfacecolor="none", markeredgecolor=colour, label=label)
