"""JAXtronomy's ways to do parts of the job: rays through all planes, and the image of a macro model; see README.md."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from astropy.cosmology import Planck15
from forward_scene import EXPOSURE_TIME, LENS_REDSHIFT, OVER_SAMPLING, SOURCE_REDSHIFT, Scene, Theta, psf_native
from jaxtronomy.Data.imaging_data import ImageData
from jaxtronomy.ImSim.image_model import ImageModel
from jaxtronomy.LensModel.lens_model import LensModel
from jaxtronomy.LensModel.lens_model_bulk import LensModelBulk
from jaxtronomy.LightModel.light_model import LightModel
from lenstronomy.Data.psf import PSF


def centre_of(parameters: Theta) -> Theta:
    return {"center_x": parameters["centre"][1], "center_y": parameters["centre"][0]}


def ellipticity_of(parameters: Theta) -> Theta:
    return {"e1": parameters["ell_comps"][1], "e2": parameters["ell_comps"][0]}


def axis_ratio_of(parameters: Theta) -> float:
    length = float(np.hypot(*parameters["ell_comps"]))
    return (1 - length) / (1 + length)


def macro_parameters(theta: Theta) -> list[Theta]:
    """Return a power law and a shear in JAXtronomy's terms, whose Einstein radius is another than autolens's."""
    lens, q = theta["lens"], axis_ratio_of(theta["lens"])
    radius = lens["einstein_radius"] * np.sqrt(q) * (2 / (1 + q)) ** (1 / (lens["slope"] - 1))
    power_law = {"theta_E": radius, "gamma": lens["slope"], **ellipticity_of(lens), **centre_of(lens)}
    shear = {"gamma1": theta["shear"]["gamma_1"], "gamma2": theta["shear"]["gamma_2"], "ra_0": 0.0, "dec_0": 0.0}
    return [power_law, shear]


def halo_parameters(row: np.ndarray) -> Theta:
    """Return one truncated NFW halo, whose strength is its deflection at the scale radius without truncation."""
    y, x, kappa_s, scale_radius, truncation_radius = (float(value) for value in row)
    alpha = 4 * kappa_s * scale_radius * (1 + np.log(0.5))
    return {"Rs": scale_radius, "alpha_Rs": alpha, "r_trunc": truncation_radius, "center_x": x, "center_y": y}


def source_parameters(scene: Scene, theta: Theta) -> Theta:
    """Return autolens's cored Sersic profile with JAXtronomy's, which has another constant b(n) and another amplitude."""
    source = theta["source"]
    n, r_b, gamma, alpha = (source[name] for name in ("sersic_index", "radius_break", "gamma", "alpha"))
    theirs = 1.9992 * n - 0.3271
    b = 2 * n - 1 / 3 + 4 / (405 * n) + 46 / (25515 * n**2) + 131 / (1148175 * n**3) - 2194697 / (30690717750 * n**4)
    height = source["intensity"] * 2 ** (-gamma / alpha)
    height *= np.exp(b * (2 ** (1 / alpha) * r_b / source["effective_radius"]) ** (1 / n) - theirs)
    return {
        "amp": height / scene.pixel_scale**2,  # its images are integrals over pixels, ours are means
        "R_sersic": source["effective_radius"] * (theirs / b) ** n,
        "Rb": r_b,
        "n_sersic": n,
        "gamma": gamma,
        **ellipticity_of(source),
        **centre_of(source),
    }


def sub_pixels(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Return y and x of all sub-pixels of the image, each (side^2 over_sampling^2,), without a frame around it."""
    fine = scene.side * OVER_SAMPLING
    centres = (np.arange(fine) - (fine - 1) / 2) * scene.pixel_scale / OVER_SAMPLING
    y, x = np.meshgrid(-centres, centres, indexing="ij")
    return y.ravel(), x.ravel()


def ray_shooter(scene: Scene, *, dtype: Any = float) -> tuple[Any, Any]:
    """Return the bulk multi-plane ray-shooting to x and y on the plane of the source, and what makes its arguments of theta.

    The arguments are made outside the clock, in its favour: for a thousand haloes that takes 30 to 45 ms.
    """
    model = LensModelBulk(["EPL", "SHEAR", "TNFW"], multi_plane=True, cosmo=Planck15)
    y, x = (jnp.asarray(values, dtype=dtype) for values in sub_pixels(scene))

    def arguments_of(theta: Theta) -> Theta:
        names, parameters, redshifts = ["EPL", "SHEAR"], macro_parameters(theta), [LENS_REDSHIFT] * 2
        for redshift, haloes in zip(scene.halo_redshifts, theta["haloes"], strict=True):
            names += ["TNFW"] * len(haloes)
            parameters += [halo_parameters(row) for row in haloes]
            redshifts += [redshift] * len(haloes)
        made = model.prepare_ray_shooting_kwargs(names, parameters, z_source=SOURCE_REDSHIFT, lens_redshift_list=redshifts)
        return jax.tree.map(jnp.asarray, made)

    return (lambda arguments: model.ray_shooting(x, y, arguments)), arguments_of


def macro_imager(scene: Scene) -> tuple[Any, Any]:
    """Return the jitted image of power law, shear and cored Sersic source, and what makes its arguments of theta.

    There is no light from beyond the border of the image: its answer is compared with others within half a PSF from there.
    """
    side = scene.side
    edge = -(side - 1) / 2 * scene.pixel_scale
    data = ImageData(
        image_data=np.zeros((side, side)),
        transform_pix2angle=np.eye(2) * scene.pixel_scale,
        exposure_time=EXPOSURE_TIME,
        background_rms=1.0,
        ra_at_xy_0=edge,
        dec_at_xy_0=edge,
    )
    model = ImageModel(
        data,
        PSF(psf_type="PIXEL", kernel_point_source=psf_native()),
        lens_model_class=LensModel(["EPL", "SHEAR"]),
        source_model_class=LightModel(["CORE_SERSIC"]),
        kwargs_numerics={"supersampling_factor": OVER_SAMPLING, "supersampling_convolution": False},
    )

    def arguments_of(theta: Theta) -> Theta:
        return {"kwargs_lens": macro_parameters(theta), "kwargs_source": [source_parameters(scene, theta)]}

    return (lambda arguments: model.image(**arguments)[::-1]), arguments_of
