"""Pictures of visibilities show each of them where it is, and dirty images and beams have the scale that they say."""

import warnings

import jax
import numpy as np
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

import lensarrays as la
from lensarrays import plot
from lensarrays.plot.dirty import dirty_beam_of, dirty_of, ellipse_of, significance_of

MASK = la.Mask2D.circular(shape_native=(24, 22), pixel_scales=0.1, radius=1.0, centre=(0.05, 0.0))
UV = np.random.default_rng(1).normal(scale=(1.5e5, 3e5), size=(300, 2))
LENS = la.Galaxy(redshift=0.5, mass=la.mp.Isothermal(centre=(0.02, 0.01), ell_comps=(0.1, 0.02), einstein_radius=0.6))
SOURCE = la.Galaxy(redshift=1.0, light=la.lp.SersicCore(effective_radius=0.1, sersic_index=1.0, intensity=1.0))


def simulated(uv=UV, noise_sigma=0.5, tracer=None):
    simulator = la.SimulatorInterferometer(uv, 1.0, la.TransformerNUFFT, noise_sigma)
    grid = la.Grid2D.from_mask(MASK, over_sample_size=1)
    return simulator.via_tracer_from(tracer or la.Tracer([LENS, SOURCE]), grid, np.random.default_rng(2))


@pytest.fixture(scope="module")
def dataset():
    return simulated()


@pytest.fixture(scope="module")
def fit(dataset):
    pixelization = la.Pixelization(la.mesh.Delaunay(), la.reg.Constant(1.0), image_mesh=la.image_mesh.Overlay(shape=(9, 9)))
    return la.FitInterferometer(dataset, la.Tracer([LENS, la.Galaxy(1.0, pixelization=pixelization)]))


def panels_of(figure):
    return {axes.get_title(): axes for axes in figure.axes if axes.get_title()}


def shown(axes):
    return axes.images[0].get_array().filled(0.0)


def labels_of(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_baselines_are_drawn_with_their_negatives(dataset):
    axes = panels_of(plot.uv_coverage(dataset))["uv coverage, 300 visibilities"]
    conjugate, observed = (np.stack(line.get_data(), axis=-1) for line in axes.lines)
    assert np.allclose(observed * 1e3, UV)
    assert np.array_equal(conjugate, -observed)
    assert axes.get_xlabel() == "u [kλ]"


def test_few_visibilities_have_error_bars_and_all_are_beside_their_noise(dataset):
    axes = plot.amplitudes_against_uv_distance(dataset, unit="mJy").axes[0]
    (bars,) = axes.containers
    x, y = bars[0].get_data()
    assert np.allclose(x * 1e6, dataset.uv_distances)
    assert np.allclose(y, np.abs(dataset.data.values))
    segments = np.asarray(bars[2][0].get_segments())
    assert np.allclose(np.diff(segments[:, :, 1], axis=1), 2 * 0.5)  # equal noise: sigma in any direction
    lines = {line.get_label(): line.get_ydata() for line in axes.lines}
    assert np.allclose(lines["median of noise alone"], 0.5 * np.sqrt(2 * np.log(2)))
    assert len(lines["median"]) == 15
    assert axes.get_ylabel() == "amplitude [mJy]"


def test_amplitudes_far_above_the_noise_are_on_a_logarithmic_scale():
    for noise_sigma, scale in ((1e-3, "log"), (10.0, "linear")):
        assert plot.amplitudes_against_uv_distance(simulated(noise_sigma=noise_sigma)).axes[0].get_yscale() == scale


@pytest.mark.parametrize("amplitude", [1.0, 300.0])
def test_the_density_of_many_visibilities_counts_each_of_them(amplitude):
    uv = np.random.default_rng(3).normal(scale=2e5, size=(12_000, 2))
    noise = np.random.default_rng(4).normal(size=(2, 12_000))
    data = la.Visibilities(amplitude + noise[0] + 1j * noise[1])
    many = la.Interferometer(data, la.Visibilities.ones(12_000), uv, MASK)
    panels = panels_of(plot.interferometer(many))
    for title, number in (("uv coverage, 12 000 visibilities", 24_000), ("amplitude", 12_000), ("phase", 12_000)):
        (mesh,) = (part for part in panels[title].collections if isinstance(part, QuadMesh))
        assert mesh.get_array().sum() == pytest.approx(number, rel=0.02)  # far below the noise there is no room


def test_a_point_source_has_its_flux_in_the_dirty_image_and_the_beam_about_it():
    uv = np.asarray(UV)
    values = np.zeros(MASK.pixels_in_mask)
    values[100] = 3.0
    image = la.Array2D(values, MASK)
    noise = la.Visibilities(np.full(300, 0.5 + 0.25j))
    data = la.TransformerDFT(uv, MASK).visibilities_from(image)
    point = la.Interferometer(data, noise, uv, MASK, la.TransformerDFT)
    equal = la.Interferometer(data, la.Visibilities.full(0.5, 300), uv, MASK, la.TransformerDFT)
    dirty, beam = dirty_of(equal.weighted_dirty_image, equal.w_tilde), dirty_beam_of(equal.w_tilde)
    assert float(dirty.values[100]) == pytest.approx(3.0)
    row, column = np.unravel_index(np.argmax(image.native), MASK.shape_native)
    middle = np.asarray(beam.shape_native) // 2
    assert float(beam.native[tuple(middle)]) == pytest.approx(1.0)
    assert np.array_equal(beam.native, beam.native[::-1, ::-1])
    offset = beam.native[middle[0] + 2, middle[1] - 3] * 3.0
    assert dirty.native[row + 2, column - 3] == pytest.approx(offset)
    # Where the noise of real and imaginary parts is not equal, that of the dirty image is the diagonal of W.
    expected = np.asarray(point.weighted_dirty_image.values) / np.sqrt(np.diagonal(point.w_tilde.dense))
    assert np.allclose(significance_of(point.weighted_dirty_image, point.w_tilde).values, expected)


def test_the_ellipse_of_a_gaussian_beam_is_its_own():
    y, x = np.mgrid[10:-11:-1, -12:13] * 0.1
    along, across = (x + y) / np.sqrt(2), (y - x) / np.sqrt(2)
    beam = la.Array2D.no_mask(np.exp(-(along**2) / (2 * 0.5**2) - across**2 / (2 * 0.3**2)), 0.1)
    ellipse = ellipse_of(beam)
    full = 2 * np.sqrt(2 * np.log(2))
    assert (ellipse.major, ellipse.minor, ellipse.angle % 180) == pytest.approx((0.5 * full, 0.3 * full, 45.0))


def test_the_observation_is_drawn_in_six_panels_and_written(dataset, tmp_path):
    panels = panels_of(plot.interferometer(dataset, tmp_path / "observed.png"))
    assert (tmp_path / "observed.png").read_bytes().startswith(b"\x89PNG")
    assert list(panels)[1:4] == ["amplitude", "phase", "dirty image"]
    signal = shown(panels["dirty signal to noise"])
    assert np.allclose(signal, shown(panels["dirty image"]) * np.sqrt(300 / 0.5**2))
    assert len(panels["dirty image"].patches) == 1
    (bars,) = panels["phase"].containers
    assert np.allclose(bars[0].get_ydata(), np.degrees(np.angle(dataset.data.values)))


def test_the_dirty_images_of_a_fit_are_those_of_its_visibilities(fit):
    panels = panels_of(plot.fit_interferometer(fit, limit=3.0))
    data, model, left = (shown(panels[f"dirty {name}"]) for name in ("image", "model", "residuals"))
    assert np.allclose(data, fit.dirty_image.native / 300)
    assert np.allclose(model, fit.dirty_model_image.native / 300)
    assert np.allclose(left, (data - model) * np.sqrt(300 / 0.5**2))
    assert panels["dirty image"].images[0].norm is panels["dirty model"].images[0].norm
    assert panels["dirty residuals"].images[0].norm.vmax == 3.0
    residual = panels[f"residuals, chi squared {fit.reduced_chi_squared:.2f} a datum"]
    assert np.allclose(residual.lines[0].get_ydata(), fit.normalized_residual_map.in_array.ravel())
    assert labels_of(residual) == ["scatter", "noise"]
    assert np.allclose(shown(panels["model"]), fit.model_image.native)
    assert "tangential critical curve" in labels_of(panels["model"])
    assert "tangential caustic" in labels_of(panels["source plane"])


def test_the_source_of_a_fit_to_visibilities_can_be_drawn_alone(fit):
    figure = Figure()
    axes = figure.subplots()
    assert plot.source_reconstruction(fit, axes=axes) is figure
    assert np.array_equal(axes.collections[0].get_array(), fit.source_reconstructions[0])


def test_what_is_not_lensed_has_no_source_plane(dataset):
    panels = panels_of(plot.fit_interferometer(la.FitInterferometer(dataset, la.Tracer([SOURCE]))))
    assert "source plane" not in panels
    lensed = panels_of(plot.fit_interferometer(la.FitInterferometer(dataset, la.Tracer([LENS, SOURCE]))))
    assert lensed["source plane"].images  # of profiles


def test_panels_can_be_drawn_on_axes_of_a_figure_that_there_is(dataset):
    figure = Figure()
    for axes, draw in zip(figure.subplots(1, 2), (plot.uv_coverage, plot.amplitudes_against_uv_distance), strict=True):
        assert draw(dataset, axes=axes) is figure
        assert axes.get_title()


def test_arguments_that_are_refused(dataset, fit):
    for draw in (plot.interferometer, plot.uv_coverage, plot.amplitudes_against_uv_distance):
        with pytest.raises(TypeError, match="`dataset` must be of type Interferometer, but is FitInterferometer"):
            draw(fit)
    with pytest.raises(TypeError, match="`fit` must be of type FitInterferometer, but is Interferometer"):
        plot.fit_interferometer(dataset)
    with pytest.raises(ValueError, match="`limit` must be a positive number, but is 0"):
        plot.fit_interferometer(fit, limit=0)
    with pytest.raises(TypeError, match="`dataset` must be concrete to be drawn, but is traced"):
        jax.eval_shape(lambda dataset: plot.interferometer(dataset) and 0, dataset)
    batch = dataset.with_data(la.Visibilities(np.stack([dataset.data.values] * 2)))
    message = r"must be one observation, but has batch axes of shape \(2,\); take one, as in `"
    one = r"dataset\.with_data\(la\.Visibilities\(.*dataset\.data\.values\[0\]\)\)`"
    with pytest.raises(ValueError, match="`dataset` " + message + one):
        plot.interferometer(batch)
    with pytest.raises(ValueError, match="`fit.dataset` " + message + "fit." + one):
        plot.fit_interferometer(la.FitInterferometer(batch, la.Tracer([SOURCE])))
    stacked = jax.tree_util.tree_map(lambda v: np.stack([v, v]), dataset)
    with pytest.raises(ValueError, match=message + r"jax\.tree_util\.tree_map\(lambda v: v\[0\], dataset\)`"):
        plot.interferometer(stacked)
    for draw, what in (
        (plot.uv_coverage, dataset),
        (plot.amplitudes_against_uv_distance, dataset),
        (plot.source_reconstruction, fit),
    ):
        with pytest.raises(TypeError, match="`axes` must be Axes of Matplotlib, but is int; pass one"):
            draw(what, axes=3)


ONE_PIXEL = la.Mask2D(np.arange(25).reshape(5, 5) != 8, pixel_scales=0.1)


@pytest.mark.parametrize(("mask", "uv", "data"), [(ONE_PIXEL, UV, 1.0), (MASK, 0 * UV, 1.0), (MASK, UV, 0.0)])
def test_the_least_that_can_be_observed_is_drawn_without_warnings(mask, uv, data):
    least = la.Interferometer(la.Visibilities.full(data, 300), la.Visibilities.ones(300), uv, mask)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        panels = panels_of(plot.interferometer(least))
    is_resolved = data == 0.0
    assert ("dirty beam, of no width" in panels) != is_resolved
    assert len(panels["dirty image"].patches) == is_resolved
