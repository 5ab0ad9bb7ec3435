"""What a source is reconstructed on: a mesh, and how smooth the source is expected to be."""

from typing import Any, final

import equinox as eqx

from .. import _check
from ..ops.argument_types import check_types
from ..ops.mesh.abstract import AbstractMesh
from ..ops.reg.abstract import AbstractRegularization
from ..structures import Array2D, Grid2DIrregular


@final
class Pixelization(eqx.Module):
    """How a `FitImaging` reconstructs the light of a galaxy: the pixels of its plane, and the prior on their values.

    Parameters
    ----------
    mesh : mesh of `la.mesh`
    regularization : scheme of `la.reg`
        Its coefficients are pytree leaves.
    image_mesh : image mesh of `la.image_mesh`, optional
        Where in the image plane the vertices of a mesh that is made of such are: they are traced to the source plane.
    adapt_image : Array2D, shape (n,), optional [any unit]
        The image of the lensed source, on the mask of the dataset, that schemes called `Adapt` and `Brightness`, meshes called
        `Image` and weighted image meshes follow.
    mesh_grid : Grid2DIrregular, shape (s, 2), optional [arcsec]
        The vertices in the image plane themselves, in the place of `image_mesh`.

    Raises
    ------
    TypeError
        If an argument is of another kind.
    ValueError
        If something is missing that the mesh or the scheme needs, or vertices are given to a mesh that has its own, or twice;
        or the adapt image is not finite.

    Examples
    --------
    >>> import lensarrays as la
    >>> mesh = la.mesh.RectangularRTUAdaptDensity(shape=(30, 30))
    >>> pixelization = la.Pixelization(mesh, la.reg.Constant(coefficient=1.0))
    >>> source = la.Galaxy(redshift=1.0, pixelization=pixelization)
    """

    mesh: AbstractMesh
    regularization: AbstractRegularization
    image_mesh: Any = None
    adapt_image: Array2D | None = None
    mesh_grid: Grid2DIrregular | None = None

    def __check_init__(self) -> None:
        _check_kind(self.mesh, AbstractMesh, "mesh", "a mesh", "mesh", "RectangularUniform(shape=(30, 30))")
        _check_kind(
            self.regularization, AbstractRegularization, "regularization", "a scheme", "reg", "Constant(coefficient=1.0)"
        )
        if self.image_mesh is not None:
            _check_image_mesh(self.image_mesh)
        check_types(
            adapt_image=(self.adapt_image, Array2D | None),
            mesh_grid=(self.mesh_grid, Grid2DIrregular | None),
        )
        self._check_vertices()
        self._check_adapt_image()

    def _check_vertices(self) -> None:
        """Raise unless a mesh that is made of vertices has them from one place, and any other has none."""
        name, given = type(self.mesh).__name__, [self.image_mesh, self.mesh_grid]
        total = sum(vertices is not None for vertices in given)
        if total == 2:
            raise ValueError(
                "`mesh_grid` must not be given along with `image_mesh`, but both are; leave one of them out: each says where "
                "the vertices are."
            )
        if self.mesh.needs_mesh_grid and total == 0:
            raise ValueError(
                f"`image_mesh` must be given for a {name} mesh, which is made of vertices in the image plane, but is None; "
                f"pass `la.image_mesh.Overlay(shape=(30, 30))`, say, or the vertices themselves as `mesh_grid`."
            )
        if total and not self.mesh.needs_mesh_grid:
            argument = "image_mesh" if self.mesh_grid is None else "mesh_grid"
            raise ValueError(
                f"`{argument}` must be None for a {name} mesh, which makes its pixels itself, but is given; leave it out, or "
                f"use a mesh that is made of vertices, such as `la.mesh.Delaunay()`."
            )

    def _check_adapt_image(self) -> None:
        """Raise if an adapt image is needed that is not given, or it is not finite."""
        if self.adapt_image is not None:
            _check.finite(self.adapt_image.values, "adapt_image")
            return
        for part in (self.mesh, self.regularization, self.image_mesh):
            if getattr(part, "needs_adapt_data", False) or getattr(part, "uses_adapt_images", False):
                raise ValueError(
                    f"`adapt_image` must be given for {type(part).__name__}, which follows the image of the lensed source, but "
                    f"is None; pass that of an earlier fit, or one that needs none."
                )


def _check_kind(value: Any, kind: type, name: str, what: str, module: str, example: str) -> None:
    """Raise unless an argument is an object of one of our lists."""
    if not isinstance(value, kind):
        given = f"the class {value.__name__}" if isinstance(value, type) else f"a {type(value).__name__}"
        raise TypeError(f"`{name}` must be {what} of `lensarrays.{module}`, but is {given}; pass `la.{module}.{example}`, say.")


def _check_image_mesh(image_mesh: Any) -> None:
    from ..ops.image_mesh.abstract import AbstractImageMesh

    _check_kind(image_mesh, AbstractImageMesh, "image_mesh", "an image mesh", "image_mesh", "Overlay(shape=(30, 30))")
