"""Fits of images: values of autolens, derivatives, what is known of simple lenses, and what cannot be fitted.

The reference values are those of autolens 2026.10.26.1, for two draws of the parameters of one lens. Its adaptive rectangles
are off by a row, which `centred=False` is as well.
"""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lensarrays as la
from lensarrays.models._sources import sources_from
from lensarrays.ops.inversion import ActiveSet, Dense, PrecomputedTiles, Tiles
from lensarrays.ops.inversion.inversion import usable_where

REFERENCE = dict(np.load(Path(__file__).parent / "data" / "imaging_likelihood.npz"))
MASK = la.Mask2D(REFERENCE["mask"], pixel_scales=0.05)
DATASET = (
    la.Imaging(
        la.Array2D.no_mask(REFERENCE["data"], 0.05),
        la.Array2D.no_mask(REFERENCE["noise_map"], 0.05),
        la.Kernel2D.no_mask(REFERENCE["psf"], 0.05),
    )
    .apply_mask(MASK)
    .apply_over_sampling(REFERENCE["over_sample_lp"].astype(int), 1)
)
ADAPT_IMAGE = la.Array2D(REFERENCE["adapt_image"], MASK)
VERTICES = la.Grid2DIrregular(REFERENCE["vertices"])
MESHES = {
    "uniform": la.mesh.RectangularUniform((12, 12)),
    "bilinear_density": la.mesh.RectangularBilinearAdaptDensity((12, 12), centred=False),
    "bilinear_image": la.mesh.RectangularBilinearAdaptImage((12, 12), centred=False),
    "rtu_density": la.mesh.RectangularRTUAdaptDensity((12, 12), centred=False),
    "rtu_image": la.mesh.RectangularRTUAdaptImage((12, 12), centred=False),
    "delaunay": la.mesh.Delaunay(),
}
SOLUTIONS = {"positive": {}, "all pixels": {"use_edge_zeroed_pixels": False}, "any sign": {"use_positive_only_solver": False}}
TERMS = (
    *("chi_squared", "regularization_term", "log_det_curvature_reg_matrix_term", "log_det_regularization_matrix_term"),
    *("noise_normalization", "log_evidence"),
)


def pixelization_of(name, adapt_image=ADAPT_IMAGE):
    if name == "delaunay":
        return la.Pixelization(MESHES[name], la.reg.ConstantSplit(1.3), adapt_image=adapt_image, mesh_grid=VERTICES)
    return la.Pixelization(MESHES[name], la.reg.Constant(1.3), adapt_image=adapt_image)


def tracer_of(draw, name):
    """Return the lens of a draw, with four linear Gaussians as its light, and the source on a mesh."""
    names = ("lens_centre", "lens_ell", "einstein_radius", "shear", "light_centre", "light_ell")
    centre, ell_comps, einstein_radius, shear, *of_light = (REFERENCE[each][draw] for each in names)
    lens = la.Galaxy(
        redshift=0.5,
        light=[la.lp_linear.Gaussian(*map(tuple, of_light), sigma=REFERENCE["sigmas"])],
        mass=[
            la.mp.Isothermal(tuple(centre), tuple(ell_comps), float(einstein_radius)),
            la.mp.ExternalShear(*map(float, shear)),
        ],
    )
    return la.Tracer([lens, la.Galaxy(redshift=1.0, pixelization=pixelization_of(name))])


def assert_terms(fit, expected, atol=1e-7):
    np.testing.assert_allclose([getattr(fit.inversion.evidence, term) for term in TERMS], expected, rtol=0, atol=atol)


# What autolens finds.


@pytest.mark.parametrize("name", MESHES)
def test_the_evidence_is_that_of_autolens(name):
    for draw in (0, 1):
        for k, options in enumerate(SOLUTIONS.values()):
            fit = la.FitImaging(DATASET, tracer_of(draw, name), **options)
            assert_terms(fit, REFERENCE[f"terms_{name}"][draw, k])
            assert fit.inversion.kkt_residual < 1e-13
            if draw == k == 0:
                expected = REFERENCE[f"reconstruction_{name}"]
                np.testing.assert_allclose(fit.inversion.reconstruction, expected, rtol=1e-9, atol=1e-10)
                assert fit.figure_of_merit == fit.log_evidence


@pytest.mark.parametrize(("method", "name"), [(Tiles(), "delaunay"), (Dense(ActiveSet()), "rtu_image")], ids=["tiles", "dense"])
def test_other_methods_find_it_too(method, name):
    fit = la.FitImaging(DATASET, tracer_of(1, name), method=method)
    assert_terms(fit, REFERENCE[f"terms_{name}"][1, 0])
    assert f"method={type(method).__name__}(" in repr(fit)


@pytest.mark.parametrize("name", ["bilinear_image", "delaunay"])
def test_an_over_sampled_source_is_that_of_autolens(name):
    dataset = DATASET.apply_over_sampling(over_sample_size_pixelization=2)
    for method in (PrecomputedTiles(), Tiles()):
        fit = la.FitImaging(dataset, tracer_of(0, name), method=method)
        assert_terms(fit, REFERENCE[f"terms_over_sampled_{name}"])


def bulge_and_disk(lp):
    (y, x, *ell, intensity, radius, index), disk = REFERENCE["bulge"].tolist(), REFERENCE["disk"].tolist()
    intensities = ({}, {}) if lp is la.lp_linear else ({"intensity": intensity}, {"intensity": disk[4]})
    bulge = lp.Sersic(centre=(y, x), ell_comps=tuple(ell), effective_radius=radius, sersic_index=index, **intensities[0])
    exponential = lp.Exponential(centre=tuple(disk[:2]), ell_comps=tuple(disk[2:4]), effective_radius=disk[5], **intensities[1])
    return la.Tracer([la.Galaxy(redshift=0.5, light=[bulge, exponential])])


def test_a_fit_of_light_is_that_of_autolens():
    fit = la.FitImaging(DATASET, bulge_and_disk(la.lp))
    found = [fit.chi_squared, fit.noise_normalization, fit.log_likelihood]
    np.testing.assert_allclose(found, REFERENCE["light_terms"], rtol=1e-12)
    np.testing.assert_allclose(fit.model_data.values[::25], REFERENCE["light_image"], rtol=1e-11)
    assert fit.figure_of_merit == fit.log_likelihood
    assert fit.converged
    assert (fit.inversion, fit.source_galaxies) == (None, ())
    np.testing.assert_allclose(np.sum(fit.chi_squared_map.values), fit.chi_squared, rtol=1e-12)
    for ask in (lambda: fit.source_reconstructions, lambda: fit.log_likelihood_with_regularization):
        with pytest.raises(ValueError, match="`tracer` must have linear light or a pixelization for this, but has neither"):
            ask()


def test_a_fit_of_linear_light_is_that_of_autolens():
    tracer = bulge_and_disk(la.lp_linear)
    fit = la.FitImaging(DATASET, tracer)
    found = [fit.chi_squared, fit.noise_normalization, fit.log_likelihood]
    np.testing.assert_allclose(found, REFERENCE["linear_terms"][:3], rtol=1e-10)
    np.testing.assert_allclose(fit.inversion.light_intensities, REFERENCE["linear_reconstruction"], rtol=1e-9)
    assert fit.figure_of_merit == fit.log_likelihood
    with pytest.raises(ValueError, match=r"`tracer` must have a galaxy with a pixelization for a log evidence, but has none"):
        fit.log_evidence  # noqa: B018
    solved = fit.tracer_linear_light_profiles_to_light_profiles
    np.testing.assert_allclose(la.FitImaging(DATASET, solved).model_data.values, fit.model_data.values, rtol=1e-10)
    assert la.FitImaging(DATASET, solved).tracer_linear_light_profiles_to_light_profiles is solved


# Small data, and whatever there is in one model.

SMALL = la.Mask2D.circular((20, 22), radius=0.95, pixel_scales=0.1)
RNG = np.random.default_rng(7)
PSF = la.Kernel2D.no_mask(RNG.uniform(0.1, 1.0, (3, 5)), 0.1).normalized
GRID = la.Grid2D.from_mask(SMALL, over_sample_size=2)


def dataset_of(psf=PSF, **sizes):
    data = la.Array2D(RNG.uniform(0.0, 2.0, SMALL.pixels_in_mask), SMALL)
    return la.Imaging(data, la.Array2D(RNG.uniform(0.5, 1.0, data.shape), SMALL), psf, **{"over_sample_size_lp": 2, **sizes})


def source_of(shape=(5, 6), redshift=1.0, mass=(), **changes):
    pixelization = la.Pixelization(la.mesh.RectangularUniform(shape), la.reg.Constant(1.0), **changes)
    return la.Galaxy(redshift=redshift, mass=mass, pixelization=pixelization)


LENS = la.Galaxy(
    redshift=0.5,
    light=[
        la.lp.Sersic(intensity=0.2, effective_radius=0.4),
        la.lp_linear.Gaussian(ell_comps=(0.1, 0.0), sigma=np.asarray([0.1, 0.4])),
    ],
    mass=la.mp.Isothermal(ell_comps=(0.1, -0.05), einstein_radius=0.5),
)
SECOND = la.Galaxy(redshift=1.0, light=la.lp_linear.Sersic(effective_radius=0.1), mass=la.mp.Isothermal(einstein_radius=0.1))
MODELS = {
    "two planes": [source_of((4, 4), 2.0), LENS, source_of(mass=la.mp.Isothermal(einstein_radius=0.1))],
    "one plane": [LENS, source_of(), source_of((3, 4))],
    "light in front and behind": [LENS, SECOND, source_of((5, 5), 2.0)],
    "vertices on two planes": [
        LENS,
        la.Galaxy(1.0, pixelization=la.Pixelization(la.mesh.Delaunay(), la.reg.Constant(1.0), la.image_mesh.Overlay((5, 5)))),
        la.Galaxy(2.0, pixelization=la.Pixelization(la.mesh.Delaunay(), la.reg.Constant(1.0), mesh_grid=VERTICES)),
    ],
}


@pytest.mark.parametrize("name", MODELS)
def test_whatever_is_in_one_model_adds_up(name):
    dataset = dataset_of(over_sample_size_pixelization=2)
    tracer = la.Tracer(MODELS[name])
    fit = la.FitImaging(dataset, tracer)
    dense = la.FitImaging(dataset, tracer, method=Dense(ActiveSet()))
    assert_terms(fit, [getattr(dense.inversion.evidence, term) for term in TERMS], atol=1e-6)
    assert fit.source_galaxies == tuple(i for i, galaxy in enumerate(MODELS[name]) if galaxy.pixelization is not None)
    images = fit.model_images_of_galaxies
    assert len(images) == len(MODELS[name])
    np.testing.assert_allclose(sum(image.values for image in images), fit.model_data.values, rtol=1e-11)
    others = sum((image for image in images[1:]), start=0.0 * images[0])
    np.testing.assert_allclose(fit.subtracted_images_of_galaxies[0].values, (fit.data - others).values, atol=1e-12)
    residuals = fit.data.values - fit.model_data.values
    np.testing.assert_allclose(fit.residual_map.values, residuals, atol=1e-13)
    np.testing.assert_allclose(fit.normalized_residual_map.values, residuals / fit.noise_map.values, atol=1e-12)
    np.testing.assert_allclose(np.sum(fit.chi_squared_map.values), fit.chi_squared, rtol=1e-10)
    np.testing.assert_allclose((fit.data - fit.blurred_image).values, fit.profile_subtracted_image.values)
    np.testing.assert_allclose(fit.reduced_chi_squared, fit.chi_squared / SMALL.pixels_in_mask)
    evidence = fit.inversion.evidence
    np.testing.assert_allclose(fit.log_likelihood, -0.5 * (evidence.chi_squared + evidence.noise_normalization), rtol=1e-12)
    assert fit.log_likelihood_with_regularization == evidence.log_likelihood_with_regularization
    errors = np.sqrt(np.diag(np.linalg.inv(fit.inversion.curvature_reg_matrix)))
    ends = np.cumsum([len(fit.inversion.light_intensities), *(len(part) for part in fit.source_reconstructions)])
    for part, start, end in zip(fit.source_reconstruction_noise_maps, ends[:-1], ends[1:], strict=True):
        np.testing.assert_allclose(part, errors[start:end], rtol=1e-6)


def test_sources_are_seen_where_rays_end():
    tracer, dataset = la.Tracer(MODELS["two planes"]), dataset_of(over_sample_size_pixelization=2)
    fit = la.FitImaging(dataset, tracer, use_border_relocator=False)
    rays = {
        plane: grid.values
        for plane, grid in zip((0.5, 1.0, 2.0), tracer.traced_grid_2d_list_from(GRID.over_sampled), strict=True)
    }
    for redshift, mapper, values in zip((2.0, 1.0), fit.inversion.mappers, fit.source_reconstructions, strict=True):
        # On this mesh a source that is a plane is interpolated as it is.
        coordinates = mapper.mesh_grid
        np.testing.assert_allclose(
            np.sum(coordinates[mapper.indexes] * mapper.weights[..., None], axis=1), rays[redshift], atol=1e-9
        )
        assert values.shape == (mapper.pixels,)
    assert not np.allclose(fit.log_evidence, la.FitImaging(dataset, tracer).log_evidence)


def test_without_a_psf_the_image_is_as_it_was_traced():
    dataset = dataset_of(psf=None, over_sample_size_pixelization=1)
    tracer = la.Tracer([LENS, source_of()])
    fit = la.FitImaging(dataset, tracer)
    ordinary = la.Galaxy(0.5, light=LENS.light[0])
    np.testing.assert_allclose(fit.blurred_image.values, ordinary.image_2d_from(dataset.grid).values, rtol=1e-12)
    (mapper,), (values,) = fit.inversion.mappers, fit.source_reconstructions
    np.testing.assert_allclose(fit.model_images_of_galaxies[1].values, mapper.mapped_from(values), rtol=1e-12)
    dense = la.FitImaging(dataset, tracer, method=Dense(ActiveSet()))
    np.testing.assert_allclose(fit.log_evidence, dense.log_evidence, rtol=1e-12)


@pytest.mark.parametrize("mesh", [la.mesh.RectangularUniform((25, 25)), la.mesh.Delaunay()], ids=["rectangular", "delaunay"])
def test_the_magnification_is_that_of_a_known_lens(mesh):
    # Half of the critical density spreads a source over four times its area.
    mask = la.Mask2D.circular((40, 40), radius=1.9, pixel_scales=0.1)
    lens = la.Galaxy(redshift=0.5, mass=la.mp.MassSheet(kappa=0.5))
    light = la.lp.Gaussian(centre=(0.1, -0.05), intensity=3.0, sigma=0.2)
    simulator = la.SimulatorImaging(
        exposure_time=1e4, background_sky_level=1.0, psf=la.Kernel2D.from_gaussian((5, 5), 0.1, 0.1)
    )
    grid = la.Grid2D.uniform((40, 40), pixel_scales=0.1)
    dataset = simulator.via_tracer_from(la.Tracer([lens, la.Galaxy(redshift=1.0, light=light)]), grid).apply_mask(mask)
    image_mesh = la.image_mesh.Overlay((25, 25)) if mesh.needs_mesh_grid else None
    pixelization = la.Pixelization(mesh, la.reg.Constant(0.1), image_mesh)
    fit = la.FitImaging(dataset, la.Tracer([lens, la.Galaxy(redshift=1.0, pixelization=pixelization)]))
    assert np.abs(fit.normalized_residual_map.values).max() < 1.0
    np.testing.assert_allclose(fit.magnifications, [4.0], rtol=0.01)
    flux = np.sum(fit.source_reconstructions[0] * la.mesh.pixel_areas_from(fit.inversion.mappers[0]))
    np.testing.assert_allclose(flux, 2 * np.pi * 3.0 * 0.2**2, rtol=0.01)


# As a user of JAX writes it.


def files_of_an_observation(folder):
    source = la.Galaxy(redshift=1.0, light=la.lp.Gaussian(centre=(0.05, 0.1), intensity=4.0, sigma=0.1))
    lens = la.Galaxy(redshift=0.5, light=la.lp.Gaussian(intensity=1.0, sigma=0.3), mass=la.mp.Isothermal(einstein_radius=0.6))
    psf = la.Kernel2D.from_gaussian((5, 5), pixel_scales=0.05, sigma=0.05, normalize=True)
    simulator = la.SimulatorImaging(exposure_time=1000.0, background_sky_level=1.0, psf=psf)
    grid = la.Grid2D.uniform((44, 44), pixel_scales=0.05)
    simulator.via_tracer_from(la.Tracer([lens, source]), grid, key=np.random.default_rng(1)).output_to_fits(folder)


def test_the_evidence_and_its_derivative_as_a_user_writes_them(tmp_path, monkeypatch):
    files_of_an_observation(tmp_path)
    monkeypatch.chdir(tmp_path)
    dataset = la.Imaging.from_fits(
        data_path="data.fits", noise_map_path="noise_map.fits", psf_path="psf.fits", pixel_scales=0.05
    )
    mask = la.Mask2D.circular(shape_native=dataset.shape_native, pixel_scales=0.05, radius=0.9)
    dataset = dataset.apply_mask(mask).apply_over_sampling(over_sample_size_pixelization=2)
    sigmas = np.geomspace(0.02, 1.0, 60)

    def fit_of(theta):
        lens = la.Galaxy(
            redshift=0.5,
            light=[la.lp_basis.Basis(la.lp_linear.Gaussian(sigma=sigmas, **theta["bulge"]))],
            mass=[la.mp.Isothermal(**theta["lens"]), la.mp.ExternalShear(**theta["shear"])],
        )
        source = la.Galaxy(
            redshift=1.0,
            pixelization=la.Pixelization(
                mesh=la.mesh.RectangularRTUAdaptDensity(shape=(9, 9)),
                regularization=la.reg.Constant(coefficient=theta["coefficient"]),
            ),
        )
        return la.FitImaging(dataset, la.Tracer([lens, source]))

    def merits_of(theta, weights):
        fit = fit_of(theta)
        light, sky = fit.inversion.reconstruction[:60], fit.inversion.reconstruction[60:]
        merits = fit.log_evidence, 1e-2 * fit.log_likelihood, light.sum() + (sky**2).sum()
        return sum(weight * merit for weight, merit in zip(weights, merits, strict=True)), fit

    thetas = [
        {
            "bulge": {"centre": np.asarray([0.01, -0.02]), "ell_comps": np.asarray([0.05 * k, 0.03])},
            "lens": {
                "centre": np.asarray([0.0, 0.01]),
                "ell_comps": np.asarray([0.05, -0.02]),
                "einstein_radius": 0.6 + 0.01 * k,
            },
            "shear": {"gamma_1": 0.01, "gamma_2": -0.02},
            "coefficient": 1.0 + k,
        }
        for k in range(3)
    ]
    batch = jax.tree_util.tree_map(lambda *leaves: jnp.asarray(np.stack(leaves)), *thetas)
    quick = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
    function = jax.jit(jax.vmap(jax.value_and_grad(merits_of, has_aux=True)), compiler_options=quick)
    (values, fits), gradients = function(batch, jnp.eye(3))
    assert isinstance(fits, la.FitImaging)
    for k, theta in enumerate(thetas):
        weights = np.eye(3)[k]
        value, fit = merits_of(theta, weights)
        np.testing.assert_allclose(values[k], value, rtol=1e-9)
        np.testing.assert_allclose(fits.log_evidence[k], fit.log_evidence, rtol=1e-10)
        np.testing.assert_allclose(fits.inversion.reconstruction[k], fit.inversion.reconstruction, rtol=1e-5, atol=1e-7)
        direction = jax.tree_util.tree_map(lambda leaf: RNG.normal(size=np.shape(leaf)), theta)

        def along(step, theta=theta, direction=direction, weights=weights):
            moved = jax.tree_util.tree_map(lambda leaf, d: leaf + step * d, theta, direction)
            return merits_of(moved, weights)[0]

        gradient = jax.tree_util.tree_map(lambda leaf, k=k: np.asarray(leaf[k]), gradients)
        slope = sum(
            np.sum(part) for part in jax.tree_util.tree_leaves(jax.tree_util.tree_map(np.multiply, gradient, direction))
        )
        np.testing.assert_allclose(slope, (along(1e-7) - along(-1e-7)) / 2e-7, rtol=1e-6)


# What cannot be fitted.


def test_models_without_an_evidence_are_refused():
    dataset = dataset_of(over_sample_size_pixelization=1)
    with pytest.raises(ValueError, match="`mappers` must not have more pixels than there are data, "):
        la.FitImaging(dataset, la.Tracer([source_of((20, 20))]))
    adapt_image = la.Array2D(1.0 + np.arange(SMALL.pixels_in_mask), SMALL)
    pixelization = la.Pixelization(la.mesh.RectangularUniform((4, 4)), la.reg.BrightnessZeroth(1.0), adapt_image=adapt_image)
    fit = la.FitImaging(dataset, la.Tracer([la.Galaxy(1.0, pixelization=pixelization)]))
    assert fit.converged
    with pytest.raises(ValueError, match="`regularization` must have a positive definite matrix for a log evidence, but"):
        fit.log_evidence  # noqa: B018
    with pytest.raises(TypeError, match="`dataset` must be of type Imaging, but is Array2D"):
        la.FitImaging(dataset.data, la.Tracer([LENS]))
    with pytest.raises(TypeError, match="`tracer` must be of type Tracer, but is Galaxy"):
        la.FitImaging(dataset, LENS)
    for name in ("use_border_relocator", "use_edge_zeroed_pixels"):
        with pytest.raises(TypeError, match=f"`{name}` must be True or False, but is 'no'"):
            la.FitImaging(dataset, la.Tracer([LENS]), **{name: "no"})


def test_rays_that_all_end_at_one_point_are_refused_and_under_jit_flagged():
    def tracer_with(kappa):
        return la.Tracer([la.Galaxy(redshift=0.5, mass=la.mp.MassSheet(kappa=kappa)), source_of()])

    dataset = dataset_of(over_sample_size_pixelization=1)
    with pytest.raises(ValueError, match="`tracer` must bring rays to more than one point of a source plane, but all end at"):
        la.FitImaging(dataset, tracer_with(1.0))
    fit = la.FitImaging(dataset, tracer_with(0.9))
    are_spread = jax.jit(
        lambda kappa: sources_from(tracer_with(kappa), dataset.grids.pixelization, use_border_relocator=True).are_spread
    )
    assert are_spread(0.9)
    assert not are_spread(1.0)
    flagged = usable_where(fit.inversion, np.asarray([True, False]))
    np.testing.assert_array_equal(flagged.converged, [True, False])
    np.testing.assert_array_equal(flagged.evidence.log_evidence, [fit.log_evidence, -np.inf])


def test_derivatives_by_the_extent_of_a_mesh_do_not_depend_on_how_xla_rounds():
    mask = la.Mask2D.circular((44, 44), radius=0.9, pixel_scales=0.05)
    n = mask.pixels_in_mask
    dataset = la.Imaging(la.Array2D(np.ones(n), mask), la.Array2D(np.ones(n), mask), None, 1, 1)
    weights = RNG.normal(size=(n, 4))

    def total(radius):
        lens = la.Galaxy(0.5, mass=la.mp.Isothermal((0.01, 0.02), (0.1, -0.05), radius))
        (mapper,) = sources_from(
            la.Tracer([lens, source_of((9, 9))]), dataset.grids.pixelization, use_border_relocator=False
        ).mappers
        return (mapper.weights * weights).sum()

    expected = (total(0.6 + 1e-7) - total(0.6 - 1e-7)) / 2e-7
    for options in ({"xla_backend_optimization_level": 0}, None):
        np.testing.assert_allclose(jax.jit(jax.grad(total), compiler_options=options)(0.6), expected, rtol=1e-6)
