"""Write reference.npz beside this file: values of autolens 2026.10.26.1, computed in an environment of its own.

Run it with Python 3.12 where `autolens==2026.10.26.1` is installed: ``python make_reference.py``. The tests only read the npz.
"""

import pathlib

import autolens as al
import numpy as np

DRAWS = 6
rng = np.random.default_rng(20261120)
points = rng.uniform(-2.5, 2.5, (40, 2))
out = {"points": points, "version": al.__version__}


def uniform(*ranges):
    return np.asarray([[rng.uniform(*limits) for limits in ranges] for _ in range(DRAWS)])


def arguments(names, row):
    named = dict(zip(names, map(float, row), strict=True))
    for pair in ("centre", "ell_comps"):
        if f"{pair}_0" in named:
            named[pair] = (named.pop(f"{pair}_0"), named.pop(f"{pair}_1"))
    return named


CENTRE, ELLIPSE = [(-0.2, 0.2)] * 2, [(-0.35, 0.35)] * 2
CENTRE_NAMES, ELLIPSE_NAMES = ["centre_0", "centre_1"], ["ell_comps_0", "ell_comps_1"]
MASS = {
    "PowerLaw": (CENTRE_NAMES + ELLIPSE_NAMES + ["einstein_radius", "slope"], CENTRE + ELLIPSE + [(0.5, 2.0), (1.3, 2.7)]),
    "Isothermal": (CENTRE_NAMES + ELLIPSE_NAMES + ["einstein_radius"], CENTRE + ELLIPSE + [(0.5, 2.0)]),
    "ExternalShear": (["gamma_1", "gamma_2"], [(-0.2, 0.2)] * 2),
    "NFWTruncatedSph": (
        [*CENTRE_NAMES, "kappa_s", "scale_radius", "truncation_radius"],
        [*CENTRE, (0.001, 0.2), (0.05, 5.0), (0.1, 20.0)],
    ),
}
LIGHT = {
    "Sersic": (
        CENTRE_NAMES + ELLIPSE_NAMES + ["intensity", "effective_radius", "sersic_index"],
        CENTRE + ELLIPSE + [(0.1, 2.0), (0.1, 2.0), (0.7, 5.0)],
    ),
    "SersicCore": (
        CENTRE_NAMES + ELLIPSE_NAMES + ["effective_radius", "sersic_index", "radius_break", "intensity", "gamma", "alpha"],
        CENTRE + ELLIPSE + [(0.1, 2.0), (0.7, 5.0), (0.01, 0.2), (0.1, 2.0), (0.0, 0.8), (1.0, 5.0)],
    ),
}
irregular = al.Grid2DIrregular(points)
for name, (parameters, ranges) in {**MASS, **LIGHT}.items():
    draws = uniform(*ranges)
    out[f"{name}/names"], out[f"{name}/parameters"] = np.asarray(parameters), draws
    if name in MASS:
        profiles = [getattr(al.mp, name)(**arguments(parameters, row)) for row in draws]
        for quantity in ("deflections_yx", "convergence", "potential"):
            values = [np.asarray(getattr(p, f"{quantity}_2d_from")(grid=irregular).array) for p in profiles]
            out[f"{name}/{quantity}"] = np.asarray(values)
    else:
        profiles = [getattr(al.lp, name)(**arguments(parameters, row)) for row in draws]
        out[f"{name}/image"] = np.asarray([np.asarray(p.image_2d_from(grid=irregular).array) for p in profiles])

# Three scenes: redshifts unsorted, planes shared, halos in front of and behind the lens, light on several planes.
mask = al.Mask2D.circular(shape_native=(11, 13), pixel_scales=0.3, radius=1.6)
grid = al.Grid2D.from_mask(mask, over_sample_size=3)
out["mask"] = np.asarray(mask.array)
for scene, halo_redshifts in enumerate([[], [0.5, 0.5], [0.2, 0.7, 0.2, 0.5, 1.1]]):
    halos = uniform((-1.5, 1.5), (-1.5, 1.5), (0.01, 0.2), (0.1, 1.0), (0.5, 5.0))[: len(halo_redshifts)]
    macro = dict(centre=(0.05, -0.04), ell_comps=(0.1, -0.15), einstein_radius=1.1, slope=2.1)
    source = dict(centre=(0.1, 0.05), ell_comps=(-0.1, 0.2), effective_radius=0.4, sersic_index=1.5, intensity=0.7)
    galaxies = [
        al.Galaxy(redshift=2.0, source=al.lp.SersicCore(**source)),
        *(
            al.Galaxy(redshift=z, halo=al.mp.NFWTruncatedSph((h[0], h[1]), *h[2:]))
            for z, h in zip(halo_redshifts, halos, strict=True)
        ),
        al.Galaxy(
            redshift=0.5,
            light=al.lp.Sersic(intensity=0.3, sersic_index=2.0),
            mass=al.mp.PowerLaw(**macro),
            shear=al.mp.ExternalShear(0.03, -0.05),
        ),
    ]
    tracer = al.Tracer(galaxies=galaxies)
    key = f"scene/{scene}"
    out[f"{key}/halos"], out[f"{key}/halo_redshifts"] = halos, np.asarray(halo_redshifts)
    out[f"{key}/image"] = np.asarray(tracer.image_2d_from(grid=grid).array)
    out[f"{key}/convergence"] = np.asarray(tracer.convergence_2d_from(grid=grid).array)
    out[f"{key}/potential"] = np.asarray(tracer.potential_2d_from(grid=grid).array)
    out[f"{key}/deflections_yx"] = np.asarray(tracer.deflections_yx_2d_from(grid=grid).array)
    out[f"{key}/traced"] = np.asarray([np.asarray(g.array) for g in tracer.traced_grid_2d_list_from(grid=grid)])
    out[f"{key}/plane_redshifts"] = np.asarray(tracer.plane_redshifts)

np.savez_compressed(pathlib.Path(__file__).parent / "reference.npz", **out)
