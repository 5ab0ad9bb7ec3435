"""paltax's way through all planes; see README.md for how it gets into the environment of the others.

paltax imports its neural networks, and with them tensorflow, clu and flax, as a whole. None is needed for ray-shooting, and it
pins no JAX: here its modules are imported one by one, from a package whose `__init__` is not run.
"""

import importlib
import importlib.util
import sys
import types
from typing import Any

import jax.numpy as jnp
import numpy as np
from astropy.cosmology import Planck15
from forward_jaxtronomy import macro_parameters, sub_pixels
from forward_scene import LENS_REDSHIFT, SOURCE_REDSHIFT, Scene, Theta

TABLE_STEP = 0.1  # every redshift of the scene is on the table, so that nothing is interpolated


def installed() -> bool:
    return importlib.util.find_spec("paltax") is not None


def modules() -> tuple[Any, Any]:
    """Return paltax's modules of image simulation and of lens models."""
    if "paltax" not in sys.modules:
        package = types.ModuleType("paltax")
        package.__path__ = list(importlib.util.find_spec("paltax").submodule_search_locations)
        sys.modules["paltax"] = package
    return importlib.import_module("paltax.image_simulation"), importlib.import_module("paltax.lens_models")


def distance_table() -> dict[str, Any]:
    """Return comoving distances between all redshifts of the table [Mpc], astropy's, as paltax's own have no neutrinos."""
    redshifts = np.arange(round(SOURCE_REDSHIFT / TABLE_STEP) + 2) * TABLE_STEP
    reach = Planck15.comoving_distance(redshifts).value
    return {"dz": TABLE_STEP, "comoving_lookup_table": jnp.asarray(reach - reach[:, None])}


def halo_columns(haloes: np.ndarray, dtype: Any) -> Theta:
    y, x, kappa_s, scale_radius, truncation_radius = haloes.T
    columns = {
        "scale_radius": scale_radius,
        "alpha_rs": 4 * kappa_s * scale_radius * (1 + np.log(0.5)),
        "trunc_radius": truncation_radius,
        "center_x": x,
        "center_y": y,
    }
    made = {name: jnp.asarray(values, dtype=dtype) for name, values in columns.items()}
    return made | {"model_index": jnp.zeros(len(haloes), dtype=int)}


def macro_columns(theta: Theta, dtype: Any) -> Theta:
    """Return the power law and the shear side by side, each with zeros for what it has no use for."""
    lens, shear = macro_parameters(theta)
    e1, e2 = lens["e1"], lens["e2"]
    length = np.hypot(e1, e2)
    columns = {
        "theta_e": lens["theta_E"],
        "slope": lens["gamma"],
        "axis_ratio": (1 - length) / (1 + length),
        "angle": 0.5 * np.arctan2(e2, e1),
        "center_x": lens["center_x"],
        "center_y": lens["center_y"],
    }
    made = {name: jnp.full(2, value, dtype=dtype) for name, value in columns.items()}
    made |= {name: jnp.full(2, shear[key], dtype=dtype) for name, key in (("gamma_one", "gamma1"), ("gamma_two", "gamma2"))}
    made |= {name: jnp.zeros(2, dtype=dtype) for name in ("zero_x", "zero_y")}
    return made | {"model_index": jnp.arange(2)}


def ray_shooter(scene: Scene, *, dtype: Any = float) -> tuple[Any, Any]:
    """Return paltax's ray-shooting, a halo after the other outside the plane of the lens, and what makes its arguments."""
    simulation, models = modules()
    y, x = (jnp.asarray(values, dtype=dtype) for values in sub_pixels(scene))
    groups = {
        "all_los_models": (models.TNFW,),
        "all_subhalo_models": (models.TNFW,),
        "all_main_deflector_models": (models.EPL, models.ShearCart),
    }
    table = distance_table()

    def shoot(arguments: Theta) -> tuple[Any, Any]:
        comoving = simulation._ray_shooting(x, y, arguments, table, SOURCE_REDSHIFT, groups)
        return tuple(values / table["comoving_lookup_table"][0, round(SOURCE_REDSHIFT / TABLE_STEP)] for values in comoving)

    def arguments_of(theta: Theta) -> Theta:
        planes = list(zip(scene.halo_redshifts, theta["haloes"], strict=True))
        made = {"kwargs_main_deflector": macro_columns(theta, dtype), "z_array_main_deflector": jnp.full(2, LENS_REDSHIFT)}
        for name, chosen in (
            ("los_before", [plane for plane in planes if plane[0] < LENS_REDSHIFT]),
            ("subhalos", [plane for plane in planes if plane[0] == LENS_REDSHIFT]),
            ("los_after", [plane for plane in planes if plane[0] > LENS_REDSHIFT]),
        ):
            haloes = np.concatenate([values for _, values in chosen])
            redshifts = np.concatenate([np.full(len(values), redshift) for redshift, values in chosen])
            made |= {f"kwargs_{name}": halo_columns(haloes, dtype), f"z_array_{name}": jnp.asarray(redshifts)}
        return made

    return shoot, arguments_of
