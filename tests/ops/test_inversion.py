"""An inversion by every method is the same as with matrices written out; its derivatives, and what has no solution."""

import functools
import gc

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize
import scipy.signal

import lensarrays as la
from lensarrays.ops.inversion import ActiveSet, Dense, PrecomputedTiles, Tiles, imaging_inversion_from

# How fast the result runs is no concern: so it is compiled in half of the time.
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
RNG = np.random.default_rng(3)
METHODS = {"precomputed": PrecomputedTiles(), "tiles": Tiles(), "dense": Dense(), "active set": Dense(ActiveSet())}


def make_mask() -> la.Mask2D:
    """A disc with a hole, that reaches an edge of its image."""
    y, x = np.mgrid[:11, :12]
    used = ((y - 5) ** 2 + (x - 5.5) ** 2 < 22) & ((y - 4) ** 2 + (x - 5) ** 2 > 1)
    used[0, 5:7] = True
    return la.Mask2D(~used, pixel_scales=0.1)


MASK = make_mask()
N = MASK.pixels_in_mask
KERNEL = RNG.uniform(0.1, 1.0, (3, 5)) / 10
PSF = la.Kernel2D.no_mask(KERNEL, pixel_scales=0.1)
BLURRING = MASK.derive_mask.blurring_from(KERNEL.shape, allow_padding=True)
IMAGE, NOISE = RNG.normal(size=N) + 0.3, RNG.uniform(0.5, 2.0, N)
COLUMNS = RNG.uniform(size=(2, N + BLURRING.pixels_in_mask))
SIZES = la.StaticArray(1 + np.arange(N) % 2)  # with sub-pixels, of which some share mesh pixels
GRIDS = RNG.normal(size=(2, int(np.sum(SIZES.array**2)), 2)) * 0.3
MESHES = la.mesh.RectangularUniform(shape=(4, 5)), la.mesh.RectangularUniform(shape=(3, 3))


def mapper_of(k, grid=None, xp=np):
    grid = xp.asarray(GRIDS[k]) if grid is None else grid
    return MESHES[k].mapper_from(grid, mask=MASK, over_sample_size=SIZES)


MAPPERS = mapper_of(0), mapper_of(1)
TERMS = la.reg.Constant(0.7).terms_from(MAPPERS[0]), la.reg.Zeroth(0.5).terms_from(MAPPERS[1])
KERNEL_TERMS = la.reg.GaussianKernel(1.0, 0.3).terms_from(MAPPERS[1])
EDGE = MESHES[0].edge_pixels(MAPPERS[0])

ALL = dict(psf=PSF, light_columns=COLUMNS, mappers=MAPPERS, regularization_terms=TERMS)
CASES = {
    "positive": ALL,
    "an edge at zero": {**ALL, "zeroed_pixels": (EDGE, None)},
    "of any sign": {**ALL, "use_positive_only_solver": False, "zeroed_pixels": (EDGE, None)},
    "sparse and dense terms": {**ALL, "regularization_terms": (TERMS[0], KERNEL_TERMS)},
    "without a PSF": {
        **ALL,
        "psf": None,
        "light_columns": COLUMNS[:, :N],
        "no_regularization_add_to_curvature_diag_value": 0.5,
    },
    "a source alone": {**ALL, "light_columns": None, "mappers": MAPPERS[:1], "regularization_terms": TERMS[:1]},
    "light alone": {**ALL, "mappers": (), "regularization_terms": ()},
}


def solve(method="precomputed", image=IMAGE, noise_map=NOISE, **changes):
    arguments = (ALL | changes) if changes else ALL
    return imaging_inversion_from(la.Array2D(image, MASK), la.Array2D(noise_map, MASK), method=METHODS[method], **arguments)


# What it is, written out.


def blur_matrix() -> np.ndarray:
    """The PSF as a matrix from used and then blurring pixels to the used ones."""
    margin = (np.asarray(BLURRING.shape_native) - MASK.shape_native) // 2
    used = np.argwhere(~MASK.array) + margin
    columns = []
    for y, x in (*used, *np.argwhere(~BLURRING.array)):
        point = np.zeros(BLURRING.shape_native)
        point[y, x] = 1.0
        columns.append(scipy.signal.convolve2d(point, KERNEL, mode="same")[tuple(used.T)])
    return np.stack(columns, axis=1)


BLUR = blur_matrix()


def in_blocks(*matrices):
    ends = np.cumsum([0, *(len(matrix) for matrix in matrices)])
    result = np.zeros((ends[-1], ends[-1]))
    for matrix, start, end in zip(matrices, ends[:-1], ends[1:], strict=True):
        result[start:end, start:end] = matrix
    return result


def written_out(case):
    """Return A = F + H, D, the blurred mapping matrix, H alone, and the solution by SciPy."""
    columns, mappers = case["light_columns"], case["mappers"]
    parts = [] if columns is None else [columns.T]
    source = [mapper.mapping_matrix for mapper in mappers]
    blur = BLUR if case["psf"] is not None else np.eye(N)
    matrix = np.concatenate([blur @ part for part in parts] + [blur[:, :N] @ part for part in source], axis=1)
    g = matrix.shape[1] - sum(mapper.pixels for mapper in mappers)
    schemes = la.reg.Constant(0.7), la.reg.Zeroth(0.5)
    if case["regularization_terms"][-1:] and case["regularization_terms"][-1] is KERNEL_TERMS:
        schemes = schemes[0], la.reg.GaussianKernel(1.0, 0.3)
    smooth = in_blocks(*(scheme.regularization_matrix_from(mapper) for scheme, mapper in zip(schemes, mappers, strict=False)))
    whole = in_blocks(case.get("no_regularization_add_to_curvature_diag_value", 1e-3) * np.eye(g), smooth)
    over_noise = matrix / NOISE[:, None]
    curvature, vector = over_noise.T @ over_noise + whole, over_noise.T @ (IMAGE / NOISE)
    values, kept = np.zeros(len(vector)), np.ones(len(vector), dtype=bool)
    if not case.get("use_positive_only_solver", True):
        return curvature, vector, matrix, smooth, np.linalg.solve(curvature, vector)
    if "zeroed_pixels" in case:
        kept[g : g + len(EDGE)] = ~EDGE
    root = np.linalg.cholesky(curvature[np.ix_(kept, kept)])
    values[kept] = scipy.optimize.nnls(root.T, np.linalg.solve(root, vector[kept]))[0]
    return curvature, vector, matrix, smooth, values


def test_the_cases_hold_what_they_are_named_after():
    at_zero = {name: int(np.sum(written_out(case)[4] == 0)) for name, case in CASES.items()}
    assert at_zero["of any sign"] == 0
    assert at_zero["positive"] > 3
    assert at_zero["an edge at zero"] > np.sum(EDGE)


@pytest.mark.parametrize("name", CASES)
def test_every_method_agrees_with_matrices_written_out(name):
    case = CASES[name]
    curvature, vector, matrix, smooth, values = written_out(case)
    g = len(vector) - len(smooth)
    expected = [
        np.sum(((IMAGE - matrix @ values) / NOISE) ** 2),
        values[g:] @ smooth @ values[g:],
        np.linalg.slogdet(curvature[g:, g:])[1],
        np.linalg.slogdet(smooth)[1],
        np.sum(np.log(2 * np.pi * NOISE**2)),
    ]
    for method in METHODS:
        inversion = solve(method, **case)
        terms = jax.tree_util.tree_leaves(inversion.evidence)
        np.testing.assert_allclose(terms, expected, rtol=1e-9, atol=1e-10)  # `slogdet` of H is good to that
        np.testing.assert_allclose(inversion.reconstruction, values, rtol=1e-9, atol=1e-10)
        assert inversion.converged
        assert inversion.kkt_residual < 1e-13
        assert inversion.method is METHODS[method]
        np.testing.assert_allclose(inversion.mapped_reconstructed_image.values, matrix @ values, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(inversion.curvature_reg_matrix, curvature, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(inversion.data_vector, vector, rtol=1e-10, atol=1e-10)
    errors = np.sqrt(np.diag(np.linalg.inv(curvature)))
    np.testing.assert_allclose(inversion.reconstruction_noise_map, errors, rtol=1e-9)
    twice = -2 * inversion.evidence.log_evidence
    np.testing.assert_allclose(twice, sum(expected) - 2 * expected[3], rtol=1e-10)


def test_an_image_is_the_sum_of_its_parts():
    inversion = solve()
    parts = inversion.image_of([0], []) + inversion.image_of([1], [1]) + inversion.image_of([], [0])
    np.testing.assert_allclose(parts.values, inversion.mapped_reconstructed_image.values, rtol=1e-12)
    np.testing.assert_array_equal(inversion.reconstruction, np.concatenate([inversion.light_intensities, *inversion.sources]))


@pytest.mark.parametrize("method", ["precomputed", "tiles"])
def test_what_is_remembered_of_another_problem_makes_no_difference(method):
    first = solve(method).reconstruction
    solve(method, image=-IMAGE[::-1])
    np.testing.assert_allclose(solve(method).reconstruction, first, rtol=1e-10, atol=1e-12)


def test_dense_matrices_are_for_every_library_and_the_host_for_numpy_and_jax():
    def on(xp, method):
        mapper = mapper_of(0, xp=xp)
        return imaging_inversion_from(
            la.Array2D(xp.asarray(IMAGE), MASK),
            la.Array2D(xp.asarray(NOISE), MASK),
            la.Kernel2D.no_mask(xp.asarray(KERNEL), 0.1),
            light_columns=xp.asarray(COLUMNS),
            mappers=[mapper],
            regularization_terms=[la.reg.Constant(0.7).terms_from(mapper)],
            method=method,
        )

    strict, numpy = on(array_api_strict, Dense()), on(np, PrecomputedTiles())
    for name in ("reconstruction", "reconstruction_noise_map", "curvature_reg_matrix"):
        result = getattr(strict, name)
        assert isinstance(result, array_api_strict.asarray(0.0).__class__)
        np.testing.assert_allclose(np.asarray(result), getattr(numpy, name), rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(float(strict.evidence.log_evidence), numpy.evidence.log_evidence, rtol=1e-12)
    with pytest.raises(TypeError, match=r"`method` must be Dense\(\) for arrays of array_api_strict, but is Tiles\(\)"):
        on(array_api_strict, Tiles())


# Batches.


def test_a_batch_is_a_loop():
    images, grids = np.stack([IMAGE, IMAGE[::-1]])[:, None], np.stack([GRIDS[0], 0.8 * GRIDS[0], GRIDS[1]])
    one_mesh = dict(mappers=MAPPERS[:1], regularization_terms=TERMS[:1])
    both = jax.jit(
        lambda images: (
            solve("precomputed", image=images, **one_mesh),
            jax.vmap(lambda image: solve("precomputed", image=image[0], **one_mesh))(images),
        ),
        compiler_options=QUICK,
    )(jnp.asarray(images))
    for leading, mapped in zip(
        *(jax.tree_util.tree_leaves((b.reconstruction, b.evidence.chi_squared)) for b in both), strict=True
    ):
        np.testing.assert_allclose(leading[:, 0], mapped, rtol=1e-12)
    alone = [solve("tiles", image=image, **one_mesh).evidence.chi_squared for (image,) in images]
    np.testing.assert_allclose(both[1].evidence.chi_squared, alone, rtol=1e-11)
    batched_mapper = mapper_of(0, grids)
    changes = dict(mappers=[batched_mapper], regularization_terms=[la.reg.Constant(0.7).terms_from(batched_mapper)])
    for method in ("precomputed", "dense", "active set"):
        batch = solve(method, image=images, **changes)
        assert batch.evidence.log_evidence.shape == batch.converged.shape == (2, 3)
        for i, k in np.ndindex(2, 3):
            one = solve(method, image=images[i, 0], mappers=[mapper_of(0, grids[k])], regularization_terms=TERMS[:1])
            np.testing.assert_allclose(batch.evidence.log_evidence[i, k], one.evidence.log_evidence, rtol=1e-11)
            np.testing.assert_allclose(batch.reconstruction[i, k], one.reconstruction, rtol=1e-8, atol=1e-10)
            image = batch.mapped_reconstructed_image.values[i, k]
            np.testing.assert_allclose(image, one.mapped_reconstructed_image.values, rtol=1e-8, atol=1e-10)


# Derivatives, and what has no solution: one compilation for each method and kind of problem.


PARAMETERS = dict(image=IMAGE, columns=COLUMNS, grids=GRIDS, coefficients=np.asarray([0.7, 0.5]))
WEIGHTS = np.concatenate([[1.0, 0.3, -0.2], RNG.normal(size=31)])


def weighted(parameters, noise_map, kernel, weights, method, positive):
    """Return a sum of all that is found, and what was found; one of the terms is a full matrix, or not."""
    xp = jnp if any(isinstance(part, jax.Array) for part in (*parameters.values(), noise_map)) else np
    mappers = [mapper_of(k, parameters["grids"][k]) for k in range(2)]
    first, second = (parameters["coefficients"][k] for k in range(2))
    scheme = la.reg.Zeroth(second) if positive else la.reg.GaussianKernel(second, 0.3)
    inversion = solve(
        method,
        image=parameters["image"],
        noise_map=noise_map,
        psf=la.Kernel2D.no_mask(kernel, 0.1),
        light_columns=parameters["columns"],
        mappers=mappers,
        regularization_terms=[la.reg.Constant(first).terms_from(mappers[0]), scheme.terms_from(mappers[1])],
        use_positive_only_solver=positive,
        zeroed_pixels=(EDGE, None),
        no_regularization_add_to_curvature_diag_value=0.0,
    )
    evidence = inversion.evidence
    numbers = [evidence.log_evidence, evidence.log_likelihood, evidence.regularization_term]
    found = xp.concat([xp.stack(numbers), inversion.reconstruction])
    # What is minus infinity is not weighed with zero.
    return xp.sum(xp.where(weights == 0, 0.0, found * xp.where(weights == 0, 1.0, weights))), inversion


@functools.cache
def compiled(method, positive):
    argnums = (0, 1, 2) if method == "dense" else 0
    function = functools.partial(weighted, method=method, positive=positive)
    return jax.jit(jax.value_and_grad(function, argnums=argnums, has_aux=True), compiler_options=QUICK)


def on_jax(method, positive=True, noise_map=NOISE, weights=WEIGHTS, **changes):
    arguments = {name: jnp.asarray(part) for name, part in (PARAMETERS | changes).items()}, jnp.asarray(noise_map)
    (value, inversion), gradient = compiled(method, positive)(*arguments, jnp.asarray(KERNEL), jnp.asarray(weights))
    return value, inversion, gradient


def assert_slope(slope, directions, positive, of_noise=0.0, of_kernel=0.0):
    """Assert that a derivative along some direction is the difference of values on NumPy."""

    def along(step):
        moved = {name: part + step * directions[name] for name, part in PARAMETERS.items()}
        return weighted(moved, NOISE + step * of_noise, KERNEL + step * of_kernel, WEIGHTS, "tiles", positive)[0]

    np.testing.assert_allclose(slope, (along(1e-4) - along(-1e-4)) / 2e-4, rtol=1e-6)


DIRECTIONS = {name: RNG.normal(size=part.shape) * 0.01 for name, part in PARAMETERS.items()}


def test_derivatives_on_the_host_are_those_of_dense_matrices():
    value, inversion, gradient = on_jax("precomputed")
    dense_value, dense, (dense_gradient, by_noise, by_kernel) = on_jax("dense")
    np.testing.assert_allclose(value, dense_value, rtol=1e-11)
    numpy_value, on_numpy = weighted(PARAMETERS, NOISE, KERNEL, WEIGHTS, "tiles", True)
    np.testing.assert_allclose(value, numpy_value, rtol=1e-11)
    np.testing.assert_allclose(inversion.reconstruction, on_numpy.reconstruction, rtol=1e-9, atol=1e-11)
    assert jax.tree_util.tree_structure(inversion.evidence) == jax.tree_util.tree_structure(dense.evidence)
    for name, part in gradient.items():
        assert np.max(np.abs(part)) > 1e-3, name
        np.testing.assert_allclose(part, dense_gradient[name], rtol=1e-9, atol=1e-9 * np.max(np.abs(part)), err_msg=name)
    of_noise, of_kernel = 0.01 * RNG.normal(size=N), 0.001 * RNG.normal(size=KERNEL.shape)
    slope = sum(np.sum(part * DIRECTIONS[name]) for name, part in gradient.items())
    slope += np.sum(by_noise * of_noise) + np.sum(by_kernel * of_kernel)
    assert_slope(slope, DIRECTIONS, True, of_noise, of_kernel)


def test_derivatives_of_a_solution_of_any_sign_with_a_full_matrix_of_regularization():
    value, _, gradient = on_jax("precomputed", False)
    np.testing.assert_allclose(value, weighted(PARAMETERS, NOISE, KERNEL, WEIGHTS, "dense", False)[0], rtol=1e-11)
    assert_slope(sum(np.sum(part * DIRECTIONS[name]) for name, part in gradient.items()), DIRECTIONS, False)


def spoiled(name, place, value):
    array = {**PARAMETERS, "noise_map": NOISE}[name].copy()
    array[place] = value
    return {name: array}


BAD = {
    "NaN in the image": spoiled("image", 3, np.nan),
    "NaN in the noise": spoiled("noise_map", 3, np.nan),
    "zero noise": spoiled("noise_map", 3, 0.0),
    "negative noise": spoiled("noise_map", 3, -1.0),
    "NaN in the light": spoiled("columns", (1, 5), np.nan),
    "light that no pixel sees": spoiled("columns", 1, 0.0),
    "a negative coefficient": spoiled("coefficients", 0, -1.0),
    "a coefficient that is NaN": spoiled("coefficients", 1, np.nan),
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("method", ["precomputed", "dense"])
def test_under_jit_what_has_no_solution_is_flagged(method, bad):
    evidence_alone = np.where(np.arange(len(WEIGHTS)) == 0, 1.0, 0.0)
    value, inversion, gradient = on_jax(method, weights=evidence_alone, **BAD[bad])
    assert value == inversion.evidence.log_evidence == -np.inf
    by_parameters = gradient[0] if method == "dense" else gradient
    assert all(np.all(np.isfinite(part)) for part in by_parameters.values())
    if bad != "negative noise" or method == "dense":  # of its square only, there would be a solution
        assert not inversion.converged
        assert np.isinf(inversion.kkt_residual)
        np.testing.assert_array_equal(inversion.reconstruction, 0.0)


def test_a_light_that_no_pixel_sees_is_refused_outside_of_jit():
    columns = np.stack([COLUMNS[0], np.zeros_like(COLUMNS[1])])
    for method in METHODS:
        for changes in ({}, dict(mappers=(), regularization_terms=()), dict(use_positive_only_solver=False)):
            with pytest.raises(ValueError, match=r"must be .*positive definite"):
                solve(method, light_columns=columns, no_regularization_add_to_curvature_diag_value=0.0, **changes)
        assert solve(method, light_columns=columns).light_intensities[1] == 0.0


def test_a_singular_regularization_has_a_solution_but_no_evidence():
    adapt_data = np.abs(IMAGE)
    terms = la.reg.BrightnessZeroth(1.0).terms_from(MAPPERS[0], adapt_data)
    for method in METHODS:
        inversion = solve(method, mappers=MAPPERS[:1], regularization_terms=[terms])
        assert inversion.converged
        assert inversion.evidence.log_det_regularization_matrix_term == inversion.evidence.log_evidence == -np.inf
        assert np.isfinite(inversion.evidence.log_likelihood)


def test_the_host_has_no_derivative_by_the_noise():
    for method in ("precomputed", "tiles"):
        with pytest.raises(TypeError, match=r"`method` must be Dense\(\) for a derivative by the noise map or the PSF"):
            jax.grad(lambda noise, method=method: solve(method, noise_map=noise).evidence.log_evidence)(jnp.asarray(NOISE))


OTHER = la.Array2D.ones((3, 3), pixel_scales=0.1)
BIG = la.mesh.RectangularUniform((9, 9)).mapper_from(GRIDS[0], mask=MASK, over_sample_size=SIZES)
FLAT = la.mesh.RectangularUniform((3, 3)).mapper_from(GRIDS[0][:N], mask=MASK, over_sample_size=1)


@pytest.mark.parametrize(
    ("changes", "error", "match"),
    [
        (spoiled("image", 2, np.nan), ValueError, "`image` must be finite, but has 1 of 67 values NaN"),
        (spoiled("noise_map", 2, np.nan), ValueError, "`noise_map` must be finite, but has 1 of 67"),
        (spoiled("noise_map", 2, -1.0), ValueError, "`noise_map` must be positive, but has 1 of 67"),
        (dict(light_columns=BAD["NaN in the light"]["columns"]), ValueError, "must be .*finite"),
        (dict(psf=la.Kernel2D.no_mask(0 * KERNEL, 0.1)), ValueError, "`psf` must have a positive sum, but it is 0"),
        (dict(psf=KERNEL), TypeError, "`psf` must be of type Kernel2D, but is ndarray"),
        (dict(light_columns=[[1.0]]), TypeError, "`light_columns` must be an array, but is list"),
        (dict(light_columns=COLUMNS[:, :5]), ValueError, r"`light_columns` must have shape \(\.\.\., g, 140\), the 67 used"),
        (
            dict(light_columns=None, mappers=(), regularization_terms=()),
            ValueError,
            "`light_columns` or `mappers` must be given",
        ),
        (dict(regularization_terms=TERMS[:1]), ValueError, "`regularization_terms` must be as many as there are mappers, 2"),
        (
            dict(regularization_terms=TERMS[::-1]),
            ValueError,
            "`regularization_terms` must be of as many pixels as their mappers",
        ),
        (dict(mappers=(MAPPERS[0], FLAT)), ValueError, "`mappers` must be of the mask of the image and of one over-sampling"),
        (
            dict(mappers=(BIG,), regularization_terms=[la.reg.Constant(1.0).terms_from(BIG)]),
            ValueError,
            "`mappers` must not have more pixels than there are data, 67, but have 81",
        ),
        (dict(zeroed_pixels=(EDGE[:3], None)), ValueError, r"`zeroed_pixels` must have shape \(20,\)"),
        (dict(zeroed_pixels=(EDGE,)), ValueError, "`zeroed_pixels` must be as many as there are mappers, 2, but are 1"),
        (dict(use_positive_only_solver=1), TypeError, "`use_positive_only_solver` must be True or False"),
        (dict(no_regularization_add_to_curvature_diag_value=-1.0), ValueError, "_diag_value` must be zero or positive"),
        (dict(no_regularization_add_to_curvature_diag_value=np.ones(2)), ValueError, "_diag_value` must be one finite number"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(changes, error, match):
    for method in ("precomputed", "dense"):
        with pytest.raises(error, match=match):
            solve(method, **changes)


def test_data_that_are_no_images_are_refused():
    with pytest.raises(TypeError, match="`image` must be of type Array2D, but is ndarray"):
        imaging_inversion_from(IMAGE, la.Array2D(NOISE, MASK), light_columns=COLUMNS)
    with pytest.raises(ValueError, match="Both operands must have the same mask"):
        imaging_inversion_from(la.Array2D(IMAGE, MASK), OTHER, light_columns=COLUMNS)
    with pytest.raises(
        TypeError, match="`method` must be of type PrecomputedTiles or Tiles or Dense, but is the string 'dense'"
    ):
        imaging_inversion_from(OTHER, OTHER, light_columns=np.ones((1, 9)), method="dense")
    nothing = la.Mask2D(np.ones((2, 2), dtype=bool), pixel_scales=0.1)
    empty = la.Array2D(np.zeros(0), nothing)
    with pytest.raises(ValueError, match="`image` must have at least one used pixel, but its mask is"):
        imaging_inversion_from(empty, empty, light_columns=np.zeros((1, 0)))


def test_the_host_has_no_second_derivatives():
    def of(image):
        data = la.Array2D(image, MASK), la.Array2D(NOISE, MASK)
        return imaging_inversion_from(*data, PSF, light_columns=COLUMNS).evidence.log_likelihood

    with pytest.raises(TypeError, match=r"must be Dense\(\) for second derivatives"):
        jax.grad(lambda image: jax.grad(of)(image).sum())(jnp.asarray(IMAGE))


def test_few_operators_are_kept_however_many_noise_maps_there_are():
    from lensarrays.ops.inversion import operator

    for k in range(3 * operator.OPERATORS_KEPT):
        solve(noise_map=la.Array2D(NOISE * (1 + k), MASK))
    gc.collect()
    alive = [thing for thing in gc.get_objects() if type(thing) is operator.Operator]
    assert len(alive) <= operator.OPERATORS_KEPT


def test_a_batch_without_linear_light_is_a_loop():
    images = np.stack([IMAGE, 2 * IMAGE])
    one = {"light_columns": None, "mappers": MAPPERS[:1], "regularization_terms": TERMS[:1]}
    both = solve(image=la.Array2D(images, MASK), **one)
    for k in range(2):
        single = solve(image=la.Array2D(images[k], MASK), **one)
        np.testing.assert_allclose(both.sources[0][k], single.sources[0], rtol=1e-9, atol=1e-12)


def test_an_almost_perfect_fit_has_a_chi_squared():
    inversion = solve(use_positive_only_solver=False)
    perfect = la.Array2D(inversion.mapped_reconstructed_image.values, MASK)
    tiny = la.Array2D(1e-7 * NOISE, MASK)
    again = solve(image=perfect, noise_map=tiny, use_positive_only_solver=False)
    residuals = (perfect - again.mapped_reconstructed_image) / tiny
    assert float(again.evidence.chi_squared) == pytest.approx(float((residuals.values**2).sum()), rel=1e-3, abs=1e-6)
