"""Pictures of images, observations, lenses and fits. Figures are made without pyplot, so its global state stays as it is."""

from .fits import fit_imaging as fit_imaging
from .fits import source_reconstruction as source_reconstruction
from .images import array_2d as array_2d
from .images import arrays_2d as arrays_2d
from .images import difference as difference
from .images import imaging as imaging
from .lenses import lens as lens
from .substructure import haloes as haloes
from .substructure import substructure as substructure
