"""Pictures of images, observations and lenses. Figures are made without pyplot, so none of its global state is changed."""

from .images import array_2d as array_2d
from .images import arrays_2d as arrays_2d
from .images import difference as difference
from .images import imaging as imaging
from .lenses import lens as lens
from .substructure import haloes as haloes
from .substructure import substructure as substructure
