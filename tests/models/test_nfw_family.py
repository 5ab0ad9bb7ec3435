"""NFW haloes against projections of their densities, against other codes, and against their own derivatives."""

import dataclasses

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lensarrays import Grid2DIrregular
from lensarrays.models.mass.cnfw_sph import cNFWSph
from lensarrays.models.mass.nfw import NFW
from lensarrays.models.mass.nfw_sph import NFWSph
from lensarrays.models.mass.nfw_truncated_core import NFWTruncatedCoreSph

QUANTITIES = ("deflections_yx", "convergence", "potential")
RADII = (0.001, 0.05, 0.3, 1.0, 1.3, 20.0)  # over the scale radius


def values_of(profile, quantity, points):
    return getattr(profile, f"{quantity}_2d_from")(Grid2DIrregular(points)).values


# Densities, projected and summed within circles by mpmath's quadrature: convergence and mean convergence at RADII, for
# kappa_s = 1 and r_s = 1.
PROJECTED = {
    NFWSph(): [
        (13.20182522181711, 14.201815445446584),
        (5.399243803687289, 6.38942876015895),
        (2.119334828536431, 2.985660537697541),
        (0.6666666666666666, 1.2274112777602189),
        (0.47980733917447993, 0.9554640281475744),
        (0.0046309072653919646, 0.02378719093548349),
    ],
    cNFWSph(core_radius=0.01): [
        (7.351515957646383, 7.36308264243368),
        (4.958716390618585, 5.593863392201926),
        (2.07618948646097, 2.8687630593810782),
        (0.661955428919861, 1.2059985069612493),
        (0.47714532258540754, 0.9413604162624144),
        (0.004629100786412576, 0.02369464609045088),
    ],
    cNFWSph(core_radius=0.3): [
        (2.056931487465991, 2.056979448872858),
        (1.9777932311864754, 2.0121622037121614),
        (1.3512505880937695, 1.589453692285972),
        (0.5516822398593055, 0.868405354761305),
        (0.4120611713444026, 0.707291267058762),
        (0.0045773689679048865, 0.021825174499714804),
    ],
    cNFWSph(core_radius=0.5): [
        (1.54512972737286, 1.5451525859643638),
        (1.503561796892173, 1.521950460359323),
        (1.1097361583280685, 1.266246625141575),
        (0.4965350287087524, 0.7448025430631287),
        (0.3774631933043939, 0.6164459863380017),
        (0.004542414950745576, 0.02090509282770977),
    ],
    cNFWSph(core_radius=0.9): [
        (1.0720815926460368, 1.0720919300164995),
        (1.0519104994667325, 1.0609489049266756),
        (0.831726658359674, 0.9224180236790044),
        (0.415902024295944, 0.5889277867950657),
        (0.32433501394007047, 0.49766164086457754),
        (0.0044742110640466634, 0.019462062583117265),
    ],
    cNFWSph(core_radius=1.0): [
        (0.9999811972433645, 0.9999902236294751),
        (0.982208356627742, 0.9901849564716604),
        (0.7844942836786614, 0.8663257091611102),
        (0.4, 0.5607446110935521),
        (0.3134950794308792, 0.4756566889730944),
        (0.004457504659737289, 0.019156283670091524),
    ],
    cNFWSph(core_radius=1.7): [
        (0.6913035037489447, 0.6913081920515313),
        (0.6817591790598806, 0.6860679562582069),
        (0.5676933743042144, 0.6157830447923304),
        (0.317204599245841, 0.424168541021777),
        (0.2550964276844726, 0.36661044510721874),
        (0.0043442298575827, 0.017395453917117304),
    ],
    cNFWSph(core_radius=2.5): [
        (0.5188464674091187, 0.518849455095608),
        (0.5126736031482879, 0.5154674918488397),
        (0.4364439871479501, 0.46885688315214297),
        (0.25820611593119014, 0.3352389285476659),
        (0.21145476662874038, 0.2933754131436693),
        (0.004222140624920237, 0.01589732576988048),
    ],
    cNFWSph(core_radius=40.0): [
        (0.04643111986505758, 0.04643128045911168),
        (0.0460905922816253, 0.046245404402805404),
        (0.041628826080516164, 0.04355571603042301),
        (0.02973932896155968, 0.035022461631742906),
        (0.026168100092432305, 0.03207863722193621),
        (0.001886081969618789, 0.0041879330296448174),
    ],
    NFWTruncatedCoreSph(core_radius=0.01, truncation_radius=5.0): [
        (10.453057869752424, 10.458027533173908),
        (7.196529056375826, 8.070055106479776),
        (3.5364200327381696, 4.577695579333052),
        (1.109389431135369, 2.07265514691201),
        (0.7340168991486282, 1.5929265262045784),
        (0.00019805067146066283, 0.016559509758617096),
    ],
    NFWTruncatedCoreSph(core_radius=0.2, truncation_radius=0.4): [
        (2.7293438185350607, 2.7293617527083716),
        (2.642718245829716, 2.685556938645123),
        (1.2344580928201259, 1.7992153683991639),
        (0.10587807387390329, 0.475495995759817),
        (0.04720018455328701, 0.31018604403085404),
        (1.3301935621413428e-06, 0.0015586897284755286),
    ],
    NFWTruncatedCoreSph(core_radius=1.0, truncation_radius=1.0): [
        (1.3333306666706666, 1.3333320000013333),
        (1.3266915835929711, 1.3300083125519535),
        (1.1222399910220802, 1.2232415902140672),
        (0.3333333333333333, 0.6666666666666666),
        (0.18426131940317758, 0.4956629491945477),
        (8.29182239745607e-06, 0.0033250207813798837),
    ],
    NFWTruncatedCoreSph(core_radius=0.05, truncation_radius=1.0): [
        (6.392087940398934, 6.392291331236516),
        (5.684666583835099, 5.998512696902085),
        (2.5871237004527945, 3.558303077023622),
        (0.434440081423378, 1.2332424164316478),
        (0.22066419973633858, 0.8560050853898624),
        (8.300086082035206e-06, 0.0049579380343121385),
    ],
    NFWTruncatedCoreSph(core_radius=2.0, truncation_radius=0.7): [
        (0.6158663829194527, 0.6158671244356844),
        (0.6121785768369685, 0.6140201782840496),
        (0.5027521722814321, 0.5561802245594798),
        (0.13954875264186137, 0.28831099569728685),
        (0.07783369684889077, 0.21309365333897518),
        (4.055017771702729e-06, 0.0014495935453533088),
    ],
}


@pytest.mark.parametrize("halo", list(PROJECTED), ids=repr)
@pytest.mark.parametrize("scale_radius", [1.0, 0.3])
def test_haloes_are_the_projections_of_their_densities(halo, scale_radius):
    convergence, mean = np.asarray(PROJECTED[halo]).T
    halo = type(halo)(kappa_s=1.0, **{name: scale_radius * getattr(halo, name) for name in list(halo.requirements)[1:]})
    points = scale_radius * np.asarray([(0.6 * r, -0.8 * r) for r in RADII])
    np.testing.assert_allclose(values_of(halo, "convergence", points), convergence, rtol=1e-9)
    np.testing.assert_allclose(values_of(halo, "deflections_yx", points), mean[:, None] * points, rtol=1e-9)


# autogalaxy 2026.10: (y, x), deflection, convergence; that of the cored halo is a projection of its density, as autogalaxy's
# own, a sum of Gaussians, is not.
AUTOGALAXY = [
    (
        NFWSph((0.05042877622163883, -0.16840919635847232), 0.05873445244823503, 0.45268621701292616),
        [
            (
                (0.0017659396667659185, -0.0024034541947894313),
                (-0.007364579628609957, 0.025123124616715613),
                0.10305422154984765,
            ),
            ((-1.930515422173673, -1.5145972065488995), (-0.020592138299726347, -0.013993776152670195), 0.003195421263327349),
        ],
    ),
    (
        cNFWSph((0.07209078049753925, -0.16572123671303174), 0.014903485548478382, 6.93560350395248, 3.968550910835177),
        [
            (
                (0.0017659396667659185, -0.0024034541947894313),
                (-0.0014874498255188695, 0.0034543555910130997),
                0.021069260311672604,
            ),
            ((-1.930515422173673, -1.5145972065488995), (-0.034014197436427356, -0.022910611928621073), 0.014662891791350562),
        ],
    ),
    (
        NFW((0.05, -0.02), (0.1, -0.2), 0.1, 1.3),
        [
            ((0.1, 0.2), (0.007744950157574294, 0.0864620528375247), 0.23661424786490692),
            ((-0.5, 1.1), (-0.0520659180183755, 0.12367961435021058), 0.03999555422100543),
            ((0.02, -0.01), (-0.01883673217478392, 0.010927636350624405), 0.6483635091877431),
            ((3.0, 8.0), (0.020929872298210188, 0.0770149150155647), 0.0019418102749852847),
        ],
    ),
    (
        NFW((0.05, -0.02), (0.0, 0.33), 0.1, 0.4),
        [
            ((0.1, 0.2), (0.01070376979518853, 0.026899792841084846), 0.11599626707612053),
            ((1.2, -0.7), (0.025433546697820244, -0.01080156192049949), 0.004417535488735075),
            ((0.02, -0.01), (-0.017524145170175514, 0.003214010916499797), 0.32909982043813274),
        ],
    ),
]


@pytest.mark.parametrize(("halo", "values"), AUTOGALAXY)
def test_haloes_are_those_of_autogalaxy(halo, values):
    points, deflections, convergence = (np.asarray(column) for column in zip(*values, strict=True))
    # Its deflection of a cored halo loses digits where the radii are of like size.
    np.testing.assert_allclose(values_of(halo, "deflections_yx", points), deflections, rtol=2e-10)
    np.testing.assert_allclose(values_of(halo, "convergence", points), convergence, rtol=1e-9)


# Its potential is interpolated from a table, with an error of 1e-4; ours has the deflection as its gradient, see below.
def test_potential_of_the_elliptical_halo_is_that_of_autogalaxy():
    halo, points = NFW((0.05, -0.02), (0.1, -0.2), 0.1, 1.3), [(0.1, 0.2), (-0.5, 1.1), (3.0, 8.0)]
    expected = [0.012418426025390781, 0.13939604203527817, 0.8833041438983941]
    np.testing.assert_allclose(values_of(halo, "potential", points), expected, rtol=2e-4)


# lenstronomy's TNFWC for kappa_s = 0.1: r, deflection, convergence.
LENSTRONOMY = {
    (0.7, 0.05, 3.0): [
        (0.05, 0.03058911597820227, 0.5803748239599041),
        (0.7, 0.1408640760048733, 0.10740176230766181),
        (3.0, 0.08429310117945132, 0.003937879442778938),
    ],
    (0.7, 0.05, 0.4): [
        (0.05, 0.023191260738381674, 0.43101269760370703),
        (0.4, 0.06386844076538256, 0.07304972212196968),
        (3.0, 0.017011380293218376, 0.00012194176470082107),
    ],
    (0.7, 1.1, 3.0): [
        (0.05, 0.0066436965434025904, 0.13257765727451779),
        (0.7, 0.06643627222589622, 0.06929397146159653),
        (20.0, 0.010898281655658437, 3.602221396155661e-06),
    ],
}


@pytest.mark.parametrize("radii", list(LENSTRONOMY))
def test_core_collapsed_halo_is_that_of_lenstronomy(radii):
    halo, (r, deflection, convergence) = NFWTruncatedCoreSph((0.0, 0.0), 0.1, *radii), np.asarray(LENSTRONOMY[radii]).T
    points = np.stack([0 * r, r], axis=-1)
    np.testing.assert_allclose(values_of(halo, "deflections_yx", points)[:, 1], deflection, rtol=1e-11)
    np.testing.assert_allclose(values_of(halo, "convergence", points), convergence, rtol=1e-9)


def test_cored_halo_without_a_core_is_the_singular_one():
    points = np.asarray([(0.0, 1e-3), (0.3, 0.4), (3.0, 40.0)])
    for quantity in QUANTITIES:
        expected = values_of(NFWSph(scale_radius=0.7), quantity, points)
        for core_radius in (1e-9, 1e-30):
            cored = values_of(cNFWSph(scale_radius=0.7, core_radius=core_radius), quantity, points)
            np.testing.assert_allclose(cored, expected, rtol=1e-5 if core_radius > 1e-20 else 1e-8)


def test_elliptical_halo_that_is_round_is_the_spherical_one():
    points = np.asarray([(0.0, 1e-6), (0.3, 0.4), (-0.5, 0.5), (30.0, 40.0)])
    for quantity in ("deflections_yx", "convergence"):
        for f in (0.0, 1e-9):
            expected = values_of(NFWSph(scale_radius=0.7), quantity, points)
            np.testing.assert_allclose(values_of(NFW((0.0, 0.0), (0.0, f), 0.05, 0.7), quantity, points), expected, rtol=4e-9)
    expected = values_of(NFWSph(scale_radius=0.7), "potential", points[1:])
    np.testing.assert_allclose(values_of(NFW(scale_radius=0.7), "potential", points[1:]), expected, rtol=1e-11)


HALOES = [
    NFWSph((0.1, -0.2), 0.1, 0.7),
    cNFWSph((0.1, -0.2), 0.1, 0.7, 0.1),
    cNFWSph((0.1, -0.2), 0.1, 0.7, 0.7),
    cNFWSph((0.1, -0.2), 0.1, 0.7, 3.0),
    NFWTruncatedCoreSph((0.1, -0.2), 0.1, 0.7, 0.05, 2.0),
    NFWTruncatedCoreSph((0.1, -0.2), 0.1, 0.7, 0.7, 0.7),
    NFW((0.1, -0.2), (0.0, 0.0), 0.1, 0.7),
    NFW((0.1, -0.2), (0.3, -0.2), 0.1, 0.7),
]
# The centre, the scale radius, core and truncation radii, and the radii at which the forms of the functions change.
HARD = np.asarray([0.0, 1e-12, 0.02, 0.1, 0.35, 0.56, 0.63, 0.7 * (1 - 1e-9), 0.7, 0.7 * (1 + 1e-9), 2.0, 3.0, 30.0])
POINTS = np.asarray((0.1, -0.2)) + np.stack([0.6 * HARD, 0.8 * HARD], axis=-1)
# float32 against float64: the stated errors.
SINGLE = {NFWSph: 2e-6, cNFWSph: 3e-5, NFWTruncatedCoreSph: 3e-4, NFW: 5e-6}


# How many quantities are compiled: their programs are long.
COMPILED = {NFWSph: 3, cNFWSph: 2, NFWTruncatedCoreSph: 1, NFW: 2}


@jax.jit
def values_and_slopes(halo, points, halo_change, points_change):
    """Return the first quantities, and how they change with parameters and points."""

    def values(halo, points):
        return tuple(values_of(halo, quantity, points) for quantity in QUANTITIES[: COMPILED[type(halo)]])

    return jax.jvp(values, (halo, points), (halo_change, points_change))


@pytest.mark.parametrize("halo", HALOES, ids=repr)
def test_jitted_values_are_those_of_numpy_their_derivatives_finite_and_convergence_half_the_divergence(halo):
    arrays = jax.tree_util.tree_map(jnp.asarray, halo)
    none, ones = (jax.tree_util.tree_map(lambda leaf, v=v: jnp.full_like(leaf, v), arrays) for v in (0.0, 1.0))
    by_y, by_x, neither = (np.broadcast_to(np.asarray(v), POINTS.shape) for v in ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0)))
    values, by_all = values_and_slopes(arrays, POINTS, ones, neither)
    (_, slopes_y), (_, slopes_x) = (values_and_slopes(arrays, POINTS, none, along) for along in (by_y, by_x))
    for quantity, traced in zip(QUANTITIES, values, strict=False):
        np.testing.assert_allclose(traced, values_of(halo, quantity, POINTS), rtol=2e-9, atol=1e-16)
    assert all(np.isfinite(slope).all() for slope in (*by_all, *slopes_y, *slopes_x))
    used = HARD > 1e-8  # within which the profile is constant
    divergence = 0.5 * (slopes_y[0][:, 0] + slopes_x[0][:, 1])
    kappa = values_of(halo, "convergence", POINTS)
    np.testing.assert_allclose(divergence[used], kappa[used], rtol=1e-6 if halo is HALOES[5] else 1e-10)
    np.testing.assert_allclose(slopes_y[0][used, 1], slopes_x[0][used, 0], rtol=1e-9, atol=2e-11)


@pytest.mark.parametrize("halo", HALOES, ids=repr)
def test_deflection_is_the_gradient_of_the_potential(halo):
    used = HARD > 1e-8
    points, step = POINTS[used], 1e-3 * HARD[used]
    for axis in (0, 1):
        shift = np.zeros_like(points)
        shift[:, axis] = step
        near, far = (
            values_of(halo, "potential", points + k * shift) - values_of(halo, "potential", points - k * shift) for k in (1, 2)
        )
        slope = (8 * near - far) / (12 * step)
        error = 1e-6 if halo is HALOES[5] else 1e-9  # its potential is a small difference, as r_t is r_s
        np.testing.assert_allclose(slope, values_of(halo, "deflections_yx", points)[:, axis], rtol=error)


@pytest.mark.parametrize("halo", HALOES, ids=repr)
def test_results_vanish_at_the_centre_and_are_as_precise_in_float32_as_stated(halo):
    halo = dataclasses.replace(halo, centre=(0.0, 0.0))
    radii = np.concatenate([[0.0], np.geomspace(1e-4, 100.0, 100), np.linspace(0.3, 1.2, 50)])
    points = np.stack([0.6 * radii, 0.8 * radii], axis=-1).astype(np.float32)
    for quantity in QUANTITIES:
        single, double = (np.asarray(values_of(halo, quantity, points.astype(dtype))) for dtype in (np.float32, np.float64))
        assert single.dtype == np.float32
        assert np.isfinite(single).all()
        if quantity != "convergence":
            assert (np.abs(double[0]) < 1e-13).all()
        single, double = (v.reshape(radii.size, -1)[1:] for v in (single, double))
        np.testing.assert_allclose(
            np.linalg.norm(single - double, axis=-1) / np.linalg.norm(double, axis=-1), 0, atol=SINGLE[type(halo)]
        )


@pytest.mark.parametrize("halo", [HALOES[0], HALOES[1], HALOES[4], HALOES[7]], ids=repr)
def test_strict_arrays_give_what_numpy_does_and_batches_are_ordinary(halo):
    batch = jax.tree_util.tree_map(lambda leaf: np.asarray([leaf, 1.1 * leaf]), halo)
    strict = jax.tree_util.tree_map(array_api_strict.asarray, batch)
    for quantity in QUANTITIES:
        expected = values_of(halo, quantity, POINTS)
        batched = values_of(batch, quantity, POINTS)
        assert batched.shape == (2, *expected.shape)
        np.testing.assert_array_equal(batched[0], expected)
        np.testing.assert_array_equal(np.asarray(values_of(strict, quantity, array_api_strict.asarray(POINTS))), batched)


@pytest.mark.parametrize(
    ("cls", "arguments", "message"),
    [
        (NFWSph, {"scale_radius": 0.0}, "`scale_radius` must be positive and finite"),
        (NFWSph, {"kappa_s": np.nan}, "`kappa_s` must be finite"),
        (cNFWSph, {"core_radius": 0.0}, "`core_radius` must be positive and finite"),
        (cNFWSph, {"scale_radius": -1.0}, "`scale_radius` must be positive and finite"),
        (NFWTruncatedCoreSph, {"core_radius": -0.1}, "`core_radius` must be positive and finite"),
        (NFWTruncatedCoreSph, {"truncation_radius": 0.0}, "`truncation_radius` must be positive and finite"),
        (NFW, {"ell_comps": (0.8, 0.7)}, "`ell_comps` must have a length"),
        (NFW, {"scale_radius": np.inf}, "`scale_radius` must be positive and finite"),
    ],
)
def test_bad_parameters_are_refused(cls, arguments, message):
    with pytest.raises(ValueError, match=message):
        cls(**arguments)


@pytest.mark.parametrize("cls", [NFWSph, cNFWSph, NFWTruncatedCoreSph, NFW])
def test_traced_parameters_that_are_bad_give_nan(cls):
    # What a tracer of a negative radius becomes, without the compilation.
    for name in [name for name in cls.requirements if name.endswith("radius")]:
        bad = cls()
        object.__setattr__(bad, name, -1.0)
        for quantity in QUANTITIES:
            assert np.isnan(values_of(bad, quantity, POINTS)).all()
