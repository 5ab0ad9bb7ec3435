"""The example of visibilities runs on a made-up observation, and describes what is in it."""

import sys
from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import pytest

import lensarrays as la

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

import fit_interferometer as example

UV = np.random.default_rng(1).normal(scale=1.5e5, size=(200, 2))
SCENE = example.SCENES["sma"]._replace(radius=2.6, mesh_shape=(13, 13), log10_coefficient=0.0)


def written(folder, brightness):
    source = example.la.lp.SersicCore((-0.3, -0.3), effective_radius=0.4, sersic_index=1.0, intensity=brightness)
    tracer = la.Tracer([example.lens_from(SCENE.mass), la.Galaxy(1.0, light=source)])
    grid = la.Grid2D.from_mask(SCENE.mask, over_sample_size=4)
    simulator = la.SimulatorInterferometer(UV, 1.0, la.TransformerNUFFT, noise_sigma=1.0)
    simulator.via_tracer_from(tracer, grid, np.random.default_rng(0)).output_to_fits(folder)
    return folder


def test_a_bright_source_is_described_and_its_mass_looked_for(tmp_path, monkeypatch, capsys):
    starts = []

    def started(dataset, scene, start, widths):
        starts.append((start, widths))
        return np.asarray([*scene.mass, scene.log10_coefficient])

    monkeypatch.setattr(example, "best_fit_from", started)  # which compiles
    pictures = []
    for name in ("interferometer", "fit_interferometer"):
        monkeypatch.setattr(la.plot, name, lambda _, path: pictures.append(path.name))
    fits = example.run(written(tmp_path / "sma", 2.0), tmp_path / "out", SCENE)
    assert list(fits) == ["known", "found", "recovered"]
    assert all(float(fit.reduced_chi_squared) == pytest.approx(0.8, abs=0.25) for fit in fits.values())
    (_, fixed), (start, widths), _ = starts
    assert not fixed.any()
    assert np.all(np.abs(start[:5] - SCENE.mass) <= widths)
    assert pictures == [f"{name}.png" for name in ("observed", "known", "found", "simulated", "recovered")]
    printed = capsys.readouterr().out
    assert "einstein_radius 1.6000, true 1.6000" in printed


def test_the_search_stays_in_its_widths_and_where_there_is_an_evidence(monkeypatch, capsys):
    truth = np.asarray([1.62, 0.05, 0.02, 0.0, 0.3, 1.0])

    class Fit(NamedTuple):
        log_evidence: Any

    def fit_from(dataset, scene, x):
        return Fit(jnp.where(x[0] < 1.7, -jnp.sum(((x - truth) / 0.01) ** 2), -jnp.inf))

    monkeypatch.setattr(example, "fit_from", fit_from)
    start = np.asarray([*SCENE.mass, -1.0])
    widths = np.asarray([0.3, 0.15, 0.15, 0.0, 0.1])
    x = example.best_fit_from(None, SCENE, start, widths)
    np.testing.assert_allclose(x, [1.62, 0.05, 0.02, 0.0, 0.1, 1.0], atol=1e-4)
    assert "calls in" in capsys.readouterr().out


def test_what_is_simulated_has_the_brightness_of_the_data_and_less_noise(tmp_path, capsys):
    dataset = example.dataset_from(written(tmp_path, 0.02), SCENE)
    tracer = example.true_tracer_from(dataset, SCENE)
    assert example.signal_to_noise_of(la.FitInterferometer(dataset, tracer)) < example.BRIGHT_ENOUGH
    simulated = example.simulated_from(dataset, SCENE._replace(noise_ratio=0.1), tracer)
    assert np.allclose(simulated.noise_map.values, 0.1 + 0.1j)
    assert np.array_equal(simulated.uv_wavelengths, dataset.uv_wavelengths)
    assert "times its error" in capsys.readouterr().out


def test_a_folder_that_will_not_do_is_refused(tmp_path, capsys):
    assert example.main([str(tmp_path / "vla")]) == 1
    assert "`folder` must be sma or alma_17k, but is" in capsys.readouterr().err
    assert example.main([str(tmp_path / "sma"), "--out", str(tmp_path / "out")]) == 1
    assert "there is no file" in capsys.readouterr().err
