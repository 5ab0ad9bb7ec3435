"""Dirty images and beams with natural weights, as radio astronomers show them: from w-tilde alone, without visibilities."""

from typing import Any, NamedTuple

import numpy as np

from ..ops.interferometry.w_tilde import WTilde
from ..structures import Array2D, Mask2D
from ..structures.mask_index import used_box
from .panels import LIGHT, draw, draw_bar, draw_with_bar, image_of, norm_for

MAIN_LOBE = 0.5  # of the peak: what a Gaussian is fitted to
LOBES = 6  # full widths of the main lobe in view, on either side
FLAT = 1e-9  # how little a lobe that has no width falls towards its edge
FAINTEST_LOBES = 0.05  # twice this is where the colours of a beam become logarithmic


class Ellipse(NamedTuple):
    """Where a beam has half of its peak: full axes [arcsec], and the angle of the major one, from x to y [degree].

    An axis along which a beam does not fall is infinite.
    """

    major: float
    minor: float
    angle: float

    def __str__(self) -> str:
        return f"{self.major:.2g} x {self.minor:.2g} arcsec" if np.isfinite(self.minor) else "of no width"


def dirty_of(weighted: Array2D, w_tilde: WTilde) -> Array2D:
    """Return a weighted dirty image per beam: a point source has its flux, at its peak."""
    return weighted / _sum_of_weights(w_tilde)


def significance_of(weighted: Array2D, w_tilde: WTilde) -> Array2D:
    """Return a weighted dirty image over the standard deviation that the noise of the visibilities has in it."""
    variances = np.full(weighted.mask.pixels_in_mask, _sum_of_weights(w_tilde))
    if w_tilde.hankel is not None:
        (y0, y1), (x0, x1) = used_box(weighted.mask)
        variances = variances + np.asarray(w_tilde.hankel)[::2, ::2][~weighted.mask.array[y0:y1, x0:x1]]
    return Array2D(np.asarray(weighted.values) / np.sqrt(variances), weighted.mask)


def dirty_beam_of(w_tilde: WTilde) -> Array2D:
    """Return the dirty beam, of peak one, at all offsets between two pixels: (2 ny - 1, 2 nx - 1)."""
    compact = np.asarray(w_tilde.compact)
    both = np.concatenate([compact[:0:-1, ::-1], compact])  # the beam is symmetric about its peak
    return Array2D.no_mask(both / _sum_of_weights(w_tilde), w_tilde.real_space_mask.pixel_scales)


def ellipse_of(beam: Array2D) -> Ellipse:
    """Return where the main lobe of a beam has half of its peak, by a Gaussian that is fitted to it.

    The logarithm of the beam is fitted by -(a y^2 + b y x + c x^2), with the squared beam as a weight.
    """
    from scipy.ndimage import label

    values = np.asarray(beam.native)
    rows, columns = (size // 2 for size in values.shape)
    lobes = label(values > MAIN_LOBE)[0]
    lobe = lobes == lobes[rows, columns]
    lobe[rows - 1 : rows + 2, columns - 1 : columns + 2] |= values[rows - 1 : rows + 2, columns - 1 : columns + 2] > 0
    i, j = np.nonzero(lobe)
    y, x = (rows - i) * beam.pixel_scales[0], (j - columns) * beam.pixel_scales[1]
    weights = values[lobe]
    terms = np.stack([y**2, y * x, x**2], axis=-1)
    a, b, c = np.linalg.lstsq(terms * weights[:, None], -np.log(weights) * weights, rcond=None)[0]
    curvatures, directions = np.linalg.eigh([[c, b / 2], [b / 2, a]])  # of (x, y)
    falls = curvatures * float(np.max(y**2 + x**2)) > FLAT
    minor, major = np.where(falls, 2.0 * np.sqrt(np.log(2.0) / np.where(falls, curvatures, 1.0)), np.inf)[::-1]
    return Ellipse(float(major), float(minor), float(np.degrees(np.arctan2(directions[1, 0], directions[0, 0]))))


def draw_dirty_beam(axes: Any, beam: Array2D, ellipse: Ellipse, field: Mask2D) -> None:
    """Draw a dirty beam out to some lobes, or to half of the field."""
    faintest = min(float(np.min(beam.values)), 0.0)
    norm = norm_for([image_of(beam, "dataset")], "asinh", (faintest, 1.0), noise=FAINTEST_LOBES)
    draw_with_bar(axes, beam, f"dirty beam, {ellipse}", norm, unit="beam / peak")
    left, right, bottom, top = field.geometry.extent
    x, y = (min(LOBES * ellipse.major, side / 2) for side in (right - left, top - bottom))
    axes.set(xlim=(-x, x), ylim=(-y, y))


def draw_dirty(
    axes: Any,
    image: Array2D,
    title: str,
    field: Mask2D,
    ellipse: Ellipse,
    *,
    norm: Any = None,
    cmap: str = LIGHT,
    unit: str = "",
) -> None:
    """Draw a dirty image in a field, with the ellipse of the beam in its corner if it is smaller than the field."""
    from matplotlib.patches import Ellipse as Patch

    norm = norm or norm_for([image_of(image, "dataset")], "linear")
    draw_bar(axes, draw(axes, image, title, norm, cmap), unit)
    left, right, bottom, top = field.geometry.extent
    axes.set(xlim=(left, right), ylim=(bottom, top))
    if ellipse.major > min(right - left, top - bottom):
        return
    inset = 0.04 * (right - left) + ellipse.major / 2
    place = (left + inset, bottom + inset)
    style = {"facecolor": "grey", "edgecolor": "black", "linewidth": 0.7}
    axes.add_patch(Patch(place, ellipse.major, ellipse.minor, angle=ellipse.angle, **style))


def _sum_of_weights(w_tilde: WTilde) -> float:
    """Return the value of w-tilde at no offset."""
    compact = np.asarray(w_tilde.compact)
    return float(compact[0, compact.shape[1] // 2])
