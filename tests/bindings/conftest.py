import sys
from pathlib import Path

# The made-up section must be importable by name: other processes unpickle its functions.
sys.path.append(str(Path(__file__).parent))
