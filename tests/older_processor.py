"""Run Python as on a processor without the newer vector instructions.

`python tests/older_processor.py -m pytest tests/library`: exponentials, logarithms, sums and matrix
products then round otherwise, as they do on another machine.
"""

import os
import platform
import subprocess
import sys

import numpy as np

extensions = np.show_config(mode="dicts")["SIMD Extensions"]
settings = {
    "NPY_DISABLE_CPU_FEATURES": " ".join(extensions.get("found", [])),
    # The C library's exponential and logarithm.
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-FMA4,-AVX512F",
}
if platform.machine() in ("x86_64", "AMD64"):
    # The oldest of the processors for which OpenBLAS has products of its own.
    settings["OPENBLAS_CORETYPE"] = "Prescott"
sys.exit(subprocess.call([sys.executable, *sys.argv[1:]], env={**os.environ, **settings}))
