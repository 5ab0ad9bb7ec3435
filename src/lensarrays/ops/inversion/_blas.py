"""One thread for BLAS while an inversion runs on the host.

Its threads wait for each other in a loop that never sleeps, at each of the many small steps of a solver: where other programs
have work for the same processors that takes tens of times as long as one thread alone. Threads of our own share the work.
"""

import contextlib
import functools
import threading
from collections.abc import Iterator
from typing import Any

_lock = threading.Lock()
_users = 0
_limits: Any = None


@functools.cache
def _libraries() -> Any:
    """Return the BLAS libraries of NumPy and SciPy."""
    import scipy.linalg.cython_blas  # noqa: F401  # loads SciPy's own
    import threadpoolctl

    return threadpoolctl.ThreadpoolController().select(user_api="blas")


@contextlib.contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Keep BLAS to one thread: a number of the process, which the first to come sets and the last to go resets."""
    global _users, _limits
    with _lock:
        if _users == 0:
            _limits = _libraries().limit(limits=1)
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _limits.restore_original_limits()
