"""What every public structure can do, in one dictionary from which all contract tests run.

To add a class, write one line: its name, how to build it on an array library, and what to ask it for.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import array_api_compat
import jax
import numpy as np
from questions import (
    ARRAY,
    COORDINATE,
    COORDINATES,
    FLAT,
    GEOMETRY,
    IRREGULAR,
    MASK,
    METADATA,
    OFFSET,
    ORDERED,
    SIZES,
    SMALLER,
    SQUARE,
    UNIFORM,
    VECTORS,
    Asked,
    numbers,
    pairs,
    properties,
    without,
)

import lensarrays as la


@dataclass(frozen=True)
class Case:
    """One public class.

    Parameters
    ----------
    make : array library -> an object whose leaves are float64, complex128 or integer arrays of that library
    results : what depends on the leaves, and works on leaves with leading batch axes
    flat : what depends on the leaves, but sees all their axes alike: `sum()`, `flatten()`, `a[0]`
    static : what does not depend on the leaves, and must be the same under `jit`
    hard : array library -> an object at a place where a derivative could be NaN or infinite
    singular : results whose derivative is infinite there, as that of the square root of zero is
    elsewhere : public names that have tests of their own: constructors need no mention
    differentiable : whether there are gradients
    leaves : how many pytree leaves it has; None for any number
    vary : a leaf, an integer -> another leaf that is as good; leaves of integers stay as they are
    keeps_precision : whether results have the precision of the leaves; those of models have that of the grid
    """

    make: Callable[[Any], Any]
    results: Asked = field(default_factory=dict)
    flat: Asked = field(default_factory=dict)
    static: Asked = field(default_factory=dict)
    hard: Callable[[Any], Any] | None = None
    singular: tuple[str, ...] = ("std",)
    elsewhere: tuple[str, ...] = ("output_to_fits",)
    differentiable: bool = True
    leaves: int | None = 1
    vary: Callable[[Any, int], Any] = lambda leaf, k: leaf * (1 + 0.1 * k) + 0.01 * k
    keeps_precision: bool = True

    def asked(self) -> set[str]:
        """Return the public names that are asked for."""
        return {name.split()[0] for name in (*self.results, *self.flat, *self.static)}


N, DFT = MASK.pixels_in_mask, la.TransformerDFT
POINTS = la.Grid2DIrregular([(0.3, 0.4), (-0.5, 1.1), (1.2, -0.7)])


def lens(xp: Any) -> la.Galaxy:
    """Return a galaxy that deflects."""
    mass = la.mp.Isothermal(xp.asarray((0.1, 0.0)), xp.asarray((0.1, -0.2)), xp.asarray(1.0))
    return la.Galaxy(xp.asarray(0.5), mass=[mass, la.mp.ExternalShear(xp.asarray(0.05), xp.asarray(0.02))])


def source(xp: Any) -> la.Galaxy:
    """Return a galaxy that shines."""
    centre, ell_comps = xp.asarray((0.1, 0.2)), xp.asarray((0.2, 0.1))
    light = la.lp.Sersic(centre, ell_comps, xp.asarray(1.0), xp.asarray(0.5), xp.asarray(2.0))
    return la.Galaxy(xp.asarray(1.0), light=light)


def image_for(transformer: Any) -> la.Array2D:
    """Return an image as precise as the baselines of a transformer."""
    uv = transformer.uv_wavelengths
    return la.Array2D(array_api_compat.array_namespace(uv).asarray(numbers(np, N), dtype=uv.dtype), MASK)


def observation() -> la.Interferometer:
    """Return what an interferometer sees of the mask, on NumPy."""
    uv_wavelengths = 1e5 * pairs(np, 4)
    return la.Interferometer(la.Visibilities(pairs(np, 4)), la.Visibilities(numbers(np, 4, 2) + 1.0), uv_wavelengths, MASK, DFT)


# What every array can do is one code for all of them: where compiling it takes time, it is asked of these alone.
ARRAYS = ("ArrayIrregular", "Grid2D", "Visibilities")


def fewer(name: str) -> Asked:
    """Return what to ask of an object where each question is compiled."""
    case = REGISTRY[name]
    asked = case.results | case.flat
    return asked if name in ARRAYS else {each: f for each, f in asked.items() if each not in (ARRAY | FLAT | ORDERED)}


REGISTRY: dict[str, Case] = {
    "Mask2D": Case(
        make=lambda xp: MASK,
        static={
            **properties("array", "native", "shape", "shape_native", "shape_slim", "pixels_in_mask", "pixel_scales", "origin"),
            **properties("is_all_true", "is_all_false", "header_dict", "native_for_slim", "shape_native_masked_pixels"),
            **properties("mask_centre", "geometry", "static"),
            "pixel_scale": lambda m: SQUARE.pixel_scale,
            "is_circular": lambda m: SQUARE.is_circular,
            "circular_radius": lambda m: SQUARE.circular_radius,
            "derive_mask all_false": lambda m: m.derive_mask.all_false,
            "derive_mask edge": lambda m: m.derive_mask.edge,
            "derive_mask edge_buffed": lambda m: m.derive_mask.edge_buffed,
            "derive_mask border": lambda m: m.derive_mask.border,
            "derive_mask blurring_from": lambda m: m.derive_mask.blurring_from((3, 3), allow_padding=True),
            "derive_indexes native_for_slim": lambda m: m.derive_indexes.native_for_slim,
            "derive_indexes unmasked_slim": lambda m: m.derive_indexes.unmasked_slim,
            "derive_indexes masked_slim": lambda m: m.derive_indexes.masked_slim,
            "derive_indexes edge": lambda m: (m.derive_indexes.edge_slim, m.derive_indexes.edge_native),
            "derive_indexes border": lambda m: (m.derive_indexes.border_slim, m.derive_indexes.border_native),
            "derive_grid all_false": lambda m: m.derive_grid.all_false,
            "derive_grid unmasked": lambda m: m.derive_grid.unmasked,
            "derive_grid edge": lambda m: m.derive_grid.edge,
            "zoom centre": lambda m: (m.zoom.centre, m.zoom.offset_pixels, m.zoom.offset_scaled),
            "zoom region": lambda m: (m.zoom.region, m.zoom.shape_native, m.zoom.extent_from(buffer=1)),
            "zoom mask_2d_from": lambda m: m.zoom.mask_2d_from(buffer=1),
            "invert": lambda m: m.invert(),
            "~": lambda m: ~m,
            "resized_from": lambda m: m.resized_from((3, 8), pad_value=1.0),
            "==": lambda m: m == SMALLER,
            "hash": hash,
        },
        leaves=0,
    ),
    "Geometry2D": Case(
        make=lambda xp: la.Geometry2D((5, 6), (0.1, 0.2), origin=(0.3, -0.2)),
        static={
            **properties("shape_native", "pixel_scales", "origin", "shape_native_scaled", "scaled_maxima", "scaled_minima"),
            **properties("extent", "extent_square", "central_pixel_coordinates", "central_scaled_coordinates"),
            "pixel_coordinates_2d_from": lambda g: g.pixel_coordinates_2d_from(COORDINATE),
            "pixel_coordinates_wcs_2d_from": lambda g: g.pixel_coordinates_wcs_2d_from(COORDINATE),
            "scaled_coordinates_2d_from": lambda g: g.scaled_coordinates_2d_from((1, 2)),
            "scaled_coordinate_2d_to_scaled_at_pixel_centre_from": lambda g: (
                g.scaled_coordinate_2d_to_scaled_at_pixel_centre_from(COORDINATE)
            ),
        },
        elsewhere=("grid_pixels_2d_from", "grid_pixel_centres_2d_from", "grid_pixel_indexes_2d_from", "grid_scaled_2d_from"),
        leaves=0,
    ),
    "Array2D": Case(
        make=lambda xp: la.Array2D(numbers(xp, MASK.pixels_in_mask), MASK),
        results={
            **ARRAY,
            **UNIFORM,
            **properties("binned_across_rows", "binned_across_columns"),
            "resized_from unmasked": lambda a: a.resized_from((8, 9)),
            "zoom": lambda a: a.mask.zoom.array_2d_from(a, buffer=1),
        },
        flat={**FLAT, **ORDERED},
        static={**METADATA, **GEOMETRY, "pixel_scale": lambda a: la.Array2D.ones((2, 2), 0.1).pixel_scale},
        elsewhere=(
            "output_to_fits",
            "dtype",
            "brightest_coordinate_in_region_from",
            "brightest_sub_pixel_coordinate_in_region_from",
        ),
        hard=lambda xp: la.Array2D(xp.zeros(MASK.pixels_in_mask, dtype=xp.float64), MASK),
    ),
    "ArrayIrregular": Case(
        make=lambda xp: la.ArrayIrregular(numbers(xp, 5)),
        results={**ARRAY, **without(IRREGULAR, "points")},
        flat={**FLAT, **ORDERED, **IRREGULAR},
        static={**METADATA, **properties("shape_slim")},
        hard=lambda xp: la.ArrayIrregular(xp.zeros(5, dtype=xp.float64)),
        elsewhere=("dtype",),
    ),
    "Grid2D": Case(
        make=lambda xp: la.Grid2D.from_mask(MASK, over_sample_size=SIZES, xp=xp),
        results={
            **ARRAY,
            **UNIFORM,
            **COORDINATES,
            **properties("over_sampled", "flipped"),
            "over_sampled shifted": lambda g: (OFFSET + (g - OFFSET)).over_sampled,
            "over_sampled turned": lambda g: g.subtracted_and_rotated_from(OFFSET, angle=30.0).over_sampled,
            "over_sampled one size": lambda g: g.apply_over_sampling(2).over_sampled,
            "apply_over_sampling": lambda g: g.apply_over_sampling(SIZES[::-1]),
            "padded_grid_from": lambda g: g.padded_grid_from((3, 5)),
            "padded_grid_from turned": lambda g: g.subtracted_and_rotated_from(OFFSET, 30.0).padded_grid_from((3, 5)),
            "blurring_grid_via_kernel_shape_from": lambda g: g.blurring_grid_via_kernel_shape_from((3, 3)),
            "grid_with_coordinates_within_distance_removed_from": lambda g: (
                g.grid_with_coordinates_within_distance_removed_from([(0.3, -0.2)], 0.15)
            ),
            "geometry.grid_pixels_2d_from": lambda g: g.geometry.grid_pixels_2d_from(g),
            "geometry.grid_pixel_centres_2d_from": lambda g: g.geometry.grid_pixel_centres_2d_from(g),
            "geometry.grid_pixel_indexes_2d_from": lambda g: g.geometry.grid_pixel_indexes_2d_from(g),
            "geometry.grid_scaled_2d_from": lambda g: g.geometry.grid_scaled_2d_from(g),
        },
        # The last one follows from the mask alone, so it has no batch axes.
        flat={
            **FLAT,
            **ORDERED,
            "grid_2d_radial_projected_from": lambda g: g.grid_2d_radial_projected_from(centre=(0.3, -0.2), angle=20.0),
        },
        static={
            **METADATA,
            **GEOMETRY,
            **properties("over_sample_size", "sub_pixel_matrix"),
            "pixel_scale": lambda g: la.Grid2D.uniform((2, 2), 0.1).pixel_scale,
            "grid_2d_radial_projected_shape_slim_from": lambda g: g.grid_2d_radial_projected_shape_slim_from(),
        },
        elsewhere=("output_to_fits", "dtype", "is_uniform"),
        hard=lambda xp: la.Grid2D.from_mask(MASK, SIZES, xp=xp) - la.Grid2D.from_mask(MASK).array[3],
        vary=lambda leaf, k: leaf + 0.1 * k,  # sub-pixels follow shifts only
    ),
    "Grid2DIrregular": Case(
        make=lambda xp: la.Grid2DIrregular(pairs(xp, 5)),
        results={
            **ARRAY,
            **without(IRREGULAR, "points"),
            **COORDINATES,
            **properties("geometry", "furthest_distances_to_other_coordinates"),
            "grid_of_closest_from": lambda g: g.grid_of_closest_from(g * 0.9 + 0.1),
            "grid_of_closest_from fixed": lambda g: g.grid_of_closest_from(np.asarray([[0.1, 0.2], [1.0, -1.0]])),
        },
        flat={**FLAT, **ORDERED, **IRREGULAR},
        static={**METADATA, **properties("shape_slim")},
        hard=lambda xp: la.Grid2DIrregular(xp.zeros((5, 2), dtype=xp.float64)),
        elsewhere=("dtype",),
    ),
    "Kernel2D": Case(
        make=lambda xp: la.Kernel2D.no_mask(numbers(xp, 3, 5), pixel_scales=(0.1, 0.2), origin=(0.3, -0.2)),
        results={
            **ARRAY,
            **without(UNIFORM, "apply_mask", "resized_from", "padded_before_convolution_from"),
            **properties("normalized", "reversed_kernel"),
            "resized_from smaller": lambda k: k.resized_from((3, 3)),
            "resized_from larger": lambda k: k.resized_from((5, 7)),
            "padded_before_convolution_from": lambda k: k.padded_before_convolution_from((3, 5)),
        },
        flat={**FLAT, **ORDERED},
        static={**METADATA, **GEOMETRY, "pixel_scale": lambda k: la.Kernel2D.no_blur(0.1).pixel_scale},
        hard=lambda xp: la.Kernel2D.no_mask(xp.eye(3, 5, dtype=xp.float64), pixel_scales=(0.1, 0.2), origin=(0.3, -0.2)),
        elsewhere=("output_to_fits", "dtype", "apply_mask"),
    ),
    "VectorYX2D": Case(
        make=lambda xp: la.VectorYX2D(pairs(xp, MASK.pixels_in_mask), MASK),
        results={**ARRAY, **UNIFORM, **VECTORS},
        flat={**FLAT, **ORDERED, **properties("grid")},
        static={**METADATA, **GEOMETRY, "pixel_scale": lambda v: la.VectorYX2D.ones((2, 2), 0.1).pixel_scale},
        hard=lambda xp: la.VectorYX2D(xp.zeros((MASK.pixels_in_mask, 2), dtype=xp.float64), MASK),
        elsewhere=("dtype",),
    ),
    "VectorYX2DIrregular": Case(
        make=lambda xp: la.VectorYX2DIrregular(pairs(xp, 5)),
        results={**ARRAY, **without(IRREGULAR, "points"), **VECTORS},
        flat={
            **FLAT,
            **ORDERED,
            **IRREGULAR,
            "vectors_within_radius": lambda v: v.vectors_within_radius(2.5, grid=[(i, 0.0) for i in range(5)]),
            "vectors_within_annulus": lambda v: v.vectors_within_annulus(0.5, 2.5, grid=[(i, 0.0) for i in range(5)]),
        },
        static={**METADATA, **properties("shape_slim")},
        hard=lambda xp: la.VectorYX2DIrregular(xp.zeros((5, 2), dtype=xp.float64)),
        elsewhere=("dtype",),
    ),
    "Visibilities": Case(
        make=lambda xp: la.Visibilities(pairs(xp, 5)),
        results={
            **ARRAY,
            **without(IRREGULAR, "points"),
            **properties("in_array", "in_grid", "amplitudes", "phases", "scaled_minima", "scaled_maxima"),
        },
        flat={**without(FLAT, "std", "var"), **IRREGULAR},
        static={**METADATA, **properties("shape_slim")},
        hard=lambda xp: la.Visibilities(xp.zeros((5, 2), dtype=xp.float64)),
        elsewhere=("output_to_fits", "dtype", "all", "any", "argmax", "argmin", "max", "min", "sqrt", "std", "var"),
    ),
    "FlatLambdaCDM": Case(
        make=lambda xp: jax.tree_util.tree_map(xp.asarray, la.Planck15()),
        results={
            "E_from": lambda c: c.E_from(0.7),
        },
        elsewhere=tuple(name for name in dir(la.FlatLambdaCDM) if not name.startswith("_")),
        leaves=None,
        keeps_precision=False,
    ),
    "HaloPopulation": Case(
        make=lambda xp: la.HaloPopulation(
            la.mp.NFWTruncatedSph(pairs(xp, 4), 0.02 * numbers(xp, 4), numbers(xp, 4), 5 * numbers(xp, 4))
        ),
        results={
            name: lambda population, name=name: getattr(population, name)(POINTS)
            for name in ("deflections_yx_2d_from", "convergence_2d_from", "potential_2d_from")
        },
        static=properties("capacity"),
        elsewhere=(
            *("pad_to", "total_haloes", "valid", "overflow", "redshift_offset", "requirements"),
            *("over_sampled_convergence", "over_sampled_potential"),
        ),
        hard=lambda xp: la.HaloPopulation(
            la.mp.NFWTruncatedSph(xp.asarray(POINTS.values), 0.02 * numbers(xp, 3), numbers(xp, 3), 5 * numbers(xp, 3))
        ),
        differentiable=False,
        leaves=None,
        keeps_precision=False,
    ),
    "LOSSampler": Case(
        make=lambda xp: jax.tree_util.tree_map(xp.asarray, la.LOSSampler(0.5, 2.0, 1, 1, m_min=1e9)),
        results=properties("redshifts", "boundaries", "cone_radii_arcsec", "expected_haloes", "sheet_kappas"),
        static=properties("total_planes"),
        elsewhere=("capacity", "galaxies_from"),
        leaves=None,
        keeps_precision=False,
    ),
    "SubhaloSampler": Case(
        make=lambda xp: jax.tree_util.tree_map(
            xp.asarray, la.SubhaloSampler(0.5, 2.0, expected_haloes=9.0, cored_fraction=0.5)
        ),
        results=properties("expected_by_family"),
        elsewhere=("capacity", "populations_from"),
        leaves=None,
        keeps_precision=False,
    ),
    "Galaxy": Case(
        make=lambda xp: la.Galaxy(xp.asarray(0.5), light=source(xp).light, mass=lens(xp).mass),
        results={
            "image_2d_from": lambda galaxy: galaxy.image_2d_from(POINTS),
            "deflections_yx_2d_from": lambda galaxy: galaxy.deflections_yx_2d_from(POINTS),
        },
        elsewhere=("light", "mass", "pixelization", "convergence_2d_from", "potential_2d_from"),
        leaves=None,
        keeps_precision=False,
    ),
    "Tracer": Case(
        make=lambda xp: jax.tree_util.tree_map(xp.asarray, la.Tracer([lens(xp), source(xp)])),
        results={"image_2d_from": lambda tracer: tracer.image_2d_from(POINTS)},
        static=properties("total_planes"),
        elsewhere=tuple(name for name in dir(la.Tracer) if not name.startswith("_")),
        leaves=None,
        keeps_precision=False,
    ),
    "Imaging": Case(
        make=lambda xp: la.Imaging(
            la.Array2D(numbers(xp, MASK.pixels_in_mask), MASK),
            la.Array2D(numbers(xp, MASK.pixels_in_mask) + 1.0, MASK),
            la.Kernel2D.no_mask(numbers(xp, 3, 3), MASK.pixel_scales),
        ),
        results={
            **properties("data", "noise_map", "psf", "signal_to_noise_map"),
            "apply_mask": lambda imaging: imaging.apply_mask(SMALLER),
            "apply_over_sampling": lambda imaging: imaging.apply_over_sampling(2),
        },
        flat=properties("grid"),
        static=properties("mask", "shape_native", "pixel_scales"),
        elsewhere=("grids", "output_to_fits"),
        leaves=3,
    ),
    "FitImaging": Case(
        make=lambda xp: jax.tree_util.tree_map(
            xp.asarray,
            la.FitImaging(
                la.Imaging(la.Array2D(numbers(xp, N), MASK), la.Array2D(numbers(xp, N) + 1.0, MASK), None, 1, 1),
                la.Tracer([la.Galaxy(xp.asarray(0.5), light=la.lp.Gaussian(sigma=xp.asarray(0.5)))]),
            ),
        ),
        results=properties("residual_map", "chi_squared_map"),
        elsewhere=tuple(name for name in dir(la.FitImaging) if not name.startswith("_")),
        differentiable=False,
        leaves=None,
    ),
    "Mapper": Case(
        make=lambda xp: la.Mapper(
            xp.asarray(np.arange(4 * N).reshape(N, 4) * 5 % 9),
            numbers(xp, N, 4),
            numbers(xp, 9, 2),
            xp.asarray(np.arange(36).reshape(9, 4) % 10 - 1),
            *(None, None, MASK, 1, (3, 3), True),
        ),
        results={
            **properties("mapping_matrix"),
            "mapped_from": lambda mapper: mapper.mapped_from(mapper.mesh_grid[..., 0]),
            "adjoint_mapped_from": lambda mapper: mapper.adjoint_mapped_from(mapper.weights[..., 0]),
        },
        static=properties("pixels"),
        elsewhere=("sparse_mapping_matrix",),
        differentiable=False,  # by integers there is no derivative
        leaves=4,
    ),
    "Pixelization": Case(
        make=lambda xp: la.Pixelization(
            la.mesh.RectangularUniform(shape=(5, 5)),
            la.reg.Constant(coefficient=xp.asarray(1.0)),
            adapt_image=la.Array2D(numbers(xp, MASK.pixels_in_mask), MASK),
        ),
        elsewhere=("adapt_image", "image_mesh", "mesh_grid"),
        leaves=2,
    ),
    "SimulatorImaging": Case(
        make=lambda xp: la.SimulatorImaging(
            xp.asarray(100.0), xp.asarray(1.0), psf=la.Kernel2D.from_gaussian((3, 3), 0.2, 0.2, xp=xp)
        ),
        elsewhere=("via_image_from", "via_tracer_from"),
        leaves=3,
    ),
    "Interferometer": Case(
        make=lambda xp: jax.tree_util.tree_map(xp.asarray, observation()),
        results={
            **properties("data", "noise_map", "uv_wavelengths", "uv_distances", "signal_to_noise_map"),
            "less": lambda dataset: tuple(dataset.less(dataset.weighted_dirty_image)),
            "chi_squared_of": lambda dataset: dataset.chi_squared_of(dataset.weighted_dirty_image),
            "log_likelihood_of": lambda dataset: dataset.log_likelihood_of(dataset.weighted_dirty_image),
        },
        # Baselines have no batch axes.
        flat=properties("grid", "dirty_image", "dirty_noise_map"),
        static=properties("mask", "real_space_mask", "pixel_scales"),
        elsewhere=("apply_over_sampling", "dirty_signal_to_noise_map", "grids", "output_to_fits", "with_data"),
        differentiable=False,
        leaves=10,
    ),
    "FitInterferometer": Case(
        make=lambda xp: jax.tree_util.tree_map(
            xp.asarray,
            la.FitInterferometer(observation(), la.Tracer([la.Galaxy(0.5, light=la.lp.Gaussian(sigma=0.5))])),
        ),
        results=properties("model_image", "reduced_chi_squared", "log_likelihood"),
        flat=properties("chi_squared_map"),
        elsewhere=tuple(name for name in dir(la.FitInterferometer) if not name.startswith("_")),
        differentiable=False,
        leaves=None,
    ),
    "SimulatorInterferometer": Case(
        make=lambda xp: la.SimulatorInterferometer(
            xp.asarray(1e5 * pairs(np, 4)), xp.asarray(100.0), noise_sigma=xp.asarray(np.linspace(0.1, 0.4, 4))
        ),
        elsewhere=("via_image_from", "via_tracer_from"),
        leaves=3,
    ),
    "TransformerDFT": Case(
        make=lambda xp: la.TransformerDFT(xp.asarray(1e5 * pairs(np, 4)), MASK),
        # Baselines have no batch axes.
        flat={
            "visibilities_from": lambda transformer: transformer.visibilities_from(image_for(transformer)),
            "image_from": lambda transformer: transformer.image_from(transformer.visibilities_from(image_for(transformer))),
            "transform_mapping_matrix": lambda transformer: transformer.transform_mapping_matrix(
                image_for(transformer).values[..., None]
            ),
        },
        static=properties("total_visibilities", "total_image_pixels"),
        differentiable=False,
        leaves=None,
    ),
    "TransformerNUFFT": Case(
        make=lambda xp: la.TransformerNUFFT(xp.asarray(1e5 * pairs(np, 4)), MASK),
        static=properties("total_visibilities", "total_image_pixels"),
        elsewhere=("visibilities_from", "image_from", "transform_mapping_matrix"),  # only of NumPy and JAX
        leaves=None,
    ),
    "WTilde": Case(
        make=lambda xp: la.WTilde.from_compact(numbers(xp, 5, 9), MASK, numbers(xp, 9, 9)),
        results={
            **properties("compact", "hankel", "dense", "preload"),
            "times": lambda w_tilde: w_tilde.times(w_tilde.dense[..., 0]),
            "quadratic_from": lambda w_tilde: w_tilde.with_spectrum().quadratic_from(w_tilde.dense[..., 0]),
        },
        elsewhere=("dense_from", "hankel_spectrum", "spectrum", "with_spectrum"),
        leaves=2,
    ),
}
