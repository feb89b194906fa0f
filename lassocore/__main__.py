# Lives here: `python -m lassocore`. Independent of: everything but the command line's entry.
"""The command line as a module."""
from lassocore.cli.commands import main

if __name__ == "__main__":
    main()
