"""One file from a web server: to a temporary name, resumed where it was cut off, hash checked, renamed at the end."""

from __future__ import annotations

import hashlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

DownloadProgress = Callable[[int, int], None]
"""Called with the bytes that are here and the bytes in all (0 while unknown)."""

_CHUNK = 2**18  # bytes
_TURN = 0.2  # seconds between two looks whether another download of the same file has ended
_TIMEOUT = 20.0  # seconds of silence after which the server is given up


class DownloadError(RuntimeError):
    """Weights could not be downloaded, said in one or two plain sentences."""


class UnreachableError(DownloadError):
    """No server answered: this machine is probably not connected."""


def download(
    url: str, path: Path, *, sha256: str = "", progress: DownloadProgress | None = None, timeout: float = _TIMEOUT
) -> Path:
    """Bring a file to `path`, which appears only when it is complete and its hash is right.

    What a broken or killed download left behind is continued by the next one.

    Args:
        url: address of the file.
        path: where it is to lie.
        sha256: how its SHA-256 starts; empty to accept any.
        progress: told how far it is.
        timeout: seconds of silence after which the server is given up.

    Raises:
        DownloadError: no network, no such file, cut off, a wrong hash, or no space.
    """
    partial = path.with_name(f"{path.name}.partial")
    host = urllib.request.Request(url).host
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_name(f".{path.name}.lock"))  # two visitors of the app may ask for the same file
        _take_turn(lock, partial, progress)
        try:
            if not path.exists():
                _fetch(url, partial, progress, timeout)
                _finish(partial, path, sha256, host)
        finally:
            lock.release()
    except urllib.error.HTTPError as error:
        raise DownloadError(f"{host} answered {error.code} ({error.reason}) for {path.name}.") from error
    except urllib.error.URLError as error:
        raise UnreachableError(
            f"{host} cannot be reached; is this machine on the internet? ({error.reason})"
        ) from error
    except TimeoutError as error:
        raise DownloadError(
            f"{host} has sent nothing for {timeout:g} seconds. Try again: the download continues where it stopped."
        ) from error
    except (http.client.HTTPException, ConnectionError) as error:
        raise DownloadError(
            f"The connection to {host} was cut off. Try again: the download continues where it stopped."
        ) from error
    except OSError as error:
        raise DownloadError(f"{path.name} cannot be stored: {error.strerror or error}.") from error
    return path


def _take_turn(lock: FileLock, partial: Path, progress: DownloadProgress | None) -> None:
    """Wait for whoever downloads the same file, and tell how far that is: whoever waits can stop there."""
    while True:
        try:
            lock.acquire(timeout=_TURN)
        except Timeout:
            if progress:
                progress(partial.stat().st_size if partial.exists() else 0, 0)
        else:
            return


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _finish(partial: Path, path: Path, sha256: str, host: str) -> None:
    """Only a file with the right hash gets its name."""
    if not file_sha256(partial).startswith(sha256):
        partial.unlink()
        raise DownloadError(
            f"What {host} sent for {path.name} is not the published file (its SHA-256 differs), so it was deleted."
        )
    partial.replace(path)


def _fetch(url: str, partial: Path, progress: DownloadProgress | None, timeout: float) -> None:
    here = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(url, headers={"User-Agent": "effnet-viz"})
    if here:
        request.add_header("Range", f"bytes={here}-")
    try:
        response = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        if error.code != 416 or not here:  # 416: nothing lies beyond what is here
            raise
        error.close()
        if error.headers.get("Content-Range", "").rpartition("/")[2] != str(here):
            partial.unlink()
            _fetch(url, partial, progress, timeout)
        return
    with response:
        if response.status != 206:
            here = 0
        announced = response.headers.get("Content-Length", "")
        total = here + (int(announced) if announced.isascii() and announced.isdigit() else 0)
        with partial.open("ab" if here else "wb") as file:
            told, when = here, 0.0
            while chunk := response.read1(_CHUNK):  # what has come: of a byte a second, 256 KB would take three days
                file.write(chunk)
                here += len(chunk)
                if progress and (here - told >= _CHUNK or here == total or time.monotonic() - when >= _TURN):
                    progress(here, max(total, here))
                    told, when = here, time.monotonic()
        if here < total:
            raise ConnectionError(f"{here} of {total} bytes")
