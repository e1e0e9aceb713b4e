"""The command line: `python -m effnet_viz weights list | fetch | verify`, training, folders of photos."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from effnet_viz.folder import command as folder_command
from effnet_viz.training import command as training_command
from effnet_viz.weights import command as weights_command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: words after `python -m effnet_viz`; those of the process by default.

    Returns:
        0, or 1 where something could not be done.
    """
    parser = argparse.ArgumentParser(prog="python -m effnet_viz", description=__doc__.splitlines()[0])
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    weights_command.add_parser(subparsers)
    training_command.add_parser(subparsers)
    folder_command.add_parser(subparsers)
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.run(chosen) or 0)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
