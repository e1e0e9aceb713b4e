"""All commands of `effnet-viz`. Without one, the app starts."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from effnet_viz import __version__
from effnet_viz.command_line import photos, reports, structure
from effnet_viz.command_line.start import start_app
from effnet_viz.folder import command as folder_command
from effnet_viz.training import command as training_command
from effnet_viz.weights import command as weights_command

PROGRAM = "effnet-viz"

cli = typer.Typer(name=PROGRAM, rich_markup_mode="markdown", pretty_exceptions_enable=False)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@cli.callback(invoke_without_command=True)
def main_command(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0 for the whole network.")] = "localhost",
    port: Annotated[int, typer.Option(help="Port to listen at.", min=1, max=65_535)] = 8501,
    classroom: Annotated[
        bool, typer.Option("--class", help="For a class: listens to the whole network, opens no browser.")
    ] = False,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the browser.")] = True,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """EfficientNet, made visible. Without a command, the app starts.

    Example: `effnet-viz --port 8080`
    """
    if context.invoked_subcommand is None:
        raise typer.Exit(start_app("0.0.0.0" if classroom else host, port, browser and not classroom))  # noqa: S104


cli.command()(structure.plan)
cli.command()(structure.compare)
cli.command()(photos.explain)
cli.command()(reports.report)


def _passed_on(name: str, module: Any, help_text: str) -> None:
    """Add a command that reads its own words."""

    @cli.command(
        name,
        help=help_text,
        add_help_option=False,
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )
    def command(context: typer.Context) -> None:
        parser = argparse.ArgumentParser(prog=PROGRAM)
        module.add_parser(parser.add_subparsers(required=True, metavar="COMMAND"))
        chosen = parser.parse_args([name, *context.args])
        raise typer.Exit(int(chosen.run(chosen) or 0))


_passed_on("folder", folder_command, "Run a folder of photos. Example: `effnet-viz folder photos/ --out rows.parquet`")
_passed_on("weights", weights_command, "Show, download and check weights. Example: `effnet-viz weights fetch b0`")
_passed_on("train", training_command, "Train a small network. Example: `effnet-viz train shapes --minutes 10`")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: words after `effnet-viz`; those of the process by default.

    Returns:
        0, 1 where something could not be done, 2 where the command itself was wrong, 130 where it was broken off.
    """
    try:
        result = cli(args=None if arguments is None else list(arguments), prog_name=PROGRAM, standalone_mode=False)
        return int(result or 0)
    except typer.Abort:
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, OSError) as error:
        print(f"{PROGRAM}: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except Exception as error:
        if not (hasattr(error, "exit_code") and hasattr(error, "format_message")):
            raise
        said = error.format_message().rstrip(".")  # a wrong command, in click's words
        print(f"{PROGRAM}: {said}.", file=sys.stderr)
        return int(error.exit_code)
