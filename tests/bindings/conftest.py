import signal
import sys
from pathlib import Path

# The made-up section must be importable by name: other processes unpickle its functions.
sys.path.append(str(Path(__file__).parent))

# What a script starts in the background ignores Ctrl-C, and so would the programs that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
