"""Immutable structures for strong lensing on NumPy and JAX, and the simulator, the inversion and the fits that stand on them.

Nothing is imported before its name is asked for (SPEC 1 of Scientific Python): the names are those of ``__init__.pyi``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__version__ = "0.1.0"
