"""The examples run, here on a made-up observation in a file that is laid out as the real one, and their checks can fail."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

import lensarrays as la

EXAMPLES = Path(__file__).parents[1] / "examples"
SIDE = 61
EXPOSURE_TIME, SKY_LEVEL = 4000.0, 0.05


sys.path.insert(0, str(EXAMPLES))  # some of them import others


def load(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


euclid_vis, fit_euclid, fit_hst = (load(name) for name in ("euclid_vis", "fit_euclid", "fit_hst"))


def write_observation(path, psf=None):
    """Write a field that is not square, with the lens away from its middle, and a brighter star in a corner of it."""
    kernel = la.Kernel2D.from_gaussian((9, 9), 0.1, sigma=0.08, normalize=True)
    grid = la.Grid2D.uniform((90, 100), 0.1, over_sample_size=2)
    simulator = la.SimulatorImaging(EXPOSURE_TIME, SKY_LEVEL, psf=kernel)
    imaging = simulator.via_tracer_from(la.Tracer(euclid_vis.lens_model()), grid, np.random.default_rng(0))
    flux, rms = (np.roll(part.native, (5, -7), axis=(0, 1)) for part in (imaging.data, imaging.noise_map))
    flux[3, 4] = 50.0
    images = {"VIS_FLUX": flux, "VIS_PSF": kernel.native if psf is None else psf, "VIS_RMS": rms}
    hdus = [fits.ImageHDU(np.asarray(values, dtype=">f4"), name=name) for name, values in images.items()]
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(path)
    return path


@pytest.fixture(scope="module")
def observed(tmp_path_factory):
    return write_observation(tmp_path_factory.mktemp("euclid") / "vis.fits")


def failed(*checks):
    return [check.name for check in checks if not check.is_passed]


def test_the_euclid_example_passes_its_checks_and_writes_its_files(observed, tmp_path, capsys):
    checks = euclid_vis.run(observed, tmp_path / "out", side=SIDE, draws=48)
    assert failed(*checks) == []
    assert len(checks) == 9
    names = ["arcs.png", "beside.png", "data.fits", "lens.png", "noise_map.fits", "psf.fits"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
    assert fits.getdata(tmp_path / "out" / "data.fits").shape == (SIDE, SIDE)
    assert "written to" in capsys.readouterr().out


def test_the_cut_out_is_about_the_lens_and_its_noise_level_is_found(observed):
    observation = euclid_vis.read_observation(observed, SIDE)
    assert observation.flux.shape_native == observation.rms.shape_native == (SIDE, SIDE)
    assert np.argmax(observation.flux.array) == SIDE**2 // 2
    level = euclid_vis.noise_level_from(observation)
    assert level.exposure_time == pytest.approx(EXPOSURE_TIME, rel=0.05)
    assert level.background_sky_level == pytest.approx(SKY_LEVEL, rel=0.1)
    assert level.background_rms == pytest.approx((SKY_LEVEL / EXPOSURE_TIME) ** 0.5, rel=0.05)


def test_the_check_of_the_psf_can_fail():
    kernel = la.Kernel2D.from_gaussian((5, 5), 0.1, sigma=0.1, normalize=True)
    assert failed(*euclid_vis.check_psf(kernel)) == []
    assert failed(*euclid_vis.check_psf(1.001 * kernel)) == ["sum of the PSF"]
    wiggle = np.zeros((5, 5))
    wiggle[0, 0], wiggle[4, 4] = -0.05, 0.05
    negative = la.Kernel2D.no_mask(kernel.native + wiggle, 0.1)
    assert failed(*euclid_vis.check_psf(negative)) == ["smallest value of the PSF over its peak"]


def test_the_check_of_the_noise_level_can_fail(observed):
    observation = euclid_vis.read_observation(observed, SIDE)
    level = euclid_vis.noise_level_from(observation)
    simulator = la.SimulatorImaging(level.exposure_time, level.background_sky_level)
    image = la.Tracer(euclid_vis.lens_model()).image_2d_from(la.Grid2D.uniform((SIDE, SIDE), 0.1))
    imaging, expected = (simulator.via_image_from(image, key) for key in (np.random.default_rng(0), None))
    assert failed(*euclid_vis.check_noise_level(observation, level, imaging, expected)) == []
    for factor in (0.9, 1.1):
        noisier = la.Imaging(expected.data + factor * (imaging.data - expected.data), factor * imaging.noise_map)
        assert len(failed(*euclid_vis.check_noise_level(observation, level, noisier, expected))) == 2


def test_the_check_of_the_noise_map_can_fail():
    simulator = la.SimulatorImaging(EXPOSURE_TIME, SKY_LEVEL)
    image = la.Array2D.no_mask(np.geomspace(0.001, 1.0, 900).reshape(30, 30), 0.1)
    expected = simulator.via_image_from(image)
    random = np.random.default_rng(1)
    draws = np.stack([simulator.via_image_from(image, random).data.array for _ in range(100)])

    def failures(draws):
        return failed(*euclid_vis.check_noise_map(expected, draws, EXPOSURE_TIME, SKY_LEVEL))

    assert failures(draws) == []
    assert failures(draws + 0.03 * expected.noise_map.array) == ["mean residual over the noise"]
    data = expected.data.array
    assert "chi-squared per pixel and draw" in failures(data + 1.05 * (draws - data))
    # One pixel whose noise is wrong, and pixels that are wrong by turns but right on average.
    one = np.where(np.arange(900) == 450, 1.5, 1.0)
    assert "largest deviation of chi-squared in a pixel over its error" in failures(data + one * (draws - data))
    turns = np.where(np.arange(900) % 2, 1.08, 0.92)
    assert "scatter of chi-squared among pixels over its error" in failures(data + turns * (draws - data))


def test_a_check_that_is_not_a_number_fails():
    check = euclid_vis.Check("ratio", float("nan"), 0.0, 1.0)
    assert not check.is_passed
    assert str(check) == "FAILED  ratio: nan, allowed 0 to 1"


def test_the_exit_status_says_whether_all_checks_passed(monkeypatch, capsys, tmp_path):
    good, bad = euclid_vis.Check("good", 1.0, 0.0, 2.0), euclid_vis.Check("bad", 3.0, 0.0, 2.0)
    for checks, status in (([good], 0), ([good, bad], 1)):
        monkeypatch.setattr(euclid_vis, "run", lambda *_, checks=checks, **__: checks)
        assert euclid_vis.main(["vis.fits", "--out", str(tmp_path)]) == status
    printed = capsys.readouterr()
    assert "FAILED  bad: 3, allowed 0 to 2" in printed.out
    assert printed.err == "euclid_vis: 1 of 2 checks failed\n"


def test_a_file_that_will_not_do_is_refused(observed, tmp_path, capsys):
    assert euclid_vis.main([str(tmp_path / "none.fits"), "--out", str(tmp_path / "out")]) == 1
    assert "there is no file" in capsys.readouterr().err
    even = write_observation(tmp_path / "even.fits", psf=np.ones((4, 4)))
    assert euclid_vis.main([str(even), "--out", str(tmp_path / "out")]) == 1
    assert "`kernel` must have odd sides" in capsys.readouterr().err
    with pytest.raises(ValueError, match=r"must have at least 101 rows and columns, .* but they have \(90, 100\)"):
        euclid_vis.read_observation(observed)
    ones = la.Array2D.ones((5, 5), 0.1)
    faint = euclid_vis.Observation(flux=0 * ones, rms=ones, psf=la.Kernel2D.no_blur(0.1))
    with pytest.raises(ValueError, match="must have pixels 10 times brighter than its noise, but has none"):
        euclid_vis.noise_level_from(faint)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["data.fits", "arcs.png"])
def test_an_earlier_run_is_seen_before_anything_is_done(monkeypatch, tmp_path, capsys, name):
    monkeypatch.setattr(euclid_vis, "read_observation", None)  # cannot be called
    (tmp_path / name).write_bytes(b"mine")
    assert euclid_vis.main([str(tmp_path / "vis.fits"), "--out", str(tmp_path)]) == 1
    assert f"`--out` must be a new folder, but '{tmp_path}' has {name}; add --overwrite." in capsys.readouterr().err
    assert (tmp_path / name).read_bytes() == b"mine"


@pytest.fixture(scope="module")
def euclid_dataset(observed):
    return fit_euclid.observation_from(observed)


def euclid_theta(**source):
    """Return the lens that was written; the cut-out is about the pixel that was at (0.05, 0.05) in the field."""
    mass = {"centre": (-0.016, -0.032), "ell_comps": (-0.042, -0.088), "einstein_radius": 1.242}
    light = {"centre": (-0.016, -0.032), "ell_comps": (-0.017, 0.016)}
    return {"light": light, "mass": mass, "shear": {"gamma_1": -0.026, "gamma_2": 0.019}, **source}


def test_the_euclid_lens_is_cut_out_and_masked(euclid_dataset):
    assert euclid_dataset.shape_native == (fit_euclid.SIDE, fit_euclid.SIDE)
    assert euclid_dataset.mask.pixels_in_mask == pytest.approx(np.pi * 30**2, rel=0.01)
    assert np.argmax(euclid_dataset.data.native) == fit_euclid.SIDE**2 // 2
    assert set(euclid_dataset.over_sample_size_lp.array.tolist()) == {2, 4, 8}


def test_the_scatter_of_the_sky_does_not_see_the_lens(monkeypatch):
    rms = 0.02 * la.Array2D.ones((90, 90), 0.1)
    flux = 0.7 * rms.native * np.random.default_rng(0).standard_normal((90, 90))
    flux[30:50, 30:50] += 1.0
    observation = euclid_vis.Observation(la.Array2D.no_mask(flux, 0.1), rms, la.Kernel2D.no_blur(0.1))
    monkeypatch.setattr(fit_euclid, "read_observation", lambda *_: observation)
    assert fit_euclid.sky_scatter_from(Path("vis.fits")) == pytest.approx(0.7, rel=0.1)


def test_the_euclid_model_describes_the_lens_with_either_kind_of_source(euclid_dataset, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(fit_euclid, "MESH", la.mesh.RectangularRTUAdaptImage(shape=(15, 15)))
    means = {**fit_euclid.LENS_MEANS, "source": fit_euclid.SOURCE_MEANS}
    model = fit_euclid.Model(euclid_dataset, means, {**fit_euclid.LENS_DEVIATIONS, "source": fit_euclid.SOURCE_DEVIATIONS})
    assert model.size == 15
    gaussians = model.fit_from(euclid_theta(source={"centre": (-0.158, -0.142), "ell_comps": (0.139, -0.178)}))
    assert gaussians.reduced_chi_squared == pytest.approx(1.0, abs=0.15)

    image = gaussians.model_images_of_galaxies[1]
    mesh = model._replace(adapt_image=image).fit_from(euclid_theta(mesh={"log10_coefficient": 1.3}))
    assert mesh.reduced_chi_squared == pytest.approx(1.0, abs=0.15)
    assert isinstance(mesh.model_data.values, np.ndarray)
    fit_euclid.report("mesh", mesh, tmp_path)
    assert (tmp_path / "mesh.png").exists()
    assert "mesh: log evidence " in capsys.readouterr().out


def test_the_parameters_of_the_euclid_model_are_deviates_of_its_priors(euclid_dataset):
    model = fit_euclid.Model(euclid_dataset, fit_euclid.LENS_MEANS, fit_euclid.LENS_DEVIATIONS)
    theta = model.theta_from(np.full(model.size, 2.0))
    assert float(theta["mass"]["einstein_radius"]) == pytest.approx(1.6)
    assert float(theta["light"]["centre"][1]) == pytest.approx(0.1)


def test_the_covariance_is_that_of_a_gaussian_and_no_wider_than_the_prior():
    root = load("_sampling").covariance_root_from(lambda x: -0.5 * (x[0] ** 2 / 0.01 + x[1] ** 2 / 400.0), np.zeros(2))
    np.testing.assert_allclose(root @ root.T, np.diag([0.01, 1.0]), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("example", [fit_euclid, fit_hst])
def test_a_fit_of_what_is_not_there_is_refused(example, tmp_path, capsys):
    assert example.main([str(tmp_path / "none"), "--out", str(tmp_path / "out")]) == 1
    assert "there is no file" in capsys.readouterr().err


def test_the_hst_example_finds_the_flux_and_the_magnification_of_its_source(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(fit_hst, "MESH_SHAPE", (25, 25))
    monkeypatch.setattr(fit_hst, "RADIUS", 2.2)
    source = la.Galaxy(fit_hst.REDSHIFTS[1], light=fit_hst.TRUE_SOURCE)
    true = fit_hst.tracer_from(source)
    light = la.lp.Sersic(ell_comps=fit_hst.ELL_COMPS, intensity=2.0, effective_radius=0.6, sersic_index=3.0)
    tracer = la.Tracer([la.Galaxy(fit_hst.REDSHIFTS[0], light=light, mass=true.galaxies[0].mass), source])
    kernel = la.Kernel2D.from_gaussian((9, 9), fit_hst.PIXEL_SCALE, sigma=0.05, normalize=True)
    grid = la.Grid2D.uniform((101, 101), fit_hst.PIXEL_SCALE, over_sample_size=4)
    simulator = la.SimulatorImaging(2000.0, background_sky_level=0.1, psf=kernel)
    simulator.via_tracer_from(tracer, grid, np.random.default_rng(0)).output_to_fits(tmp_path)

    fit = la.FitImaging(fit_hst.dataset_from(tmp_path), fit_hst.tracer_from(fit_hst.on_rectangles(3.0)))
    assert fit.reduced_chi_squared == pytest.approx(1.0, abs=0.15)
    (flux, magnification), (true_flux, true_magnification) = fit_hst.measured(fit), fit_hst.true_values(fit)
    assert flux == pytest.approx(true_flux, rel=0.15)
    assert magnification == pytest.approx(true_magnification, rel=0.1)
    fit_hst.compare(fit)
    assert f"magnification {magnification:.2f}, true {true_magnification:.2f}" in capsys.readouterr().out
