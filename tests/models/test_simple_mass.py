"""Point mass, mass sheet, broken power law and multipoles: against other codes, integrals, and their own derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
from array_api_extra.testing import assert_close, lazy_xp_function

from lensarrays import Grid2D, Grid2DIrregular
from lensarrays.models import mp
from lensarrays.models.mass import power_law
from lensarrays.models.mass.mass_sheet import MassSheet
from lensarrays.models.mass.point_mass import PointMass
from lensarrays.models.mass.power_law_broken import PowerLawBroken
from lensarrays.models.mass.power_law_multipole import PowerLawMultipole

POINTS = np.asarray([(0.3, 0.4), (-0.5, 1.1), (1.2, -0.7)])
COMMON = {"centre": (0.1, -0.2), "einstein_radius": 1.3}
COMPS = (0.03, -0.02)
PROFILES = {
    "point": PointMass(**COMMON),
    "sheet": MassSheet(centre=(0.1, -0.2), kappa=0.2),
    "broken": PowerLawBroken(**COMMON, ell_comps=(0.05, -0.1), inner_slope=0.8, outer_slope=1.4, break_radius=0.5),
    "dipole": PowerLawMultipole(m=1, **COMMON, slope=1.8, multipole_comps=COMPS),
    "triangle": PowerLawMultipole(m=3, **COMMON, slope=2.2, multipole_comps=COMPS),
    "disc": PowerLawMultipole(m=4, **COMMON, slope=2.0, multipole_comps=COMPS),
    "turned": PowerLawMultipole(m=4, **COMMON, slope=2.0, multipole_comps=(-0.03, -0.02)),
}
QUANTITIES = ("deflections_yx", "convergence", "potential")
# By autogalaxy 2026.10.26.1, whose broken power law is summed in single precision; those of the point mass, the sheet, and
# "disc" are also lenstronomy 1.14.2's POINT_MASS, CONVERGENCE and MULTIPOLE.
DEFLECTIONS = {
    "point": [[0.845, 2.535], [-0.49463414634146335, 1.0717073170731708], [1.2732876712328771, -0.5787671232876713]],
    "sheet": [[0.04, 0.12], [-0.12, 0.26], [0.22, -0.1]],
    "broken": [[0.33619016337, 1.31014018296], [-0.5162344989, 1.19666656239], [1.14433934728, -0.62450950276]],
    "dipole": [[0.075206492585, -0.055765358448], [0.098122802831, -0.077052407614], [0.106214937345, -0.066808118683]],
    "triangle": [[-0.017737843853, 0.003901032488], [0.002879610434, 0.005937064662], [0.007696669129, 0.008462809439]],
    "disc": [[-0.009712830424, 0.001118181381], [0.006748537487, 0.005640278985], [-0.000298290138, 0.006135904328]],
    "turned": [[-0.002609089888, 0.004012297895], [0.005913124111, -0.00040033321], [0.00555660609, 0.006565855604]],
}
CONVERGENCES = {
    "point": [0.0, 0.0, 0.0],
    "sheet": [0.2, 0.2, 0.2],
    "broken": [1.0833774665463, 0.3238640503879, 0.4865837215923],
    "dipole": [-0.008441545086, -0.014223251444, 0.018865815007],
    "triangle": [0.015765774943, -0.015268260005, -0.015155832984],
    "disc": [0.023843573558, -0.012011854349, 0.01744557183],
    "turned": [-0.035354264241, 0.01488405234, -0.014534275154],
}
POTENTIALS = {  # by lenstronomy: autogalaxy's multipole has none, and its sheet's is about another centre
    "point": [-0.7742656684336611, 0.6065746252120179, 0.3197787881836069],
    "sheet": [0.04, 0.205, 0.146],
    "disc": [-0.0012716572564090436, 0.003283240188622545, -0.0033960713163240096],
}
EXPECTED = dict(zip(QUANTITIES, (DEFLECTIONS, CONVERGENCES, POTENTIALS), strict=True))


def ell_comps(q, angle=0.4):
    f = (1 - q) / (1 + q)
    return f * np.sin(2 * angle), f * np.cos(2 * angle)


def evaluate(profile, quantity, grid):
    return getattr(profile, f"{quantity}_2d_from")(grid).values


def at(profile, quantity, points):
    return np.asarray(evaluate(profile, quantity, Grid2DIrregular(points)))


def everything(profile, grid):
    return tuple(evaluate(profile, quantity, grid) for quantity in QUANTITIES)


lazy_xp_function(everything)


@pytest.mark.parametrize("name", PROFILES)
def test_agrees_with_other_codes_on_every_library(name, xp):
    profile = jax.tree_util.tree_map(xp.asarray, PROFILES[name])
    tolerance = 2e-7 if name == "broken" else 1e-10
    results = dict(zip(QUANTITIES, everything(profile, Grid2DIrregular(xp.asarray(POINTS))), strict=True))
    for quantity, values in EXPECTED.items():
        expected = values.get(name, at(PROFILES[name], quantity, POINTS))
        assert_close(results[quantity], xp.asarray(expected), rtol=tolerance, atol=tolerance)


# Every kind of slope, a break on each side of the Einstein radius, and axis ratios down to that of a needle.
BROKEN = [
    (q, *slopes)
    for q, *slopes in [
        (1.0, 1.2, 0.6, 1.5, 0.5),
        (1.0, 1.0, 0.3, 2.0, 0.4),
        (0.7, 1.0, 0.3, 2.0, 0.4),
        (0.7, 0.3, 0.8, 1.2, 1.5),
        (0.2, 1.0, 1.5, 2.5, 0.01),
        (0.2, 1.0, 0.0, 3.0, 1.0),
        (0.1, 1.2, 0.6, 1.5, 0.5),
    ]
]


def broken(q, einstein_radius, inner_slope, outer_slope, break_radius):
    return PowerLawBroken((0.0, 0.0), ell_comps(q), einstein_radius, inner_slope, outer_slope, break_radius)


@pytest.fixture(autouse=True)
def few_terms(monkeypatch):
    """Sum 14 terms under tracing rather than 40: enough for q >= 0.7, and quicker to compile."""
    monkeypatch.setitem(power_law.TERMS, "float64", 14)
    monkeypatch.setitem(power_law.TERMS, "float32", 7)


@jax.jit
def changes(profile, points, d_profile, d_points):
    """Return all results and their directional derivatives; every test of a class compiles this one function."""
    return jax.jvp(lambda p, at: everything(p, Grid2DIrregular(at)), (profile, points), (d_profile, d_points))


def traced(profile, **fields):
    """Return a profile of JAX arrays, in which values may be bad, as they may under tracing."""
    leaves = {
        name: jax.tree_util.tree_map(lambda v: jnp.asarray(v, float), value) for name, value in (vars(profile) | fields).items()
    }
    like = jax.tree_util.tree_structure(profile)
    return jax.tree_util.tree_unflatten(
        like, jax.tree_util.tree_leaves([leaves[name] for name in vars(profile) if name != "m"])
    )


SLOPES = [(1.2, 0.6, 1.5, 0.5), (1.0, 0.3, 2.0, 0.4), (0.3, 0.8, 1.2, 1.5), (1.0, 0.7, 2.0 + 1e-9, 0.5), (1.0, 1.5, 2.5, 0.01)]
BREAKS = [PowerLawBroken((0.0, 0.0), e, *rest) for rest in SLOPES for e in ((0.0, 0.0), ell_comps(0.7))]


@pytest.mark.parametrize("profiles", [*([p] for p in PROFILES.values()), BREAKS], ids=[*PROFILES, "breaks"])
def test_deflection_is_the_gradient_of_the_potential_and_convergence_half_its_divergence(profiles):
    points = jnp.asarray([*POINTS, (0.0, 0.1), (-0.04, -0.3), (0.6, 0.9), (-2.0, 3.0), (30.0, -10.0)])
    for profile in map(traced, profiles):
        still = jax.tree_util.tree_map(jnp.zeros_like, profile)
        steps = [jnp.broadcast_to(jnp.asarray(step), points.shape) for step in ((1.0, 0.0), (0.0, 1.0))]
        ((alpha, kappa, _), by_y), (_, by_x) = (changes(profile, points, still, step) for step in steps)
        np.testing.assert_allclose(np.stack([by_y[2], by_x[2]], axis=-1), alpha, rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose((by_y[0][:, 0] + by_x[0][:, 1]) / 2, kappa, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(by_y[0][:, 1], by_x[0][:, 0], atol=1e-11)


# The broken power law.


def mass_within(radius, t_1, t_2, b):
    """Return the integral of s (b / s)^t ds up to a radius."""
    inner = b**2 * (min(radius, b) / b) ** (2 - t_1) / (2 - t_1)
    if radius <= b:
        return inner
    return inner + b**2 * (np.log(radius / b) if t_2 == 2 else ((radius / b) ** (2 - t_2) - 1) / (2 - t_2))


def integrated(point, q, einstein_radius, t_1, t_2, b):
    """Return deflection and convergence of the broken power law by integration over elliptical shells."""
    angle, minor = 0.4, np.sqrt(q) * einstein_radius
    z = (point[1] + 1j * point[0]) * np.exp(-1j * angle)
    radius = np.hypot(q * z.real, z.imag)
    kappa_b = minor**2 / (2 * mass_within(minor, t_1, t_2, b))

    def shell(u, part):  # at radius s = radius u^p, which makes the integrand smooth at the centre
        p = 2 / (2 - t_1)
        s = radius * u**p
        density = kappa_b * (b / s) ** (t_1 if s <= b else t_2)
        return part(density * s * radius * p * u ** (p - 1) / np.sqrt(1 - (1 - q**2) / q**2 * (s / z) ** 2))

    kink = [(b / radius) ** ((2 - t_1) / 2)] if b < radius else None
    real, imaginary = (
        scipy.integrate.quad(shell, 0, 1, args=(part,), points=kink, epsabs=1e-12)[0] for part in (np.real, np.imag)
    )
    alpha = np.conj(2 / (q * z) * (real + 1j * imaginary)) * np.exp(1j * angle)
    return alpha.imag, alpha.real, kappa_b * (b / radius) ** (t_1 if radius <= b else t_2)


@pytest.mark.parametrize("case", BROKEN)
def test_broken_power_law_is_the_sum_of_its_shells(case):
    points = np.asarray([(0.2, 0.1), (-0.5, 1.1), (1.2, -0.7)])
    expected = np.asarray([integrated(point, *case) for point in points])
    np.testing.assert_allclose(at(broken(*case), "deflections_yx", points), expected[:, :2], rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(at(broken(*case), "convergence", points), expected[:, 2], rtol=1e-12)


@pytest.mark.parametrize("break_radius", [0.3, 4.0])
def test_mean_convergence_within_the_einstein_radius_is_one_on_both_sides_of_the_break(break_radius):
    lens = PowerLawBroken(einstein_radius=1.2, inner_slope=0.7, outer_slope=1.6, break_radius=break_radius)
    np.testing.assert_allclose(at(lens, "deflections_yx", [(0.0, 1.2)]), [[0.0, 1.2]], atol=1e-14)


def test_without_a_break_it_is_the_power_law():
    # The same ellipse: theta_E of the power law is ((1 + q) / 2)^(1 / t) / sqrt(q) of that of an equal circle, times sqrt(q).
    q, t = 0.6, 1.3
    broken_one = PowerLawBroken(ell_comps=ell_comps(q), einstein_radius=1.0, inner_slope=t, outer_slope=t, break_radius=0.7)
    radius = ((1 + q) / 2) ** (1 / t) * q**-0.5
    power_law = mp.PowerLaw(ell_comps=ell_comps(q), einstein_radius=radius, slope=t + 1)
    for quantity in QUANTITIES:
        np.testing.assert_allclose(at(broken_one, quantity, POINTS), at(power_law, quantity, POINTS), rtol=1e-12)


def test_potential_is_zero_at_the_centre_and_continuous_at_the_break():
    lens = broken(0.5, 1.0, 0.6, 2.0, 0.4)
    assert 0 <= at(lens, "potential", [(0.0, 0.0)])[0] < 1e-10
    angle, t = 0.4, np.linspace(0.0, 6.0, 7)
    for direction in np.exp(1j * angle) * (np.cos(t) / 0.5 + 1j * np.sin(t)):
        inside, outside = (0.4 * factor * direction for factor in (1 - 1e-13, 1 + 1e-13))
        for quantity in QUANTITIES:
            values = at(lens, quantity, [(z.imag, z.real) for z in (inside, outside)])
            np.testing.assert_allclose(values[0], values[1], rtol=1e-11)


# Multipoles.


def test_multipoles_turn_with_their_components_and_any_order_will_do():
    disc, boxy = (PowerLawMultipole(m=4, multipole_comps=(0.0, k)) for k in (0.02, -0.02))
    turned = np.asarray([(np.sin(a), np.cos(a)) for a in (0.3, 0.3 + np.pi / 4)])
    np.testing.assert_allclose(at(disc, "convergence", turned[:1]), at(boxy, "convergence", turned[1:]), rtol=1e-13)
    np.testing.assert_allclose(at(PowerLawMultipole(m=7, multipole_comps=(0.02, 0.0)), "convergence", [(1.0, 0.0)]), [-0.01])


def test_order_is_static_and_all_else_are_leaves():
    assert len(jax.tree_util.tree_leaves(PROFILES["disc"])) == 6
    assert jax.tree_util.tree_structure(PROFILES["disc"]) != jax.tree_util.tree_structure(PROFILES["triangle"])


# What all of them can do.

DEFAULTS = [PointMass(), MassSheet(), PowerLawBroken(break_radius=1.0), PowerLawMultipole(m=1, slope=1.7)]
HARD = [(0.0, 0.0), (1e-20, 0.0), (1e-9, -1e-9), (0.0, 1.0), (1.0, 0.0), (0.6, 0.8), (2.0, 0.0), (0.0, 1e3)]


@pytest.mark.parametrize("dtype", [jnp.float64, jnp.float32])
@pytest.mark.parametrize("profile", DEFAULTS, ids=lambda p: type(p).__name__)
def test_values_and_derivatives_are_finite_at_hard_places(profile, dtype):
    points = jnp.asarray(HARD, dtype=dtype)
    for fields in ({}, {} if isinstance(profile, MassSheet) else {"einstein_radius": 0.0}):
        at = (traced(profile, **fields), points)
        # With respect to everything at once: a derivative that is not finite shows in the sum.
        for number in jax.tree_util.tree_leaves(changes(*at, *jax.tree_util.tree_map(jnp.ones_like, at))):
            assert np.isfinite(number).all()


def test_no_mass_does_nothing():
    nothing = [PointMass(einstein_radius=0.0), PowerLawBroken(einstein_radius=0.0, inner_slope=0.0), PowerLawMultipole()]
    for profile in [*nothing, MassSheet()]:
        for quantity in QUANTITIES:
            assert (at(profile, quantity, HARD) == 0).all()


RADII = np.geomspace(1e-3, 50.0, 200)
FLOAT32 = [
    (PointMass(), 2e-6),
    (MassSheet(kappa=-0.1), 2e-7),
    (PowerLawMultipole(m=3, slope=2.3, multipole_comps=(0.0, 0.03)), 5e-6),
    (broken(0.5, 1.2, 0.5, 1.5, 0.3), 5e-6),
    (broken(0.2, 1.2, 0.8, 1.9999, 0.3), 2e-5),
    (broken(0.1, 1.2, 1.5, 2.5, 0.3), 2e-5),
]


@pytest.mark.parametrize(("profile", "error"), FLOAT32)
def test_float32_has_the_stated_error(profile, error):
    points = np.stack([0.28 * RADII, 0.96 * RADII], axis=-1).astype(np.float32)
    for quantity in QUANTITIES:
        single, double = (at(profile, quantity, points.astype(dtype)) for dtype in (np.float32, np.float64))
        assert single.dtype == np.float32
        if quantity == "potential" and isinstance(profile, PointMass):
            double, single = double + 10, single + np.float32(10)  # it has a zero where x = 1
        scale = np.linalg.norm(double, axis=1, keepdims=True) if double.ndim == 2 else np.abs(double)
        assert (np.abs(single - double) <= error * scale).all()


@pytest.mark.parametrize("name", ["point", "sheet", "broken", "triangle"])
def test_draws_in_a_batch_are_the_draws_one_by_one(name):
    draws = [jax.tree_util.tree_map(lambda v, k=k: v * (1 + 0.1 * k), PROFILES[name]) for k in range(3)]
    batch = jax.tree_util.tree_map(lambda *v: np.asarray(v), *draws)
    for quantity in QUANTITIES:
        together = at(batch, quantity, POINTS)
        for k, draw in enumerate(draws):
            np.testing.assert_allclose(together[k], at(draw, quantity, POINTS), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", ["point", "sheet", "broken", "disc"])
def test_on_an_image_values_are_averaged_where_autogalaxy_does(name):
    grid, profile = Grid2D.uniform((4, 3), 0.3, over_sample_size=2), PROFILES[name]
    for quantity in ("convergence", "potential"):
        averaged = quantity == "convergence" and name in ("broken", "disc")
        fine = at(profile, quantity, grid.over_sampled.values).reshape(12, 4).mean(axis=1)
        expected = fine if averaged else at(profile, quantity, grid.values)
        np.testing.assert_allclose(evaluate(profile, quantity, grid), expected, rtol=1e-13, atol=1e-15)


def test_mass_sheet_is_that_of_autolens():
    batch = MassSheet(
        (np.asarray([0.15907121553056958, -0.1601729461007973]), np.asarray([-0.09724323081229379, -0.08193075610580461])),
        np.asarray([0.04895540879189715, 0.031801988280723975]),
    )
    points = [(-0.24116612332181828, -0.45511948695382726), (0.9150050690861407, 0.7016494638527551)]
    expected = [
        [(-0.019593782537299712, -0.01751997841632246), (0.03700705082044709, 0.039110118448187736)],
        [(-0.0025757440728015066, -0.01186814364492707), (0.03419279863866706, 0.02491940897212923)],
    ]
    np.testing.assert_allclose(at(batch, "deflections_yx", points), expected, rtol=1e-13)


BAD = [
    (PointMass, {"einstein_radius": -1.0}, "`einstein_radius` must be zero or positive, and finite, but is -1.0"),
    (MassSheet, {"centre": (0.0, 0.0, 0.0)}, r"`centre` must be a pair of numbers or an array of shape \(..., 2\)"),
    (MassSheet, {"kappa": np.nan}, "`kappa` must be finite, but is nan"),
    (PowerLawBroken, {"inner_slope": 2.0}, "`inner_slope` must be 0 or more and below 2, but is 2.0; from 2 on the centre"),
    (PowerLawBroken, {"outer_slope": 4.0}, "`outer_slope` must be 0 or more and below 4, but is 4.0; the formulas hold below"),
    (PowerLawBroken, {"break_radius": 0.0}, "`break_radius` must be positive and finite, but is 0.0; give a value above zero"),
    (PowerLawBroken, {"einstein_radius": -1.0}, "`einstein_radius` must be zero or positive"),
    (PowerLawBroken, {"ell_comps": (0.8, 0.6)}, "`ell_comps` must have a length"),
    (PowerLawMultipole, {"slope": 1.0}, "`slope` must be between 1 and 3, exclusive, but is 1.0; 2 is isothermal"),
    (PowerLawMultipole, {"slope": np.asarray([1.5, 2.0]), "m": 1}, "`slope` must not be 2 for m = 1, but is .*: take a slope"),
    (PowerLawMultipole, {"slope": 2.0, "m": 1}, "`slope` must not be 2 for m = 1, but is 2.0"),
    (PowerLawMultipole, {"m": 0}, "`m` must be a whole number, 1 or more, but is 0; give a Python integer"),
    (PowerLawMultipole, {"m": 2.5}, "`m` must be a whole number, 1 or more, but is 2.5; give a Python integer"),
    (PowerLawMultipole, {"multipole_comps": 0.1}, r"`multipole_comps` must be a pair of numbers or an array of shape"),
    (PowerLawMultipole, {"multipole_comps": (0.1, np.inf)}, "`multipole_comps` must be finite"),
]


@pytest.mark.parametrize(("cls", "fields", "message"), BAD)
def test_bad_parameters_raise(cls, fields, message):
    with pytest.raises(ValueError, match=message):
        cls(**fields)


TRACED_BAD = [
    (PointMass(), {"einstein_radius": -1.0}),
    (MassSheet(), {"kappa": np.nan}),
    (
        PowerLawBroken(),
        {"einstein_radius": -1.0, "inner_slope": 2.0, "outer_slope": 4.0, "break_radius": 0.0, "ell_comps": (0.8, 0.6)},
    ),
    (PowerLawMultipole(m=1, slope=1.7), {"einstein_radius": -1.0, "slope": 2.0}),
]


@pytest.mark.parametrize(("profile", "bad"), TRACED_BAD)
def test_traced_bad_parameters_give_nan(profile, bad):
    points = jnp.asarray(HARD)
    for name, value in bad.items():
        at = (traced(profile, **{name: value}), points)
        for values in changes(*at, *jax.tree_util.tree_map(jnp.ones_like, at))[0]:
            assert np.isnan(values).all()


def test_a_traced_order_raises():
    with pytest.raises(TypeError, match="`m` must be static"):
        jax.jit(lambda m: PowerLawMultipole(m=m).einstein_radius)(4)
