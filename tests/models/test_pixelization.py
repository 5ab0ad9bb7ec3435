"""What a pixelization may be made of."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lensarrays as la
from lensarrays.models.pixelization import Pixelization
from lensarrays.ops import image_mesh, mesh, reg

MASK = la.Mask2D.circular((8, 8), radius=0.35, pixel_scales=0.1)
ADAPT_IMAGE = la.Array2D(np.ones(MASK.pixels_in_mask), MASK)
UNIFORM, CONSTANT = mesh.RectangularUniform(shape=(5, 5)), reg.Constant(coefficient=1.0)
VERTICES = la.Grid2DIrregular([(0.0, 0.1), (0.2, 0.3), (-0.1, 0.2)])
OVERLAY = image_mesh.Overlay(shape=(5, 5))


def test_what_fits_together_is_kept():
    assert Pixelization(UNIFORM, CONSTANT).regularization is CONSTANT
    assert Pixelization(mesh.Delaunay(), CONSTANT, mesh_grid=VERTICES).mesh_grid is VERTICES
    assert Pixelization(mesh.Delaunay(), CONSTANT, OVERLAY).image_mesh is OVERLAY
    adapted = Pixelization(mesh.RectangularRTUAdaptImage(shape=(5, 5)), reg.Adapt(), adapt_image=ADAPT_IMAGE)
    assert adapted.adapt_image is ADAPT_IMAGE


def test_its_numbers_are_leaves():
    def squared(coefficient, image):
        adapt_image = la.Array2D(image, MASK)
        pixelization = Pixelization(UNIFORM, reg.Constant(coefficient=coefficient), adapt_image=adapt_image)
        galaxy = la.Galaxy(1.0, pixelization=pixelization)
        return sum(jnp.sum(jnp.asarray(leaf) ** 2) for leaf in jax.tree_util.tree_leaves(galaxy))

    gradient = jax.jit(jax.grad(squared))(3.0, ADAPT_IMAGE.values)
    assert gradient == 6.0


def test_a_galaxy_has_one_and_shows_nothing_of_it_before_a_fit():
    galaxy = la.Galaxy(1.0, pixelization=Pixelization(UNIFORM, CONSTANT))
    assert (galaxy.image_2d_from(la.Grid2D.from_mask(MASK)).values == 0).all()
    with pytest.raises(TypeError, match=r"`pixelization` must be of type Pixelization, but is RectangularUniform"):
        la.Galaxy(1.0, pixelization=UNIFORM)


def test_rays_go_once_to_the_plane_of_each_galaxy():
    galaxies = [la.Galaxy(2.0), la.Galaxy(0.5, mass=la.mp.Isothermal(einstein_radius=0.8)), la.Galaxy(1.0), la.Galaxy(2.0)]
    tracer, points = la.Tracer(galaxies), la.Grid2DIrregular([(0.5, 0.2), (-0.3, 0.9)])
    expected = [traced.values for traced in tracer.traced_grid_2d_list_from(points)]
    traced = tracer._traced_to((3, 1, 2, 0), points.values[:, 0], points.values[:, 1], xp=np)
    for (y, x), plane in zip(traced, (2, 0, 1, 2), strict=True):
        np.testing.assert_array_equal(np.stack([y, x], axis=-1), expected[plane])
    assert tracer._traced_to((), points.values[:, 0], points.values[:, 1], xp=np) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (UNIFORM, CONSTANT, OVERLAY),
            r"`image_mesh` must be None for a RectangularUniform mesh, .* but is given; leave it out",
        ),
        ((UNIFORM, CONSTANT, None, None, VERTICES), r"`mesh_grid` must be None for a RectangularUniform mesh"),
        (
            (mesh.Delaunay(), CONSTANT),
            r"`image_mesh` must be given for a Delaunay mesh, .* but is None; pass `la\.image_mesh\.Ov",
        ),
        (
            (mesh.Delaunay(), CONSTANT, OVERLAY, None, VERTICES),
            r"`mesh_grid` must not be given along with `image_mesh`, but both",
        ),
        (
            (UNIFORM, reg.Adapt()),
            r"`adapt_image` must be given for Adapt, which follows .* but is None; pass that of an earlier",
        ),
        ((mesh.RectangularRTUAdaptImage(shape=(5, 5)), CONSTANT), r"`adapt_image` must be given for RectangularRTUAdaptImage"),
        ((mesh.Delaunay(), CONSTANT, image_mesh.Hilbert(pixels=8)), r"`adapt_image` must be given for Hilbert"),
        (
            (UNIFORM, CONSTANT, None, ADAPT_IMAGE * np.nan),
            r"`adapt_image` must be finite, but has 32 of 32 values NaN or infinite",
        ),
    ],
)
def test_what_does_not_fit_together_raises(arguments, message):
    with pytest.raises(ValueError, match=message):
        Pixelization(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (CONSTANT, CONSTANT),
            r"`mesh` must be a mesh of `lensarrays\.mesh`, but is a Constant; pass `la\.mesh\.RectangularUn",
        ),
        ((mesh.Delaunay, CONSTANT), r"`mesh` must be a mesh of `lensarrays\.mesh`, but is the class Delaunay; pass"),
        ((UNIFORM, 1.0), r"`regularization` must be a scheme of `lensarrays\.reg`, but is a float; pass `la\.reg\.Constant"),
        (
            (mesh.Delaunay(), CONSTANT, UNIFORM),
            r"`image_mesh` must be an image mesh of `lensarrays\.image_mesh`, but is a Rect",
        ),
        ((UNIFORM, CONSTANT, None, np.ones(3)), r"`adapt_image` must be of type Array2D, but is ndarray; make one with"),
        (
            (mesh.Delaunay(), CONSTANT, None, None, np.ones((3, 2))),
            r"`mesh_grid` must be of type Grid2DIrregular, but is ndarray",
        ),
    ],
)
def test_arguments_of_another_kind_raise(arguments, message):
    with pytest.raises(TypeError, match=message):
        Pixelization(*arguments)
