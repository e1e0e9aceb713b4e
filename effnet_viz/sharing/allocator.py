"""The C library's memory: how it is taken, and how what is free goes back to the system."""

from __future__ import annotations

import ctypes
import sys

ARENAS = 2  # with the default, eight a core, freed memory of ended threads is never used again
LARGE = 2**20  # bytes; blocks of that size go back as soon as they are freed
_M_ARENA_MAX, _M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -8, -1, -3  # malloc.h


def keep_little() -> None:
    """From now on keep as little freed memory as the library can, for a process that lives long with many threads."""
    if (library := _c_library()) is not None:
        library.mallopt(_M_ARENA_MAX, ARENAS)
        library.mallopt(_M_MMAP_THRESHOLD, LARGE)
        library.mallopt(_M_TRIM_THRESHOLD, LARGE)


def trim() -> None:
    """Hand all free memory to the system."""
    if (library := _c_library()) is not None:
        library.malloc_trim(0)


def freed() -> int:
    """Bytes that the program has given back to the library, those included that `trim` has handed on; 0 if unknown."""
    library = _c_library()
    if library is None or not hasattr(library, "mallinfo2"):  # before glibc 2.33
        return 0
    library.mallinfo2.restype = _MallocInfo
    return library.mallinfo2().fordblks


class FreedSinceTrim:
    """Watches what was given back since the last trim, and trims when it is worth it.

    Args:
        worth: bytes.
    """

    def __init__(self, worth: int) -> None:
        self._worth, self._least = worth, freed()

    def look(self) -> bool:
        """Trim if it is worth it; returns whether it was."""
        now = freed()
        self._least = min(self._least, now)
        if now - self._least < self._worth:
            return False
        trim()
        self._least = freed()
        return True


_INFO = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"


class _MallocInfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in _INFO.split()]


def _c_library() -> ctypes.CDLL | None:
    """The GNU C library; None on other systems, whose allocators give memory back by themselves."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
