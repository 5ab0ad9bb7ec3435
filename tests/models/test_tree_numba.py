"""The tree on NumPy arrays: what Numba compiles is what the formulas say, and the sum is that of `Direct()`."""

import functools

import array_api_strict
import numba
import numpy as np
import pytest

import lensarrays as la
from lensarrays._backend import namespace
from lensarrays.models.haloes._direct import direct_deflections
from lensarrays.models.haloes._numba_functions import NumberFunctions, compiled_function
from lensarrays.ops._tiles import tiles_from

MASK = la.Mask2D.circular((50, 44), radius=2.3, pixel_scales=0.1, centre=(0.1, 0.0))
SIZES = np.where(np.hypot(*la.Grid2D.from_mask(MASK).values.T) < 0.6, 4, np.where(np.arange(MASK.pixels_in_mask) % 7 < 5, 2, 1))
GRID = la.Grid2D.from_mask(MASK, over_sample_size=SIZES)
TILES = tiles_from(GRID)
FAMILIES = {
    la.mp.NFWSph: (),
    la.mp.NFWTruncatedSph: (10.0,),
    la.mp.cNFWSph: (0.3,),
    la.mp.NFWTruncatedCoreSph: (0.05, 10.0),
}


def points(dtype=np.float64):
    """Return coordinates in the order of tiles."""
    values = GRID.over_sampled.values.astype(dtype)[TILES.order]
    return np.ascontiguousarray(values[:, 0]), np.ascontiguousarray(values[:, 1])


def population(family=la.mp.NFWTruncatedSph, n=60, valid=50, batch=(), **options):
    """Return haloes, some of them outside of the image, and empty slots; radii in units of the scale radius."""
    random = np.random.default_rng(0)
    radii = 10 ** random.uniform(-2, -0.7, (*batch, n))
    others = [factor * radii for factor in FAMILIES[family]]
    profile = family(random.uniform(-3, 3, (*batch, n, 2)), 10 ** random.uniform(-3, -2, (*batch, n)), radii, *others)
    return la.HaloPopulation(profile, np.arange(n) < valid, **options)


def deflections(populations, dtype=np.float64, method=None, at=None):
    """Return the deflections (2, ..., places) by a tree, or by the direct sum."""
    y, x = points(dtype) if at is None else at
    xp = namespace(y)
    haloes = [p._haloes(y, xp=xp) for p in populations]
    if method is not None:
        return np.stack(method._deflections(haloes, y, x, TILES, xp=xp))
    return sum(np.stack(direct_deflections(h, y, x, xp=xp)) for h in haloes)


def at_numbers(function, values, constants=()):
    """Return a function of a number, and of constants, at many numbers, as Numba computes it."""
    call, constants = compiled_function(function, len(constants) + 1), (values.dtype.type(0), *constants)

    @numba.njit
    def loop(values, constants, result):
        for i in range(values.size):
            result[i] = call(values[i], constants)

    loop(values, constants, result := np.empty_like(values))
    return result


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("name", "low", "error"), [("log", -36, 1), ("log1p", -20, 1.2)])
def test_functions_of_numbers_are_those_of_numpy(name, low, error, dtype):
    special = np.asarray([0.0, np.inf, -2.0, np.nan], dtype=dtype)
    values = 10 ** np.concatenate([np.linspace(low, 36, 5000), np.linspace(-1, 1, 5000)])
    values = np.concatenate([values.astype(dtype), special])
    result = at_numbers(lambda number, _: getattr(NumberFunctions, name)(number), values)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = getattr(np, name)(values.astype(np.longdouble))
    np.testing.assert_array_equal(result[-4:], expected[-4:])
    result, expected = result[:-4], expected[:-4]
    assert np.all(np.abs(result - expected) <= error * np.finfo(dtype).eps * np.abs(expected))


@pytest.mark.parametrize(
    ("family", "dtype"), [*((family, np.float64) for family in FAMILIES), (la.mp.NFWTruncatedSph, np.float32)]
)
def test_mean_convergence_of_a_family_is_compiled_as_it_is_written(family, dtype):
    values = (10 ** np.linspace(-8, 6, 3000)).astype(dtype)
    xp, precision = namespace(values), float(np.finfo(dtype).eps)
    constants = family()._constants(values, xp=xp)
    compiled = family._mean_convergence(precision, xp=NumberFunctions)
    result = at_numbers(lambda number, _, *rest: compiled(number, *rest), values, tuple(c[()] for c in constants))
    np.testing.assert_allclose(result, family._mean_convergence(precision, xp=xp)(values, *constants), rtol=100 * precision)


@functools.cache
def exact():
    return deflections([population(), population(la.mp.NFWSph)])


@pytest.mark.parametrize(("tolerance", "error"), [(1e-3, 1e-2), (1e-6, 2e-5)])
def test_two_families_on_tiles_of_mixed_sizes_are_the_direct_sum(tolerance, error):
    result = deflections([population(), population(la.mp.NFWSph)], method=la.haloes.Tree(tolerance))
    assert 1e-9 < np.max(np.abs(result - exact())) / np.max(np.abs(exact())) < error


def test_float32_has_its_own_precision():
    result = deflections([population()], np.float32, la.haloes.Tree())
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, deflections([population()], method=la.haloes.Tree()), atol=1e-7)


def test_the_number_of_threads_does_not_matter(monkeypatch):
    first = deflections([population()], method=la.haloes.Tree())
    for threads in (1, 5):
        monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", threads)
        np.testing.assert_array_equal(deflections([population()], method=la.haloes.Tree()), first)


def test_batches_of_haloes_and_of_points():
    haloes, (y, x) = population(batch=(2, 1)), points()
    at = np.stack([y, y + 0.1, y - 0.1]), x
    result = deflections([haloes], method=la.haloes.Tree(), at=at)
    assert result.shape == (2, 2, 3, y.size)
    np.testing.assert_allclose(result, deflections([haloes], at=at), atol=6e-5)


def test_empty_slots_add_nothing_and_what_did_not_fit_shows():
    none = deflections([population(valid=0)], method=la.haloes.Tree())
    assert not none.any()
    for valid in (50, 0):
        assert np.isnan(deflections([population(valid=valid, overflow=1)], method=la.haloes.Tree())).all()


def test_a_ray_that_is_nan_is_nan_and_others_are_not():
    y, x = points()
    y[1234] = np.nan
    result = deflections([population()], method=la.haloes.Tree(), at=(y, x))
    bad = np.isnan(result).any(axis=0)
    assert bad[1234]
    assert bad.sum() <= max(group.points for group in TILES.groups)
    expected = deflections([population()])
    assert np.max(np.abs(result - expected)[:, ~bad]) < 1e-2 * np.max(np.abs(expected))


def test_images():
    source = la.Galaxy(1.5, light=la.lp.Sersic((0.05, 0.1), effective_radius=0.3, intensity=1.0, sersic_index=1.5))
    galaxies = [
        la.Galaxy(0.5, mass=[la.mp.Isothermal(einstein_radius=1.2), population()]),
        la.Galaxy(0.8, mass=population()),
        source,
    ]
    images = [la.Tracer(galaxies, halo_method=m).image_2d_from(GRID).values for m in (la.haloes.Tree(), la.haloes.Direct())]
    assert 0 < np.max(np.abs(images[0] - images[1])) < 1e-4 * np.max(images[1])


def test_errors():
    elliptical = la.HaloPopulation(la.mp.Isothermal(centre=np.zeros((3, 2))))
    with pytest.raises(TypeError, match=r"must be Direct\(\) for a population in NumPy arrays"):
        deflections([elliptical], method=la.haloes.Tree())
    y, x = (array_api_strict.asarray(c) for c in points())
    with pytest.raises(TypeError, match=r"must be Direct\(\) for arrays of array_api_strict"):
        la.haloes.Tree()._deflections([], y, x, TILES, xp=array_api_strict)
