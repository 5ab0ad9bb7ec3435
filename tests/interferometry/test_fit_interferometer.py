"""Fits of visibilities: against dense matrices of visibilities, a value of autolens, derivatives, and what cannot be fitted."""

import dataclasses
import warnings

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize

import lensarrays as la
from lensarrays.models._linear_light import light_images_from
from lensarrays.ops.interferometry.methods import DenseWTilde, FourierWTilde, StridedWTilde

RNG = np.random.default_rng(4)
K = 70
# How fast the result runs is no concern: so it is compiled in half of the time.
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
METHODS = {"strided": StridedWTilde(), "dense": DenseWTilde(), "fourier": FourierWTilde()}


def make_mask() -> la.Mask2D:
    """A disc with a hole, off the centre, of pixels that are not square."""
    y, x = np.mgrid[:11, :13]
    used = ((y - 4) ** 2 + (x - 7) ** 2 < 18) & ((y - 4) ** 2 + (x - 6) ** 2 > 1)
    return la.Mask2D(~used, pixel_scales=(0.2, 0.15))


MASK = make_mask()
N = MASK.pixels_in_mask
CENTRE = tuple(np.mean(la.Grid2D.from_mask(MASK).values, axis=0).tolist())
UV = RNG.uniform(-4e5, 4e5, (K, 2))
DATA = 3.0 * np.exp(-np.sum((UV / 3e5) ** 2, axis=-1)) * np.exp(-1e-6j * UV[:, 0]) + RNG.normal(size=(K, 2)) @ [0.2, 0.2j]
NOISE = {
    "equal": RNG.uniform(0.15, 0.3, K) * (1 + 1j),
    "unequal": RNG.uniform(0.15, 0.2, K) + 1j * RNG.uniform(0.2, 0.4, K),
}
SIZES = {"over_sample_size_lp": 2, "over_sample_size_pixelization": 2}


def make_dataset(noise="unequal", xp=np, transformer_class=la.TransformerDFT):
    parts = la.Visibilities(xp.asarray(DATA)), la.Visibilities(xp.asarray(NOISE[noise])), xp.asarray(UV)
    return la.Interferometer(*parts, MASK, transformer_class, **SIZES)


DATASETS = {noise: make_dataset(noise) for noise in NOISE}
MASS = la.mp.Isothermal(centre=CENTRE, ell_comps=(0.1, -0.05), einstein_radius=0.3)
BULGE = la.lp.Sersic(centre=CENTRE, intensity=0.02, effective_radius=0.3, sersic_index=1.5)
LINEAR = la.lp_linear.Gaussian(centre=CENTRE, ell_comps=(0.1, 0.0), sigma=np.asarray([0.1, 0.4]))
BASIS = la.lp_basis.Basis([la.lp_linear.Gaussian(centre=CENTRE, sigma=sigma) for sigma in (0.1, 0.2, 0.5)])


def source_of(shape=(4, 5), coefficient=1.0, redshift=1.0, **changes):
    # Of `Constant` alone the determinant, and what two sources have in common, would be known to a part in 10^8 only.
    pixelization = la.Pixelization(la.mesh.RectangularUniform(shape), la.reg.ConstantZeroth(coefficient, 0.3), **changes)
    return la.Galaxy(redshift=redshift, pixelization=pixelization)


DELAUNAY = la.Pixelization(la.mesh.Delaunay(), la.reg.ConstantSplit(1.0), la.image_mesh.Overlay((5, 5)))
MODELS = {
    "light": [la.Galaxy(0.5, light=BULGE, mass=MASS), la.Galaxy(1.0, light=la.lp.Gaussian(CENTRE, intensity=0.3, sigma=0.1))],
    "linear light": [la.Galaxy(0.5, light=[LINEAR, BULGE], mass=MASS)],
    "a basis": [la.Galaxy(0.5, light=BASIS)],
    "a source": [la.Galaxy(0.5, mass=MASS), source_of()],
    "a Delaunay source": [la.Galaxy(0.5, mass=MASS), la.Galaxy(1.0, pixelization=DELAUNAY)],
    "all": [source_of((3, 3), 0.7, redshift=2.0), la.Galaxy(0.5, light=[BULGE, LINEAR], mass=MASS), source_of()],
}


# What it is, by visibilities and dense matrices.


def over_noise(visibilities, noise):
    """Return real and then imaginary parts over their noise, of (k,) or (k, s)."""
    sigma = noise.reshape(-1, *(1,) * (visibilities.ndim - 1))
    return np.concatenate([visibilities.real / sigma.real, visibilities.imag / sigma.imag])


def in_blocks(*matrices):
    ends = np.cumsum([0, *(len(matrix) for matrix in matrices)])
    result = np.zeros((ends[-1], ends[-1]))
    for matrix, start, end in zip(matrices, ends[:-1], ends[1:], strict=True):
        result[start:end, start:end] = matrix
    return result


def written_out(fit, *, positive, edges=True):
    """Return the solution and all terms, from visibilities of every column of the mapping matrix."""
    dataset, noise = fit.dataset, fit.dataset.noise_map.values
    images = light_images_from(fit.tracer, dataset.grids.lp)
    columns = [] if images.columns is None else [np.asarray(images.columns).T]
    matrix = np.concatenate([*columns, *(mapper.mapping_matrix for mapper in fit.inversion.mappers)], axis=1)
    transformed = over_noise(dataset.transformer.transform_mapping_matrix(matrix), noise)
    ordinary = np.zeros(N) if images.ordinary is None else images.ordinary
    data = over_noise(DATA - dataset.transformer.visibilities_from(la.Array2D(ordinary, MASK)).values, noise)
    pixelizations = [fit.tracer.galaxies[i].pixelization for i in fit.source_galaxies]
    pairs = list(zip(pixelizations, fit.inversion.mappers, strict=True))
    smooth = (
        in_blocks(*(p.regularization.regularization_matrix_from(mapper) for p, mapper in pairs)) if pairs else np.zeros((0, 0))
    )
    s, size = len(smooth), matrix.shape[1]
    curvature = transformed.T @ transformed + in_blocks(1e-3 * np.eye(size - s), smooth)
    vector, kept = transformed.T @ data, np.ones(size, dtype=bool)
    if positive and edges and pairs:
        edge = [p.mesh.edge_pixels(mapper) for p, mapper in pairs]
        held = [np.zeros(m.pixels, dtype=bool) if e is None else np.asarray(e) for e, (_, m) in zip(edge, pairs, strict=True)]
        kept[size - s :] = ~np.concatenate(held)
    values = np.zeros(size)
    if positive:
        root = np.linalg.cholesky(curvature[np.ix_(kept, kept)]).T
        values[kept] = scipy.optimize.nnls(root, np.linalg.solve(root.T, vector[kept]))[0]
    else:
        values = np.linalg.solve(curvature, vector)
    chi_squared = np.sum((data - transformed @ values) ** 2)
    source = values[size - s :]
    normalization = np.sum(np.log(2 * np.pi * noise.real**2) + np.log(2 * np.pi * noise.imag**2))
    log_dets = [np.linalg.slogdet(part)[1] for part in (curvature[size - s :, size - s :], smooth)] if s else [0.0, 0.0]
    terms = [chi_squared, source @ smooth @ source, *log_dets, normalization]
    return values, terms


def terms_of(fit):
    evidence = fit.inversion.evidence
    names = "chi_squared", "regularization_term", "log_det_curvature_reg_matrix_term", "log_det_regularization_matrix_term"
    return [float(getattr(evidence, name)) for name in names] + [float(evidence.noise_normalization)]


@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize("positive", [True, False], ids=["positive", "any sign"])
@pytest.mark.parametrize("name", [name for name in MODELS if name != "light"])
def test_what_is_solved_for_is_what_dense_matrices_of_visibilities_give(name, positive, noise):
    for method in METHODS.values():
        fit = la.FitInterferometer(DATASETS[noise], la.Tracer(MODELS[name]), use_positive_only_solver=positive, method=method)
        values, terms = written_out(fit, positive=positive)
        np.testing.assert_allclose(fit.reconstruction, values, rtol=1e-7, atol=1e-9 * np.max(np.abs(values)))
        np.testing.assert_allclose(terms_of(fit), terms, rtol=1e-9, atol=1e-9)
        likelihood = -0.5 * (terms[0] + terms[4])
        np.testing.assert_allclose(fit.log_likelihood, likelihood, rtol=1e-9)
        evidence = -0.5 * (terms[0] + terms[1] + terms[2] - terms[3] + terms[4])
        np.testing.assert_allclose(fit.figure_of_merit, evidence if fit.source_galaxies else likelihood, rtol=1e-9)
        assert fit.converged


def test_pixels_on_the_edge_may_be_anything():
    fit = la.FitInterferometer(DATASETS["unequal"], la.Tracer(MODELS["a source"]), use_edge_zeroed_pixels=False)
    values, terms = written_out(fit, positive=True, edges=False)
    np.testing.assert_allclose(fit.reconstruction, values, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(terms_of(fit), terms, rtol=1e-9)
    held = la.FitInterferometer(DATASETS["unequal"], la.Tracer(MODELS["a source"]))
    assert held.log_evidence < fit.log_evidence


@pytest.mark.parametrize("noise", NOISE)
def test_a_fit_of_light_is_that_of_its_visibilities(noise):
    fit = la.FitInterferometer(DATASETS[noise], la.Tracer(MODELS["light"]))
    image = fit.tracer.image_2d_from(fit.dataset.grid)
    np.testing.assert_allclose(fit.model_image.values, image.values, rtol=1e-12)
    residuals = over_noise(DATA - fit.dataset.transformer.visibilities_from(image).values, NOISE[noise])
    np.testing.assert_allclose(fit.chi_squared, np.sum(residuals**2), rtol=1e-11)
    normalization = np.sum(np.log(2 * np.pi * NOISE[noise].real ** 2) + np.log(2 * np.pi * NOISE[noise].imag ** 2))
    np.testing.assert_allclose(fit.log_likelihood, -0.5 * (np.sum(residuals**2) + normalization), rtol=1e-11)
    assert fit.figure_of_merit == fit.log_likelihood
    assert fit.converged
    assert (fit.inversion, fit.source_galaxies) == (None, ())
    for ask in (lambda: fit.source_reconstructions, lambda: fit.log_likelihood_with_regularization):
        with pytest.raises(ValueError, match="`tracer` must have linear light or a pixelization for this, but has neither"):
            ask()
    with pytest.raises(ValueError, match=r"`tracer` must have a galaxy with a pixelization for a log evidence, but has none"):
        fit.log_evidence  # noqa: B018


class OfAutolens:
    """A dataset made by rule, and what autolens 2026.10.26.1 says of it with a TransformerDFT and no over-sampling."""

    mask = la.Mask2D.circular(shape_native=(24, 24), pixel_scales=0.2, radius=2.0)
    rng = np.random.default_rng(11)
    uv_wavelengths = rng.normal(scale=1.5e5, size=(40, 2))
    noise = rng.normal(size=40) + 1j * rng.normal(size=40)
    source = la.lp.Sersic((0.1, 0.05), (0.1, 0.0), intensity=1.0, effective_radius=0.4, sersic_index=1.5)
    lens = la.Galaxy(redshift=0.5, mass=la.mp.Isothermal((0.0, 0.0), (0.1, 0.0), 1.15))

    @classmethod
    def fit(cls, **light):
        truth = la.Galaxy(redshift=0.5, mass=la.mp.Isothermal((0.02, -0.01), (0.1, 0.05), 1.1))
        image = la.Tracer([truth, la.Galaxy(1.0, light=cls.source)]).image_2d_from(la.Grid2D.from_mask(cls.mask, 1))
        visibilities = la.TransformerDFT(cls.uv_wavelengths, cls.mask).visibilities_from(image)
        data = la.Visibilities(visibilities.values + 2.0 * cls.noise)
        dataset = la.Interferometer(data, la.Visibilities.full(2.0, 40), cls.uv_wavelengths, cls.mask)
        positive = light.pop("positive", True)
        return la.FitInterferometer(dataset, la.Tracer([cls.lens, la.Galaxy(1.0, **light)]), use_positive_only_solver=positive)


def test_a_fit_of_light_is_that_of_autolens():
    fit = OfAutolens.fit(light=OfAutolens.source)
    np.testing.assert_allclose(fit.log_likelihood, -2116.9543479502327, rtol=1e-12)
    np.testing.assert_allclose(fit.chi_squared, 3975.9749816981266, rtol=1e-12)
    np.testing.assert_allclose(
        fit.dirty_image.values[:3], [-89.44644140634048, 72.33058202110493, 14.393141844939386], rtol=1e-9
    )
    np.testing.assert_allclose(
        fit.dirty_residual_map.values[:3], [85.64016337534946, 127.54377189887143, 120.41333467148077], rtol=1e-9
    )


def test_a_fit_of_linear_light_is_that_of_autolens():
    fit = OfAutolens.fit(light=la.lp_linear.Sersic((0.1, 0.05), (0.1, 0.0), effective_radius=0.4, sersic_index=1.5))
    np.testing.assert_allclose(fit.log_likelihood, -2113.8397150021096, rtol=1e-11)


@pytest.mark.parametrize(
    ("positive", "terms", "pixels"),
    [
        (True, (1654.543118739695, 348.2104986327382), (5.627772003542734, 8.434377601452352, 1.866773961055149)),
        (False, (393.9613302758836, 437.9316756084492), (4.659099980133799, 7.911742718837354, 2.086000825632486)),
    ],
)
def test_a_fit_of_a_source_is_that_of_autolens(positive, terms, pixels):
    pixelization = la.Pixelization(la.mesh.RectangularUniform(shape=(8, 8)), la.reg.Constant(coefficient=1.0))
    fit = OfAutolens.fit(pixelization=pixelization, positive=positive)
    evidence = fit.inversion.evidence
    np.testing.assert_allclose((evidence.chi_squared, evidence.regularization_term), terms, rtol=1e-9)
    np.testing.assert_allclose(evidence.log_det_curvature_reg_matrix_term, 202.19533462936943, rtol=1e-10)
    np.testing.assert_allclose(evidence.log_det_regularization_matrix_term, 45.8383610928025, rtol=0, atol=1e-6)
    np.testing.assert_allclose(fit.log_evidence, -1208.5221525556667 if positive else -623.0918468116179, rtol=0, atol=1e-6)
    np.testing.assert_allclose(fit.reconstruction[27:30], pixels, rtol=1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_whatever_is_in_one_model_adds_up(name):
    fit = la.FitInterferometer(DATASETS["unequal"], la.Tracer(MODELS[name]))
    images, visibilities = fit.model_images_of_galaxies, fit.model_visibilities_of_galaxies
    assert len(images) == len(visibilities) == len(MODELS[name])
    np.testing.assert_allclose(sum(image.values for image in images), fit.model_image.values, rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(sum(each.values for each in visibilities), fit.model_data.values, atol=1e-11)
    residuals = DATA - fit.model_data.values
    np.testing.assert_allclose(fit.residual_map.values, residuals, atol=1e-12)
    normalized = residuals.real / NOISE["unequal"].real + 1j * residuals.imag / NOISE["unequal"].imag
    np.testing.assert_allclose(fit.normalized_residual_map.values, normalized, atol=1e-12)
    squared = normalized.real**2 + 1j * normalized.imag**2
    np.testing.assert_allclose(fit.chi_squared_map.values, squared, atol=1e-10)
    np.testing.assert_allclose(np.sum(squared.real + squared.imag), fit.chi_squared, rtol=1e-10)
    np.testing.assert_allclose(fit.reduced_chi_squared, fit.chi_squared / (2 * K))
    np.testing.assert_allclose((fit.data - fit.profile_visibilities).values, fit.profile_subtracted_visibilities.values)
    image_from = fit.dataset.transformer.image_from
    for image, of in (
        (fit.dirty_image, DATA),
        (fit.dirty_model_image, fit.model_data.values),
        (fit.dirty_residual_map, residuals),
        (fit.dirty_normalized_residual_map, normalized),
        (fit.dirty_chi_squared_map, squared),
        (fit.dirty_noise_map, NOISE["unequal"]),
    ):
        np.testing.assert_allclose(image.values, image_from(la.Visibilities(of)).values, atol=1e-9)
    np.testing.assert_allclose(fit.dirty_signal_to_noise_map.values, fit.dirty_image.values / fit.dirty_noise_map.values)
    np.testing.assert_array_equal(fit.signal_to_noise_map.values, fit.dataset.signal_to_noise_map.values)


def test_linear_light_that_is_solved_for_is_ordinary_light():
    fit = la.FitInterferometer(DATASETS["unequal"], la.Tracer(MODELS["linear light"]))
    solved = la.FitInterferometer(DATASETS["unequal"], fit.tracer_linear_light_profiles_to_light_profiles)
    np.testing.assert_allclose(solved.model_data.values, fit.model_data.values, atol=1e-12)
    np.testing.assert_allclose(solved.log_likelihood, fit.log_likelihood, rtol=1e-10)


def test_errors_of_a_source_are_roots_of_the_inverse():
    fit = la.FitInterferometer(DATASETS["unequal"], la.Tracer(MODELS["all"]))
    errors = np.sqrt(np.diag(np.linalg.inv(fit.inversion.curvature_reg_matrix)))
    np.testing.assert_allclose(np.concatenate(fit.source_reconstruction_noise_maps), errors[2:], rtol=1e-6)
    assert [len(part) for part in fit.source_reconstructions] == [9, 20]
    expected = np.linalg.solve(fit.inversion.curvature_reg_matrix, fit.inversion.data_vector)
    plain = la.FitInterferometer(DATASETS["unequal"], la.Tracer(MODELS["all"]), use_positive_only_solver=False)
    np.testing.assert_allclose(plain.reconstruction, expected, rtol=1e-6, atol=1e-9)


def test_the_system_of_a_batch_of_models_of_one_dataset_is_that_of_each():
    theta = THETA | {"einstein_radius": np.asarray([0.3, 0.35])}
    together = fit_of(theta, DATASETS["unequal"]).inversion
    for k, radius in enumerate(theta["einstein_radius"]):
        alone = fit_of(THETA | {"einstein_radius": radius}, DATASETS["unequal"]).inversion
        for name in ("data_vector", "curvature_reg_matrix", "reconstruction", "reconstruction_noise_map"):
            np.testing.assert_allclose(getattr(together, name)[k], getattr(alone, name), rtol=1e-6, atol=1e-9, err_msg=name)


def test_both_transforms_find_the_same():
    tracer = la.Tracer(MODELS["all"])
    exact, fast = (
        la.FitInterferometer(make_dataset(transformer_class=transformer_class), tracer)
        for transformer_class in (la.TransformerDFT, la.TransformerNUFFT)
    )
    np.testing.assert_allclose(fast.log_evidence, exact.log_evidence, rtol=1e-10)
    np.testing.assert_allclose(fast.residual_map.values, exact.residual_map.values, atol=1e-8)


# As a user of JAX writes it.


def fit_of(theta, dataset):
    light = [la.lp.Gaussian(CENTRE, intensity=theta["intensity"], sigma=0.3), LINEAR]
    mass = la.mp.Isothermal(CENTRE, (0.1, -0.05), theta["einstein_radius"])
    galaxies = [la.Galaxy(0.5, light=light, mass=mass), source_of(coefficient=theta["coefficient"])]
    return la.FitInterferometer(dataset, la.Tracer(galaxies))


THETA = {"intensity": 0.01, "einstein_radius": 0.3, "coefficient": 1.0}


def assert_derivatives(gradient, function, theta):
    """Assert that a gradient is what small steps on NumPy give."""
    for name, value in theta.items():
        ends = [function(theta | {name: value + step}) for step in (-1e-6, 1e-6)]
        np.testing.assert_allclose(gradient[name], (ends[1] - ends[0]) / 2e-6, rtol=1e-5, err_msg=name)


def test_the_evidence_and_its_derivative_under_jit_and_vmap():
    dataset = DATASETS["unequal"]

    def merit(theta):
        fit = fit_of(theta, dataset)
        return fit.log_evidence + 1e-2 * fit.log_likelihood, (fit.converged, fit.log_evidence)

    thetas = {name: value * jnp.asarray([1.0, 1.1, jnp.nan]) for name, value in THETA.items()}
    function = jax.jit(jax.vmap(jax.value_and_grad(merit, has_aux=True)), compiler_options=QUICK)
    (values, (converged, evidences)), gradients = function(thetas)
    for k, factor in enumerate((1.0, 1.1)):
        theta = {name: factor * value for name, value in THETA.items()}
        np.testing.assert_allclose(values[k], merit(theta)[0], rtol=1e-10)
        assert_derivatives({name: each[k] for name, each in gradients.items()}, lambda theta: merit(theta)[0], theta)
    np.testing.assert_array_equal(converged, [True, True, False])
    assert evidences[2] == -np.inf


def test_in_the_graph_the_evidence_and_its_derivative_are_the_same():
    def evidence(theta):
        mass = la.mp.Isothermal(CENTRE, (0.1, -0.05), theta["einstein_radius"])
        tracer = la.Tracer([la.Galaxy(0.5, mass=mass), source_of(coefficient=theta["coefficient"])])
        options = {"use_positive_only_solver": False, "method": FourierWTilde()}
        return la.FitInterferometer(DATASETS["equal"], tracer, **options).log_evidence

    theta = {name: THETA[name] for name in ("einstein_radius", "coefficient")}
    value, gradient = jax.jit(jax.value_and_grad(evidence), compiler_options=QUICK)(theta)
    np.testing.assert_allclose(value, evidence(theta), rtol=1e-10)
    assert_derivatives(gradient, evidence, theta)


def test_light_alone_has_a_likelihood_and_a_derivative_under_jit_and_vmap():
    dataset = DATASETS["unequal"]

    def likelihood(intensity, dataset):
        light = la.lp.Sersic(CENTRE, (0.1, 0.0), intensity=intensity, effective_radius=0.3)
        return la.FitInterferometer(dataset, la.Tracer([la.Galaxy(0.5, light=light)])).log_likelihood

    intensities = jnp.asarray([0.01, 0.02, jnp.nan])
    function = jax.jit(jax.vmap(jax.value_and_grad(likelihood), in_axes=(0, None)), compiler_options=QUICK)
    values, gradients = function(intensities, jax.tree_util.tree_map(jnp.asarray, dataset))
    for k, intensity in enumerate((0.01, 0.02)):
        np.testing.assert_allclose(values[k], likelihood(intensity, dataset), rtol=1e-11)
        slope = (likelihood(intensity + 1e-6, dataset) - likelihood(intensity - 1e-6, dataset)) / 2e-6
        np.testing.assert_allclose(gradients[k], slope, rtol=1e-6)
    assert values[2] == -np.inf


def test_a_batch_of_fits_has_visibilities_one_fit_at_a_time():
    def fit_with(intensity):
        return la.FitInterferometer(
            DATASETS["equal"], la.Tracer([la.Galaxy(0.5, light=la.lp.Gaussian(CENTRE, intensity=intensity, sigma=0.3))])
        )

    def fits_with(intensities):
        fits = jax.vmap(fit_with)(intensities)
        return fits, jax.vmap(lambda fit: fit.model_data)(fits)

    fits, models = jax.jit(fits_with, compiler_options=QUICK)(jnp.asarray([1.0, 2.0]))
    for i in range(2):
        expected = fit_with(1.0 + i)
        np.testing.assert_allclose(fits.model_image.values[i], expected.model_image.values, atol=1e-12)
        np.testing.assert_allclose(models.values[i], expected.model_data.values, atol=1e-12)
        one = jax.tree_util.tree_map(lambda leaf, i=i: np.asarray(leaf)[i], fits)
        np.testing.assert_allclose(one.dirty_residual_map.values, expected.dirty_residual_map.values, atol=1e-10)
        np.testing.assert_allclose(fits.chi_squared[i], expected.chi_squared, rtol=1e-12)


def test_single_precision_is_finite_and_close():
    double = make_dataset()
    parts = la.Visibilities(DATA.astype(np.complex64)), la.Visibilities(NOISE["unequal"].astype(np.complex64))
    single = la.Interferometer(*parts, UV.astype(np.float32), MASK, la.TransformerDFT, **SIZES)
    for name in ("light", "all"):
        found = la.FitInterferometer(single, la.Tracer(MODELS[name])).figure_of_merit
        expected = la.FitInterferometer(double, la.Tracer(MODELS[name])).figure_of_merit
        assert abs(found - expected) < 1e-4 * double.data_term


def test_images_of_parts_warn_of_nothing_in_single_precision():
    inversion = la.FitInterferometer(DATASETS["unequal"], la.Tracer(MODELS["linear light"])).inversion
    with jax.enable_x64(False), warnings.catch_warnings():
        warnings.simplefilter("error")
        parts = {
            name: jnp.asarray(getattr(inversion, name), dtype="float32") for name in ("light_intensities", "light_columns")
        }
        image = dataclasses.replace(inversion, **parts).image_of([0, 1], [])
    np.testing.assert_allclose(image.values, inversion.mapped_reconstructed_image.values, rtol=1e-4, atol=1e-6)


# What cannot be fitted.


def test_in_the_graph_a_matrix_without_a_determinant_is_flagged():
    def fit(coefficient):
        pixelization = la.Pixelization(la.mesh.RectangularUniform((3, 3)), la.reg.Constant(coefficient))
        tracer = la.Tracer([la.Galaxy(0.5, mass=MASS), la.Galaxy(1.0, pixelization=pixelization)])
        fit = la.FitInterferometer(DATASETS["equal"], tracer, method=FourierWTilde())
        return fit.log_evidence, fit.converged

    evidences, converged = jax.jit(jax.vmap(fit), compiler_options=QUICK)(jnp.asarray([1.0, 1e12]))
    assert list(np.isfinite(evidences)) == list(converged) == [True, False]


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"light_columns": np.ones((1, N + 2))},
            ValueError,
            rf"`light_columns` must have shape \(..., g, {N}\), one .*used pixel",
        ),
        ({"light_columns": np.ones(N)}, ValueError, rf"`light_columns` must have shape \(..., g, {N}\), .* but has \({N},\)"),
        ({"light_columns": [1.0]}, TypeError, "`light_columns` must be an array, but is list"),
        ({"data_term": "1"}, TypeError, "`data_term` must be a real number or an array of them, but is '1'"),
        (
            {"noise_normalization": None},
            TypeError,
            "`noise_normalization` must be a real number or an array of them, but is None",
        ),
    ],
)
def test_parts_of_an_inversion_that_do_not_fit_are_refused(changes, error, message):
    arguments = {"data_term": 1.0, "noise_normalization": 0.0, "light_columns": np.ones((1, N))} | changes
    dataset = DATASETS["equal"]
    with pytest.raises(error, match=message):
        la.inversion.interferometer_inversion_from(dataset.w_tilde, dataset.weighted_dirty_image, **arguments)


@pytest.mark.parametrize("name", ["compact", "hankel"])
@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_w_tilde_that_is_not_finite_is_named(name, method):
    dataset = DATASETS["unequal"]
    tables = {"compact": dataset.w_tilde.compact, "hankel": dataset.w_tilde.hankel}
    tables[name] = np.where(np.arange(tables[name].shape[1]) == 2, np.nan, tables[name])
    w_tilde = la.WTilde.from_compact(tables["compact"], MASK, tables["hankel"])
    columns = {"light_columns": np.ones((1, N)), "method": method}
    with pytest.raises(ValueError, match=rf"`w_tilde.{name}` must be finite, but has .* index \(0, 2\); look for"):
        la.inversion.interferometer_inversion_from(w_tilde, dataset.weighted_dirty_image, 1.0, 0.0, **columns)


def test_models_without_an_evidence_are_refused():
    dataset = DATASETS["unequal"]
    with pytest.raises(TypeError, match="`dataset` must be of type Interferometer, but is Visibilities"):
        la.FitInterferometer(dataset.data, la.Tracer(MODELS["light"]))
    with pytest.raises(TypeError, match="`tracer` must be of type Tracer, but is Galaxy"):
        la.FitInterferometer(dataset, MODELS["light"][0])
    with pytest.raises(
        TypeError, match="`method` must be of type StridedWTilde or DenseWTilde or FourierWTilde, but is the string"
    ):
        la.FitInterferometer(dataset, la.Tracer(MODELS["all"]), method="fourier")
    with pytest.raises(TypeError, match="`use_positive_only_solver` must be True or False, but is 1"):
        la.FitInterferometer(dataset, la.Tracer(MODELS["all"]), use_positive_only_solver=1)
    with pytest.raises(ValueError, match="`mappers` must not have more pixels than there are data, "):
        la.FitInterferometer(dataset, la.Tracer([source_of((20, 20))]))
    for name in ("use_border_relocator", "use_edge_zeroed_pixels"):
        with pytest.raises(TypeError, match=f"`{name}` must be True or False, but is 'no'"):
            la.FitInterferometer(dataset, la.Tracer(MODELS["light"]), **{name: "no"})
    sheet = la.Galaxy(redshift=0.5, mass=la.mp.MassSheet(kappa=1.0))
    with pytest.raises(ValueError, match="`tracer` must bring rays to more than one point of a source plane, but all end at"):
        la.FitInterferometer(dataset, la.Tracer([sheet, source_of()]))


def test_noise_that_is_not_positive_is_flagged_where_it_cannot_be_refused():
    # As it is under `jit`, where such noise has the logarithm NaN.
    dataset = eqx.tree_at(lambda dataset: dataset.noise_normalization, DATASETS["unequal"], np.asarray(np.nan))
    for name in ("light", "all"):
        fit = la.FitInterferometer(dataset, la.Tracer(MODELS[name]))
        assert not fit.converged
        assert fit.figure_of_merit == fit.log_likelihood == -np.inf


def test_a_fit_that_needs_too_much_memory_says_how_much_and_what_needs_less():
    tracer, dataset = la.Tracer(MODELS["a source"]), DATASETS["unequal"]
    message = (
        r"`max_bytes` must be at least the 29,824 bytes \(0\.0 GB\) that DenseWTilde takes for 52 image and 20 source pixels"
    )
    with pytest.raises(
        ValueError, match=message + r", but is 20,000; use `StridedWTilde\(\)`, which takes 3,200, or allow more"
    ):
        la.FitInterferometer(dataset, tracer, method=DenseWTilde(max_bytes=20_000))
    assert la.FitInterferometer(dataset, tracer, method=DenseWTilde(max_bytes=29_824)).converged
