"""``python -m tolmach`` is the command ``tolmach``."""

import sys

from tolmach.cli import main

if __name__ == "__main__":
    sys.exit(main())
