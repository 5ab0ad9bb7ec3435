"""Run in a process of its own: asks everything of NumPy objects while every JAX operation raises; prints how much it asked."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from questions import numbers
from registry import REGISTRY

import lensarrays as la


def refuse(self, *args, **parameters):
    raise AssertionError(f"a JAX call was made: {self}")


def fit() -> None:
    """Fit light and a source on a mesh, on the host."""
    mask = la.Mask2D.circular((12, 12), radius=0.55, pixel_scales=0.1)
    data, noise_map = la.Array2D(numbers(np, mask.pixels_in_mask), mask), la.Array2D(np.ones(mask.pixels_in_mask), mask)
    lens = la.Galaxy(0.5, light=la.lp_linear.Gaussian(sigma=np.asarray([0.1, 0.3])), mass=la.mp.Isothermal(einstein_radius=0.3))
    pixelization = la.Pixelization(la.mesh.Delaunay(), la.reg.ConstantSplit(), la.image_mesh.Overlay((6, 6)))
    tracer = la.Tracer([lens, la.Galaxy(1.0, pixelization=pixelization)])
    fitted = la.FitImaging(la.Imaging(data, noise_map, la.Kernel2D.from_gaussian((3, 3), 0.1, 0.1)), tracer)
    assert np.isfinite(fitted.log_evidence)
    assert fitted.residual_map.values.shape == fitted.model_images_of_galaxies[1].values.shape
    assert np.isfinite(fitted.magnifications[0])
    assert np.all(fitted.source_reconstruction_noise_maps[0] > 0)


def fit_visibilities() -> None:
    """Simulate visibilities, and fit light and a source on a mesh to them, on the host."""
    mask = la.Mask2D.circular((12, 12), radius=0.55, pixel_scales=0.1)
    lens = la.Galaxy(0.5, light=la.lp_linear.Gaussian(sigma=np.asarray([0.1, 0.3])), mass=la.mp.Isothermal(einstein_radius=0.3))
    pixelization = la.Pixelization(la.mesh.Delaunay(), la.reg.ConstantSplit(), la.image_mesh.Overlay((6, 6)))
    tracer = la.Tracer([lens, la.Galaxy(1.0, pixelization=pixelization)])
    seen = la.Tracer([la.Galaxy(0.5, light=la.lp.Gaussian(sigma=0.3), mass=lens.mass)])
    for transformer_class in (la.TransformerDFT, la.TransformerNUFFT):
        simulator = la.SimulatorInterferometer(1e5 * numbers(np, 30, 2), 1.0, transformer_class, noise_sigma=0.1)
        dataset = simulator.via_tracer_from(seen, la.Grid2D.from_mask(mask, over_sample_size=2), np.random.default_rng(1))
        assert np.isfinite(la.FitInterferometer(dataset, seen).log_likelihood)
        fitted = la.FitInterferometer(dataset, tracer)
        assert np.isfinite(fitted.log_evidence)
        assert fitted.residual_map.values.shape == fitted.model_visibilities_of_galaxies[1].values.shape
        assert np.all(np.isfinite(fitted.dirty_residual_map.values))
        assert np.isfinite(fitted.magnifications[0])
        assert np.all(fitted.source_reconstruction_noise_maps[0] > 0)


def main() -> None:
    """Ask everything."""
    jax.config.update("jax_enable_x64", True)
    objects = {name: case.make(np) for name, case in REGISTRY.items()}
    Primitive.bind = refuse
    for name, case in REGISTRY.items():
        for asked, function in (case.results | case.flat | case.static).items():
            try:
                function(objects[name])
            except Exception as err:
                raise RuntimeError(f"`{asked}` of {name} on NumPy") from err
        case.make(np)
        print(name, len(case.results | case.flat | case.static))
    fit()
    fit_visibilities()
    try:  # so that the above could fail at all
        jnp.add(jnp.arange(3), 1)
    except AssertionError:
        print("refused")


if __name__ == "__main__":
    main()
