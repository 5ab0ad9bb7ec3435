"""Image meshes, which place vertices in the image, by the names that users know them by: `la.image_mesh.Hilbert`."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .circle_edge import append_with_circle_edge_points as append_with_circle_edge_points
    from .hilbert import Hilbert as Hilbert
    from .kmeans import KMeans as KMeans
    from .overlay import Overlay as Overlay

# Each is loaded when it is first asked for, as profiles are.
_MODULES = {
    "Hilbert": "hilbert",
    "KMeans": "kmeans",
    "Overlay": "overlay",
    "append_with_circle_edge_points": "circle_edge",
}
__all__ = ["Hilbert", "KMeans", "Overlay", "append_with_circle_edge_points"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    value = globals()[name] = getattr(importlib.import_module(f".{_MODULES[name]}", __package__), name)
    return value


def __dir__() -> list[str]:
    return __all__
