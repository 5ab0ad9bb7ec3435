"""Pictures show what they are given, where it is, and change nothing else."""

import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.colors import AsinhNorm, LogNorm, Normalize

import lensarrays as la
from lensarrays import plot

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MASK = la.Mask2D.circular(shape_native=(20, 24), radius=0.8, pixel_scales=0.1, origin=(0.3, -0.2))


def make_imaging(*, masked=False, psf=True, xp=np):
    random = np.random.default_rng(0)
    mask = MASK if masked else la.Mask2D.all_false((20, 24), 0.1, (0.3, -0.2))
    data = la.Array2D(xp.asarray(random.normal(0.0, 1.0, mask.pixels_in_mask)), mask)
    noise_map = la.Array2D(xp.asarray(random.uniform(0.9, 1.1, mask.pixels_in_mask)), mask)
    return la.Imaging(data, noise_map, la.Kernel2D.from_gaussian((5, 7), 0.1, sigma=0.1, xp=xp) if psf else None)


def make_tracer(slope=1.8):
    mass = la.mp.PowerLaw(centre=(0.3, -0.2), ell_comps=(0.1, 0.0), einstein_radius=0.6, slope=slope)
    light = la.lp.SersicCore(centre=(0.32, -0.15), effective_radius=0.05, sersic_index=1.0, intensity=1.0)
    return la.Tracer([la.Galaxy(0.5, mass=mass), la.Galaxy(1.0, light=light)])


def panels_of(figure):
    """Return the panels with an image by their title; colour bars have none."""
    return {axes.get_title(): axes for axes in figure.axes if axes.images}


def shown(axes):
    return axes.images[0].get_array()


@pytest.mark.parametrize("xp", [np, jnp], ids=["numpy", "jax"])
def test_an_image_is_drawn_with_row_0_at_the_top_and_masked_pixels_blank(xp):
    imaging = make_imaging(masked=True, xp=xp)
    axes = panels_of(plot.array_2d(imaging.data, title="a title"))["a title"]
    assert np.array_equal(shown(axes).mask, MASK.array)
    assert np.array_equal(shown(axes).filled(0.0), np.asarray(imaging.data.native))
    assert axes.images[0].origin == "upper"
    assert axes.images[0].get_extent() == pytest.approx([-1.4, 1.0, -0.7, 1.3])
    assert axes.get_ylim() == pytest.approx((-0.7, 1.3))  # y increases upwards
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x [arcsec]", "y [arcsec]")


def test_values_that_are_not_finite_are_blank():
    array = la.Array2D(np.asarray([1.0, np.nan, np.inf, 2.0]), la.Mask2D.all_false((2, 2), 0.1))
    image = shown(panels_of(plot.array_2d(array, title="t"))["t"])
    assert image.mask.ravel().tolist() == [False, True, True, False]


@pytest.mark.parametrize(("scale", "kind"), [("linear", Normalize), ("asinh", AsinhNorm), ("log", LogNorm)])
def test_scales(scale, kind):
    array = la.Array2D.no_mask(np.geomspace(1.0, 100.0, 12).reshape(3, 4), 0.1)
    norm = plot.array_2d(array, scale=scale).axes[0].images[0].norm
    assert type(norm) is kind
    assert (norm.vmin, norm.vmax) == pytest.approx((1.0, 100.0))
    limited = plot.array_2d(array, scale=scale, limits=(2.0, 7.0)).axes[0].images[0].norm
    assert (limited.vmin, limited.vmax) == (2.0, 7.0)


@pytest.mark.parametrize("scale", ["linear", "asinh", "log"])
@pytest.mark.parametrize("value", [0.0, 3.0, -2.0])
def test_a_flat_image_can_be_drawn(value, scale, tmp_path):
    array = la.Array2D.full(value, (4, 4), 0.1)
    if scale == "log" and value <= 0:
        with pytest.raises(ValueError, match="must have a positive value to be drawn with `scale='log'`"):
            plot.array_2d(array, scale=scale)
    else:
        plot.array_2d(array, tmp_path / "flat.png", scale=scale)
        assert (tmp_path / "flat.png").read_bytes().startswith(PNG_SIGNATURE)


def test_images_beside_each_other_share_their_colours():
    first, second = la.Array2D.full(1.0, (4, 4), 0.1), la.Array2D.full(5.0, (6, 4), 0.1)
    panels = panels_of(plot.arrays_2d({"first": first, "second": second}, unit="electrons"))
    assert list(panels) == ["first", "second"]
    assert panels["first"].images[0].norm is panels["second"].images[0].norm
    assert (panels["first"].images[0].norm.vmin, panels["first"].images[0].norm.vmax) == (1.0, 5.0)


def test_asinh_ticks_are_apart_and_the_bar_says_the_unit():
    values = np.concatenate([np.random.default_rng(0).normal(0.0, 0.01, 380), np.geomspace(0.01, 30.0, 20)])
    figure = plot.array_2d(la.Array2D.no_mask(values.reshape(20, 20), 0.1), scale="asinh", unit="electrons")
    panel = figure.axes[0]
    (bar,) = panel.child_axes
    norm, ticks = panel.images[0].norm, bar.get_yticks()
    assert bar.get_ylabel() == "electrons"
    assert 0.0 in ticks
    assert len(ticks) >= 5
    assert np.diff(norm(np.asarray(ticks))).min() > 0.05
    assert [label.get_text() for label in bar.get_yticklabels()] == [f"{tick:g}" for tick in ticks]


def test_imaging_shows_data_noise_psf_and_signal_to_noise():
    imaging = make_imaging(masked=True)
    panels = panels_of(plot.imaging(imaging, unit="e/s"))
    assert list(panels) == ["data", "noise map", "PSF", "signal to noise"]
    assert np.array_equal(shown(panels["noise map"]).compressed(), imaging.noise_map.array)
    assert np.array_equal(shown(panels["signal to noise"]).compressed(), imaging.signal_to_noise_map.array)
    assert isinstance(panels["PSF"].images[0].norm, LogNorm)
    assert panels["PSF"].images[0].get_extent() == pytest.approx([-0.35, 0.35, -0.25, 0.25])
    assert "PSF" not in panels_of(plot.imaging(make_imaging(psf=False)))


def test_a_lens_has_its_critical_curves_and_caustics():
    panels = panels_of(plot.lens(make_imaging(), make_tracer()))
    assert list(panels) == ["data", "noise map", "PSF", "lensed light, no noise", "source plane", "convergence"]
    assert panels["data"].images[0].norm is panels["lensed light, no noise"].images[0].norm
    labels = {title: [line.get_label() for line in axes.lines] for title, axes in panels.items() if axes.lines}
    assert labels["data"] == ["tangential critical curve", "radial critical curve"]
    assert labels["source plane"] == ["tangential caustic", "radial caustic"]
    tangential, radial = (np.stack(line.get_data(), axis=-1) - (-0.2, 0.3) for line in panels["data"].lines)
    assert 0.5 < np.linalg.norm(tangential, axis=-1).mean() < 0.7
    assert np.linalg.norm(radial, axis=-1).max() < 0.2
    x_min, x_max, y_min, y_max = panels["source plane"].images[0].get_extent()
    for line in panels["source plane"].lines:
        x, y = line.get_data()
        assert x_min < x.min() < x.max() < x_max
        assert y_min < y.min() < y.max() < y_max
    assert panels["data"].get_xlim() == pytest.approx((-1.4, 1.0))  # which the curves have not changed


def test_curves_that_there_are_none_of_are_left_out():
    panels = panels_of(plot.lens(make_imaging(psf=False), make_tracer(slope=2.2)))
    assert [line.get_label() for line in panels["data"].lines] == ["tangential critical curve"]
    unlensed = la.Tracer([la.Galaxy(1.0, light=la.lp.Sersic())])
    panels = panels_of(plot.lens(make_imaging(masked=True), unlensed))
    assert not panels["data"].lines
    assert not panels["source plane"].lines
    assert panels["data"].get_legend() is None


def test_a_tracer_without_light_can_be_drawn():
    dark = la.Tracer([la.Galaxy(0.5, mass=la.mp.Isothermal()), la.Galaxy(1.0)])
    assert float(shown(panels_of(plot.lens(make_imaging(), dark))["source plane"]).max()) == 0.0


def test_a_difference_is_in_units_of_the_noise_and_white_at_zero():
    data, model = la.Array2D.full(1.0, (4, 6), 0.1), la.Array2D.no_mask(np.linspace(0.5, 3.0, 24).reshape(4, 6), 0.1)
    noise_map = la.Array2D.full(0.5, (4, 6), 0.1)
    panel = panels_of(plot.difference(data, model, noise_map, title="residuals"))["residuals"]
    assert np.allclose(shown(panel), (1.0 - model.native) / 0.5)
    norm = panel.images[0].norm
    assert (norm.vmin, norm.vmax) == pytest.approx((-4.0, 4.0))
    assert np.allclose(panel.images[0].cmap(norm(0.0))[:3], 1.0, atol=0.05)
    norm = plot.difference(data, model, noise_map, limit=2.0).axes[0].images[0].norm
    assert (norm.vmin, norm.vmax) == (-2.0, 2.0)
    assert plot.difference(data, data, noise_map).axes[0].images[0].norm.vmax == 1.0
    for limit in (0.0, -1.0, np.nan):
        with pytest.raises(ValueError, match=r"`limit` must be a positive number, but is .*; give one above zero"):
            plot.difference(data, model, noise_map, limit=limit)
    with pytest.raises(TypeError, match="`noise_map` must be of type Array2D, but is float"):
        plot.difference(data, model, 0.5)


def tracer_with_haloes():
    """Return a lens with subhaloes of two families and haloes on another plane, some in empty slots."""
    cored = la.mp.cNFWSph(centre=np.asarray([(0.1, 0.2), (0.3, -0.4)]), kappa_s=0.01, scale_radius=0.2)
    points = la.mp.PointMass(centre=(np.asarray([0.5]), np.asarray([-0.6])), einstein_radius=0.01)
    halo = la.mp.NFWTruncatedSph(
        centre=(np.asarray([0.7, 0.4, 9.0]), np.asarray([0.8, 0.4, 9.0])),
        kappa_s=0.01,
        scale_radius=np.asarray([0.1, 0.2, 0.3]),
    )
    lens = la.Galaxy(0.5, mass=[la.mp.Isothermal(einstein_radius=0.6), la.HaloPopulation(cored), la.HaloPopulation(points)])
    haloes = la.HaloPopulation(halo, valid=np.asarray([True, False, True]))
    return la.Tracer([la.Galaxy(0.7, mass=[haloes, la.mp.MassSheet(kappa=-0.01)]), lens, la.Galaxy(2.0)])


def test_haloes_are_where_they_are_and_as_large_as_they_are():
    tracer, grid = tracer_with_haloes(), la.Grid2D.uniform((20, 24), 0.1)
    panel = panels_of(plot.haloes(tracer, tracer.convergence_2d_from(grid), title="kappa"))["kappa"]
    assert [text.get_text() for text in panel.get_legend().get_texts()] == [
        "2 on the line of sight",
        "2 cNFWSph",
        "1 PointMass",
    ]
    dots, cored, points = panel.collections
    assert np.allclose(dots.get_offsets(), [(0.8, 0.7), (9.0, 9.0)])  # (x, y), without the empty slot
    assert dots.get_sizes()[1] > dots.get_sizes()[0]
    assert np.allclose(cored.get_offsets(), [(0.2, 0.1), (-0.4, 0.3)])
    assert np.allclose(cored.get_widths(), 0.4)
    assert np.allclose(points.get_offsets(), [(-0.6, 0.5)])
    assert panel.get_xlim() == pytest.approx((-1.2, 1.2))  # which haloes beyond have not changed
    norm = panel.images[0].norm
    assert isinstance(norm, LogNorm)
    assert norm.vmax < shown(panel).max()


def test_a_convergence_without_haloes_or_mass_can_be_drawn():
    tracer = la.Tracer([la.Galaxy(0.5), la.Galaxy(1.0)])
    panel = plot.haloes(tracer, tracer.convergence_2d_from(la.Grid2D.uniform((4, 4), 0.1))).axes[0]
    assert panel.get_legend() is None
    assert type(panel.images[0].norm) is Normalize


def test_substructure_shows_what_haloes_change(tmp_path):
    tracer, imaging, smooth = tracer_with_haloes(), make_imaging(), make_imaging()
    convergence, difference = tracer.convergence_2d_from(imaging.grid), imaging.data / imaging.noise_map
    figure = plot.substructure(imaging, smooth, difference, convergence, tracer, tmp_path / "haloes.png", unit="e/s")
    panels = panels_of(figure)
    assert list(panels) == ["with haloes", "without haloes", "difference, before noise is added", "convergence"]
    assert panels["with haloes"].images[0].norm is panels["without haloes"].images[0].norm
    assert np.array_equal(shown(panels["difference, before noise is added"]), difference.native)
    assert len(panels["convergence"].collections) == 3
    assert (tmp_path / "haloes.png").read_bytes().startswith(PNG_SIGNATURE)
    with pytest.raises(TypeError, match="`difference` must be of type Array2D, but is ndarray"):
        plot.substructure(imaging, smooth, difference.values, convergence, tracer)


@pytest.mark.parametrize(("high", "ticks"), [(2.5, ["0.1", "0.2", "0.5", "1", "2"]), (0.15, None), (100.0, None)])
def test_a_short_log_scale_has_plain_ticks(high, ticks):
    array = la.Array2D.no_mask(np.geomspace(0.1, high, 12).reshape(3, 4), 0.1)
    (bar,) = plot.array_2d(array, scale="log").axes[0].child_axes
    labels = [label.get_text() for label in bar.get_yticklabels()]
    assert (labels == ticks) if ticks else all(label.startswith("$") or not label for label in labels)


def test_a_file_is_written_whole_in_a_new_folder_and_replaced(tmp_path):
    path = tmp_path / "new" / "folder" / "image.png"
    figure = plot.imaging(make_imaging(), path)
    content = path.read_bytes()
    assert content.startswith(PNG_SIGNATURE)
    width, height = (int.from_bytes(content[start : start + 4], "big") for start in (16, 20))
    assert (width, height) == tuple(round(150 * inches) for inches in figure.get_size_inches())
    path.write_bytes(b"old")
    plot.imaging(make_imaging(), path)
    assert path.read_bytes() == content
    assert os.listdir(path.parent) == ["image.png"]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "image.png"
    path.write_bytes(b"old")

    def fail(*arguments, **options):
        raise OSError("no space left on device")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", fail)
    with pytest.raises(OSError, match="no space left"):
        plot.imaging(make_imaging(), path)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["image.png"]


STATE = """
import matplotlib, sys
import lensarrays as la
from lensarrays import plot
before = matplotlib.rcParams.copy()
array = la.Array2D.full(1.0, (4, 4), 0.1)
plot.imaging(la.Imaging(array, array, la.Kernel2D.no_blur(0.1)), "out.png")
assert dict.__eq__(matplotlib.rcParams, before)                # to look up a backend would choose one
assert matplotlib.get_backend(auto_select=False) is None       # none has been chosen
assert "matplotlib.pyplot" not in sys.modules
"""


def test_drawing_changes_no_setting_of_matplotlib_and_chooses_no_backend(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    done = subprocess.run(
        [sys.executable, "-c", STATE], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def batch_of(structure, size=3):
    return jax.tree_util.tree_map(lambda v: np.stack([v] * size), structure)


@pytest.mark.parametrize(
    "draw",
    [
        lambda imaging: plot.array_2d(imaging.data),
        lambda imaging: plot.arrays_2d({"a": imaging.data}),
        plot.imaging,
        lambda imaging: plot.difference(imaging.data, imaging.data, imaging.noise_map),
        lambda imaging: plot.haloes(make_tracer(), imaging.data),
        lambda imaging: plot.lens(imaging, make_tracer()),
        lambda imaging: plot.substructure(imaging, imaging, imaging.data, imaging.data, make_tracer()),
    ],
)
def test_a_batch_is_refused(draw):
    with pytest.raises(ValueError, match=r"must be one image, but has batch axes of shape \(3,\); take one"):
        draw(batch_of(make_imaging()))


def test_bad_arguments_are_refused(tmp_path):
    array = la.Array2D.full(1.0, (4, 4), 0.1)
    with pytest.raises(TypeError, match=r"`arrays` must be an Array2D, but is a ndarray; make one with `Array2D.no_mask`"):
        plot.array_2d(np.ones((4, 4)))
    with pytest.raises(TypeError, match="must be concrete to be drawn, but is traced"):
        jax.jit(lambda values: plot.array_2d(la.Array2D(values, array.mask)) and values)(jnp.ones(16))
    with pytest.raises(ValueError, match="`arrays` must have one image or more, but is empty"):
        plot.arrays_2d({})
    with pytest.raises(ValueError, match="`scale` must be one of linear, asinh, log, but is 'sqrt'"):
        plot.array_2d(array, scale="sqrt")
    with pytest.raises(ValueError, match=r"`limits` must be an increasing pair .* but is \(2.0, 1.0\)"):
        plot.array_2d(array, limits=(2.0, 1.0))
    with pytest.raises(ValueError, match=r"`limits` must be .* that the scale can show, but is \(0.0, 1.0\)"):
        plot.array_2d(array, scale="log", limits=(0.0, 1.0))
    for limits in ((None, 1.0), (0.0, 1.0, 2.0), 3.0):
        with pytest.raises(ValueError, match=r"`limits` must be two finite numbers \(low, high\), but is "):
            plot.array_2d(array, limits=limits)
    with pytest.raises(TypeError, match=r"`imaging` must be of type Imaging, but is Array2D; make one with `Imaging\(data"):
        plot.imaging(array)
    with pytest.raises(TypeError, match=r"`imaging` must be of type Imaging, but is Tracer"):
        plot.lens(make_tracer(), make_imaging())
    with pytest.raises(TypeError, match=r"`tracer` must be of type Tracer, but is NoneType; make one with `Tracer\(galaxies"):
        plot.lens(make_imaging(), None)
    with pytest.raises(ValueError, match=r"`path` must end in a kind of picture \(.*\.png.*\), but is .*picture'"):
        plot.array_2d(array, tmp_path / "picture")
    assert os.listdir(tmp_path) == []
