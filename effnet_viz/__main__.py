"""`python -m effnet_viz` is `effnet-viz`."""

from __future__ import annotations

import sys

from effnet_viz.command_line.commands import main


def run() -> None:
    """Run the command of this process and end with its status."""
    sys.exit(main())


if __name__ == "__main__":
    run()
