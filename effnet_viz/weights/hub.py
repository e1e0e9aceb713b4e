"""One file from the Hugging Face hub into its usual cache; huggingface_hub resumes, locks and renames."""

from __future__ import annotations

import errno
import os
import re
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, LocalEntryNotFoundError
from tqdm import tqdm

from effnet_viz.weights.caches import hub_cache
from effnet_viz.weights.download import DownloadError, DownloadProgress, UnreachableError, file_sha256

# As it comes, 64 KB at most: before its 10 million bytes are here a slow line tells nothing, and keeps the file's lock
# long after whoever asked has left.
constants.DOWNLOAD_CHUNK_SIZE = None  # type: ignore[assignment]  # as httpx takes it
_TURN = 0.2  # seconds between two tellings: whoever is told can leave
_CANNOT_STORE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG}


def fetch_from_hub(repo_id: str, filename: str, progress: DownloadProgress | None = None) -> Path:
    """Download a file, or find it in the cache.

    Args:
        repo_id: repository, such as `timm/efficientnet_b0.ra_in1k`.
        filename: file in it.
        progress: told how far it is.

    Raises:
        DownloadError: no network, no such file, cut off, or a wrong hash.
    """
    endpoint = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    host = endpoint.split("//")[-1].rstrip("/")
    _check_reachable(endpoint, host)
    try:
        announced, path = _Download(repo_id, filename, endpoint).result(progress)
    except LocalEntryNotFoundError as error:  # what huggingface_hub raises when it reaches nobody
        raise UnreachableError(f"{host} cannot be reached; is this machine on the internet?") from error
    except (EntryNotFoundError, HfHubHTTPError) as error:
        status = getattr(getattr(error, "response", None), "status_code", 404)
        raise DownloadError(f"{host} answered {status} for {repo_id}/{filename}.") from error
    except OSError as error:
        if error.errno not in _CANNOT_STORE:
            raise DownloadError(_cut_off(repo_id, host)) from error
        raise DownloadError(f"{filename} of {repo_id} cannot be stored: {os.strerror(error.errno)}.") from error
    except Exception as error:  # its transport's errors differ from version to version
        raise DownloadError(_cut_off(repo_id, host)) from error
    if _is_sha256(announced) and file_sha256(path) != announced:
        path.resolve().unlink()
        path.unlink(missing_ok=True)
        raise DownloadError(
            f"What {host} sent for {repo_id} is not the file it announced (its SHA-256 differs), so it was deleted."
        )
    return path


def _cut_off(repo_id: str, host: str) -> str:
    return f"The download of {repo_id} from {host} was cut off. Try again: it continues where it stopped."


def _check_reachable(endpoint: str, host: str) -> None:
    """Without a network huggingface_hub tries again for most of a minute; one short question tells it at once."""
    try:
        urllib.request.urlopen(urllib.request.Request(endpoint, method="HEAD"), timeout=10).close()
    except urllib.error.HTTPError:
        return  # an answer, whatever it says
    except (urllib.error.URLError, TimeoutError) as error:
        if not isinstance(getattr(error, "reason", None), ssl.SSLError):  # huggingface_hub has certificates of its own
            raise UnreachableError(f"{host} cannot be reached; is this machine on the internet?") from error
    except OSError:
        return


def stated_sha256(path: Path) -> str:
    """The SHA-256 that the hub stated: large files are kept under it. Empty where files have other names."""
    name = path.resolve().name
    return name if _is_sha256(name) else ""


def _is_sha256(text: str) -> bool:
    return re.fullmatch("[0-9a-f]{64}", text) is not None


class _Left(BaseException):
    """Nobody waits for the download any more."""


class _Download:
    """A download in a thread of its own, since it hears nothing while its server is slow or another one has its lock.

    Args:
        repo_id: the repository.
        filename: file in it.
        endpoint: address of the hub.
    """

    def __init__(self, repo_id: str, filename: str, endpoint: str) -> None:
        self._wanted = repo_id, filename, endpoint
        self._here = self._total = 0
        self._left = False
        self._ended = threading.Event()
        self._result: tuple[str, Path] | BaseException = _Left()

    def result(self, progress: DownloadProgress | None) -> tuple[str, Path]:
        """The SHA-256 or other mark that the hub announces, and where the file lies.

        Args:
            progress: told how far it is, also while nothing comes; what it raises ends the download.
        """
        threading.Thread(target=self._run, name="hub download", daemon=True).start()
        try:
            while not self._ended.wait(_TURN):
                self._tell(progress)
            self._tell(progress if self._total else None)
        except BaseException:
            self._left = True
            raise
        if isinstance(self._result, BaseException):
            raise self._result
        return self._result

    def _tell(self, progress: DownloadProgress | None) -> None:
        if progress:
            progress(self._here, self._total)

    def _run(self) -> None:
        repo_id, filename, endpoint = self._wanted
        try:
            announced = get_hf_file_metadata(hf_hub_url(repo_id, filename, endpoint=endpoint)).etag or ""
            path = hf_hub_download(
                repo_id, filename, cache_dir=hub_cache(), endpoint=endpoint, tqdm_class=_reporter(self._came)
            )
            self._result = announced, Path(path)
        except BaseException as error:  # noqa: BLE001 - it is raised where somebody waits
            self._result = error
        finally:
            self._ended.set()

    def _came(self, here: int, total: int) -> None:
        if self._left:
            raise _Left
        self._here, self._total = here, total


def _reporter(came: Callable[[int, int], None]) -> type[tqdm]:
    """A progress bar that draws nothing and tells a function instead."""

    class Reporter(tqdm):  # type: ignore[misc]  # tqdm has no types
        def __init__(self, *args: Any, **options: Any) -> None:
            options.pop("name", None)
            super().__init__(*args, **options | {"disable": True})

        def update(self, n: float | None = 1) -> None:
            self.n += n or 0
            came(int(self.n), int(self.total or 0))

    return Reporter
