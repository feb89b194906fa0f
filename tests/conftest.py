# Lives here: what every test needs before it imports anything. Independent of: the library.
"""Tests import the installed package: the source folder of the same name has no compiled core."""
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != ROOT]
sys.path.insert(0, str(Path(__file__).resolve().parent))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:       # as in jobs that a shell starts in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)
