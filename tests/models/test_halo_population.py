"""Populations: the same as a list of haloes, whatever is in empty slots, on every array library."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from array_api_extra.testing import assert_close, lazy_xp_function

import lensarrays as la

RANDOM = np.random.default_rng(3)
CENTRES, KAPPAS, RADII = RANDOM.normal(size=(5, 2)), RANDOM.uniform(0.01, 0.02, 5), RANDOM.uniform(0.1, 0.3, 5)
POINTS = np.concatenate([RANDOM.normal(size=(7, 2)), CENTRES[:1]])
LIST = [la.mp.NFWTruncatedSph(tuple(c), k, r, 5 * r) for c, k, r in zip(CENTRES, KAPPAS, RADII, strict=True)]
QUANTITIES = ("deflections_yx_2d_from", "convergence_2d_from", "potential_2d_from")


def population(xp, *, empty=0, filling=0.0, dtype=np.float64):
    """Return the haloes as a population with some empty slots behind them, of a pair of arrays or of arrays of pairs."""

    def padded(values):
        values = np.concatenate([values, np.full((empty, *values.shape[1:]), filling)])
        return xp.asarray(values.astype(dtype))

    valid = xp.asarray(np.arange(5 + empty) < 5) if empty else None
    numbers = padded(CENTRES), padded(KAPPAS), padded(RADII), padded(5 * RADII)
    return la.HaloPopulation(la.mp.NFWTruncatedSph(*numbers), valid)


def evaluated(quantity, haloes, points):
    return getattr(haloes, quantity)(la.Grid2DIrregular(points)).values


lazy_xp_function(evaluated)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_population_is_the_sum_of_its_haloes(xp, quantity):
    expected = sum(evaluated(quantity, halo, POINTS) for halo in LIST)
    for haloes in (population(xp), population(xp, empty=2, filling=1.0)):
        assert_close(evaluated(quantity, haloes, xp.asarray(POINTS)), xp.asarray(expected), rtol=1e-13, atol=1e-15)


def test_populations_from_profiles_by_family():
    others = [la.mp.Isothermal((0.1, 0.2), (0.1, 0.0), 0.3), la.mp.Isothermal((0.4, 0.2), (0.0, 0.1), 0.2)]
    multipoles = [la.mp.PowerLawMultipole(m=m, multipole_comps=(0.01, 0.02)) for m in (3, 4, 3)]
    mixed = [LIST[0], others[0], multipoles[0], *LIST[1:], others[1], *multipoles[1:]]
    populations = la.HaloPopulation.from_profiles(mixed)
    assert [p.capacity for p in populations] == [5, 2, 2, 1]
    total = sum(evaluated("deflections_yx_2d_from", p, POINTS) for p in populations)
    expected = sum(evaluated("deflections_yx_2d_from", p, POINTS) for p in mixed)
    assert np.allclose(total, expected, rtol=1e-13, atol=1e-15)


def test_batches_of_populations():
    ks = np.stack([KAPPAS, 2 * KAPPAS, 0 * KAPPAS])
    haloes = la.HaloPopulation(la.mp.NFWTruncatedSph(CENTRES, ks, RADII, 5 * RADII))
    alphas = evaluated("deflections_yx_2d_from", haloes, POINTS)
    expected = evaluated("deflections_yx_2d_from", population(np), POINTS)
    assert np.allclose(alphas, np.stack([expected, 2 * expected, 0 * expected]), atol=1e-15)


def test_empty_slots_have_neither_effect_nor_gradient_whatever_they_hold():
    def total(numbers, valid):
        haloes = la.HaloPopulation(la.mp.NFWTruncatedSph(*numbers), valid)
        return (evaluated("deflections_yx_2d_from", haloes, jnp.asarray(POINTS)) ** 2).sum()

    full = [jnp.asarray(a) for a in (CENTRES, KAPPAS, RADII, 5 * RADII)]
    expected, slopes = jax.jit(jax.value_and_grad(total))(full, jnp.ones(5, bool))
    graded = jax.jit(jax.value_and_grad(total))
    for filling in (0.0, jnp.nan, -1.0):
        padded = [jnp.concatenate([a, jnp.full((2, *a.shape[1:]), filling)]) for a in full]
        value, gradient = graded(padded, jnp.arange(7) < 5)
        assert np.isclose(value, expected, rtol=1e-13)
        for padded_slope, slope in zip(gradient, slopes, strict=True):
            assert np.allclose(padded_slope[:5], slope, rtol=1e-12, atol=1e-16)
            assert (padded_slope[5:] == 0).all()


def test_what_is_wrong_with_a_halo_shows():
    with pytest.raises(ValueError, match="`scale_radius` must be positive"):
        la.mp.NFWTruncatedSph(CENTRES, KAPPAS, -RADII, RADII)

    @jax.jit
    def traced(radii):
        haloes = la.HaloPopulation(la.mp.NFWTruncatedSph(CENTRES, KAPPAS, radii, 5 * RADII))
        return evaluated("deflections_yx_2d_from", haloes, jnp.asarray(POINTS))

    assert np.isnan(traced(jnp.asarray(RADII).at[2].set(-1.0))).all()


def test_haloes_that_did_not_fit_make_all_results_nan():
    def result(overflow):
        haloes = la.HaloPopulation(population(jnp).profile, overflow=overflow)
        return evaluated("deflections_yx_2d_from", haloes, jnp.asarray(POINTS))

    assert np.isnan(result(2)).all()
    assert np.isnan(jax.jit(result)(3)).all()
    assert np.allclose(jax.jit(result)(0), result(0), rtol=1e-13)


def test_padding():
    haloes = la.HaloPopulation(population(np).profile, redshift_offset=np.arange(5) * 0.01)
    padded = haloes.pad_to(8)
    assert (padded.capacity, int(padded.total_haloes), haloes.total_haloes) == (8, 5, 5)
    assert padded.redshift_offset.tolist() == [0.0, 0.01, 0.02, 0.03, 0.04, 0.0, 0.0, 0.0]
    for quantity in QUANTITIES:
        assert np.array_equal(evaluated(quantity, padded, POINTS), evaluated(quantity, haloes, POINTS))
    assert padded.pad_to(8).capacity == 8
    with pytest.raises(ValueError, match="`capacity` must not be below the 8 slots"):
        padded.pad_to(5)


@pytest.mark.parametrize("n", [3, 3000])
def test_the_traced_program_does_not_grow_with_the_number_of_haloes(n):
    def alphas(numbers):
        haloes = la.HaloPopulation(la.mp.NFWTruncatedSph((numbers, numbers), numbers, 1.0, 2.0))
        return evaluated("deflections_yx_2d_from", haloes, jnp.asarray(POINTS))

    small, large = (str(jax.make_jaxpr(alphas)(jnp.ones(k))) for k in (10, n))
    assert small.replace("10]", f"{n}]").count("\n") == large.count("\n")


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: la.HaloPopulation(la.mp.ExternalShear(np.ones(2))), TypeError, "must be of a family with a centre"),
        (lambda: la.HaloPopulation.from_profiles([la.mp.ExternalShear(0.1)]), TypeError, "must be of a family with a centre"),
        (lambda: la.mp.PointMass([(0.1, 1.0), (0.5, -0.3)]), TypeError, "`centre` must be two numbers or two arrays"),
        (lambda: la.HaloPopulation(3), TypeError, "`profile` must be a mass profile"),
        (lambda: la.HaloPopulation(population(np)), TypeError, "`profile` must be a mass profile"),
        (lambda: la.HaloPopulation(LIST[0]), ValueError, "`profile` must have arrays of shape"),
        (lambda: la.HaloPopulation(la.mp.PointMass((np.ones(2), np.ones(3)))), ValueError, "two parts that broadcast"),
        (
            lambda: la.HaloPopulation(la.mp.PointMass((0.0, 0.0), np.ones(3)), np.ones(2, bool)),
            ValueError,
            "one entry per halo",
        ),
        (
            lambda: la.HaloPopulation(la.mp.PointMass((0.0, 0.0), np.ones(3)), np.ones(3)),
            TypeError,
            "`valid` must be an array of b",
        ),
        (lambda: la.HaloPopulation(la.mp.PointMass((0.0, 0.0), np.ones(0))), ValueError, "must have one halo or more"),
        (lambda: la.HaloPopulation.from_profiles([]), ValueError, "`profiles` must be one or more"),
        (lambda: la.HaloPopulation.from_profiles([population(np)]), TypeError, "`profiles` must be mass profiles of one halo"),
        (lambda: la.HaloPopulation.from_profiles([la.lp.Sersic()]), TypeError, "`profiles` must be mass profiles of one halo"),
        (lambda: la.HaloPopulation.from_profiles([population(np).profile]), ValueError, "of one halo each, but `centre`"),
        (lambda: la.HaloPopulation(LIST[0], valid=[True]), TypeError, "`valid` must be an array of booleans"),
    ],
)
def test_bad_input(make, error, match):
    with pytest.raises(error, match=match):
        make()
