"""The rows of the table that `forward.py` prints, and what is promised in each; see README.md."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import forward_contenders as ours
import forward_peers as peers
from forward_measure import Contender
from forward_scene import EVEN, MACRO, SMALL, SUBHALOES, UNEVEN, Scene

BATCH = 8
RAYS = "its ray-shooting alone"

# Ours: what is timed, and the contender without noise whose image is compared with the exact one.
OURS: dict[str, tuple[Callable[[Scene], Contender], Callable[[Scene], Contender]]] = {
    name: (make, lambda scene, method=method, double=double: ours.one_image(scene, method, double, noise=False))
    for name, method, double, make in (
        ("coarse f32", "coarse", False, lambda s: ours.one_image(s, "coarse", False)),
        ("coarse f32, lax.map", "coarse", False, lambda s: ours.batch(s, "coarse", False, BATCH, "map")),
        ("coarse f32, vmap", "coarse", False, lambda s: ours.batch(s, "coarse", False, BATCH, "vmap")),
        ("coarse f32, no noise", "coarse", False, lambda s: ours.one_image(s, "coarse", False, noise=False)),
        ("coarse f64, no noise", "coarse", True, lambda s: ours.one_image(s, "coarse", True, noise=False)),
        ("fine f64", "fine", True, lambda s: ours.one_image(s, "fine", True)),
        ("direct f64", "direct", True, lambda s: ours.one_image(s, "direct", True)),
        ("direct f32", "direct", False, lambda s: ours.one_image(s, "direct", False)),
    )
}
OURS["NumPy, coarse f32"] = (
    lambda s: ours.numpy_image(s, "coarse", False),
    lambda s: ours.numpy_image(s, "coarse", False, noise=False),
)
THEIRS: dict[str, Callable[[Scene], Contender]] = {
    "autolens f64": lambda s: peers.autolens(s, True),
    "autolens f32": lambda s: peers.autolens(s, False),
    "JAXtronomy rays f64": lambda s: peers.jaxtronomy_rays(s, True),
    "JAXtronomy rays f32": lambda s: peers.jaxtronomy_rays(s, False),
    "paltax rays f64": lambda s: peers.paltax_rays(s, True),
    "paltax rays f32": lambda s: peers.paltax_rays(s, False),
    "JAXtronomy image f64": lambda s: peers.jaxtronomy_image(s, True),
    "JAXtronomy image f32": lambda s: peers.jaxtronomy_image(s, False),
}


@dataclass(frozen=True)
class Row:
    """A comparison of times, and how many times faster we promise to be.

    Parameters
    ----------
    key : what `--rows` calls it
    name : what the table calls it
    scene : what is simulated
    ours : our contenders, of which the fastest counts
    theirs : the peer
    at_least, aim : theirs / ours; None where nothing is promised
    error : the largest allowed error of our image without noise, in units of the noise
    """

    key: str
    name: str
    scene: Scene
    ours: tuple[str, ...]
    theirs: str
    at_least: float | None
    aim: float | None
    error: float | None = None


SINGLE, BATCHED = ("coarse f32",), ("coarse f32, lax.map", "coarse f32, vmap")
ROWS = (
    Row("single", "one image, 1e-3 sigma", EVEN, SINGLE, "autolens f64", 500, 1000, 1e-3),
    Row("single", "one image, 1e-3 sigma", EVEN, SINGLE, "autolens f32", 400, 650, 1e-3),
    Row("batched", f"batch of {BATCH}, 1e-3 sigma", EVEN, BATCHED, "autolens f64", 1000, 2000, 1e-3),
    Row("batched", f"batch of {BATCH}, 1e-3 sigma", EVEN, BATCHED, "autolens f32", 650, 1200, 1e-3),
    Row("fine", "one image, 2e-6 sigma", EVEN, ("fine f64",), "autolens f64", 100, 200, 2e-6),
    Row("direct", "one image, direct sum", EVEN, ("direct f64",), "autolens f64", 13, 35, 1e-9),
    Row("direct", "one image, direct sum", EVEN, ("direct f32",), "autolens f32", 30, 45, 1e-3),
    Row("numba", "one image on NumPy arrays, 1e-3 sigma", EVEN, ("NumPy, coarse f32",), "autolens f32", 700, 1500, 1e-3),
    Row("rays", f"one image, 1e-3 sigma, against {RAYS}", EVEN, SINGLE, "JAXtronomy rays f32", 22, 40, 1e-3),
    Row("rays", f"batch of {BATCH}, 1e-3 sigma, against {RAYS}", EVEN, BATCHED, "JAXtronomy rays f32", 35, 60, 1e-3),
    Row("rays", f"one image, 2e-6 sigma, against {RAYS}", EVEN, ("fine f64",), "JAXtronomy rays f64", 8, 15, 2e-6),
    Row("paltax", f"one image, 1e-3 sigma, against {RAYS}", EVEN, SINGLE, "paltax rays f32", None, None, 1e-3),
    Row("paltax", f"one image, 2e-6 sigma, against {RAYS}", EVEN, ("fine f64",), "paltax rays f64", None, None, 2e-6),
    Row("uneven", "one image, 1e-3 sigma", UNEVEN, SINGLE, "autolens f32", None, None, 1e-3),
    Row("uneven", f"one image, 1e-3 sigma, against {RAYS}", UNEVEN, SINGLE, "JAXtronomy rays f32", None, None, 1e-3),
    Row("subhaloes", "one image", SUBHALOES, SINGLE, "autolens f32", 200, 300, 1e-3),
    Row("macro", "one image", MACRO, SINGLE, "autolens f32", 15, 30, 1e-3),
    Row("macro", "image without noise", MACRO, ("coarse f32, no noise",), "JAXtronomy image f32", 1.2, 2, 1e-3),
    Row("macro", "image without noise", MACRO, ("coarse f64, no noise",), "JAXtronomy image f64", 1.2, 2, 1e-3),
)


def small_of(scene: Scene) -> Scene:
    """Return the scene that stands for another where no number counts, as in development."""
    few = {"subhaloes": min(scene.subhaloes, 5), "counts": tuple(min(5, n) for n in scene.counts)}
    return replace(scene, name=f"small, {scene.name}", side=SMALL.side, pixel_scale=SMALL.pixel_scale, **few)


def rows_of(keys: set[str], *, quick: bool) -> list[Row]:
    """Return the rows to be measured; quick ones promise nothing."""
    chosen = [row for row in ROWS if row.key in keys]
    return [replace(row, scene=small_of(row.scene), at_least=None) for row in chosen] if quick else chosen
