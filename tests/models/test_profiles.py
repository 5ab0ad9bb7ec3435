"""Every profile against autolens, on every array library, in both precisions, in a batch, under jit, vmap and grad."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from array_api_extra.testing import assert_close, lazy_xp_function
from jax.flatten_util import ravel_pytree

from lensarrays import Array2D, ArrayIrregular, Grid2D, Grid2DIrregular, VectorYX2D, VectorYX2DIrregular
from lensarrays.models import lp, mp

MASSES = ["ExternalShear", "Isothermal", "NFWTruncatedSph", "PowerLaw"]
LIGHTS = ["Sersic", "SersicCore"]
QUANTITIES = [(name, q) for name in MASSES for q in ("deflections_yx", "convergence", "potential")]
QUANTITIES += [(name, "image") for name in LIGHTS]
# autolens sums the power law's series to 1e-10, and adds 1e-16 to its squared radius. Its potential of the halo
# subtracts nearly equal terms.
TOLERANCE = {("PowerLaw", "deflections_yx"): 2e-10, ("PowerLaw", "potential"): 2e-10, ("NFWTruncatedSph", "potential"): 1e-9}


def evaluate(profile, quantity, grid):
    return getattr(profile, f"{quantity}_2d_from")(grid)


lazy_xp_function(evaluate)


@pytest.mark.parametrize(("name", "quantity"), QUANTITIES)
def test_agrees_with_autolens_on_every_library(name, quantity, xp, reference, make_profile):
    grid = Grid2DIrregular(xp.asarray(reference["points"]))
    result = evaluate(make_profile(name, xp), quantity, grid)
    assert isinstance(result, VectorYX2DIrregular if quantity == "deflections_yx" else ArrayIrregular)
    expected = reference[f"{name}/{quantity}"]
    scale = np.abs(expected).max()
    tolerance = TOLERANCE.get((name, quantity), 1e-11)
    assert_close(result.values, xp.asarray(expected), rtol=tolerance, atol=tolerance * scale)


@pytest.mark.parametrize(("name", "quantity"), QUANTITIES)
def test_float32_grid_decides_precision(name, quantity, reference, make_profile):
    points = reference["points"].astype(np.float32)
    for xp in (np, jnp):
        result = evaluate(make_profile(name), quantity, Grid2DIrregular(xp.asarray(points)))
        assert result.dtype == np.float32
        exact = np.asarray(evaluate(make_profile(name), quantity, Grid2DIrregular(points.astype(np.float64))).values)
        scale = np.abs(exact).max(axis=1, keepdims=True)
        error = np.abs(np.asarray(result.values) - exact) / np.where(scale > 0, scale, 1)
        assert error.max() < 2e-5


@pytest.mark.parametrize(("name", "quantity"), QUANTITIES)
def test_draws_in_a_batch_are_the_draws_one_by_one(name, quantity, reference, make_profile):
    grid = Grid2DIrregular(reference["points"])
    batch = np.asarray(evaluate(make_profile(name), quantity, grid).values)
    mapped = jax.vmap(lambda p: evaluate(p, quantity, grid))(jax.tree_util.tree_map(jnp.asarray, make_profile(name)))
    for draw in range(len(batch)):
        alone = evaluate(make_profile(name, draw=draw), quantity, grid).values
        np.testing.assert_allclose(batch[draw], alone, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(mapped.values, batch, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("name", "quantity"), QUANTITIES)
def test_python_floats_arrays_of_pairs_and_lists_are_alike(name, quantity, reference, make_profile):
    grid, profile = Grid2DIrregular(reference["points"]), make_profile(name, draw=1)
    fields = {field: getattr(profile, field) for field in (f.name for f in dataclasses.fields(profile))}
    arrays = {k: np.asarray(v) for k, v in fields.items()}
    lists = {k: list(v) if isinstance(v, tuple) else v for k, v in fields.items()}
    for same in (type(profile)(**arrays), type(profile)(**lists)):
        np.testing.assert_array_equal(evaluate(same, quantity, grid).values, evaluate(profile, quantity, grid).values)


@pytest.mark.parametrize(("name", "quantity"), QUANTITIES)
@pytest.mark.parametrize("dtype", [jnp.float64, jnp.float32])
def test_values_and_gradients_are_finite_at_hard_places(name, quantity, dtype):
    profile = getattr(lp if name in LIGHTS else mp, name)()  # round, isothermal, centred on (0, 0), of scale radius 1
    points = jnp.asarray([(0.0, 0.0), (1e-20, 0.0), (1e-9, -1e-9), (0.0, 1.0), (2.0, 0.0), (0.6, 0.8), (0.0, 1e3)], dtype=dtype)
    parameters = jax.tree_util.tree_map(jnp.asarray, profile)

    def total(profile, points):
        return evaluate(profile, quantity, Grid2DIrregular(points)).values.sum()

    value, gradients = jax.jit(jax.value_and_grad(total, argnums=(0, 1)))(parameters, points)
    for number in jax.tree_util.tree_leaves((value, gradients)):
        assert np.isfinite(number).all()


@pytest.mark.parametrize("name", MASSES)
def test_on_an_image_values_are_averaged_where_autogalaxy_does_and_deflections_are_not(name, make_profile):
    grid, profile = Grid2D.uniform((5, 4), 0.3, over_sample_size=3), make_profile(name, draw=0)
    points, sub = Grid2DIrregular(grid.values), Grid2DIrregular(grid.over_sampled.values)
    deflections = profile.deflections_yx_2d_from(grid)
    assert isinstance(deflections, VectorYX2D)
    np.testing.assert_array_equal(deflections.values, profile.deflections_yx_2d_from(points).values)
    for quantity in ("convergence", "potential"):
        result = evaluate(profile, quantity, grid)
        assert isinstance(result, Array2D)
        averaged = name == "NFWTruncatedSph" or (quantity == "convergence" and name != "ExternalShear")
        fine = evaluate(profile, quantity, sub).values.reshape(20, 9).mean(axis=1)
        expected = fine if averaged else evaluate(profile, quantity, points).values
        np.testing.assert_allclose(result.values, expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", MASSES)
def test_deflection_is_the_gradient_of_the_potential_and_convergence_half_its_divergence(name, reference, make_profile):
    profile = make_profile(name, draw=2)

    def at(quantity):
        return lambda point: evaluate(profile, quantity, Grid2DIrregular(point[None])).values[0]

    points = jnp.asarray(reference["points"])
    gradient = jax.vmap(jax.jacfwd(at("potential")))(points)
    jacobian = jax.vmap(jax.jacfwd(at("deflections_yx")))(points)
    np.testing.assert_allclose(gradient, jax.vmap(at("deflections_yx"))(points), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(jnp.trace(jacobian, axis1=1, axis2=2) / 2, jax.vmap(at("convergence"))(points), atol=1e-11)
    np.testing.assert_allclose(jacobian, jnp.swapaxes(jacobian, 1, 2), atol=1e-11)


@pytest.mark.parametrize(("name", "quantity"), QUANTITIES)
def test_gradients_with_respect_to_parameters_are_those_of_differences(name, quantity, reference, make_profile):
    profile = jax.tree_util.tree_map(jnp.asarray, make_profile(name, draw=3))
    flat, build = ravel_pytree(profile)
    grid = Grid2DIrregular(reference["points"])

    @jax.jit
    def values(flat):
        return evaluate(build(flat), quantity, grid).values

    step, jacobian = 1e-5, jax.jacfwd(values)(flat)
    for i in range(flat.size):
        unit = jnp.zeros_like(flat).at[i].set(step)
        differences = (8 * (values(flat + unit) - values(flat - unit)) - values(flat + 2 * unit) + values(flat - 2 * unit)) / (
            12 * step
        )
        np.testing.assert_allclose(jacobian[..., i], differences, rtol=2e-7, atol=2e-8 * float(jnp.abs(jacobian).max()))


@pytest.mark.parametrize("name", ["Isothermal", "Sersic"])
def test_the_gradient_is_not_lost_at_axis_ratio_one(name):
    quantity = "image" if name == "Sersic" else "deflections_yx"
    grid = Grid2DIrregular([(0.7, 0.2), (-0.3, 0.9)])

    def values(ell_comps):
        return evaluate(getattr(lp if name in LIGHTS else mp, name)(ell_comps=ell_comps), quantity, grid).values

    jacobian = jax.jacfwd(values)(jnp.zeros(2))
    for i in range(2):
        unit = 1e-5 * np.eye(2)[i]
        np.testing.assert_allclose(jacobian[..., i], (values(unit) - values(-unit)) / 2e-5, rtol=1e-8)
        assert np.abs(jacobian[..., i]).max() > 0.01


BAD = [
    (mp.PowerLaw, {"einstein_radius": -1.0}, "`einstein_radius` must be zero or positive, and finite, but is -1.0"),
    (mp.PowerLaw, {"slope": 3.0}, "`slope` must be between 1 and 3, exclusive, but is 3.0; 2 is isothermal"),
    (mp.PowerLaw, {"slope": np.asarray([2.0, np.nan])}, "`slope` must be between 1 and 3"),
    (mp.Isothermal, {"ell_comps": (0.8, 0.6)}, r"`ell_comps` must have a length .* below 1, but is \(0.8, 0.6\)"),
    (mp.Isothermal, {"ell_comps": (0.8, np.nan)}, r"`ell_comps` must be finite"),
    (mp.Isothermal, {"centre": (0.0, 0.0, 0.0)}, r"`centre` must be a pair of numbers or an array of shape \(..., 2\)"),
    (mp.Isothermal, {"centre": 0.0}, r"`centre` must be a pair of numbers or an array of shape \(..., 2\), but is 0.0"),
    (mp.Isothermal, {"centre": (np.inf, 0.0)}, "`centre` must be finite, but is"),
    (mp.ExternalShear, {"gamma_1": np.nan}, "`gamma_1` must be finite, but is nan"),
    (
        mp.NFWTruncatedSph,
        {"scale_radius": 0.0},
        "`scale_radius` must be positive and finite, but is 0.0; give a value above zero",
    ),
    (mp.NFWTruncatedSph, {"truncation_radius": -2.0}, "`truncation_radius` must be positive and finite"),
    (mp.NFWTruncatedSph, {"kappa_s": np.inf}, "`kappa_s` must be finite"),
    (lp.Sersic, {"effective_radius": 0.0}, "`effective_radius` must be positive and finite, but is 0.0"),
    (lp.Sersic, {"sersic_index": 0.29}, "`sersic_index` must be 0.3 or more, and finite, but is 0.29; a Gaussian has 0.5"),
    (lp.SersicCore, {"sersic_index": 0.1}, "`sersic_index` must be 0.3 or more"),
    (lp.SersicCore, {"radius_break": 0.0}, "`radius_break` must be positive and finite"),
    (lp.SersicCore, {"alpha": 0.0}, "`alpha` must be positive and finite"),
]


@pytest.mark.parametrize(("cls", "fields", "message"), BAD)
def test_bad_parameters_raise(cls, fields, message):
    with pytest.raises(ValueError, match=message):
        cls(**fields)


TRACED_BAD = [case for case in BAD if all(np.shape(v) in ((), (2,)) and np.isfinite(v).all() for v in case[1].values())]


@pytest.mark.parametrize(("cls", "fields"), [case[:2] for case in TRACED_BAD if case[1] != {"centre": 0.0}])
def test_traced_bad_parameters_give_nan(cls, fields):
    grid = Grid2DIrregular([(0.0, 0.0), (0.3, -1.2)])
    quantities = ["image"] if cls in (lp.Sersic, lp.SersicCore) else ["deflections_yx", "convergence", "potential"]
    for quantity in quantities:
        result = jax.jit(lambda fields, quantity=quantity: evaluate(cls(**fields), quantity, grid))(fields)
        assert np.isnan(result.values).all()


def test_a_parameter_that_is_no_number_raises():
    with pytest.raises(TypeError, match="`intensity` must be a number or an array of real numbers, but is 'bright'"):
        lp.Sersic(intensity="bright")


def test_other_grids_raise():
    with pytest.raises(TypeError, match="`grid` must be a Grid2D or a Grid2DIrregular, but is a ndarray; make one with"):
        mp.Isothermal().deflections_yx_2d_from(np.zeros((3, 2)))


@pytest.mark.parametrize(("name", "quantity"), QUANTITIES)
def test_numpy_stays_numpy_and_every_number_is_a_leaf(name, quantity, reference, make_profile):
    profile = make_profile(name, draw=0)
    assert type(evaluate(profile, quantity, Grid2DIrregular(reference["points"])).values) is np.ndarray
    assert len(jax.tree_util.tree_leaves(profile)) == reference[f"{name}/parameters"].shape[1]
    text = str(jax.make_jaxpr(lambda p: evaluate(p, quantity, Grid2DIrregular(reference["points"])).values)(profile))
    assert "complex" not in text


@pytest.mark.parametrize("name", ["centre", "ell_comps"])
def test_one_part_of_a_pair_may_be_a_batch(name):
    grid, part = Grid2DIrregular([(0.3, -1.2), (0.5, 0.1)]), np.asarray([0.0, 0.1, 0.2])
    together = mp.Isothermal(**{name: (part, 0.05)}).deflections_yx_2d_from(grid).values
    for i in range(3):
        alone = mp.Isothermal(**{name: (part[i], 0.05)}).deflections_yx_2d_from(grid).values
        np.testing.assert_allclose(together[i], alone, rtol=1e-13)


@pytest.mark.parametrize("slope", [1.3, 2.0, 2.6])
def test_a_slot_without_mass_has_finite_gradients(slope):
    def value(radius, weight):
        lens = mp.PowerLaw(ell_comps=(0.1, 0.2), einstein_radius=radius, slope=slope)
        return weight * lens.deflections_yx_2d_from(Grid2DIrregular([(0.3, 0.4), (0.0, 0.0)])).values.sum()

    gradient = jax.jit(jax.grad(value))
    assert gradient(0.0, 0.0) == 0.0
    assert np.isfinite(gradient(0.0, 1.0))
    assert (gradient(0.0, 1.0) != 0.0) == (slope == 2.0)


@pytest.mark.parametrize("cls", [mp.Isothermal, mp.PowerLaw])
@pytest.mark.parametrize("direction", [(1.0, 0.0), (0.0, 1.0), (0.0, -1.0), (-1.0, 0.0)])
def test_extreme_axis_ratios_are_finite_in_float32_until_they_round_to_zero(cls, direction):
    points = np.asarray([(0.0, 1.0), (1.0, 0.0), (0.0, 0.0), (0.6, 0.8)], dtype=np.float32)
    for f, finite in ((np.nextafter(np.float32(1), np.float32(0)), True), (0.99999999, False)):
        lens = cls(
            ell_comps=(f * np.float32(direction[0]), f * np.float32(direction[1]))
            if finite
            else (f * direction[0], f * direction[1])
        )
        values = lens.deflections_yx_2d_from(Grid2DIrregular(points)).values
        assert np.isfinite(values).all() == finite


def test_bad_batches_in_a_pair_raise():
    with pytest.raises(ValueError, match="`ell_comps` must have a length"):
        mp.Isothermal(ell_comps=(np.asarray([0.0, 0.9]), 0.8))
    with pytest.raises(ValueError, match=r"`centre` must have two parts that broadcast, .* shapes \(3,\) and \(4,\)"):
        mp.Isothermal(centre=(np.zeros(3), np.zeros(4)))
    with pytest.raises(TypeError, match="`einstein_radius` must be a number or an array of real numbers, but is"):
        mp.Isothermal(einstein_radius=(1.0, np.ones(3)))
