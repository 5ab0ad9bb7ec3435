"""The command line does the first job, says what it did, and answers a mistake of the user with one line."""

import importlib.metadata
from unittest import mock

import numpy as np
import pytest
from astropy.io import fits
from typer.testing import CliRunner

import lensarrays as la
from lensarrays import plot
from lensarrays.cli import app, demonstration, substructure

OBSERVATION = ["data.fits", "noise_map.fits", "psf.fits"]
FILES = ["data.fits", "lens.png", "noise_map.fits", "psf.fits", "substructure", "substructure.png"]
PICTURES = {"lens": plot.lens, "substructure": plot.substructure}
PLANES = (0, 1)  # before the lens, and behind it


@pytest.fixture(scope="module")
def with_haloes():
    """What the second scene makes, with fewer pixels and planes than in the demo: it takes seconds to compile."""
    small = {"shape_native": (40, 40), "over_sample_size": 1, "batch_size": 2, "batches": 2}
    return substructure.simulate_all(0, **small, planes=PLANES, halo_method=la.haloes.Direct())


@pytest.fixture
def quick(monkeypatch, with_haloes):
    """A demo that compiles and draws nothing, which takes seconds; it keeps the seeds that it was given in a list."""
    seeds = []

    def simulate_all(psf, seed):
        seeds.append(seed)
        psf = la.Kernel2D.no_mask(np.asarray(psf.native), psf.pixel_scales)
        grid = la.Grid2D.uniform((30, 30), demonstration.PIXEL_SCALE, over_sample_size=1)
        simulator = la.SimulatorImaging(demonstration.EXPOSURE_TIME, demonstration.SKY_LEVEL, psf=psf)
        imaging = simulator.via_tracer_from(demonstration.tracer_from(demonstration.THETA), grid, np.random.default_rng(seed))
        timing = demonstration.Timing(compile=1.5, run=0.02)
        return demonstration.Report(imaging, demonstration.THETA, timing, timing, timing, batch_size=2, flux_kept=1.0)

    def draw(*arguments, **options):
        arguments[-1].write_bytes(b"a picture")

    monkeypatch.setattr(demonstration, "simulate_all", simulate_all)
    monkeypatch.setattr(substructure, "simulate_all", lambda seed: seeds.append(seed) or with_haloes)
    for name, function in PICTURES.items():
        monkeypatch.setattr(plot, name, mock.create_autospec(function, side_effect=draw))
    return seeds


@pytest.fixture
def never(monkeypatch):
    """A demo that must not come as far as to simulate."""

    def fail(*arguments, **options):
        raise AssertionError("the simulation was started")

    monkeypatch.setattr(demonstration, "simulate_all", fail)
    monkeypatch.setattr(substructure, "simulate_all", fail)


def invoke(*arguments):
    plain = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "100", "GITHUB_ACTIONS": None, "FORCE_COLOR": None}
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=plain)


def refused(result):
    """Return the one line that a mistake is answered with."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)  # and so without a traceback
    (line,) = result.stderr.splitlines()
    assert line.startswith("lensarrays: ")
    return line


def test_version():
    result = invoke("--version")
    assert result.exit_code == 0
    assert result.stdout == f"lensarrays {importlib.metadata.version('lensarrays')}\n"


def test_help_lists_what_can_be_asked_for():
    assert "demo" in invoke("--help").stdout
    options = invoke("demo", "--help").stdout
    assert all(option in options for option in ("--out", "--psf", "--hdu", "--seed", "--overwrite"))


def test_the_demo_writes_an_observation_and_a_picture_and_says_so(quick, monkeypatch, tmp_path):
    for name, function in PICTURES.items():
        monkeypatch.setattr(plot, name, function)
    out = tmp_path / "new" / "demo"
    result = invoke("demo", "--out", out)
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in out.iterdir()) == FILES
    assert sorted(path.name for path in (out / "substructure").iterdir()) == OBSERVATION
    assert la.Imaging.from_fits(*(out / "substructure" / name for name in OBSERVATION)).pixel_scales == (0.05, 0.05)
    for name in PICTURES:
        assert (out / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    imaging = la.Imaging.from_fits(out / "data.fits", out / "noise_map.fits", out / "psf.fits")
    assert imaging.shape_native == (30, 30)
    assert imaging.pixel_scales == (0.1, 0.1)
    assert np.isclose(imaging.psf.array.sum(), 1.0)
    assert imaging.signal_to_noise_map.array.max() > 10
    rows = "one image", "a batch of 2", "flux and gradient", "a batch of 2, ", " haloes", "compile (s)"
    for words in (*rows, "its sum is 1.0000000", "on 2 planes", "times the noise", *FILES, str(out)):
        assert words in result.stdout


def test_what_the_demo_simulates():
    psf = demonstration.psf_from(None, 0)
    report = demonstration.simulate_all(psf, 0, shape_native=(60, 60), batch_size=2, over_sample_size=1)
    assert np.isclose(psf.array.sum(), 1.0)
    assert report.imaging.shape_native == (60, 60)
    assert float(report.imaging.signal_to_noise_map.array.max()) > 10
    assert report.flux_kept == pytest.approx(1.0, abs=1e-4)
    assert float(report.gradient["lens"]["einstein_radius"]) > 0  # a stronger lens magnifies more
    assert all(timing.compile > timing.run > 0 for timing in (report.one, report.batch, report.grad))


def test_what_the_scene_with_substructure_simulates(with_haloes):
    report = with_haloes
    assert report.imaging.shape_native == report.smooth.shape_native == (40, 40)
    assert np.isclose(float(report.imaging.psf.array.sum()), 1.0)
    assert float(report.imaging.signal_to_noise_map.array.max()) > 10
    assert report.tracer.total_planes == 1 + sum(PLANES) + 1
    assert 10 < report.total_subhaloes < 60
    assert report.total_haloes > 200
    assert report.batch_size == 2
    assert report.batch.compile > report.batch.run > 0
    assert 0.1 < float(np.abs(np.asarray(report.difference.values)).max()) < 100
    # Two ways to compute it: with JAX plane by plane, and with NumPy all at once.
    grid = la.Grid2D.uniform((2, 3), 0.05, origin=(0.95, -0.925), over_sample_size=1)
    corner = np.asarray(report.convergence.native)[:2, :3].ravel()
    assert np.allclose(corner, report.tracer.convergence_2d_from(grid).values, rtol=1e-4)


def test_without_haloes_the_lens_is_smooth(with_haloes):
    lens = la.Galaxy(
        0.5, mass=[la.mp.PowerLaw(**substructure.THETA["lens"]), la.mp.ExternalShear(**substructure.THETA["shear"])]
    )
    source = la.Galaxy(2.0, light=la.lp.SersicCore(**substructure.THETA["source"]))
    psf = la.Kernel2D.no_mask(np.asarray(with_haloes.imaging.psf.native), 0.05)
    simulator = la.SimulatorImaging(substructure.EXPOSURE_TIME, substructure.SKY_LEVEL, psf=psf)
    grid = la.Grid2D.uniform((40, 40), 0.05, over_sample_size=1)
    expected = simulator.via_tracer_from(la.Tracer([lens, source]), grid)
    residuals = (np.asarray(with_haloes.smooth.data.values) - expected.data.values) / expected.noise_map.values
    assert abs(residuals.std() - 1.0) < 0.1
    assert abs(residuals).max() < 6


def test_every_lens_has_haloes_of_its_own():
    samplers = substructure.samplers_from(PLANES)
    first, again, other = (samplers.draw(3, index) for index in (0, 0, 1))
    centres = [np.asarray(drawn.of_lens[0].profile.centre) for drawn in (first, again, other)]
    assert np.array_equal(centres[0], centres[1])
    assert not np.array_equal(centres[0], centres[2])
    assert centres[0].shape == centres[2].shape  # and so one program serves both
    assert len(first.of_planes) == 1 + sum(PLANES)


def test_the_lenses_of_a_batch_differ_and_follow_from_the_seed():
    first, again, other = (demonstration.thetas_from(32, seed) for seed in (1, 1, 2))
    radii = [np.asarray(thetas["lens"]["einstein_radius"]) for thetas in (first, again, other)]
    assert radii[0].shape == (32,)
    assert len(np.unique(radii[0])) == 32
    assert np.array_equal(radii[0], radii[1])
    assert not np.array_equal(radii[0], radii[2])
    assert np.asarray(first["source"]["centre"]).shape == (32, 2)
    assert np.ptp(np.asarray(first["source"]["radius_break"])) == 0  # it is small, and must stay positive


def test_the_seed_is_handed_on(quick, tmp_path):
    assert invoke("demo", "--out", tmp_path / "a").exit_code == 0
    assert invoke("demo", "--out", tmp_path / "b", "--seed", "7").exit_code == 0
    assert quick == [0, 0, 7, 7]


def test_the_psf_of_a_file_is_used_and_normalised(quick, tmp_path):
    values = np.arange(15.0).reshape(3, 5)
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(values, name="VIS_PSF")]).writeto(tmp_path / "psf.fits")
    for hdu in ("1", "VIS_PSF"):
        result = invoke("demo", "--out", tmp_path / hdu, "--psf", tmp_path / "psf.fits", "--hdu", hdu)
        assert result.exit_code == 0, result.output
        assert np.allclose(fits.getdata(tmp_path / hdu / "psf.fits"), values / values.sum())
        assert "3 x 5 pixels, from" in result.stdout


def test_files_of_an_earlier_run_are_kept_unless_they_may_be_replaced(quick, tmp_path):
    (tmp_path / "psf.fits").write_bytes(b"mine")
    line = refused(invoke("demo", "--out", tmp_path))
    assert "`--out` must be a new folder" in line
    assert "has psf.fits; add --overwrite" in line
    assert [path.name for path in tmp_path.iterdir()] == ["psf.fits"]
    assert (tmp_path / "psf.fits").read_bytes() == b"mine"
    assert invoke("demo", "--out", tmp_path, "--overwrite").exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES
    for name in (*OBSERVATION, "lens.png", "substructure.png"):
        (tmp_path / name).unlink()
    assert "has substructure/data.fits, substructure/noise_map.fits" in refused(invoke("demo", "--out", tmp_path))


@pytest.mark.parametrize(
    ("values", "hdu", "message"),
    [
        (None, "0", "there is no file"),
        (np.ones((4, 5)), "0", "`kernel` must have odd sides, to have a centre pixel, but has shape (4, 5)"),
        (np.ones((3, 3)), "7", "`hdu` must be an HDU with an image, but is 7"),
        (np.ones((3, 3)), "PSF", "`hdu` must be an HDU with an image, but is 'PSF'"),
        (np.zeros((3, 3)), "0", "`kernel` must have a positive sum"),
        (np.full((3, 3), np.nan), "0", "`values` must be finite"),
    ],
)
def test_a_bad_psf_is_answered_with_the_message_of_the_library(never, tmp_path, values, hdu, message):
    path, out = tmp_path / "psf.fits", tmp_path / "out"
    if values is not None:
        fits.writeto(path, values)
    assert message in refused(invoke("demo", "--out", out, "--psf", path, "--hdu", hdu))
    assert not out.exists()


def test_a_file_that_is_no_fits_file_is_refused(never, tmp_path):
    (tmp_path / "psf.fits").write_text("no fits")
    assert "must be an intact FITS file" in refused(invoke("demo", "--out", tmp_path / "out", "--psf", tmp_path / "psf.fits"))


def test_a_folder_that_is_a_file_is_refused(never, tmp_path):
    (tmp_path / "out").write_text("a file")
    assert "`--out` must be a folder, but" in refused(invoke("demo", "--out", tmp_path / "out"))
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "substructure").write_text("a file")
    assert "substructure' is a file; name another" in refused(invoke("demo", "--out", tmp_path / "new"))


def test_a_fault_of_ours_is_not_hidden(never, tmp_path):
    result = invoke("demo", "--out", tmp_path / "out")
    assert isinstance(result.exception, AssertionError)


def test_an_hdu_without_a_file_is_refused(never, tmp_path):
    for hdu in ("2", "0", "PSF"):
        line = refused(invoke("demo", "--out", tmp_path / "out", "--hdu", hdu))
        assert "`--hdu` must come with `--psf`" in line
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_refused_before_anything_is_done(never, tmp_path):
    (tmp_path / "file").write_text("a file")
    for out in (tmp_path / "file" / "a", tmp_path / "file" / "a" / "b", "/proc/lensarrays"):
        assert "`--out` must be a folder that can be written, but" in refused(invoke("demo", "--out", out))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_psf_larger_than_the_image_is_refused(tmp_path):
    fits.writeto(tmp_path / "psf.fits", np.ones((151, 151)))
    line = refused(invoke("demo", "--out", tmp_path / "out", "--psf", tmp_path / "psf.fits"))
    assert "`psf` must not be larger than the image, (100, 100), but has shape (151, 151); trim it" in line
    assert not (tmp_path / "out").exists()
