"""Write what autolens 2026.10.26.1 makes of one mesh of vertices, and of image meshes: run by hand, with autolens installed."""

import autoarray as aa
import numpy as np
from autoarray.inversion.mesh.image_mesh.hilbert import Hilbert
from autoarray.inversion.mesh.image_mesh.overlay import Overlay
from autoarray.inversion.mesh.interpolator import delaunay, knn, sibson
from scipy.spatial import Delaunay

# 128, as autoarray's k nearest neighbours are wrong where the number of vertices is not a multiple of that.
generator = np.random.default_rng(5)
vertices = generator.normal(size=(128, 2)) * (0.3, 0.2)
points = generator.normal(size=(100, 2)) * (0.3, 0.2)
out = {"vertices": vertices, "points": points}

_, _, indexes, around, split_indexes, _ = delaunay.scipy_delaunay(vertices, points, 0.5)
out["Delaunay_indexes"], out["Delaunay_split_indexes"] = indexes, split_indexes
out["Delaunay_weights"] = delaunay.pixel_weights_delaunay_from(points, vertices, indexes)
out["Delaunay_split_weights"] = delaunay.pixel_weights_delaunay_from(around, vertices, split_indexes)
first, others = Delaunay(vertices).vertex_neighbor_vertices
out["pairs"] = np.stack([np.repeat(np.arange(128), np.diff(first)), others], axis=-1).astype(np.int16)

tables = sibson.scipy_delaunay_nn(vertices, points)
for name, table in (("indexes", 2), ("weights", 4), ("split_indexes", 6), ("split_weights", 8)):
    out[f"DelaunayNN_{name}"] = tables[table][:, :14]
assert all((tables[k][:, 14:] <= 0).all() for k in (4, 8))

indexes, weights, _ = knn.get_interpolation_weights(vertices, points, 10, 1.5)
out["KNearestNeighbor_indexes"], out["KNearestNeighbor_weights"] = np.asarray(indexes), np.asarray(weights)
distances = np.asarray(knn.get_interpolation_weights(vertices, vertices, 10, 1.5)[2])
around = delaunay.split_points_from(vertices, 0.5 * distances[:, 5])
indexes, weights, _ = knn.get_interpolation_weights(vertices, around, 10, 1.5)
out["KNearestNeighbor_split_indexes"], out["KNearestNeighbor_split_weights"] = np.asarray(indexes), np.asarray(weights)
for name, where in (("", points), ("split_", around)):
    indexes = np.asarray(knn.get_interpolation_weights(vertices, where, 3, 1.0)[0])
    out[f"KNNBarycentric_{name}indexes"] = indexes
    out[f"KNNBarycentric_{name}weights"] = knn.barycentric_weights_from_3_nearest(where, vertices, indexes, np)

# Tables are seen through their products with three vectors, which are smaller.
values = generator.normal(size=(128, 3))
out["values"] = values
for mesh in ("Delaunay", "DelaunayNN", "KNearestNeighbor", "KNNBarycentric"):
    indexes, weights = out.pop(f"{mesh}_split_indexes"), out.pop(f"{mesh}_split_weights")
    product = np.sum(np.where(indexes < 0, 0, weights)[..., None] * values[indexes], axis=1)
    out[f"{mesh}_split_sums"] = product[::4] + 2 * product[1::4] + 3 * product[2::4] + 5 * product[3::4]
    indexes, weights = out.pop(f"{mesh}_indexes"), out.pop(f"{mesh}_weights")
    out[f"{mesh}_sums"] = np.sum(np.where(indexes < 0, 0, weights)[..., None] * values[indexes], axis=1)

mask = aa.Mask2D.circular(shape_native=(24, 24), radius=1.0, pixel_scales=0.1, centre=(0.1, -0.05))
grid = np.array(mask.derive_grid.unmasked.array)
out["image"] = np.exp(-0.5 * ((np.hypot(grid[:, 0], grid[:, 1]) - 0.6) / 0.2) ** 2) + 0.01 * grid[:, 1]
image = aa.Array2D(out["image"], mask=mask)
hilbert = Hilbert(pixels=60, weight_floor=0.1, weight_power=1.5).image_plane_mesh_grid_from(mask=mask, adapt_data=image)
out["Hilbert"] = np.array(hilbert.array)
out["Overlay"] = np.array(Overlay(shape=(7, 9)).image_plane_mesh_grid_from(mask=mask).array)
np.savez_compressed("meshes.npz", **out)
