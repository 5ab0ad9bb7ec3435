"""CCD data: what a camera delivers, and how to simulate it."""

from .dataset import Imaging as Imaging
from .simulator import SimulatorImaging as SimulatorImaging
