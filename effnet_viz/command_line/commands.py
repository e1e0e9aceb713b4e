"""All commands of `effnet-viz`. Without one, the app starts."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from effnet_viz import __version__
from effnet_viz.command_line import engine, folder, photos, reports, structure, training
from effnet_viz.command_line.start import start_app
from effnet_viz.command_line.weights import weights

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
        bool,
        typer.Option(
            "--class", help="For thirty students: listens to the whole network, small uploads, opens no browser."
        ),
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
        raise typer.Exit(start_app(host, port, browser=browser, classroom=classroom))


for command in (
    structure.plan,
    structure.compare,
    photos.explain,
    reports.report,
    folder.folder,
    engine.profile,
    engine.export,
    training.train,
):
    cli.command()(command)
cli.add_typer(weights, name="weights")


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
    except OSError as error:
        said = f"{error.filename}: {error.strerror}." if error.filename and error.strerror else str(error)
        return _complain(said)
    except (ValueError, RuntimeError) as error:
        return _complain(str(error))
    except Exception as error:
        if not (hasattr(error, "exit_code") and hasattr(error, "format_message")):
            raise
        wrong = _in_its_words(error)
        if wrong:
            context = getattr(error, "ctx", None)
            _complain(f"{wrong}; see `{context.command_path if context else PROGRAM} --help`.")
        return int(error.exit_code)


def _in_its_words(error: Any) -> str:
    """What typer finds wrong, with the value, which it may leave out; empty where it has shown the help instead."""
    said = error.format_message().rstrip(".").replace("Value error, ", "")
    checked: list[Any] = getattr(error.__cause__, "errors", list)()  # Pydantic's, in newer typer
    given = [found["input"] for found in checked if repr(found["input"]) not in said]
    return f"{said}; it is {given[0]!r}" if given else said


def _complain(said: str) -> int:
    print(f"{PROGRAM}: {' '.join(said.split())}", file=sys.stderr)
    return 1
