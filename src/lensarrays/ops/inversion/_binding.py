"""How JAX calls an inversion on the host, and differentiates it: by what the host says of the solution, not by its steps."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero

from ..mapper import pixel_of_sub_pixels
from ._host import Evaluated, evaluate
from ._host_binding import asked, floating, on_host, once_differentiable, reverse_only, terms_bar
from ._host_derivatives import Adjoint, Derivatives, adjoint, derivatives
from .problem import Setting, Solved


class Inputs(NamedTuple):
    """The arrays of a problem that is not a tree: of sparse terms their indexes, values, weights and diagonal, or a matrix."""

    image: Any
    constants: list  # of how it is seen
    columns: Any
    indexes: Any
    weights: Any
    terms: tuple


def solve_on_host(problem: Any, setting: Setting, method: Any) -> Solved:
    """Return the solution of a problem of JAX arrays without batch axes; `jax.vmap` may add some, and calls once for each.

    It has a reverse-mode derivative by the image, the columns, the weights of the mapping table and the regularisation; a
    forward-mode one raises, and says which method has that.
    """
    image, *seen, columns, indexes, weights, terms = problem
    constants, structure = jax.tree_util.tree_flatten(seen)
    known = None if terms is None else terms.log_det
    arrays = () if terms is None else tuple(part for part in terms[:-1])
    inputs = jax.tree_util.tree_map(jnp.asarray, Inputs(image, constants, columns, indexes, weights, arrays))
    call = _call(setting, method, (type(problem), structure, type(terms), known is not None))
    solved = reverse_only(call.solved, inputs, call.instead)
    if known is not None:
        solved = solved._replace(log_det_regularization_matrix_term=jnp.asarray(known))
    certificate = {name: jax.lax.stop_gradient(getattr(solved, name)) for name in ("kkt_residual", "converged")}
    return solved._replace(**certificate)


class _Call:
    """One kind of call: all that is static of it, and the functions that JAX traces, once for each shape of the inputs."""

    def __init__(self, setting: Setting, method: Any, kind: tuple):
        self.setting, self.method, self.kind = setting, method, kind
        self.instead = f"la.inversion.{method.instead}"
        self.solved = jax.custom_vjp(jax.jit(self._solved))
        self.solved.defvjp(self._forward, self._backward, symbolic_zeros=True)

    # What the host is asked for.

    def _problem_of(self, inputs: Inputs) -> Any:
        """Return inputs that came to the host as the problem that they stand for."""
        problem_type, structure, terms_type, is_known = self.kind
        terms = terms_type(*inputs.terms, log_det=0.0 if is_known else None) if inputs.terms else None
        seen = jax.tree_util.tree_unflatten(structure, inputs.constants)
        return problem_type(inputs.image, *seen, inputs.columns, inputs.indexes, inputs.weights, terms)

    def _evaluated(self, inputs: Inputs) -> Evaluated:
        problem = self._problem_of(jax.tree_util.tree_map(on_host, inputs))
        with np.errstate(all="ignore"):  # under `jit` a flag of the result says what is wrong
            return evaluate(problem, self.setting, self.method)

    def _value(self, inputs: Inputs) -> Solved:
        return self._evaluated(inputs).solved

    def _value_and_derivatives(self, inputs: Inputs) -> tuple[Solved, Derivatives]:
        evaluated = self._evaluated(inputs)
        return evaluated.solved, derivatives(evaluated)

    def _adjoint(self, inputs: Inputs, light_bar: Any, source_bar: Any) -> Adjoint:
        return adjoint(self._evaluated(inputs), on_host(light_bar), on_host(source_bar))

    # What JAX sees.

    def _solved(self, inputs: Inputs) -> Solved:
        return asked(self._value, _shapes(inputs, self.setting)[0], inputs)

    def _forward(self, perturbed: Inputs) -> tuple[Solved, Any]:
        if any(part.perturbed for part in perturbed.constants):
            raise TypeError(
                f"`method` must be {self.method.instead} for a derivative by {self.method.constants}, but is one that runs on "
                f"the host, where these are data; pass `method={self.instead}`."
            )
        inputs = once_differentiable(jax.tree_util.tree_map(lambda part: part.value, perturbed), self.instead)
        solved, parts = asked(self._value_and_derivatives, _shapes(inputs, self.setting)[:2], inputs)
        return solved, (inputs, solved, parts)

    def _backward(self, kept: tuple[Inputs, Solved, Derivatives], cotangents: Solved) -> tuple[Inputs]:
        inputs, solved, parts = kept
        bar = Solved(*(None if isinstance(c, SymbolicZero) else c for c in cotangents))
        by_chi, by_term, *by_dets = (jnp.zeros(()) if c is None else c for c in bar[2:6])
        factors = jnp.stack([-2 * by_chi, 2 * (by_term - by_chi)])
        moved = Adjoint(*(jnp.tensordot(factors, part, 1) for part in (parts.solutions, parts.images, parts.gathered_images)))
        if bar.light is not None or bar.source is not None:
            shapes = _shapes(inputs, self.setting)[2]
            given = once_differentiable((inputs, *(jnp.asarray(c) for c in cotangents[:2])), self.instead)
            moved = jax.tree_util.tree_map(jnp.add, moved, asked(self._adjoint, shapes, *given))
        outer = -2 * by_chi * parts.gathered - moved.gathered
        g, n = solved.light.shape[0], inputs.image.shape[0]
        light, source = moved.solution[:g], moved.solution[g:]
        pixel, fraction = pixel_of_sub_pixels(self.setting.mask, self.setting.over_sample_size)
        at, part = inputs.indexes, jnp.asarray(fraction, dtype=inputs.weights.dtype)[:, None]
        weights = outer[:n][pixel][:, None] * solved.source[at] + parts.gathered[:n][pixel][:, None] * source[at]
        bars = Inputs(
            image=2 * by_chi * parts.residual + moved.image,
            constants=[None] * len(inputs.constants),
            columns=solved.light[:, None] * outer + light[:, None] * parts.gathered,
            indexes=None,
            weights=weights * part + by_dets[0] * parts.weights,
            terms=terms_bar(inputs.terms, solved.source, source, by_term, tuple(by_dets), (parts.terms, parts.own_terms)),
        )
        # Zero where there is no solution, though NaN may have come in.
        return (jax.tree_util.tree_map(lambda part: jnp.where(solved.converged, part, jnp.zeros_like(part)), bars),)


@functools.lru_cache(maxsize=64)
def _call(setting: Setting, method: Any, kind: tuple) -> _Call:
    return _Call(setting, method, kind)


def _shapes(inputs: Inputs, setting: Setting) -> tuple[Solved, Derivatives, Adjoint]:
    """Return the shapes and data types of what the host gives."""
    dtype = jnp.result_type(inputs.image, inputs.weights, inputs.columns)

    def of(*shape: int) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct(shape, dtype)

    (g, n_in), n, s = inputs.columns.shape, inputs.image.shape[0], setting.pixels
    solved = Solved(of(g), of(s), of(), of(), of(), of(), of(), jax.ShapeDtypeStruct((), bool))
    terms = tuple(of(*part.shape) for part in floating(inputs.terms))
    parts = Derivatives(of(n), of(n_in), of(2, g + s), of(2, n), of(2, n_in), of(*inputs.weights.shape), terms, terms)
    return solved, parts, Adjoint(of(g + s), of(n), of(n_in))
