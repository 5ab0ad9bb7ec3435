"""The tree on tiles: as exact as it says, differentiable, and never wrong in silence."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lensarrays as la
from lensarrays.models.haloes.levels import levels_for
from lensarrays.ops._chebyshev import coefficients_from, node_points, polynomial_at
from lensarrays.ops._tiles import binned_tiles, tiles_from

MASK = la.Mask2D.circular((50, 44), radius=2.3, pixel_scales=0.1, centre=(0.1, 0.0))
SIZES = np.where(np.hypot(*la.Grid2D.from_mask(MASK).values.T) < 0.6, 4, np.where(np.arange(MASK.pixels_in_mask) % 7 < 5, 2, 1))
GRID = la.Grid2D.from_mask(MASK, over_sample_size=SIZES, xp=jnp)


def haloes(seed, n=60, valid=50, family=la.mp.NFWTruncatedSph):
    """Return a population with empty slots."""
    random = np.random.default_rng(seed)
    radii = 10 ** random.uniform(-2, -0.7, n)
    numbers = [random.uniform(-2.5, 2.5, (n, 2)), 10 ** random.uniform(-3, -2, n), radii]
    if family is la.mp.NFWTruncatedSph:
        numbers.append(radii * random.uniform(5, 50, n))
    return la.HaloPopulation(family(*map(jnp.asarray, numbers)), jnp.arange(n) < valid)


MACRO, SOURCE = la.mp.Isothermal((0.02, 0.01), (0.1, 0.05), 1.2), la.lp.Sersic((0.05, 0.1), (0.1, 0.0), 1.0, 0.3, 1.5)
POPULATION = haloes(0)
WEIGHTS = np.random.default_rng(2).uniform(size=MASK.pixels_in_mask)
FAST, FINE, EXACT = la.haloes.Tree(), la.haloes.Tree(1e-7), la.haloes.Direct()


def tracer_from(population, method):
    return la.Tracer([la.Galaxy(0.5, mass=[MACRO, population]), la.Galaxy(1.5, light=SOURCE)], halo_method=method)


@functools.cache
def compiled(method):
    """Return the image of a lens with a population, as a function of the leaves of the latter."""
    return jax.jit(lambda population: tracer_from(population, method).image_2d_from(GRID).values)


def is_float(leaf):
    return jnp.issubdtype(getattr(leaf, "dtype", int), jnp.floating)


def off_by(values, exact):
    return float(np.abs(values - exact).max() / exact.max())


def test_the_error_falls_with_the_tolerance():
    exact = compiled(EXACT)(POPULATION)
    fast, fine = (off_by(compiled(method)(POPULATION), exact) for method in (FAST, FINE))
    assert fast < 1e-4
    assert fine < 1e-7
    assert fine < 0.1 * fast


def test_its_gradient_is_that_of_the_direct_sum_and_none_in_empty_slots():
    def weighed(profile, method):
        population = la.HaloPopulation(profile, POPULATION.valid)
        return (WEIGHTS * tracer_from(population, method).image_2d_from(GRID).values).sum()

    fast, exact = (jax.jit(jax.grad(weighed), static_argnums=1)(POPULATION.profile, m) for m in (FAST, EXACT))
    for slope, expected in zip(jax.tree_util.tree_leaves(fast), jax.tree_util.tree_leaves(exact), strict=True):
        assert np.isfinite(slope).all()
        assert (slope[50:] == 0).all()
        assert np.abs(slope - expected).max() < 3e-3 * np.abs(expected).max()


def test_planes_that_are_scanned_and_several_families_in_float32():
    def image(populations, method, grid):
        *planes, own = populations
        mass = [MACRO, own, haloes(9, 3, 3, la.mp.NFWSph)]
        galaxies = [la.Galaxy(z, mass=mass) for z, mass in zip((0.1, 0.2, 0.3), planes, strict=True)]
        tracer = la.Tracer([*galaxies, la.Galaxy(0.5, mass=mass), la.Galaxy(1.5, light=SOURCE)], halo_method=method)
        return tracer.image_2d_from(grid).values

    populations = [haloes(seed) for seed in range(4)]
    exact = jax.jit(image, static_argnums=1)(populations, EXACT, GRID)
    grid, single = jax.tree_util.tree_map(
        lambda leaf: jnp.asarray(leaf, dtype=jnp.float32) if is_float(leaf) else leaf,
        (GRID, [la.HaloPopulation(p.profile, p.valid, jnp.asarray(0)) for p in populations]),
    )
    values = jax.jit(image, static_argnums=1)(single, FAST, grid)
    assert values.dtype == jnp.float32
    assert off_by(values, exact) < 2e-4


def test_haloes_that_do_not_fit_into_the_lists_are_not_lost_in_silence():
    centres = jnp.stack([jnp.linspace(-0.3, 0.3, 60), jnp.zeros(60)], axis=-1)
    crowd = la.HaloPopulation(
        la.mp.NFWTruncatedSph(centres, *jax.tree_util.tree_leaves(POPULATION.profile)[1:]), POPULATION.valid
    )
    assert np.isnan(compiled(la.haloes.Tree(pairs_per_halo=1))(crowd)).all()
    assert off_by(compiled(FAST)(crowd), compiled(EXACT)(crowd)) < 5e-4  # fifty haloes, whose errors have one sign


def test_nan_and_overflow_show():
    broken = jax.tree_util.tree_map(lambda leaf: leaf.at[3].set(jnp.nan) if is_float(leaf) else leaf, POPULATION)
    for population in (broken, la.HaloPopulation(POPULATION.profile, POPULATION.valid, overflow=1)):
        assert np.isnan(compiled(FAST)(population)).all()


def test_batches_of_populations_are_mapped_over():
    kappas = jnp.stack([POPULATION.profile.kappa_s, 0 * POPULATION.profile.kappa_s])
    profile = la.mp.NFWTruncatedSph(POPULATION.profile.centre, kappas, *jax.tree_util.tree_leaves(POPULATION.profile)[2:])
    images = compiled(FAST)(la.HaloPopulation(profile, POPULATION.valid))
    none = la.HaloPopulation(POPULATION.profile, jnp.zeros(60, bool))
    for image, population in zip(images, (POPULATION, none), strict=True):
        assert off_by(image, compiled(FAST)(population)) < 1e-12


def test_bare_points_have_no_tiles_and_are_summed_directly():
    points = la.Grid2DIrregular(jnp.asarray([(0.3, 0.2), (-1.0, 0.5)]))
    tree, direct = (tracer_from(POPULATION, method).deflections_yx_2d_from(points).values for method in (FAST, EXACT))
    assert jnp.array_equal(tree, direct)


def test_families_that_are_not_round():
    random = np.random.default_rng(5)
    numbers = random.uniform(-2, 2, (20, 2)), random.uniform(-0.2, 0.2, (20, 2)), random.uniform(0.001, 0.003, 20)
    population = la.HaloPopulation(la.mp.Isothermal(*map(jnp.asarray, numbers)))
    assert off_by(compiled(FAST)(population), compiled(EXACT)(population)) < 1e-3


@pytest.mark.parametrize("options", [*({"tolerance": value} for value in (0.0, -1, None, 1e-8)), {"pairs_per_halo": 0}])
def test_bad_options(options):
    with pytest.raises((ValueError, TypeError), match=r"`(tolerance|pairs_per_halo)` must be"):
        la.haloes.Tree(**options)
    with pytest.raises(TypeError, match="`halo_method` must be"):
        la.Tracer([la.Galaxy(0.5)], halo_method=la.Separable())


def test_coarser_pixels_get_finer_polynomials():
    levels = [levels_for(1e-3, side) for side in (0.1, 0.25, 0.5, 1.0, 4.0)]
    assert levels[0] == levels[1]
    assert all(a.fine_order <= b.fine_order and a.fine_distance <= b.fine_distance for a, b in itertools.pairwise(levels))
    assert levels[2] != levels[1]
    assert levels_for(1e-7, 4.0) == levels_for(1e-7, 0.25)
    assert tiles_from(GRID).side == pytest.approx(1.0)


def test_tiles_hold_every_sub_pixel_and_give_back_every_pixel():
    tiles = tiles_from(GRID)
    n_sub = int((SIZES**2).sum())
    assert np.array_equal(np.unique(tiles.order), np.arange(n_sub))
    values = np.random.default_rng(0).normal(size=(2, n_sub))
    binned = binned_tiles(values[:, tiles.order], tiles, xp=np)
    assert np.allclose(binned[1], la.binned_array_2d_from(values[1], GRID).values)
    assert np.array_equal(tiles.children[tiles.parents, tiles.siblings], np.arange(tiles.total_tiles))
    points = np.asarray(GRID.over_sampled.values)[tiles.order]
    for start, number, size in tiles.groups:
        extent = np.ptp(points[start : start + number * size].reshape(number, size, 2), axis=1)
        assert extent.max() < 1.01


def test_chebyshev_polynomials_are_exact_for_polynomials():
    middle, half = np.asarray([0.3, -1.0]), np.asarray([0.2, 2.0])
    y, x = node_points(middle, half, 4, xp=np)[:, :, None], node_points(-middle, half, 4, xp=np)[:, None, :]
    coefficients = coefficients_from(y**3 - x * y**2 + 2 * x**3, 4, xp=np)
    t, u = np.linspace(-1, 1, 9), np.linspace(0.8, -0.9, 9)
    y, x = middle[:, None] + half[:, None] * t, -middle[:, None] + half[:, None] * u
    values = polynomial_at(coefficients, np.stack([t, t]), np.stack([u, u]))
    assert np.allclose(values, y**3 - x * y**2 + 2 * x**3, atol=1e-13)
