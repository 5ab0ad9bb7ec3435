"""Fits with a source on a mesh, of arrays of a library that takes nothing but what the standard of arrays says."""

import array_api_strict
import numpy as np
import pytest

import lensarrays as la

MASK = la.Mask2D.circular(shape_native=(10, 10), pixel_scales=0.2, radius=0.9)
RNG = np.random.default_rng(1)
UV = RNG.uniform(-3e5, 3e5, (20, 2))
DATA = RNG.normal(size=20) + 1j * RNG.normal(size=20)
MESHES = {
    "rectangles": (la.mesh.RectangularUniform((3, 3)), None),
    "triangles": (la.mesh.Delaunay(), la.image_mesh.Overlay((5, 5))),
}


def make_dataset(xp):
    noise_map = la.Visibilities(xp.asarray(np.full(20, 0.3 + 0.3j)))
    return la.Interferometer(la.Visibilities(xp.asarray(DATA)), noise_map, xp.asarray(UV), MASK, la.TransformerDFT)


@pytest.mark.parametrize("name", MESHES)
def test_border_relocation(name):
    mesh, image_mesh = MESHES[name]
    source = la.Pixelization(mesh, la.reg.Constant(1.0), image_mesh)
    mass = la.mp.Isothermal(centre=(0.02, 0.01), ell_comps=(0.05, 0.01), einstein_radius=0.4)
    tracer = la.Tracer([la.Galaxy(0.5, mass=mass), la.Galaxy(1.0, pixelization=source)])
    fits = [
        la.FitInterferometer(make_dataset(xp), tracer, method=la.inversion.FourierWTilde()) for xp in (array_api_strict, np)
    ]
    found, expected = (float(fit.log_evidence) for fit in fits)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
