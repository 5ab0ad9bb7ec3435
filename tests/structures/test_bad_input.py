"""One error for each kind of bad input: it names the argument, the requirement, what was given, and the cure."""

import re

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lensarrays import (
    Array2D,
    ArrayIrregular,
    Geometry2D,
    Grid2D,
    Grid2DIrregular,
    Kernel2D,
    Mask2D,
    StaticArray,
    VectorYX2D,
    VectorYX2DIrregular,
    Visibilities,
)

MASK = Mask2D([[False, True, False], [False, False, False]], pixel_scales=0.1)
STRICT = array_api_strict.ones(5)


def case(error, match, function):
    return pytest.param(error, match, function, id=match)


def check(error, match, function):
    with pytest.raises(error, match=match) as info:
        function()
    assert ";" in str(info.value), "the cure is missing"


SHAPES = [
    case(ValueError, r"`values` must have shape \(..., 5\), .* but has \(4,\); an image", lambda: Array2D(np.ones(4), MASK)),
    case(ValueError, r"`values` must have shape \(..., 5\), .* but has \(2, 3\); an", lambda: Array2D(np.ones((2, 3)), MASK)),
    case(ValueError, r"`values` must have shape \(..., 5\), .* but has \(\); an", lambda: Array2D(np.ones(()), MASK)),
    case(ValueError, r"`values` must have shape \(..., 5\), .* but has \(0,\); an", lambda: Array2D([], MASK)),
    case(
        ValueError,
        r"`native` must have shape \(..., 2, 3\), .* has \(3, 2\); crop",
        lambda: Array2D.from_native(np.ones((3, 2)), MASK),
    ),
    case(
        ValueError,
        r"`native` must have shape \(..., 2, 3\), .* has \(3,\); crop",
        lambda: Array2D.from_native(np.ones(3), MASK),
    ),
    case(
        ValueError, r"`shape_native` must be given .* but is None, .* shape \(4,\); ", lambda: Array2D.no_mask(np.ones(4), 0.1)
    ),
    case(ValueError, r"shape \(..., 6\), .* but has \(4,\); an", lambda: Array2D.no_mask(np.ones(4), 0.1, shape_native=(2, 3))),
    case(ValueError, r"shape \(..., 5, 2\), .* but has \(5,\); an", lambda: Grid2D(np.ones(5), MASK)),
    case(ValueError, r"shape \(..., 5, 2\), .* but has \(5, 3\); an", lambda: Grid2D(np.ones((5, 3)), MASK)),
    case(
        ValueError,
        r"`values` must have shape \(..., ny, nx, 2\), .* \(4, 2\) .* None; ",
        lambda: Grid2D.no_mask(np.ones((4, 2)), 0.1),
    ),
    case(ValueError, r"shape \(..., 5, 2\), .* but has \(4, 2\); an", lambda: VectorYX2D(np.ones((4, 2)), MASK)),
    case(ValueError, r"shape \(..., n, 2\), but has \(2,\); put", lambda: Grid2DIrregular((1.0, 2.0))),
    case(ValueError, r"shape \(..., n, 2\), but has \(0,\); put", lambda: Grid2DIrregular([])),
    case(ValueError, r"shape \(..., n, 2\), but has \(4, 3\); put", lambda: VectorYX2DIrregular(np.ones((4, 3)))),
    case(ValueError, r"shape \(..., n\), but has \(\); put", lambda: ArrayIrregular(np.asarray(1.0))),
    case(ValueError, r"complex, or .* \(n, 2\), but are float64 of shape \(3,\); write", lambda: Visibilities([1.0, 2.0, 3.0])),
    case(ValueError, r"complex, or .* \(n, 2\), but are float64 of shape \(0,\); write", lambda: Visibilities([])),
    case(ValueError, r"`shape_slim` must be the number of visibilities, .* but is 0; ", lambda: Visibilities.ones(0)),
    case(ValueError, r"`values` must have shape \(ky, kx\), but has \(9,\); give", lambda: Kernel2D.no_mask(np.ones(9), 0.1)),
    case(
        ValueError,
        r"`values` must have shape \(..., 9\) to be of `shape_native` \(3, 3\), but has \(8,\); ",
        lambda: Kernel2D.no_mask(np.ones(8), 0.1, (3, 3)),
    ),
    case(
        ValueError,
        r"`y` and `x` must have one shape, but have \(2,\) and \(3,\); ",
        lambda: Grid2DIrregular.from_yx_1d([1, 2], [1, 2, 3]),
    ),
    case(
        ValueError,
        r"`y` and `x` must have one shape, .* ; ".replace(" ; ", "; "),
        lambda: Grid2D.from_yx_1d([1], [1, 2], (1, 2), 0.1),
    ),
    case(
        ValueError,
        r"`y` and `x` must hold one coordinate inside .*; ",
        lambda: Array2D.from_yx_and_values([0], [0], [1, 1, 1, 1], (2, 2), 1.0),
    ),
    case(ValueError, r"`y` and `x` must hold .* outside; ", lambda: Array2D.from_yx_and_values([9], [0], [1], (1, 1), 1.0)),
    case(
        ValueError,
        r"`values` must have shape \(..., 1\), .* has \(2,\); ",
        lambda: Array2D.from_yx_and_values([0], [0], [1, 2], (1, 1), 1.0),
    ),
    case(ValueError, r"`mask` must be a two-dimensional .* shape \(3,\); ", lambda: Mask2D([True, False, True], 0.1)),
    case(ValueError, r"`mask` must be a two-dimensional .* shape \(0,\); ", lambda: Mask2D([], 0.1)),
    case(ValueError, r"`mask` must be a two-dimensional .* shape \(0, 3\); ", lambda: Mask2D(np.ones((0, 3)), 0.1)),
    case(ValueError, r"`mask` must be a two-dimensional .* shape \(2, 2, 2\); ", lambda: Mask2D(np.ones((2, 2, 2)), 0.1)),
    case(ValueError, r"`shape_native` must be two positive integers .* \(0, 3\); ", lambda: Mask2D.all_false((0, 3), 0.1)),
    case(ValueError, r"`shape_native` must be two positive integers .* 3; ", lambda: Grid2D.uniform(3, 0.1)),
    case(ValueError, r"`shape_native` must be two positive integers .* \(2.5, 3\); ", lambda: Array2D.ones((2.5, 3), 0.1)),
    case(
        ValueError,
        r"`new_shape` must be two positive integers .* \(0, 3\); ",
        lambda: Array2D.ones((2, 3), 0.1).resized_from((0, 3)),
    ),
    case(
        ValueError,
        r"`kernel_shape` must leave a pixel .* \(9, 3\); pad",
        lambda: Array2D.ones((3, 3), 0.1).trimmed_after_convolution_from((9, 3)),
    ),
    case(ValueError, r"`extent` must be .* \(1, 0, 0, 1\) for \(2, 2\); ", lambda: Grid2D.from_extent((1, 0, 0, 1), (2, 2))),
    case(ValueError, r"`bounding_box` must be .* \(1, 0, 0, 1\), .*; ", lambda: Grid2D.bounding_box((1, 0, 0, 1), (2, 2))),
    case(
        ValueError,
        r"`pixel_coordinates` must be .* inside .* \[\(5, 0\)\]; convert",
        lambda: Mask2D.from_pixel_coordinates((2, 2), [(5, 0)], 0.1),
    ),
    case(
        ValueError, r"`pixel_coordinates` must be .* is \[\]; convert", lambda: Mask2D.from_pixel_coordinates((2, 2), [], 0.1)
    ),
    case(
        ValueError,
        r"`buffer` must be a whole number, 0 or more, but is -1; ",
        lambda: Mask2D.from_pixel_coordinates((2, 2), [(0, 0)], 0.1, buffer=-1),
    ),
]

SHAPES += [
    case(
        ValueError,
        r"`y` and `x` must hold one coordinate inside .* \(2,\), or reach outside; ",
        lambda: Array2D.from_yx_and_values([0.5, -0.5], [0, 0.6], [1, 2], (2, 1), 1.0),
    ),
]

DTYPES = [
    case(
        TypeError, r"`values` must hold numbers, but has dtype object; convert", lambda: Array2D(np.ones(5, dtype=object), MASK)
    ),
    case(TypeError, r"`values` must hold numbers, but has dtype <U1; convert", lambda: Array2D(["a"] * 5, MASK)),
    case(TypeError, r"`values` must be an array or a list .* is a str: 'abc'; ", lambda: ArrayIrregular("abc")),
    case(TypeError, r"`values` must be an array or a list .* is a NoneType: None; ", lambda: Grid2DIrregular(None)),
    case(TypeError, r"`values` must be an array or a list .* is a float: 3.0; ", lambda: ArrayIrregular(3.0)),
    case(TypeError, r"`values` must be numbers, but is \[\[1\], \[1, 2\]\]; pass", lambda: Grid2DIrregular([[1], [1, 2]])),
    case(
        TypeError,
        r"`values` must be numbers, but is .*; pass lists of one length",
        lambda: Grid2DIrregular([[jnp.ones(())], [1, 2]]),
    ),
    case(
        TypeError,
        r"`operand` must be numbers, but is \[\[1\], \[1, 2\]\]; pass",
        lambda: Array2D(np.ones(5), MASK) - [[1], [1, 2]],
    ),
    case(
        TypeError,
        r"`native` must hold numbers, but has dtype object; convert",
        lambda: Array2D.from_native(np.ones((2, 3), object), MASK),
    ),
    case(
        TypeError,
        r"`mask` must be numbers, but is \[\[True\], \[True, False\]\]; pass",
        lambda: Mask2D([[True], [True, False]], 0.1),
    ),
    case(ValueError, r"`mask` must hold booleans, but is of dtype <U1 or holds NaN; ", lambda: Mask2D([["a", "b"]], 0.1)),
    case(ValueError, r"`mask` must hold booleans, .* float64 or holds NaN; ", lambda: Mask2D([[np.nan, 0.0]], 0.1)),
    case(TypeError, r"`array` must hold numbers or booleans, but has dtype object; convert", lambda: StaticArray([None])),
    case(ValueError, r"`fill_value` must be one finite number, but is nan; ", lambda: Array2D.full(np.nan, (2, 2), 0.1)),
    case(ValueError, r"`fill_value` must be one finite number, but is 'a'; ", lambda: VectorYX2D.full("a", (2, 2), 0.1)),
]

BAD = np.asarray([[1.0, np.nan], [np.inf, 2.0]])
NOT_FINITE = [
    case(
        ValueError,
        r"`values` must be finite, but has 2 of 4 values NaN or infinite, .*; mask",
        lambda: Array2D.no_mask(BAD, 0.1),
    ),
    case(
        ValueError,
        r"`values` must be finite, but has 2 of 4 values NaN .* \(0, 1\); mask",
        lambda: Array2D.no_mask(jnp.asarray(BAD), 0.1),
    ),
    case(
        ValueError, r"`values` must be finite, but has 4 of 8 values NaN", lambda: Grid2D.no_mask(np.stack([BAD, BAD], -1), 0.1)
    ),
    case(
        ValueError, r"`values` must be finite, but has 4 of 8 values", lambda: VectorYX2D.no_mask(np.stack([BAD, BAD], -1), 0.1)
    ),
    case(ValueError, r"`values` must be finite, but has 1 of 9 values", lambda: Kernel2D.no_mask(np.pad([[np.nan]], 1), 0.1)),
]

SCALES = [
    case(
        ValueError,
        rf"`pixel_scales` must be a positive number or a pair .* {re.escape(repr(scale))}; give it in arcs",
        lambda s=scale: Mask2D.all_false((2, 2), s),
    )
    for scale in (
        0,
        0.0,
        -0.1,
        np.nan,
        np.inf,
        (0.1, 0.0),
        (0.1, -1.0),
        (0.1, np.nan),
        (0.1,),
        (0.1, 0.1, 0.1),
        "0.1",
        None,
        True,
        1j,
        [],
    )
]
SCALES += [
    case(ValueError, "`pixel_scales` must be a positive number.* -1; give", lambda: Geometry2D((2, 2), -1)),
    case(ValueError, "`pixel_scales` must be a positive number.* -2; give", lambda: Kernel2D.no_blur(-2)),
    case(
        ValueError,
        "`pixel_scale` must be of square pixels, .* 0.1 by 0.2 arcsec; use",
        lambda: Mask2D.all_false((2, 2), (0.1, 0.2)).pixel_scale,
    ),
    case(
        ValueError,
        r"`origin` must be two finite numbers \(y, x\), but is \(nan, 0\); ",
        lambda: Mask2D.all_false((2, 2), 0.1, (np.nan, 0)),
    ),
    case(ValueError, r"`origin` must be two finite numbers \(y, x\), but is 0.0; ", lambda: Grid2D.uniform((2, 2), 0.1, 0.0)),
    case(
        ValueError,
        r"`centre` must be two finite numbers \(y, x\), but is \(1,\); ",
        lambda: Mask2D.circular((2, 2), 1.0, 0.1, centre=(1,)),
    ),
]

MASKS = [
    case(
        ValueError,
        r"`radius` must leave at least one pixel used, .* about \(0.0, 0.0\) of an image of shape \(4, 4\) .*; enlarge",
        lambda: Mask2D.circular((4, 4), 0.01, 0.1),
    ),
    case(
        ValueError,
        r"`centre` must leave at least one pixel used, .* about \(9.0, 9.0\) .*; enlarge",
        lambda: Mask2D.circular((4, 4), 0.5, 0.1, centre=(9.0, 9.0)),
    ),
    case(
        ValueError,
        r"`outer_radius` must leave at least one pixel used, .*; enlarge",
        lambda: Mask2D.circular_annular((4, 4), 8.0, 9.0, 0.1),
    ),
    case(
        ValueError,
        r"`major_axis_radius` must leave at least one pixel used, .*; enlarge",
        lambda: Mask2D.elliptical((4, 4), 0.01, 0.5, 0.0, 0.1),
    ),
    case(
        ValueError,
        r"`outer_major_axis_radius` must leave at least one pixel used, .*; enlarge",
        lambda: Mask2D.elliptical_annular((4, 4), 0.001, 0.5, 0.0, 0.01, 0.5, 0.0, 0.1),
    ),
    case(
        TypeError,
        r"`invert` must be True or False, but is array\(\[1, 0\]\); ",
        lambda: Mask2D([[1, 0]], 0.1, invert=np.asarray([1, 0])),
    ),
    case(TypeError, r"`invert` must be True or False, but is 1; ", lambda: Mask2D.circular((4, 4), 1.0, 0.1, invert=1)),
    case(
        ValueError,
        r"The mask must use at least one pixel, .*; enlarge",
        lambda: MASK.derive_mask.all_false.invert().zoom.region,
    ),
    case(
        ValueError,
        r"The mask must use at least one pixel, .*; enlarge",
        lambda: MASK.derive_mask.all_false.invert().mask_centre,
    ),
    case(ValueError, r"`radius` must be a positive number, but is -1.0; ", lambda: Mask2D.circular((4, 4), -1.0, 0.1)),
    case(ValueError, r"`radius` must be a positive number, but is nan; ", lambda: Mask2D.circular((4, 4), np.nan, 0.1)),
    case(
        ValueError,
        r"`inner_radius` must be at least 0 and below `outer_radius`, but is 2.0 with 1.0; ",
        lambda: Mask2D.circular_annular((4, 4), 2.0, 1.0, 0.1),
    ),
    case(
        ValueError,
        r"`major_axis_radius` must be a positive number, but is nan; ",
        lambda: Mask2D.elliptical((4, 4), np.nan, 0.5, 0.0, 0.1),
    ),
    case(
        ValueError,
        r"`axis_ratio` must be minor over major axis, at most 1, but is 2.0; ",
        lambda: Mask2D.elliptical((4, 4), 1.0, 2.0, 0.0, 0.1),
    ),
    case(
        ValueError, r"`angle` must be one finite number, but is nan; ", lambda: Mask2D.elliptical((4, 4), 1.0, 0.5, np.nan, 0.1)
    ),
    case(
        ValueError,
        r"`inner_phi` must be one finite number, but is inf; ",
        lambda: Mask2D.elliptical_annular((4, 4), 0.1, 0.5, np.inf, 1.0, 0.5, 0.0, 0.1),
    ),
    case(
        ValueError,
        r"`mask` must be of the same image, of shape \(2, 3\).*; crop",
        lambda: Array2D(np.ones(5), MASK).apply_mask(Mask2D.all_false((3, 3), 0.1)),
    ),
    case(
        ValueError,
        r"`mask` must be of the same image, .* scales \(0.1, 0.1\).*; crop",
        lambda: Array2D(np.ones(5), MASK).apply_mask(Mask2D.all_false((2, 3), 0.2)),
    ),
    case(
        ValueError,
        r"Both operands must have the same mask, .*; bring",
        lambda: Array2D(np.ones(5), MASK) + Array2D.ones((1, 5), 0.1),
    ),
    case(
        ValueError,
        r"`mask` must leave the half width of the kernel \(3, 3\) free .*; pad the image to \(4, 5\), or",
        lambda: MASK.derive_mask.blurring_from((3, 3)),
    ),
    case(
        ValueError,
        r"`circular_radius` must be of a circular mask, but .* is not; see",
        lambda: Mask2D.circular_annular((21, 21), 0.4, 0.8, 0.1).circular_radius,
    ),
    case(
        ValueError,
        r"`radius` must leave at least one point, but none has r < 0.5 arcsec; enlarge the region, as they are 1 to 1 arcsec",
        lambda: VectorYX2DIrregular([(1, 1)]).vectors_within_radius(0.5, grid=[(0, 1)]),
    ),
    case(
        ValueError,
        r"`outer_radius` must leave at least one point, but none has 0.1 < r < 0.5 arcsec; enlarge",
        lambda: VectorYX2DIrregular([(1, 1)]).vectors_within_annulus(0.1, 0.5, grid=[(0, 1)]),
    ),
    case(
        ValueError,
        r"`grid` must have shape \(1, 2\), one point per vector, but has \(2, 2\); pass",
        lambda: VectorYX2DIrregular([(1, 1)]).vectors_within_radius(0.5, grid=[(0, 1), (0, 2)]),
    ),
    case(
        ValueError,
        r"`grid` must have shape \(2, 2\), one point per vector, but has \(1, 2\); pass",
        lambda: VectorYX2DIrregular([(1, 1), (2, 2)]).vectors_within_annulus(0.1, 0.5, grid=[(0, 1)]),
    ),
]

SIZES = [
    case(
        ValueError,
        r"`over_sample_size` must be positive integers, but is 0; 1 means",
        lambda: Grid2D.uniform((2, 2), 0.1, over_sample_size=0),
    ),
    case(
        ValueError,
        r"`over_sample_size` must be positive integers, but is 1.5; 1 means",
        lambda: Grid2D.uniform((2, 2), 0.1, over_sample_size=1.5),
    ),
    case(
        ValueError,
        r"`over_sample_size` must be positive integers, but is nan; 1 means",
        lambda: Grid2D.uniform((2, 2), 0.1, over_sample_size=np.nan),
    ),
    case(
        ValueError,
        r"`over_sample_size` must be positive integers, but is '4'; 1 means",
        lambda: Grid2D.uniform((2, 2), 0.1, over_sample_size="4"),
    ),
    case(
        ValueError,
        r"`over_sample_size` must be one number, .* has shape \(3,\); ",
        lambda: Grid2D.uniform((2, 2), 0.1, over_sample_size=[1, 2, 3]),
    ),
]

EVEN = [
    case(
        ValueError,
        r"`kernel` must have odd sides, .* shape \(4, 4\); `Kernel2D.no_mask\(values, .* pads",
        lambda: Kernel2D.no_mask(np.ones((4, 4)), 0.1),
    ),
    case(ValueError, r"`kernel` must have odd sides, .* shape \(4, 3\); ", lambda: Kernel2D.from_gaussian((4, 3), 0.1, 0.1)),
    case(
        ValueError, r"`shape_native` must have odd sides, .* \(4, 4\); add", lambda: Kernel2D.from_pupil((4, 4), 0.1, 1e-6, 1.0)
    ),
    case(
        ValueError,
        r"`kernel_shape_native` must be odd, .* \(4, 3\); pad",
        lambda: Grid2D.uniform((5, 5), 0.1).padded_grid_from((4, 3)),
    ),
    case(
        ValueError,
        r"`kernel_shape_native` must be odd, .* \(2, 2\); pad",
        lambda: MASK.derive_mask.blurring_from((2, 2), allow_padding=True),
    ),
    case(
        ValueError,
        r"`centre_pixel` must be a \(row, column\) inside the shape \(4, 4\), but is \(4, 0\); ",
        lambda: Kernel2D.no_mask(np.ones((4, 4)), 0.1, centre_pixel=(4, 0)),
    ),
    case(
        ValueError,
        r"`mask` of a kernel must mask nothing, .*; set pixels",
        lambda: Kernel2D(np.ones(8), Mask2D(np.eye(3)[:, :1] * np.eye(3)[:1] > 0, 0.1)),
    ),
    case(
        ValueError,
        r"`kernel` must have a positive sum to be normalised, but it is 0; subtract",
        lambda: Kernel2D.no_mask(np.zeros((3, 3)), 0.1).normalized,
    ),
    case(ValueError, r"`sigma` must be a positive number, but is -1; ", lambda: Kernel2D.from_gaussian((3, 3), 0.1, -1)),
]


def image(values):
    return Array2D.no_mask(np.asarray(values), 1.0)


GEOMETRY = Geometry2D((3, 3), 1.0)
GRID = Grid2D.uniform((3, 3), 1.0)
NUMBERS = [
    case(
        ValueError,
        r"`scaled_coordinates_2d` must be two finite numbers \(y, x\), but is \(nan, 0.0\); ",
        lambda: GEOMETRY.pixel_coordinates_2d_from((np.nan, 0.0)),
    ),
    case(
        ValueError,
        r"`grid_scaled_2d` must be finite, but has 1 of 2 values NaN .*; ",
        lambda: GEOMETRY.grid_pixel_centres_2d_from(np.asarray([[0.0, np.nan]])),
    ),
    case(
        ValueError,
        r"`grid_scaled_2d` must be finite, .*; ",
        lambda: GEOMETRY.grid_pixel_indexes_2d_from(Grid2DIrregular([(np.inf, 0.0)])),
    ),
    case(TypeError, r"`grid_scaled_2d` must be an array .* 'a'; ", lambda: GEOMETRY.grid_pixels_2d_from("a")),
    case(
        ValueError,
        r"`angle` must be one finite number, but is nan; ",
        lambda: Kernel2D.from_gaussian((3, 3), 0.1, 0.1, angle=np.nan),
    ),
    case(
        ValueError, r"`angle` must be one finite number, but is inf; ", lambda: GRID.grid_2d_radial_projected_from(angle=np.inf)
    ),
    case(
        ValueError,
        r"`shape_slim` must be a whole number, 0 or more, but is -1; ",
        lambda: GRID.grid_2d_radial_projected_from(shape_slim=-1),
    ),
    case(
        ValueError,
        r"`shape_slim` must be a whole number, .* 2.5; ",
        lambda: GRID.grid_2d_radial_projected_from(shape_slim=2.5),
    ),
    case(ValueError, r"`fill_value` must be one finite number, but is nan; ", lambda: Visibilities.full(np.nan, 2)),
    case(
        ValueError,
        r"`fill_value` must be one finite number, but is infj; ",
        lambda: Visibilities.full(complex(0, np.inf), 2),
    ),
    case(ValueError, r"`shape_slim` must be the number .* \(2, 2\); give", lambda: Visibilities.full(1, (2, 2))),
    case(ValueError, r"`shape_slim` must be the number .* 2.5; give", lambda: Visibilities.full(1, 2.5)),
    *[
        case(
            ValueError,
            rf"`pixel_coordinates` must be a list of \(row, column\) .*{re.escape(repr(bad))}; convert",
            lambda bad=bad: Mask2D.from_pixel_coordinates((4, 4), bad, 0.1),
        )
        for bad in ([1, 2, 3], [0, 1, 2, 3], [(0.5, 1)], [(4, 0)], [[(0, 1)]], [])
    ],
    *[
        case(
            ValueError,
            rf"`centre_pixel` must be a \(row, column\) inside the shape \(4, 4\), but is {re.escape(str(bad))}; ",
            lambda bad=bad: Kernel2D.no_mask(np.ones((4, 4)), 0.1, centre_pixel=bad),
        )
        for bad in (2, (1.5, 1.5), (0, -1), (1, 1, 1))
    ],
    *[
        case(
            ValueError,
            rf"`coordinate` must be two numbers \(y, x\), but is {re.escape(repr(bad))}; ",
            lambda bad=bad, grid=grid: grid.distances_to_coordinate_from(bad),
        )
        for bad in (0.0, (0, 1, 2))
        for grid in (GRID, Grid2DIrregular([(0.0, 1.0)]))
    ],
    case(
        ValueError,
        r"`offset` must be two numbers \(y, x\), but is 1.0; ",
        lambda: Grid2DIrregular([(0.0, 1.0)]).subtracted_and_rotated_from(1.0, 0.0),
    ),
    case(
        ValueError,
        r"`pixels` must have shape \(n, 2\), .* \(2,\); ",
        lambda: Grid2DIrregular.from_pixels_and_mask((0, 1), MASK),
    ),
    case(TypeError, r"`dtype` must be a floating one, .* int64; ", lambda: Grid2DIrregular([(0.0, 1.0)]).astype(int)),
    case(TypeError, r"`dtype` must be a floating one, .* bool; ", lambda: VectorYX2DIrregular([(0.0, 1.0)]).astype(bool)),
    case(TypeError, r"`dtype` must be a floating one, .* int64; ", lambda: VectorYX2D.ones((2, 2), 0.1).astype(int)),
]

BRIGHTEST = [
    *[
        case(
            ValueError,
            rf"`region` must be four finite numbers .* {re.escape(repr(bad))}; ",
            lambda bad=bad: image(np.eye(3)).brightest_coordinate_in_region_from(bad),
        )
        for bad in ((0.0, 1.0), 1.0, (0.0, 1.0, 0.0, np.nan), ("a", "b", "c", "d"))
    ],
    *[
        case(
            ValueError,
            rf"`region` must be .* and hold a used pixel of the image, but is {re.escape(repr(bad))}; the extent",
            lambda bad=bad: image(np.eye(3)).brightest_coordinate_in_region_from(bad),
        )
        for bad in ((5.0, 9.0, 5.0, 9.0), (-9.0, -5.0, -9.0, -5.0), (1.0, -1.0, -1.0, 1.0))
    ],
    case(
        ValueError,
        r"`array` must be finite, but has 1 of 5 values NaN .*; ",
        lambda: Array2D([0.0, 1.0, np.nan, 0.0, 0.0], MASK).brightest_coordinate_in_region_from(),
    ),
    *[
        case(
            ValueError,
            rf"`array` must have a positive sum in the box .* it is {total}; subtract",
            lambda total=total: image(np.full((3, 3), total / 9)).brightest_sub_pixel_coordinate_in_region_from(box_size=2),
        )
        for total in (0, -9)
    ],
    case(
        ValueError,
        r"`box_size` must be a whole number, 0 or more, but is -1; ",
        lambda: image(np.eye(3)).brightest_sub_pixel_coordinate_in_region_from(box_size=-1),
    ),
]

ZOOM = [
    case(TypeError, r"`array` must be an Array2D, .* is a Grid2D; crop", lambda: GRID.mask.zoom.array_2d_from(GRID)),
    case(
        TypeError,
        r"`array` must be an Array2D, .* is a VectorYX2D; crop",
        lambda: GRID.mask.zoom.array_2d_from(VectorYX2D.ones((3, 3), 0.1)),
    ),
    case(
        TypeError, r"`array` must be an Array2D, .* is a ndarray; crop", lambda: GRID.mask.zoom.array_2d_from(np.ones((3, 3)))
    ),
    case(
        ValueError,
        r"`array` must have the shape of the mask, \(3, 3\), but has \(2, 2\); zoom",
        lambda: GRID.mask.zoom.array_2d_from(Array2D.ones((2, 2), 1.0)),
    ),
    *[
        case(
            ValueError,
            rf"`buffer` must be a whole number, 0 or more, but is {bad}; ",
            lambda bad=bad: GRID.mask.zoom.mask_2d_from(bad),
        )
        for bad in (-1, 0.5)
    ],
    case(ValueError, r"`buffer` must be a whole number, .* 1.5; ", lambda: GRID.mask.zoom.extent_from(1.5)),
]

LIBRARIES = [
    case(
        TypeError,
        r"at most one other library, but are of array_api_strict, jaxlib; convert",
        lambda: Array2D(jnp.ones(5), MASK) + STRICT,
    ),
    case(TypeError, r"at most one other library, .*; convert", lambda: Grid2DIrregular.from_yx_1d(jnp.ones(5), STRICT)),
    case(
        TypeError, r"at most one other library, .*; convert", lambda: ArrayIrregular([jnp.ones(()), array_api_strict.ones(())])
    ),
    case(
        TypeError,
        r"at most one other library, .*; convert",
        lambda: Grid2DIrregular(jnp.ones((2, 2))).grid_of_closest_from(array_api_strict.ones((2, 2))),
    ),
]


CASES = SHAPES + DTYPES + NOT_FINITE + SCALES + MASKS + SIZES + EVEN + NUMBERS + BRIGHTEST + ZOOM + LIBRARIES


@pytest.mark.parametrize(("error", "match", "function"), CASES)
def test_bad_input(error, match, function):
    check(error, match, function)


FILES = {
    "Array2D": lambda path, **options: Array2D.from_fits(path, 0.1, **options),
    "Grid2D": lambda path: Grid2D.from_fits(path, 0.1),
    "Kernel2D": lambda path, **options: Kernel2D.from_fits(path, pixel_scales=0.1, **options),
    "Mask2D": lambda path, **options: Mask2D.from_fits(path, 0.1, **options),
    "Visibilities": lambda path, **options: Visibilities.from_fits(path, **options),
}


@pytest.mark.parametrize("name", FILES)
def test_missing_files(name, tmp_path):
    check(
        FileNotFoundError,
        r"`file_path` must be a FITS file, but there is no file '.*none.fits'; ",
        lambda: FILES[name](tmp_path / "none.fits"),
    )


@pytest.mark.parametrize("name", [name for name in FILES if name != "Grid2D"])
@pytest.mark.parametrize("hdu", [1.0, None, (0, 1), True])
def test_hdus_that_are_none(name, hdu, tmp_path):
    match = rf"`hdu` must be the number of an HDU, from 0, or its name, but is {re.escape(repr(hdu))}; "
    check(TypeError, match, lambda: FILES[name](_image(tmp_path / "image.fits"), hdu=hdu))


@pytest.mark.parametrize("name", FILES)
def test_broken_files(name, tmp_path):
    path = tmp_path / "broken.fits"
    path.write_bytes(b"SIMPLE  =                    T" + b"x" * 5000)
    check(OSError, r"`file_path` must be an intact FITS file, but '.*' is not .*; fetch", lambda: FILES[name](path))


@pytest.mark.parametrize("name", FILES)
def test_files_of_another_shape(name, tmp_path):
    path = tmp_path / "other.fits"
    if name == "Grid2D":
        Array2D.ones((2, 2), 0.1).output_to_fits(path)
    elif name == "Array2D":
        with pytest.raises(ValueError, match=r"`hdu` must be an HDU with an image, but is 3, .*; choose"):
            Array2D.from_fits(_image(path), 0.1, hdu=3)
        return
    else:
        Grid2D.uniform((2, 3), 0.1).output_to_fits(path)
    check(ValueError, r"`hdu` must be an image of \d axes, but HDU 0 .* has shape .*; choose", lambda: FILES[name](path))


def _image(path):
    Array2D.ones((2, 2), 0.1).output_to_fits(path)
    return path


def test_visibilities_need_two_columns(tmp_path):
    path = tmp_path / "image.fits"
    Array2D.ones((2, 3), 0.1).output_to_fits(path)
    check(
        ValueError,
        r"`values` must be complex, or .* \(n, 2\), but are float64 of shape \(2, 3\); ",
        lambda: Visibilities.from_fits(path),
    )


def test_grids_need_pairs(tmp_path):
    path = tmp_path / "batch.fits"
    Array2D(np.ones((2, 5)), MASK).output_to_fits(path)
    check(ValueError, r"`native` must have shape .*; crop", lambda: Grid2D.from_fits(path))


def test_kernels_in_files_are_odd(tmp_path):
    check(ValueError, r"`kernel` must have odd sides, .*; ", lambda: Kernel2D.from_fits(_image(tmp_path / "even.fits")))


def test_a_mask_in_a_file_uses_a_pixel(tmp_path):
    Array2D.ones((2, 2), 0.1).output_to_fits(tmp_path / "ones.fits")
    check(ValueError, r"`file_path` must be of a mask that uses .*; pass", lambda: Mask2D.from_fits(tmp_path / "ones.fits"))


def test_traced_values_are_not_written(tmp_path):
    array = Array2D(jnp.ones(5), MASK)
    check(
        TypeError,
        "`data` must be concrete .*, but is traced; return",
        lambda: jax.jit(lambda a: a.output_to_fits(tmp_path / "a.fits"))(array),
    )


TRACED = {
    "mask": lambda x: Mask2D(x > jnp.zeros((2, 2)), 0.1),
    "pixel_scales": lambda x: Mask2D.all_false((2, 2), x),
    "pixel_scales pair": lambda x: Grid2D.uniform((2, 2), (0.1, x)),
    "origin": lambda x: Mask2D.all_false((2, 2), 0.1, (x, 0.0)),
    "shape_native": lambda x: Array2D.ones((2, jnp.astype(x, int)), 0.1),
    "new_shape": lambda x: Array2D.ones((2, 2), 0.1).resized_from((2, jnp.astype(x, int))),
    "over_sample_size": lambda x: Grid2D.uniform((2, 2), 0.1, over_sample_size=jnp.astype(x, int)),
    "over_sample_size per pixel": lambda x: Grid2D.uniform((1, 1), 0.1, over_sample_size=jnp.astype(x, int)[None]),
    "radius": lambda x: Mask2D.circular((5, 5), x, 0.1),
    "inner_radius": lambda x: Mask2D.circular_annular((5, 5), x, 2.0, 0.1),
    "angle": lambda x: Mask2D.elliptical((5, 5), 1.0, 0.5, x, 0.1),
    "centre": lambda x: Mask2D.circular((5, 5), 1.0, 0.1, centre=(x, x)),
    "extent": lambda x: Grid2D.from_extent((0.0, x, 0.0, 1.0), (2, 2)),
    "bounding_box": lambda x: Grid2D.bounding_box((0.0, x, 0.0, 1.0), (2, 2)),
    "sigma": lambda x: Kernel2D.from_gaussian((3, 3), 0.1, x),
    "angle of a Gaussian": lambda x: Kernel2D.from_gaussian((3, 3), 0.1, 0.1, angle=x),
    "angle of a line": lambda x: Grid2D.uniform((2, 2), 0.1).grid_2d_radial_projected_from(angle=x),
    "shape_slim": lambda x: Grid2D.uniform((2, 2), 0.1).grid_2d_radial_projected_from(shape_slim=jnp.astype(x, int)),
    "shape_slim of visibilities": lambda x: Visibilities.ones(jnp.astype(x, int)),
    "fill_value of visibilities": lambda x: Visibilities.full(x, 2),
    "scaled_coordinates_2d": lambda x: Geometry2D((2, 2), 0.1).pixel_coordinates_2d_from((x, 0.0)),
    "radius of vectors": lambda x: VectorYX2DIrregular([(1.0, 1.0)]).vectors_within_radius(x, grid=[(0.0, 0.0)]),
    "inner_radius of vectors": lambda x: VectorYX2DIrregular([(1.0, 1.0)]).vectors_within_annulus(x, 2.0, grid=[(0.0, 0.0)]),
    "buffer": lambda x: MASK.zoom.array_2d_from(Array2D(np.ones(5), MASK), buffer=jnp.astype(x, int)),
    "buffer of pixels": lambda x: Mask2D.from_pixel_coordinates((3, 3), [(1, 1)], 0.1, buffer=jnp.astype(x, int)),
    "centre_pixel": lambda x: Kernel2D.no_mask(np.ones((3, 3)), 0.1, centre_pixel=(jnp.astype(x, int), 1)),
    "pixel_coordinates": lambda x: Mask2D.from_pixel_coordinates((3, 3), [(jnp.astype(x, int), 1)], 0.1),
    "region": lambda x: image(np.eye(3)).brightest_coordinate_in_region_from((0.0, x, 0.0, 1.0)),
    "fill_value": lambda x: Array2D.full(x, (2, 2), 0.1),
    "coordinates": lambda x: Grid2D.uniform((2, 2), 0.1).grid_with_coordinates_within_distance_removed_from([(x, x)], 1.0),
    "grid": lambda x: VectorYX2DIrregular([(1.0, 1.0)]).vectors_within_radius(1.0, grid=x * jnp.ones((1, 2))),
    "kernel_shape_native": lambda x: MASK.derive_mask.blurring_from((jnp.astype(x, int), 3)),
    "y": lambda x: Array2D.from_yx_and_values(x[None], [0.0], [1.0], (1, 1), 1.0),
}


@pytest.mark.parametrize("name", TRACED)
def test_traced_values_where_static_ones_are_needed(name):
    match = (
        rf"`{name.split()[0]}` must be static \(.*, not traced\), but is a .*Tracer; make it outside the transformed function"
    )
    check(TypeError, match, lambda: jax.jit(TRACED[name])(1.0))


def test_a_structure_of_traced_values_is_no_mask():
    array = Array2D.no_mask(jnp.ones((2, 2)), 0.1)
    check(TypeError, "`mask` must be static .*; make it", lambda: jax.jit(lambda a: Mask2D(a, 0.1).array.sum())(array))


def test_bad_shapes_raise_under_jit():
    with pytest.raises(ValueError, match=r"`values` must have shape \(..., 5\)"):
        jax.jit(lambda x: Array2D(x, MASK))(jnp.ones(4))
