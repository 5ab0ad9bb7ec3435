from .dataset import Interferometer as Interferometer
from .fit import FitInterferometer as FitInterferometer
from .simulator import SimulatorInterferometer as SimulatorInterferometer
