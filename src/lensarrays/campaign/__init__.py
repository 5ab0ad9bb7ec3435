"""Very many simulations."""

from .batches import Batch as Batch
from .batches import simulate_in_batches as simulate_in_batches
