"""Pictures of images, observations, lenses and fits. Figures are made without pyplot, so its global state stays as it is."""

from .fits import fit_imaging as fit_imaging
from .images import array_2d as array_2d
from .images import arrays_2d as arrays_2d
from .images import difference as difference
from .images import imaging as imaging
from .lenses import lens as lens
from .sources import source_reconstruction as source_reconstruction
from .substructure import haloes as haloes
from .substructure import substructure as substructure
from .visibilities import amplitudes_against_uv_distance as amplitudes_against_uv_distance
from .visibilities import fit_interferometer as fit_interferometer
from .visibilities import interferometer as interferometer
from .visibilities import uv_coverage as uv_coverage
