"""The curvature matrix of a source that an interferometer sees, by W-tilde."""

from typing import Any

from ..argument_types import check_types
from ..mapper import Mapper
from .methods import CurvatureMethod, StridedWTilde
from .w_tilde import WTilde


def curvature_matrix_via_w_tilde_from(w_tilde: WTilde, mapper: Mapper, *, method: CurvatureMethod = StridedWTilde()) -> Any:
    """Return the curvature matrix F = T' W T of a source on a mesh, W being W-tilde and T the mapping matrix.

    Parameters
    ----------
    w_tilde : WTilde
        Of the visibilities' noise and baselines, for n image pixels. [1 / noise^2]
    mapper : Mapper
        From a mesh of s pixels to these.
    method : StridedWTilde, DenseWTilde or FourierWTilde
        The first two run on the host, for arrays of NumPy and JAX, and have a first derivative by the mapper; the last one
        runs where the arrays are, and has all derivatives.

    Returns
    -------
    array, shape (..., s, s) [1 / noise^2]
        Symmetric, with the leading axes of `w_tilde` and `mapper`, and of the data type of both.

    Raises
    ------
    ValueError
        If the masks differ, or the method would take more memory than its `max_bytes`.
    TypeError
        If an argument is of another type, the method is not for this array library, or it does not have a derivative.

    References
    ----------
    Powell D. et al., 2021, MNRAS, 501, 515, section 2; Warren & Dye, 2003, ApJ, 590, 673, equation 6.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> from lensarrays.ops.interferometry.curvature import curvature_matrix_via_w_tilde_from
    >>> from lensarrays.ops.interferometry.w_tilde import WTilde
    >>> grid = la.Grid2D.uniform(shape_native=(3, 3), pixel_scales=1.0, over_sample_size=1)
    >>> mapper = la.mesh.RectangularUniform(shape=(3, 3)).mapper_from(grid.values, mask=grid.mask, over_sample_size=1)
    >>> w_tilde = WTilde.from_compact(np.ones((3, 5)), grid.mask)  # one visibility, the sum of all pixels
    >>> curvature_matrix_via_w_tilde_from(w_tilde, mapper).sum().round(6)
    np.float64(81.0)
    """
    check_types(w_tilde=(w_tilde, WTilde), mapper=(mapper, Mapper), method=(method, CurvatureMethod))
    if w_tilde.real_space_mask != mapper.mask:
        raise ValueError(
            f"`mapper` must be of the mask of `w_tilde`, {w_tilde.real_space_mask!r}, but is of {mapper.mask!r}; make both "
            f"from one mask."
        )
    return method.curvature_of(w_tilde, mapper.indexes, mapper.weights, mapper.pixels, mapper.over_sample_size)
