"""Relocation: rays beyond the ellipse about the border come back to it; those of autolens are in test_mesh_rectangular.py."""

import array_api_strict
import jax
import numpy as np
import pytest

from lensarrays.ops import mesh as meshes

random = np.random.default_rng(6)
RAYS = random.normal(size=(18, 2))
ELLIPSE = 3.0 * np.stack([0.4 * np.sin(np.arange(40) * np.pi / 20), np.cos(np.arange(40) * np.pi / 20)], axis=-1)


def turned(points, angle):
    """Return points (y, x), turned counterclockwise."""
    y, x = points[:, 0], points[:, 1]
    return np.stack([np.cos(angle) * y + np.sin(angle) * x, np.cos(angle) * x - np.sin(angle) * y], axis=-1)


@pytest.mark.parametrize("angle", [0.0, 0.7, np.pi / 2, 2.9])
@pytest.mark.parametrize("xp", [np, array_api_strict], ids=["numpy", "strict"])
def test_the_border_of_an_ellipse_is_that_ellipse(xp, angle):
    border, centre = turned(ELLIPSE, angle), np.asarray([0.3, -1.0])
    rays = turned(np.asarray([[0.0, 6.0], [2.4, 0.0], [0.5, -1.0]]), angle)
    expected = turned(np.asarray([[0.0, 3.0], [1.2, 0.0], [0.5, -1.0]]), angle)
    moved = meshes.relocated_grid_from(xp.asarray(np.stack([rays + centre] * 2)), xp.asarray(border + centre))
    np.testing.assert_allclose(np.asarray(moved[1, ...]), expected + centre, atol=1e-11)
    assert (np.asarray(moved[0, 2, :]) == rays[2] + centre).all()  # inside: to the last bit


def test_relocation_is_finite_where_the_border_has_no_direction_or_no_extent():
    def length(border, rays):
        return (meshes.relocated_grid_from(rays, border) ** 2).sum()

    options = {"xla_backend_optimization_level": 0}  # it takes longer to compile than to run
    gradient = jax.jit(jax.value_and_grad(length, argnums=(0, 1)), compiler_options=options)
    angle = np.arange(40) * np.pi / 20
    for border in (np.stack([np.sin(angle), np.cos(angle)], axis=-1), np.zeros((40, 2)), np.full((40, 2), 2.0)):
        value, slopes = gradient(border, RAYS)
        np.testing.assert_allclose(value, length(border, RAYS), rtol=1e-12)
        assert all(np.isfinite(number).all() for number in (value, *slopes))
    border, step = turned(ELLIPSE + 0.01 * random.normal(size=ELLIPSE.shape), 0.4), 1e-6 * random.normal(size=ELLIPSE.shape)
    slope = np.sum(gradient(border, 5 * RAYS)[1][0] * step)
    np.testing.assert_allclose(slope, (length(border + step, 5 * RAYS) - length(border - step, 5 * RAYS)) / 2, rtol=1e-6)


def test_what_is_wrong_is_said():
    with pytest.raises(ValueError, match="`border_grid` must have at least one point"):
        meshes.border_ellipse_from(np.zeros((0, 2)))
    with pytest.raises(ValueError, match=r"`grid` must be points \(y, x\) of shape \(..., m, 2\), but has shape \(18,\)"):
        meshes.relocated_grid_from(RAYS[:, 0], RAYS)
