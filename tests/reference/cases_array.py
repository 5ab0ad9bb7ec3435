"""Arrays, vectors and visibilities on uniform images and off them."""

from functools import partial
from typing import Any

from cases import BLOB, MASKS, POINTS, Case, blob, disc, image, ramp, same

SHAPE = (5, 6)
REGION = (-0.8, 0.9, -0.7, 0.6)
VECTORS = ramp(10, seed=3).reshape(5, 2) - 1.4


def full(la: Any, shape: tuple[int, int] = SHAPE, **options: Any) -> Any:
    """Return an unmasked image, its brightest pixel off its centre."""
    values = la.asarray(ramp(shape[0] * shape[1], seed=1).reshape(shape))
    return la.Array2D.no_mask(values=values, pixel_scales=(0.5, 0.3), origin=(0.2, -0.1), **options)


def native_of_slim(make: Any, la: Any) -> Any:
    return image(la, make(la)).native


def slim_of_native(make: Any, la: Any) -> Any:
    """Mask an unmasked image, given as 2D values."""
    mask = make(la)
    unmasked = la.Mask2D.all_false(shape_native=mask.shape_native, pixel_scales=mask.pixel_scales, origin=mask.origin)
    return image(la, unmasked, seed=2).apply_mask(mask=mask).slim


def vectors(la: Any) -> Any:
    return la.VectorYX2DIrregular(values=la.asarray(VECTORS), grid=la.Grid2DIrregular(values=la.asarray(POINTS)))


def our_vectors(la: Any) -> Any:
    """Return the vectors alone: for us the points are no part of them."""
    return la.VectorYX2DIrregular(la.asarray(VECTORS))


def vector_field(la: Any) -> Any:
    values = la.asarray(ramp(2 * int(blob(la).pixels_in_mask), seed=4).reshape(-1, 2) - 1.2)
    return la.VectorYX2D.from_mask(values=values, mask=blob(la))


def visibilities(la: Any) -> Any:
    return la.Visibilities(visibilities=la.asarray(VECTORS[:, 0] + 1j * VECTORS[:, 1]))


def our_visibilities(la: Any) -> Any:
    return la.Visibilities(la.asarray(VECTORS[:, 0] + 1j * VECTORS[:, 1]))


VISIBILITIES = {
    "amplitudes": lambda v: v.amplitudes,
    "phases": lambda v: v.phases,
    "in_array": lambda v: v.in_array,
    "in_grid": lambda v: v.in_grid,
    "scaled_minima": lambda v: v.scaled_minima,
    "scaled_maxima": lambda v: v.scaled_maxima,
    "shape_slim": lambda v: v.shape_slim,
    "real": lambda v: v.real,
    "imag": lambda v: v.imag,
}


def asked(make: Any, question: Any, la: Any) -> Any:
    return question(make(la))


CASES: dict[str, Case] = {f"{m}: native of slim": same(partial(native_of_slim, make)) for m, make in MASKS.items()}
CASES |= {f"{m}: slim of native": same(partial(slim_of_native, make)) for m, make in MASKS.items()}
CASES |= {
    f"Visibilities.{name}": Case(partial(asked, visibilities, ask), partial(asked, our_visibilities, ask))
    for name, ask in VISIBILITIES.items()
}
CASES |= {
    f"Array2D.resized_from {shape}": same(lambda la, shape=shape: full(la).resized_from(new_shape=shape).native)
    for shape in ((3, 4), (8, 9), (4, 8), (7, 3))
}
CASES |= {
    "Array2D.resized_from, masked": same(lambda la: image(la, blob(la)).resized_from(new_shape=(12, 8), mask_pad_value=1)),
    "Array2D.padded_before_convolution_from": same(
        lambda la: full(la).padded_before_convolution_from(kernel_shape=(3, 5)).native
    ),
    "Array2D.trimmed_after_convolution_from": same(
        lambda la: full(la).trimmed_after_convolution_from(kernel_shape=(3, 5)).native
    ),
    "Array2D.binned_across_rows": same(lambda la: full(la).binned_across_rows),
    "Array2D.binned_across_columns": same(lambda la: full(la).binned_across_columns),
    "Array2D.brightest_coordinate_in_region_from": same(
        lambda la: full(la, (7, 8)).brightest_coordinate_in_region_from(region=REGION)
    ),
    "Array2D.brightest_coordinate_in_region_from, in pixels": same(
        lambda la: full(la, (7, 8)).brightest_coordinate_in_region_from(region=REGION, return_in_pixels=True)
    ),
    "Array2D.brightest_sub_pixel_coordinate_in_region_from": same(
        lambda la: full(la, (7, 8)).brightest_sub_pixel_coordinate_in_region_from(region=REGION)
    ),
    "Array2D.brightest_sub_pixel_coordinate_in_region_from, wide": same(
        lambda la: full(la, (7, 8)).brightest_sub_pixel_coordinate_in_region_from(region=REGION, box_size=2)
    ),
    "Array2D.from_yx_and_values": same(
        lambda la: (
            la.Array2D.from_yx_and_values(
                y=la.asarray([-0.5, 0.5, -0.5, 0.5, 0.5, -0.5]),
                x=la.asarray([0.0, -1.0, 1.0, 1.0, 0.0, -1.0]),
                values=la.asarray(ramp(6)),
                shape_native=(2, 3),
                pixel_scales=1.0,
            ).native
        )
    ),
    "Array2D.full": same(lambda la: la.Array2D.full(2.5, shape_native=(2, 3), pixel_scales=0.1, **la.options)),
    "Array2D.no_mask, slim values": same(
        lambda la: la.Array2D.no_mask(values=la.asarray(ramp(6)), shape_native=(2, 3), pixel_scales=0.1).native
    ),
    "Array2D.apply_mask, of a masked one": same(
        lambda la: image(la, blob(la)).apply_mask(
            mask=la.Mask2D(mask=BLOB[:, ::-1] | BLOB, pixel_scales=(0.5, 0.25), origin=(0.1, -0.3))
        )
    ),
    "Array2D.pixel_area, total_area": same(lambda la: [image(la, disc(la)).pixel_area, image(la, disc(la)).total_area]),
    "VectorYX2D.magnitudes": same(lambda la: vector_field(la).magnitudes),
    "VectorYX2D.y": same(lambda la: vector_field(la).y),
    "VectorYX2D.x": same(lambda la: vector_field(la).x),
    "VectorYX2D.native": same(lambda la: vector_field(la).native),
    "VectorYX2D.average_magnitude": same(lambda la: vector_field(la).average_magnitude),
    "VectorYX2D.average_phi": same(lambda la: vector_field(la).average_phi),
    "VectorYX2D.grid": same(lambda la: vector_field(la).grid),
    "VectorYX2DIrregular.vectors_within_radius": Case(
        lambda la: vectors(la).vectors_within_radius(radius=1.2, centre=(0.1, -0.2)),
        lambda la: our_vectors(la).vectors_within_radius(radius=1.2, centre=(0.1, -0.2), grid=POINTS),
    ),
    "VectorYX2DIrregular.vectors_within_annulus": Case(
        lambda la: vectors(la).vectors_within_annulus(inner_radius=0.85, outer_radius=1.4),
        lambda la: our_vectors(la).vectors_within_annulus(inner_radius=0.85, outer_radius=1.4, grid=POINTS),
    ),
}
CASES |= {
    f"VectorYX2DIrregular.{name}": Case(partial(asked, vectors, ask), partial(asked, our_vectors, ask))
    for name, ask in {
        "magnitudes": lambda v: v.magnitudes,
        "average_magnitude": lambda v: v.average_magnitude,
        "average_phi": lambda v: v.average_phi,
    }.items()
}
