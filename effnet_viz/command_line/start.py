"""The app started from the command line."""

from __future__ import annotations

import socket

from effnet_viz.home import HOME

EVERYWHERE = "0.0.0.0"  # noqa: S104 - a class is let in on purpose
CLASS_UPLOAD_MB = 50  # a photo of any phone, or a checkpoint of B4: thirty uploads at once fit into 1.5 GB


def start_app(host: str, port: int, *, browser: bool, classroom: bool) -> int:
    """Serve the app until it is stopped.

    The settings in `.streamlit/config.toml` hold for all: no file watcher, no developer's toolbar, no questions.

    Args:
        host: address to listen at; for a class, all of them.
        port: port to listen at.
        browser: whether a browser opens; for a class never.
        classroom: whether many come from other machines.

    Returns:
        The exit status.
    """
    from streamlit.web import cli

    words = [str(HOME / "app.py"), f"--server.port={port}"]
    if classroom:
        words += [f"--server.address={EVERYWHERE}", f"--server.maxUploadSize={CLASS_UPLOAD_MB}"]
        words += ["--server.headless=true", "--logger.hideWelcomeMessage=true"]
        print(f"The class opens http://{_own_address()}:{port} in a browser. Ctrl+C ends.", flush=True)
    else:
        words += [f"--server.address={host}", f"--server.headless={str(not browser).lower()}"]
    result = cli.main(["run", *words], prog_name="streamlit", standalone_mode=False)
    return int(result or 0)


def _own_address() -> str:
    """The address at which others on the network reach this machine; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address that is nobody's (RFC 5737); only the way there is looked up
            return str(probe.getsockname()[0])
        except OSError:  # no network
            return socket.gethostname()
