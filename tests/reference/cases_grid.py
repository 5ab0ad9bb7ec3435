"""Grids: their coordinates, over-sampling, distances, rotations and projections."""

from functools import partial
from typing import Any

import numpy as np
from cases import POINTS, Case, blob, disc, grid, image, plain, points, ramp, ring, same

UNIFORM = {"shape_native": (4, 5), "pixel_scales": (0.5, 0.3), "origin": (0.2, -0.4)}
COORDINATE = (0.35, -0.6)
PAIR = np.array([[0.6, -0.4], [1.5, 1.0]])
Y, X = np.meshgrid([1.0, 0.5, 0.0, -0.5], [-0.6, -0.3, 0.0], indexing="ij")


def uniform(la: Any, over_sample_size: Any = 2) -> Any:
    return la.Grid2D.uniform(**UNIFORM, over_sample_size=over_sample_size, **la.options)


def mixed_sizes(la: Any, mask: Any) -> np.ndarray:
    """Return sub-pixel sizes that differ from pixel to pixel, 1 among them."""
    return np.array([1, 4, 2, 1, 3])[np.arange(int(mask.pixels_in_mask)) % 5]


def mixed(la: Any) -> Any:
    return grid(la, blob(la), mixed_sizes(la, blob(la)))


def sizes_of(grid: Any) -> np.ndarray:
    """Return the sub-pixel size of every pixel; ours keeps a single number where all are equal."""
    return np.broadcast_to(plain(grid.over_sample_size), grid.shape[:1]).astype(int)


MADE = {"uniform": uniform, "blob": lambda la: grid(la, blob(la)), "mixed": mixed, "disc": lambda la: grid(la, disc(la))}

GRIDS = {
    "array": lambda g: g,
    "native": lambda g: g.native,
    "over_sampled": lambda g: g.over_sampled,
    "over_sample_size": sizes_of,
    "in_radians": lambda g: g.in_radians,
    "flipped": lambda g: g.flipped,
    "squared_distances": lambda g: g.squared_distances_to_coordinate_from(coordinate=COORDINATE),
    "distances": lambda g: g.distances_to_coordinate_from(coordinate=COORDINATE),
    "radial_shape": lambda g: g.grid_2d_radial_projected_shape_slim_from(centre=COORDINATE),
    "radial": lambda g: g.grid_2d_radial_projected_from(centre=COORDINATE),
    "radial, at an angle": lambda g: g.grid_2d_radial_projected_from(centre=COORDINATE, angle=25.0),
    "radial, without its centre": lambda g: g.grid_2d_radial_projected_from(angle=90.0, remove_projected_centre=True),
    "radial, of given length": lambda g: g.grid_2d_radial_projected_from(angle=-40.0, shape_slim=3),
    "subtracted_from": lambda g: g.subtracted_from(offset=COORDINATE),
    "subtracted_from, over_sampled": lambda g: g.subtracted_from(offset=COORDINATE).over_sampled,
    "subtracted_and_rotated_from": lambda g: g.subtracted_and_rotated_from(offset=COORDINATE, angle=35.0),
    "subtracted_and_rotated_from, over_sampled": lambda g: (
        g.subtracted_and_rotated_from(offset=COORDINATE, angle=35.0).over_sampled
    ),
    "extent_with_buffer_from": lambda g: g.extent_with_buffer_from(buffer=0.1),
    "shape_native_scaled_interior": lambda g: g.shape_native_scaled_interior,
    "scaled_minima": lambda g: g.scaled_minima,
    "scaled_maxima": lambda g: g.scaled_maxima,
    "is_uniform": lambda g: g.is_uniform,
    "padded_grid_from": lambda g: g.padded_grid_from(kernel_shape_native=(3, 5)),
    "padded_grid_from, over_sample_size": lambda g: sizes_of(g.padded_grid_from(kernel_shape_native=(3, 3))),
    "padded_grid_from, over_sampled": lambda g: g.padded_grid_from(kernel_shape_native=(3, 3)).over_sampled,
    "blurring_grid_via_kernel_shape_from": lambda g: g.blurring_grid_via_kernel_shape_from(kernel_shape_native=(3, 3)),
    "within distance removed": lambda g: g.grid_with_coordinates_within_distance_removed_from(
        coordinates=[COORDINATE, (-0.6, 0.4)], distance=0.55
    ),
    "traced": lambda g: g.grid_2d_via_deflection_grid_from(deflection_grid=g * 0.3),
}

IRREGULAR = {
    "squared_distances": lambda g: g.squared_distances_to_coordinate_from(coordinate=COORDINATE),
    "distances": lambda g: g.distances_to_coordinate_from(coordinate=COORDINATE),
    "furthest distances": lambda g: g.furthest_distances_to_other_coordinates,
    "extent_with_buffer_from": lambda g: g.extent_with_buffer_from(buffer=0.1),
    "scaled_minima": lambda g: g.scaled_minima,
    "scaled_maxima": lambda g: g.scaled_maxima,
    "subtracted_from": lambda g: g.subtracted_from(offset=COORDINATE),
    "subtracted_and_rotated_from": lambda g: g.subtracted_and_rotated_from(offset=COORDINATE, angle=-50.0),
    "traced": lambda g: g.grid_2d_via_deflection_grid_from(deflection_grid=g * 0.3),
    "in_list": lambda g: g.in_list,
}


def asked(make: Any, question: Any, la: Any) -> Any:
    return question(make(la))


def has_an_answer(made: str, name: str) -> bool:
    """Return whether the question makes sense to both libraries."""
    if name == "blurring_grid_via_kernel_shape_from":
        return made == "disc"  # around the others there is no room for the kernel
    # autoarray calls a grid irregular when its mask leaves out a whole row; we call it uniform, as its pixels are.
    return name != "is_uniform" or made in ("uniform", "disc")


def rotated(name: str, la: Any) -> Any:
    from autoarray.geometry import geometry_util

    return getattr(geometry_util, name)(grid_2d=POINTS, centre=COORDINATE, angle=25.0)


def our_rotated_to(la: Any) -> Any:
    return points(la).subtracted_and_rotated_from(offset=COORDINATE, angle=-25.0)


def our_rotated_from(la: Any) -> Any:
    return points(la).subtracted_and_rotated_from(offset=(0.0, 0.0), angle=25.0) + COORDINATE


def binned(sizes: Any, la: Any) -> Any:
    """Return sub-pixel values averaged in each pixel."""
    over_sampled = grid(la, blob(la), sizes(la, blob(la)))
    values = la.asarray(ramp(over_sampled.over_sampled.shape[0], seed=5))
    return over_sampled.over_sampler.binned_array_2d_from(array=values)


def our_binned(sizes: Any, la: Any) -> Any:
    from lensarrays.ops import binned_array_2d_from

    over_sampled = grid(la, blob(la), sizes(la, blob(la)))
    return binned_array_2d_from(la.asarray(ramp(over_sampled.over_sampled.shape[0], seed=5)), over_sampled)


RADIAL = {"sub_size_list": [8, 4, 2], "radial_list": [0.4, 0.8]}


def radial_bins(la: Any, **options: Any) -> Any:
    from autoarray.operators.over_sampling.over_sample_util import over_sample_size_via_radial_bins_from

    return over_sample_size_via_radial_bins_from(grid=grid(la, blob(la)), **RADIAL, **options)


def our_radial_bins(la: Any, **options: Any) -> Any:
    from lensarrays.ops import over_sample_size_via_radial_bins_from

    return over_sample_size_via_radial_bins_from(grid=grid(la, blob(la)), **RADIAL, **options)


CENTRES = {"centre_list": [(0.6, -0.5), (-0.9, 0.2)]}
CASES: dict[str, Case] = {
    f"Grid2D {made}: {name}": same(partial(asked, make, ask))
    for made, make in MADE.items()
    for name, ask in GRIDS.items()
    if has_an_answer(made, name)
}
CASES |= {f"points: {name}": same(partial(asked, points, ask)) for name, ask in IRREGULAR.items()}
CASES |= {
    name: Case(partial(rotated, name), ours)
    for name, ours in {
        "transform_grid_2d_to_reference_frame": our_rotated_to,
        "transform_grid_2d_from_reference_frame": our_rotated_from,
    }.items()
}
CASES |= {
    "Grid2D.from_yx_1d": same(
        lambda la: (
            la.Grid2D.from_yx_1d(
                y=la.asarray(ramp(6)), x=la.asarray(ramp(6, 1)), shape_native=(2, 3), pixel_scales=0.5, origin=(0.1, 0.2)
            ).native
        )
    ),
    "Grid2D.from_yx_2d": same(lambda la: la.Grid2D.from_yx_2d(y=la.asarray(Y), x=la.asarray(X), pixel_scales=(0.5, 0.3))),
    "Grid2D.from_extent": same(
        lambda la: la.Grid2D.from_extent(extent=(-1.0, 0.5, -0.3, 0.9), shape_native=(4, 3), **la.options)
    ),
    "Grid2D.from_extent, pixel_scales": same(
        lambda la: la.Grid2D.from_extent(extent=(-1.0, 0.5, -0.3, 0.9), shape_native=(4, 3), **la.options).pixel_scales
    ),
    "Grid2D.no_mask": same(
        lambda la: (
            la.Grid2D.no_mask(
                values=la.asarray(ramp(12).reshape(6, 2)), pixel_scales=0.5, shape_native=(3, 2), origin=(0.1, 0.2)
            ).native
        )
    ),
    "Grid2D.blurring_grid_from": same(
        lambda la: la.Grid2D.blurring_grid_from(mask=disc(la), kernel_shape_native=(5, 3), over_sample_size=2, **la.options)
    ),
    "Grid2D.blurring_grid_from, over_sampled": same(
        lambda la: (
            la.Grid2D.blurring_grid_from(
                mask=disc(la), kernel_shape_native=(5, 3), over_sample_size=2, **la.options
            ).over_sampled
        )
    ),
    "Grid2D.uniform, size 1": same(lambda la: uniform(la, 1).over_sampled),
    "Grid2D.uniform, default size": same(
        lambda la: la.Grid2D.uniform(shape_native=(2, 3), pixel_scales=0.5, **la.options).over_sampled
    ),
    "Grid2D.apply_over_sampling": same(lambda la: uniform(la, 2).apply_over_sampling(over_sample_size=3).over_sampled),
    "Grid2D.is_uniform, of one that is not": same(lambda la: (ring_grid(la) * 1.5).is_uniform),
    "Grid2DIrregular.from_yx_1d": same(
        lambda la: la.Grid2DIrregular.from_yx_1d(y=la.asarray(POINTS[:, 0]), x=la.asarray(POINTS[:, 1]))
    ),
    "points: grid_of_closest_from": same(
        lambda la: points(la).grid_of_closest_from(grid_pair=la.Grid2DIrregular(values=la.asarray(PAIR)))
    ),
    "binned, size 2": Case(partial(binned, lambda la, mask: 2), partial(our_binned, lambda la, mask: 2)),
    "binned, mixed sizes": Case(partial(binned, mixed_sizes), partial(our_binned, mixed_sizes)),
    "radial bins": Case(radial_bins, our_radial_bins),
    "radial bins, two centres": Case(partial(radial_bins, **CENTRES), partial(our_radial_bins, **CENTRES)),
    "image times grid coordinate": same(lambda la: image(la, blob(la)) * grid(la, blob(la)).array[:, 1]),
}
for around in (False, True):
    CASES[f"Grid2D.bounding_box, {around}"] = same(
        lambda la, around=around: la.Grid2D.bounding_box(
            bounding_box=(-1.0, 0.7, -0.4, 1.3), shape_native=(4, 5), buffer_around_corners=around, **la.options
        )
    )


def ring_grid(la: Any) -> Any:
    return grid(la, ring(la))
