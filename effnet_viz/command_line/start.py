"""The app started from the command line."""

from __future__ import annotations

from effnet_viz.home import HOME


def start_app(host: str, port: int, browser: bool) -> int:
    """Serve the app until it is stopped.

    Args:
        host: address to listen at.
        port: port to listen at.
        browser: whether a browser opens.

    Returns:
        The exit status.
    """
    from streamlit.web import cli

    words = [str(HOME / "app.py"), f"--server.address={host}", f"--server.port={port}"]
    result = cli.main(
        ["run", *words, f"--server.headless={str(not browser).lower()}"], prog_name="streamlit", standalone_mode=False
    )
    return int(result or 0)
