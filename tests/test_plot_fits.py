"""Pictures of fits show the parts of the model where they are, and the source on its mesh."""

import jax
import numpy as np
import pytest
from matplotlib.collections import QuadMesh, TriMesh
from matplotlib.figure import Figure

import lensarrays as la
from lensarrays import plot

METHOD = {"method": la.inversion.Dense(), "use_positive_only_solver": False}
LENS = la.Galaxy(
    redshift=0.5,
    light=la.lp.Sersic(intensity=2.0, effective_radius=0.3, sersic_index=1.0),
    mass=la.mp.Isothermal(centre=(0.05, -0.02), ell_comps=(0.1, 0.0), einstein_radius=0.7),
)
TRUE_SOURCE = la.Galaxy(redshift=1.0, light=la.lp.SersicCore(effective_radius=0.1, sersic_index=1.0, intensity=1.0))
ABOVE = ["data", "model", "residuals"]
BELOW = ["lens light", "data without lens light", "image of the source"]


@pytest.fixture(scope="module")
def dataset():
    grid = la.Grid2D.uniform(shape_native=(24, 24), pixel_scales=0.1)
    psf = la.Kernel2D.from_gaussian((5, 5), 0.1, sigma=0.1)
    simulator = la.SimulatorImaging(exposure_time=300.0, psf=psf, background_sky_level=0.1)
    simulated = simulator.via_tracer_from(la.Tracer([LENS, TRUE_SOURCE]), grid, np.random.default_rng(1))
    mask = la.Mask2D.circular(shape_native=(24, 24), pixel_scales=0.1, radius=1.1)
    return simulated.apply_mask(mask).apply_over_sampling(2, 1)


def fit_with(dataset, mesh=None, redshift=1.0, behind=(), **pixelization):
    scheme = la.reg.Constant(coefficient=1.0)
    source = TRUE_SOURCE if mesh is None else la.Galaxy(redshift, pixelization=la.Pixelization(mesh, scheme, **pixelization))
    return la.FitImaging(dataset, la.Tracer([LENS, source, *behind]), **METHOD)


@pytest.fixture(scope="module")
def rectangular(dataset):
    return fit_with(dataset, la.mesh.RectangularUniform(shape=(9, 8)))


@pytest.fixture(scope="module")
def triangular(dataset):
    vertices = dataset.grids.pixelization.values[::6]
    return fit_with(dataset, la.mesh.Delaunay(), mesh_grid=la.Grid2DIrregular(vertices))


def panels_of(figure):
    return {axes.get_title(): axes for axes in figure.axes if axes.get_title()}


def native(array):
    return np.asarray(array.native)


def test_the_data_are_the_sum_of_what_is_drawn(rectangular):
    panels = panels_of(plot.fit_imaging(rectangular))
    shown = {title: axes.images[0].get_array().filled(0.0) for title, axes in panels.items() if axes.images}
    assert list(panels)[:3] == ABOVE
    assert list(panels)[4:] == [*BELOW, "source plane"]
    assert np.array_equal(shown["data"], native(rectangular.data))
    assert np.allclose(shown["lens light"] + shown["image of the source"], shown["model"])
    assert np.allclose(shown["lens light"] + shown["data without lens light"], shown["data"])
    assert np.allclose(shown["residuals"], native(rectangular.normalized_residual_map))
    assert panels["data"].images[0].norm is panels["model"].images[0].norm
    assert panels["image of the source"].images[0].norm is panels["data without lens light"].images[0].norm
    assert "tangential critical curve" in [text.get_text() for text in panels["data"].get_legend().get_texts()]


def test_residuals_have_the_limit_that_is_asked_for_and_chi_squared_its_square(rectangular):
    figure = plot.fit_imaging(rectangular, limit=3.0)
    (chi_squared,) = (axes for title, axes in panels_of(figure).items() if title.startswith("chi squared"))
    assert chi_squared.get_title() == f"chi squared, {rectangular.reduced_chi_squared:.2f} a pixel"
    assert np.allclose(chi_squared.images[0].get_array().filled(0.0), native(rectangular.chi_squared_map))
    norms = [axes.images[0].norm for axes in (panels_of(figure)["residuals"], chi_squared)]
    assert [(norm.vmin, norm.vmax) for norm in norms] == [(-3.0, 3.0), (0.0, 9.0)]


def test_pixels_of_a_rectangular_mesh_are_around_their_centres_and_row_0_is_at_the_top(rectangular):
    axes = panels_of(plot.source_reconstruction(rectangular, whole=True))["source plane"]
    (drawn,) = (part for part in axes.collections if isinstance(part, QuadMesh))
    corners = drawn.get_coordinates()
    centres = (corners[1:, 1:] + corners[:-1, :-1]) / 2
    mesh_grid = rectangular.inversion.mappers[0].mesh_grid
    assert np.allclose(centres.reshape(-1, 2)[:, ::-1], mesh_grid)
    assert np.array_equal(drawn.get_array().ravel(), rectangular.source_reconstructions[0])
    assert centres[0, 0, 1] > centres[-1, 0, 1]
    assert axes.get_ylim()[0] < axes.get_ylim()[1]
    assert axes.get_xlim() == pytest.approx((corners[..., 0].min(), corners[..., 0].max()))


def test_a_source_on_vertices_is_drawn_between_them(triangular):
    axes = panels_of(plot.source_reconstruction(triangular, scale="asinh"))["source plane"]
    (drawn,) = (part for part in axes.collections if isinstance(part, TriMesh))
    triangulation = drawn._triangulation
    mesh_grid = triangular.inversion.mappers[0].mesh_grid
    assert np.array_equal(np.stack([triangulation.y, triangulation.x], axis=-1), mesh_grid)
    assert np.array_equal(drawn.get_array(), triangular.source_reconstructions[0])


def test_what_is_in_view_is_a_square_about_the_caustics_and_the_bright_part(triangular):
    axes = panels_of(plot.source_reconstruction(triangular))["source plane"]
    (x_low, x_high), (y_low, y_high) = axes.get_xlim(), axes.get_ylim()
    assert x_high - x_low == pytest.approx(y_high - y_low)
    values, points = triangular.source_reconstructions[0], triangular.inversion.mappers[0].mesh_grid
    bright = points[values > 0.02 * values.max()]
    assert np.all((bright > (y_low, x_low)) & (bright < (y_high, x_high)))
    (caustic,) = (curve for curve in axes.lines if curve.get_label() == "tangential caustic")
    assert x_low < caustic.get_xdata().min() < caustic.get_xdata().max() < x_high
    largest = max(np.ptp(bright, axis=0).max(), np.ptp(caustic.get_xydata(), axis=0).max())
    assert largest < x_high - x_low < 1.5 * largest


def test_caustics_are_those_of_the_last_plane_and_not_drawn_on_another(dataset):
    fit = fit_with(dataset, la.mesh.RectangularUniform(shape=(6, 6)), redshift=0.8, behind=(TRUE_SOURCE,))
    assert not panels_of(plot.source_reconstruction(fit))["source plane"].lines
    panels = panels_of(plot.fit_imaging(fit))
    assert panels["source plane"].images  # of profiles: the mesh is not on the last plane
    with pytest.raises(ValueError, match="`number` must be that of a source on a mesh, of which `fit` has 1, but is 1"):
        plot.source_reconstruction(fit, number=1)


def test_a_source_of_profiles_is_drawn_as_such_also_if_they_are_linear(dataset):
    profile = la.lp_linear.SersicCore(effective_radius=0.1, sersic_index=1.0, radius_break=0.025)
    linear = la.Galaxy(1.0, light=profile)
    fits = [fit_with(dataset), la.FitImaging(dataset, la.Tracer([LENS, linear]), **METHOD)]
    peaks = [float(panels_of(plot.fit_imaging(fit))["source plane"].images[0].get_array().max()) for fit in fits]
    assert peaks[1] == pytest.approx(peaks[0] * fits[1].inversion.light_intensities[0])
    with pytest.raises(ValueError, match="of which `fit` has 0, but is 0; count from 0, or give a galaxy"):
        plot.source_reconstruction(fits[0])


def test_what_is_not_lensed_has_no_source_plane(dataset):
    figure = plot.fit_imaging(la.FitImaging(dataset, la.Tracer([LENS])))
    assert list(panels_of(figure))[:3] == ABOVE
    assert len(panels_of(figure)) == 4


def test_a_source_can_be_drawn_on_axes_of_a_figure_that_there_is(rectangular, tmp_path):
    figure = Figure()
    axes = figure.subplots(1, 2)[1]
    assert plot.source_reconstruction(rectangular, tmp_path / "source.png", axes=axes) is figure
    assert axes.get_title() == "source plane"
    assert (tmp_path / "source.png").read_bytes().startswith(b"\x89PNG")


def test_arguments_that_are_refused(rectangular, dataset):
    for draw, kinds in ((plot.fit_imaging, "FitImaging"), (plot.source_reconstruction, "FitImaging or FitInterferometer")):
        with pytest.raises(TypeError, match=f"`fit` must be of type {kinds}, but is Imaging"):
            draw(dataset)
    with pytest.raises(ValueError, match="`limit` must be a positive number, but is 0"):
        plot.fit_imaging(rectangular, limit=0)
    with pytest.raises(TypeError, match="`fit` must be concrete to be drawn, but is traced"):
        jax.eval_shape(lambda fit: plot.source_reconstruction(fit) and 0, rectangular)
