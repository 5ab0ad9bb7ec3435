"""The linear part of a model: how it is solved, and the terms of its evidence, as in `la.inversion.Dense()`."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..interferometry.curvature import curvature_matrix_via_w_tilde_from as curvature_matrix_via_w_tilde_from
    from ..interferometry.inversion import InterferometerInversion as InterferometerInversion
    from ..interferometry.inversion import interferometer_inversion_from as interferometer_inversion_from
    from ..interferometry.methods import DenseWTilde as DenseWTilde
    from ..interferometry.methods import FourierWTilde as FourierWTilde
    from ..interferometry.methods import StridedWTilde as StridedWTilde
    from .cholesky import Cholesky as Cholesky
    from .dense import Dense as Dense
    from .evidence import EvidenceTerms as EvidenceTerms
    from .evidence import chi_squared_from as chi_squared_from
    from .evidence import log_determinant_from as log_determinant_from
    from .evidence import noise_normalization_from as noise_normalization_from
    from .evidence import regularization_term_from as regularization_term_from
    from .host import PrecomputedTiles as PrecomputedTiles
    from .host import Tiles as Tiles
    from .inversion import Inversion as Inversion
    from .inversion import imaging_inversion_from as imaging_inversion_from
    from .normal_equations import curvature_matrix_from as curvature_matrix_from
    from .normal_equations import data_vector_from as data_vector_from
    from .positive_only import ActiveSet as ActiveSet
    from .primal_dual import PrimalDual as PrimalDual
    from .reconstruction import Reconstruction as Reconstruction
    from .reconstruction import reconstruction_from as reconstruction_from

# Each is loaded when it is first asked for: all of them would lengthen the import by half.
_MODULES = {
    "ActiveSet": "positive_only",
    "Cholesky": "cholesky",
    "Dense": "dense",
    "DenseWTilde": ".interferometry.methods",
    "EvidenceTerms": "evidence",
    "FourierWTilde": ".interferometry.methods",
    "InterferometerInversion": ".interferometry.inversion",
    "Inversion": "inversion",
    "PrecomputedTiles": "host",
    "PrimalDual": "primal_dual",
    "Reconstruction": "reconstruction",
    "StridedWTilde": ".interferometry.methods",
    "Tiles": "host",
    "chi_squared_from": "evidence",
    "curvature_matrix_from": "normal_equations",
    "curvature_matrix_via_w_tilde_from": ".interferometry.curvature",
    "data_vector_from": "normal_equations",
    "interferometer_inversion_from": ".interferometry.inversion",
    "imaging_inversion_from": "inversion",
    "log_determinant_from": "evidence",
    "noise_normalization_from": "evidence",
    "reconstruction_from": "reconstruction",
    "regularization_term_from": "evidence",
}
__all__ = sorted(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    value = globals()[name] = getattr(importlib.import_module(f".{_MODULES[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return __all__
