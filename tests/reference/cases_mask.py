"""Masks, what is derived from them, and the geometry of their frames."""

from functools import partial
from typing import Any

from cases import BLOB, MASKS, POINTS, RING, ROUND, Case, blob, disc, grid, image, points, ring, same, square_blob

ANNULUS = {
    "shape_native": (13, 12),
    "inner_major_axis_radius": 0.7,
    "inner_axis_ratio": 0.6,
    "inner_phi": 30.0,
    "outer_major_axis_radius": 1.6,
    "outer_axis_ratio": 0.8,
    "outer_phi": 75.0,
}
ELLIPSE = {"shape_native": (9, 12), "major_axis_radius": 1.4, "axis_ratio": 0.55, "angle": 35.0}
PIXELS = {"shape_native": (9, 8), "pixel_coordinates": [[2, 3], [6, 5]], "pixel_scales": 0.5}
RESIZED = ((6, 7), (12, 13), (11, 8), (9, 10))

CONSTRUCTED = {
    "all_false": lambda la: la.Mask2D.all_false(shape_native=(3, 4), pixel_scales=0.5),
    "all_false, inverted": lambda la: la.Mask2D.all_false(shape_native=(3, 4), pixel_scales=0.5, invert=True),
    "circular": lambda la: la.Mask2D.circular(**ROUND),
    "circular, inverted": lambda la: la.Mask2D.circular(**ROUND, invert=True),
    "circular, pixels at the radius": lambda la: la.Mask2D.circular(shape_native=(9, 9), radius=2.0, pixel_scales=0.5),
    "circular_annular": lambda la: la.Mask2D.circular_annular(**RING),
    "circular_annular, off centre": lambda la: la.Mask2D.circular_annular(**RING, centre=(0.2, -0.35), origin=(1.0, 2.0)),
    "elliptical": lambda la: la.Mask2D.elliptical(**ELLIPSE, pixel_scales=(0.3, 0.25)),
    "elliptical, off centre": lambda la: la.Mask2D.elliptical(**ELLIPSE, pixel_scales=0.3, centre=(0.3, 0.45)),
    "elliptical_annular": lambda la: la.Mask2D.elliptical_annular(**ANNULUS, pixel_scales=0.25),
    "elliptical_annular, off centre": lambda la: la.Mask2D.elliptical_annular(
        **ANNULUS, pixel_scales=(0.25, 0.3), centre=(-0.2, 0.35)
    ),
    "from_pixel_coordinates": lambda la: la.Mask2D.from_pixel_coordinates(**PIXELS),
    "from_pixel_coordinates, buffer": lambda la: la.Mask2D.from_pixel_coordinates(**PIXELS, buffer=1),
    "inverted by the constructor": lambda la: la.Mask2D(mask=BLOB, pixel_scales=0.5, invert=True),
}

DERIVED = {
    "mask_centre": lambda mask: mask.mask_centre,
    "shape_native_masked_pixels": lambda mask: mask.shape_native_masked_pixels,
    "pixels_in_mask": lambda mask: mask.pixels_in_mask,
    "derive_mask.all_false": lambda mask: mask.derive_mask.all_false,
    "derive_mask.edge": lambda mask: mask.derive_mask.edge,
    "derive_mask.edge_buffed": lambda mask: mask.derive_mask.edge_buffed,
    "derive_mask.border": lambda mask: mask.derive_mask.border,
    "derive_indexes.native_for_slim": lambda mask: mask.derive_indexes.native_for_slim,
    "derive_indexes.edge_slim": lambda mask: mask.derive_indexes.edge_slim,
    "derive_indexes.edge_native": lambda mask: mask.derive_indexes.edge_native,
    "derive_indexes.border_slim": lambda mask: mask.derive_indexes.border_slim,
    "derive_indexes.border_native": lambda mask: mask.derive_indexes.border_native,
    "derive_indexes.unmasked_slim": lambda mask: mask.derive_indexes.unmasked_slim,
    "derive_indexes.masked_slim": lambda mask: mask.derive_indexes.masked_slim,
    "derive_grid.all_false": lambda mask: mask.derive_grid.all_false,
    "derive_grid.unmasked": lambda mask: mask.derive_grid.unmasked,
    "derive_grid.edge": lambda mask: mask.derive_grid.edge,
    "derive_grid.border": lambda mask: mask.derive_grid.border,
    "zoom.centre": lambda mask: mask.zoom.centre,
    "zoom.offset_pixels": lambda mask: mask.zoom.offset_pixels,
    "zoom.offset_scaled": lambda mask: mask.zoom.offset_scaled,
    "zoom.region": lambda mask: mask.zoom.region,
    "zoom.shape_native": lambda mask: mask.zoom.shape_native,
    "zoom.extent_from": lambda mask: mask.zoom.extent_from(buffer=1),
    "zoom.mask_2d_from": lambda mask: mask.zoom.mask_2d_from(buffer=1),
    "zoom.mask_2d_from, wide": lambda mask: mask.zoom.mask_2d_from(buffer=3),
    "geometry.extent": lambda mask: mask.geometry.extent,
    "geometry.shape_native_scaled": lambda mask: mask.geometry.shape_native_scaled,
    "geometry.scaled_maxima": lambda mask: mask.geometry.scaled_maxima,
    "geometry.scaled_minima": lambda mask: mask.geometry.scaled_minima,
    "geometry.central_pixel_coordinates": lambda mask: mask.geometry.central_pixel_coordinates,
    "geometry.central_scaled_coordinates": lambda mask: mask.geometry.central_scaled_coordinates,
    "geometry.pixel_coordinates_2d_from": lambda mask: [mask.geometry.pixel_coordinates_2d_from(tuple(p)) for p in POINTS],
    "geometry.pixel_coordinates_2d_from, outside": lambda mask: [
        mask.geometry.pixel_coordinates_2d_from(p) for p in ((9.0, -9.0), (-9.0, 9.0), (2.7, -2.3))
    ],
    "geometry.pixel_coordinates_wcs_2d_from": lambda mask: mask.geometry.pixel_coordinates_wcs_2d_from((0.4, -0.7)),
    "geometry.scaled_coordinates_2d_from": lambda mask: mask.geometry.scaled_coordinates_2d_from((2, 5)),
    "geometry.scaled_coordinate_2d_to_scaled_at_pixel_centre_from": lambda mask: (
        mask.geometry.scaled_coordinate_2d_to_scaled_at_pixel_centre_from((0.4, -0.7))
    ),
}

ON_GRIDS = ("grid_pixels_2d_from", "grid_pixel_centres_2d_from", "grid_pixel_indexes_2d_from", "grid_scaled_2d_from")


def derived(make: Any, question: Any, la: Any) -> Any:
    return question(make(la))


def converted(make: Any, name: str, la: Any) -> Any:
    """Ask for the pixel coordinates of the mask's own pixel centres, moved a little so that rounding is asked for too."""
    mask = make(la)
    return getattr(mask.geometry, name)(grid(la, mask) + 0.03)


def resized(shape: tuple[int, int], la: Any) -> Any:
    return blob(la).resized_from(new_shape=shape, pad_value=1)


def zoomed_image(make: Any, buffer: int, la: Any) -> Any:
    mask = make(la)
    return mask.zoom.array_2d_from(image(la, mask), buffer=buffer).native


CASES: dict[str, Case] = {f"Mask2D.{name}": same(make) for name, make in CONSTRUCTED.items()}
CASES |= {f"{m}: {name}": same(partial(derived, make, ask)) for m, make in MASKS.items() for name, ask in DERIVED.items()}
CASES |= {f"{m}: geometry.{name}": same(partial(converted, make, name)) for m, make in MASKS.items() for name in ON_GRIDS}
CASES |= {f"resized_from {shape}": same(partial(resized, shape)) for shape in RESIZED}
CASES |= {
    f"{m}: zoom.array_2d_from, buffer {b}": same(partial(zoomed_image, make, b)) for m, make in MASKS.items() for b in (1, 3)
}
CASES |= {
    "resized_from pads with unmasked pixels": same(lambda la: blob(la).resized_from(new_shape=(12, 11))),
    "is_circular": same(
        lambda la: [
            la.Mask2D.circular(shape_native=(11, 12), radius=1.2, pixel_scales=0.25, centre=(0.1, 0.1)).is_circular,
            ring(la).is_circular,
            square_blob(la).is_circular,
            la.Mask2D.all_false(shape_native=(5, 5), pixel_scales=0.5).is_circular,
        ]
    ),
    "circular_radius": same(
        lambda la: la.Mask2D.circular(shape_native=(11, 12), radius=1.2, pixel_scales=0.25).circular_radius
    ),
    "blurring_from": same(lambda la: disc(la).derive_mask.blurring_from(kernel_shape_native=(3, 5))),
    "blurring_from, of a ring": same(lambda la: padded_ring(la).derive_mask.blurring_from(kernel_shape_native=(5, 3))),
    "blurring_from, allow_padding": same(
        lambda la: disc(la).derive_mask.blurring_from(kernel_shape_native=(9, 9), allow_padding=True)
    ),
    "grid_scaled_2d_from inverts": same(
        lambda la: blob(la).geometry.grid_scaled_2d_from(blob(la).geometry.grid_pixels_2d_from(grid(la, blob(la))))
    ),
    "Grid2DIrregular.from_pixels_and_mask": same(
        lambda la: la.Grid2DIrregular.from_pixels_and_mask(pixels=[(0, 0), (2, 5), (8, 9)], mask=blob(la))
    ),
    "points, geometry.extent": same(lambda la: points(la).geometry.extent),
}


def padded_ring(la: Any) -> Any:
    return la.Mask2D.circular_annular(**(RING | {"shape_native": (18, 19)}), centre=(0.1, 0.0))
