"""Chi squared of an image, without visibilities."""

from typing import Any

from .._backend import namespace
from ..ops.interferometry.w_tilde import WTilde, quadratic_of
from ..structures import Array2D
from ..structures.arithmetic import check_same_mask


def chi_squared_from(w_tilde: WTilde, weighted_dirty_image: Array2D, data_term: Any, image: Array2D) -> Any:
    """Return the data term - 2 image' dirty image + image' W image, shape (...).

    It is a function, and takes arrays from structures, as for a small image a method, or a product of structures, takes a
    tenth of the time.
    """
    check_same_mask(weighted_dirty_image, image)
    form = quadratic_of(w_tilde, image)
    dirty, bright = weighted_dirty_image.values, image.values
    xp = namespace(dirty, bright)
    seen = xp.sum(xp.asarray(dirty) * xp.asarray(bright), axis=-1)
    return data_term - 2.0 * seen + form
