"""The values that minimise the objective of an inversion, by a solver that an argument chooses, and their derivative."""

from typing import Any, NamedTuple

import numpy as np

from ... import _check
from ..._backend import namespace, placed, with_derivative
from ...structures.abstract import as_array
from .cholesky import Cholesky, factor_of, product, solved_vector, with_added
from .positive_only import ActiveSet
from .primal_dual import PrimalDual, masked

Solver = Cholesky | ActiveSet | PrimalDual


class Reconstruction(NamedTuple):
    """A solution, and its certificate.

    Attributes
    ----------
    values : array, shape (..., p) [unit of the image]
        Zero where there is none.
    kkt_residual : array, shape (...) [dimensionless]
        By how much the conditions of a minimum are missed, as a part of the largest entry of the data vector, the system being
        scaled to a unit diagonal; infinite where there is no solution.
    converged : array of bool, shape (...)
        Whether that is below the root of the precision of the data type.
    """

    values: Any
    kkt_residual: Any
    converged: Any


def reconstruction_from(
    curvature_reg_matrix: Any, data_vector: Any, *, solver: Solver = ActiveSet(), zeroed: Any = None
) -> Reconstruction:
    """Return the values s that minimise s' A s - 2 D' s, of all, or of those that are not negative, as the solver says.

    The derivative by A and D is that of the solution, forward and reverse, not of the steps that led there: values that are
    zero stay so, and for the others it is that of the linear system. So a positive-only solution has a kink where one of
    its values becomes zero, at which the derivative is that of the side where it is. A is taken to be symmetric.

    Parameters
    ----------
    curvature_reg_matrix : array, shape (..., p, p) [unit of the image^-2]
        A, symmetric and positive definite: the curvature matrix and, where there is one, the regularisation matrix.
    data_vector : array, shape (..., p) [unit of the image^-1]
        D. Leading axes of both are batches of systems, which broadcast.
    solver : ActiveSet, PrimalDual or Cholesky
        The first two give values that are not negative, and differ in where they are fast.
    zeroed : array of bool, shape (p,), optional
        Which values are held at zero: not traced.

    Returns
    -------
    Reconstruction

    Raises
    ------
    ValueError
        If shapes do not fit, a matrix is not symmetric and positive definite or holds NaN, or the solver ends before it has
        the solution. Under `jit`, where this cannot be looked at, `converged` is False, and the values are finite.
    TypeError
        If the arrays are not of floating-point numbers, the solver is of another kind, or none for this array library.

    References
    ----------
    S. J. Warren and S. Dye, ApJ 590 (2003) 673, equation 8 (the linear system); J. Nocedal and S. J. Wright, *Numerical
    Optimization* (2nd ed., 2006), theorem 12.1 (the conditions of a minimum).

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> matrix, vector = np.asarray([[2.0, 1.0], [1.0, 2.0]]), np.asarray([3.0, 0.0])
    >>> la.inversion.reconstruction_from(matrix, vector, solver=la.inversion.Cholesky()).values.round(6)
    array([ 2., -1.])
    >>> la.inversion.reconstruction_from(matrix, vector, solver=la.inversion.PrimalDual()).values.round(6)
    array([1.5, 0. ])
    """
    if not isinstance(solver, Solver):
        raise TypeError(f"`solver` must be ActiveSet(), PrimalDual() or Cholesky(), but is {solver!r}; pass one of these.")
    matrix, vector = _checked(curvature_reg_matrix, data_vector)
    p = vector.shape[-1]
    kept = _kept(zeroed, p)
    if kept.size < p:
        vector = _taken(vector, kept)
        matrix = _taken(_taken(matrix, kept), kept, axis=-2)
    values, residual = _solved(matrix, vector, solver)
    converged = residual <= float(namespace(vector).finfo(vector.dtype).eps) ** 0.5
    if _check.fails(converged):
        _refuse(np.asarray(matrix), np.asarray(vector), np.asarray(residual), np.asarray(converged), solver)
    if kept.size < p:
        source = np.full(p, kept.size)
        source[kept] = np.arange(kept.size)
        values = placed(values, kept, source, axis=-1)
    return Reconstruction(values, residual, converged)


def _solved(matrix: Any, vector: Any, solver: Solver) -> tuple[Any, Any]:
    """Return the values, zero where there is no solution, and by how much they miss the conditions of a minimum."""

    def found(matrix: Any, vector: Any) -> tuple[Any, Any]:
        xp = namespace(matrix)
        values = solver.values_from(matrix, vector)
        has_minimum = xp.all(xp.isfinite(values), axis=-1)
        if solver.positive:
            has_minimum = has_minimum & _is_convex(matrix, xp=xp)
        values = xp.where(has_minimum[..., None], values, xp.zeros_like(values))
        residual = _kkt_residual(matrix, vector, values, solver.positive, xp=xp)
        has_minimum = has_minimum & xp.isfinite(residual)
        return values, xp.where(has_minimum, residual, xp.asarray(xp.inf, dtype=residual.dtype))

    def derivative(arguments: tuple, tangents: list) -> tuple[tuple, tuple]:
        (matrix, vector), (of_matrix, of_vector) = arguments, tangents
        values, residual = _solved(matrix, vector, solver)
        tangent = _tangent(matrix, values, of_matrix, of_vector, solver.positive)
        return (values, residual), (tangent, namespace(residual).zeros_like(residual))

    return with_derivative(found, derivative)(matrix, vector)


def _tangent(matrix: Any, values: Any, of_matrix: Any, of_vector: Any, positive: bool) -> Any:
    """Return how the values move with the matrix and the vector: those that are held at zero do not."""
    xp = namespace(matrix)
    push = xp.zeros_like(values) if of_vector is None else of_vector
    if of_matrix is not None:
        push = push - product(of_matrix, values)
    if positive:
        passive = values > 0
        matrix, push = masked(matrix, passive), xp.where(passive, push, xp.zeros_like(push))
    return solved_vector(finite_factor_of(matrix), push)


def finite_factor_of(matrix: Any) -> Any:
    """Return Cholesky factors (..., p, p), that of the identity where there is none: what depends on it is of no use then."""
    xp, factor = namespace(matrix), factor_of(matrix)
    exists = xp.isfinite(factor[..., -1:, -1:])
    return xp.where(exists, factor, xp.eye(matrix.shape[-1], dtype=matrix.dtype))


def _is_convex(matrix: Any, *, xp: Any) -> Any:
    """Return whether there is no negative eigenvalue but for rounding: without it, the conditions make no minimum."""
    rounding = 4 * matrix.shape[-1] * float(xp.finfo(matrix.dtype).eps)
    factor = factor_of(with_added(matrix, rounding * xp.linalg.diagonal(matrix)))
    return xp.isfinite(factor[..., -1, -1])


def _kkt_residual(matrix: Any, vector: Any, values: Any, positive: bool, *, xp: Any) -> Any:
    """Return the largest violation of a condition of the minimum, relative to the vector, in units of a unit diagonal."""
    diagonal = xp.linalg.diagonal(matrix)
    scale = 1.0 / xp.sqrt(xp.where(diagonal > 0, diagonal, xp.asarray(xp.nan, dtype=diagonal.dtype)))
    gradient = scale * (product(matrix, values) - vector)
    violation = xp.abs(gradient)
    if positive:
        violation = xp.where(values == 0, xp.maximum(-gradient, xp.zeros_like(gradient)), violation)
        violation = xp.where(values < 0, xp.asarray(xp.inf, dtype=violation.dtype), violation)
    size = xp.max(xp.abs(scale * vector), axis=-1)
    return xp.max(violation, axis=-1) / xp.where(size > 0, size, xp.ones_like(size))


def _checked(matrix: Any, vector: Any) -> tuple[Any, Any]:
    """Return arrays of one data type and one batch, if they are what a batch of systems can be made of."""
    matrix, vector = as_array(matrix, "curvature_reg_matrix"), as_array(vector, "data_vector")
    xp = namespace(matrix, vector)
    for name, array in (("curvature_reg_matrix", matrix), ("data_vector", vector)):
        if not xp.isdtype(array.dtype, "real floating"):
            raise TypeError(f"`{name}` must be of floating-point numbers, but has dtype {array.dtype}; use `.astype(float)`.")
    if len(vector.shape) < 1 or vector.shape[-1] < 1:
        raise ValueError(f"`data_vector` must have shape (..., p), p > 0, but has {tuple(vector.shape)}; give it an entry.")
    p = vector.shape[-1]
    if tuple(matrix.shape[-2:]) != (p, p):
        raise ValueError(
            f"`curvature_reg_matrix` must have shape (..., {p}, {p}), as `data_vector` has {p} entries, but has "
            f"{tuple(matrix.shape)}; give both the same parameters."
        )
    try:
        batch = np.broadcast_shapes(matrix.shape[:-2], vector.shape[:-1])
    except ValueError as err:
        raise ValueError(
            f"`data_vector` must have leading axes that broadcast to those of `curvature_reg_matrix`, "
            f"{tuple(matrix.shape[:-2])}, but has {tuple(vector.shape[:-1])}; batch both alike."
        ) from err
    dtype = xp.result_type(matrix.dtype, vector.dtype)
    matrix, vector = xp.asarray(matrix, dtype=dtype), xp.asarray(vector, dtype=dtype)
    return xp.broadcast_to(matrix, (*batch, p, p)), xp.broadcast_to(vector, (*batch, p))


def _kept(zeroed: Any, p: int) -> np.ndarray:
    """Return the indexes of the values that are not held at zero."""
    if zeroed is None:
        return np.arange(p)
    flags = _check.static_array(zeroed, "zeroed")
    if flags.shape != (p,) or flags.dtype.kind != "b":
        raise ValueError(
            f"`zeroed` must be {p} booleans, one for each entry of `data_vector`, but has shape {flags.shape} and dtype "
            f"{flags.dtype}; make it as `numpy.zeros({p}, bool)`, say."
        )
    if flags.all():
        raise ValueError("`zeroed` must leave a value to solve for, but is True everywhere; use a larger mesh.")
    return np.flatnonzero(~flags)


def _taken(array: Any, kept: np.ndarray, axis: int = -1) -> Any:
    xp = namespace(array)
    return xp.take(array, xp.asarray(kept), axis=axis)


def _refuse(matrix: np.ndarray, vector: np.ndarray, residual: np.ndarray, converged: np.ndarray, solver: Solver) -> None:
    """Raise the error that says why there is no solution."""
    _check.finite(matrix, "curvature_reg_matrix")
    _check.finite(vector, "data_vector")
    first = tuple(int(k) for k in np.argwhere(~converged)[0])
    system, where = matrix[first].astype(np.float64), f" of system {first}" if first else ""
    diagonal = np.diagonal(system)
    scaled = system / np.sqrt(np.outer(diagonal, diagonal)) if (diagonal > 0).all() else system
    eigenvalues, skew = np.linalg.eigvalsh(scaled), np.abs(scaled - scaled.T).max()
    if skew > 1e-6 or not eigenvalues[0] > 1e-15 * eigenvalues[-1]:
        fault = f"differs from its transpose by {skew:.1e}" if skew > 1e-6 else f"has an eigenvalue of {eigenvalues[0]:.1e}"
        raise ValueError(
            f"`curvature_reg_matrix` must be symmetric and positive definite, but that{where} {fault} where its diagonal is "
            f"scaled to one; raise the regularisation coefficient, or drop parameters that the data do not see."
        )
    raise ValueError(
        f"`solver` must reach a KKT residual below the root of the precision, but {solver!r} leaves {residual[first]:.1e}"
        f"{where}; use float64, or another solver or more iterations."
    )
