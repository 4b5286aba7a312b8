import sys
from pathlib import Path

# The tests share what calls the kernels, and the plain formulas that they are held against.
sys.path.append(str(Path(__file__).parent))
