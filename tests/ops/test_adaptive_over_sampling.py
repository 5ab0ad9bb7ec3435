"""Over-sampling that follows the light."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lensarrays as la

GRID = la.Grid2D.uniform((30, 30), 0.1)
LENS = la.Galaxy(0.5, mass=la.mp.Isothermal(centre=(0.02, 0.03), ell_comps=(0.1, 0.0), einstein_radius=0.9))
SOURCE = la.Galaxy(1.0, light=la.lp.SersicCore(centre=(0.05, 0.08), effective_radius=0.15, sersic_index=1.5, intensity=1.0))
TRACER = la.Tracer([LENS, SOURCE])


class Dark:
    """Something that shows an image without numbers."""

    def image_2d_from(self, grid):
        return la.Array2D(np.full(len(grid.values), np.nan), grid.mask)


def image(sizes):
    return TRACER.image_2d_from(la.Grid2D(GRID.values, GRID.mask, sizes)).values


def test_it_is_closer_to_the_converged_image_than_uniform_sub_pixels_are_for_fewer_of_them():
    sizes = la.over_sample_size_via_light_from(TRACER, GRID, tolerance=1e-3)
    converged = image(32)
    adaptive, uniform = image(sizes) - converged, image(4) - converged
    assert np.mean(sizes**2) < 4**2
    assert np.abs(adaptive).max() < 0.5 * np.abs(uniform).max()
    assert np.sum(adaptive**2) < np.sum(uniform**2)


def test_a_smaller_tolerance_asks_for_more():
    sizes = [la.over_sample_size_via_light_from(TRACER, GRID, tolerance) for tolerance in (1e-1, 1e-2, 1e-3)]
    assert all((a <= b).all() and (a < b).any() for a, b in itertools.pairwise(sizes))
    assert set(np.unique(sizes[-1])) <= {1, 2, 4, 8, 16}


def test_a_flat_image_needs_none_and_a_mask_and_jax_make_no_difference():
    flat = la.lp.Sersic(intensity=0.0)
    assert (la.over_sample_size_via_light_from(flat, GRID, 1e-6) == 1).all()
    mask = la.Mask2D.circular((30, 30), radius=1.2, pixel_scales=0.1)
    slim = la.Grid2D.from_mask(mask)
    sizes = la.over_sample_size_via_light_from(TRACER, slim, 1e-2)
    on_jax = la.over_sample_size_via_light_from(TRACER, la.Grid2D.from_mask(mask, xp=jnp), jnp.full(slim.shape_slim, 1e-2))
    assert sizes.shape == (mask.pixels_in_mask,)
    assert np.array_equal(sizes, on_jax)


def test_bad_input():
    with pytest.raises(TypeError, match="`light` must have `image_2d_from"):
        la.over_sample_size_via_light_from(3, GRID, 0.1)
    with pytest.raises(ValueError, match="`sub_size_list` must be two or more ascending"):
        la.over_sample_size_via_light_from(TRACER, GRID, 0.1, [4, 2])
    for tolerance in (0.0, np.nan, np.ones(3)):
        with pytest.raises(ValueError, match="`tolerance` must be a positive number"):
            la.over_sample_size_via_light_from(TRACER, GRID, tolerance)
    with pytest.raises(ValueError, match="`light` must be finite"):
        la.over_sample_size_via_light_from(Dark(), GRID, 0.1)
    with pytest.raises(TypeError, match="`tolerance` must be static"):
        jax.jit(lambda t: la.over_sample_size_via_light_from(TRACER, GRID, t))(0.1)
    with pytest.raises(ValueError, match="`light` must show one image"):
        la.over_sample_size_via_light_from(la.lp.Sersic(intensity=np.ones(2)), GRID, 0.1)
