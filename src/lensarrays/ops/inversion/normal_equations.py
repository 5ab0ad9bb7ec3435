"""The linear system of an inversion from a dense mapping matrix, on any array library."""

from typing import Any

from ... import _check
from ..._backend import namespace
from ...structures.abstract import as_array
from .cholesky import product
from .evidence import check_size, positive_noise


def data_vector_from(blurred_mapping_matrix: Any, image: Any, noise_map: Any) -> Any:
    """Return the data vector D = B' N^-2 d, what each parameter sees of the image.

    Parameters
    ----------
    blurred_mapping_matrix : array, shape (..., n, p)
        B, the convolved image of each parameter at unit intensity.
    image : Array2D or array, shape (..., n) [unit of the image]
        d, less what is not solved for.
    noise_map : Array2D or array, shape (..., n) [unit of the image]
        Standard deviations, positive.

    Returns
    -------
    array, shape (..., p) [unit of the image^-1]

    Raises
    ------
    ValueError
        If a standard deviation is not positive, or the number of pixels differs.

    References
    ----------
    S. J. Warren and S. Dye, ApJ 590 (2003) 673, equation 7.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> mapping = np.asarray([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    >>> la.inversion.data_vector_from(mapping, np.asarray([4.0, 2.0, 8.0]), np.full(3, 2.0))
    array([1.25, 2.25])
    """
    matrix, image = as_array(blurred_mapping_matrix, "blurred_mapping_matrix"), as_array(image, "image")
    noise_map = positive_noise(noise_map)
    xp = namespace(matrix, image, noise_map)
    _check_rows(matrix, noise_map)
    check_size(image, noise_map.shape[-1], "image", "noise_map")
    return product(xp.matrix_transpose(matrix), image / noise_map**2)


def curvature_matrix_from(
    blurred_mapping_matrix: Any,
    noise_map: Any,
    *,
    no_regularization_index_list: Any = (),
    no_regularization_add_to_curvature_diag_value: float = 1.0e-3,
) -> Any:
    """Return the curvature matrix F = B' N^-2 B, from a dense B.

    Parameters
    ----------
    blurred_mapping_matrix : array, shape (..., n, p)
        B, the convolved image of each parameter at unit intensity.
    noise_map : Array2D or array, shape (..., n) [unit of the image]
        Standard deviations, positive.
    no_regularization_index_list : sequence of int
        The parameters that have no regularisation, as intensities of light profiles have not.
    no_regularization_add_to_curvature_diag_value : float [unit of the image^-2]
        What is added to the diagonal for these, so that profiles which are hardly seen do not make it singular.

    Returns
    -------
    array, shape (..., p, p) [unit of the image^-2]

    Raises
    ------
    ValueError
        If a standard deviation is not positive, the number of pixels differs, or a parameter does not exist.

    References
    ----------
    S. J. Warren and S. Dye, ApJ 590 (2003) 673, equation 6.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> mapping = np.asarray([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    >>> la.inversion.curvature_matrix_from(mapping, np.full(3, 0.5))
    array([[5., 1.], [1., 5.]])
    """
    matrix, noise_map = as_array(blurred_mapping_matrix, "blurred_mapping_matrix"), positive_noise(noise_map)
    xp = namespace(matrix, noise_map)
    _check_rows(matrix, noise_map)
    weighted = matrix / noise_map[..., None]
    # NumPy sees that both factors are one array, and has BLAS compute one triangle only.
    curvature = xp.matmul(xp.matrix_transpose(weighted), weighted)
    p = matrix.shape[-1]
    indexes = [_check.whole_number(k, "no_regularization_index_list") for k in no_regularization_index_list]
    if not indexes:
        return curvature
    if max(indexes) >= p:
        raise ValueError(
            f"`no_regularization_index_list` must name columns of `blurred_mapping_matrix`, 0 to {p - 1}, but names "
            f"{max(indexes)}; count from zero."
        )
    _check.NON_NEGATIVE.check(no_regularization_add_to_curvature_diag_value, "no_regularization_add_to_curvature_diag_value")
    chosen = [float(k in set(indexes)) for k in range(p)]
    added = xp.asarray(chosen, dtype=curvature.dtype) * no_regularization_add_to_curvature_diag_value
    return curvature + added * xp.eye(p, dtype=curvature.dtype)


def _check_rows(matrix: Any, noise_map: Any) -> None:
    if len(matrix.shape) < 2 or matrix.shape[-2] != noise_map.shape[-1]:
        raise ValueError(
            f"`blurred_mapping_matrix` must have shape (..., {noise_map.shape[-1]}, p), one row for each pixel of `noise_map`, "
            f"but has shape {tuple(matrix.shape)}; cut both by one mask."
        )
