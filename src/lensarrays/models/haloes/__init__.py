"""How the deflections of many haloes are summed: `la.haloes.Direct()`, `la.haloes.Tree()`."""

from ._direct import Direct
from .tree import Tree

__all__ = ["Direct", "Tree"]
