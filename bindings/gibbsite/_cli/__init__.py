"""The command line."""

import os

# Numba reads this when it is first imported. -O1 compiles the kernels in three quarters of the time
# that its own -O3 takes, and they are as fast. Only here, where the process is ours.
os.environ.setdefault("NUMBA_OPT", "1")
