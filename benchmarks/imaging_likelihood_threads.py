"""One thread and one core for everything that is imported after this; see README.md.

XLA has threads of its own whatever it is told, so that only the core makes the times of all libraries those of one thread.
"""

import os

FLAGS = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
SINGLE = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")}

os.environ.update(SINGLE, JAX_ENABLE_X64="True")  # autolens sets the latter too, but not if JAX is imported before it
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {FLAGS}".strip()
CORES = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(CORES)})
