"""Meshes of the source plane, by the names that users know them by: `la.mesh.RectangularUniform`."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .areas import pixel_areas_from as pixel_areas_from
    from .border_relocator import BorderEllipse as BorderEllipse
    from .border_relocator import border_ellipse_from as border_ellipse_from
    from .border_relocator import relocated_grid_from as relocated_grid_from
    from .delaunay import Delaunay as Delaunay
    from .delaunay_nn import DelaunayNN as DelaunayNN
    from .k_nearest_neighbor import KNearestNeighbor as KNearestNeighbor
    from .knn_barycentric import KNNBarycentric as KNNBarycentric
    from .rectangular_bilinear_adapt_density import RectangularBilinearAdaptDensity as RectangularBilinearAdaptDensity
    from .rectangular_bilinear_adapt_image import RectangularBilinearAdaptImage as RectangularBilinearAdaptImage
    from .rectangular_rtu_adapt_density import RectangularRTUAdaptDensity as RectangularRTUAdaptDensity
    from .rectangular_rtu_adapt_image import RectangularRTUAdaptImage as RectangularRTUAdaptImage
    from .rectangular_uniform import RectangularUniform as RectangularUniform

# Each is loaded when it is first asked for, as profiles are.
_MODULES = {
    "BorderEllipse": "border_relocator",
    "Delaunay": "delaunay",
    "DelaunayNN": "delaunay_nn",
    "KNNBarycentric": "knn_barycentric",
    "KNearestNeighbor": "k_nearest_neighbor",
    "RectangularBilinearAdaptDensity": "rectangular_bilinear_adapt_density",
    "RectangularBilinearAdaptImage": "rectangular_bilinear_adapt_image",
    "RectangularRTUAdaptDensity": "rectangular_rtu_adapt_density",
    "RectangularRTUAdaptImage": "rectangular_rtu_adapt_image",
    "RectangularUniform": "rectangular_uniform",
    "border_ellipse_from": "border_relocator",
    "pixel_areas_from": "areas",
    "relocated_grid_from": "border_relocator",
}
__all__ = [
    "BorderEllipse",
    "Delaunay",
    "DelaunayNN",
    "KNNBarycentric",
    "KNearestNeighbor",
    "RectangularBilinearAdaptDensity",
    "RectangularBilinearAdaptImage",
    "RectangularRTUAdaptDensity",
    "RectangularRTUAdaptImage",
    "RectangularUniform",
    "border_ellipse_from",
    "pixel_areas_from",
    "relocated_grid_from",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    value = globals()[name] = getattr(importlib.import_module(f".{_MODULES[name]}", __package__), name)
    return value


def __dir__() -> list[str]:
    return __all__
