"""What a file that is not a readable picture seems to be, and what to do about it."""

from __future__ import annotations

_REMEDY = "save it as JPEG or PNG and open that"

_PICTURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
}

_OTHERS = {
    b"%PDF": "is a PDF document, which cannot be read here: save its picture as JPEG or PNG and open that",
    b"PK\x03\x04": "is a ZIP archive: unpack it and open a picture from it",
    b"8BPS": f"is a Photoshop file, which cannot be read here: {_REMEDY}",
    b"\0\0\0\x0cjP  ": f"is a JPEG 2000 picture, which cannot be read here: {_REMEDY}",
    b"\0\0\0\x0cJXL ": f"is a JPEG XL picture, which cannot be read here: {_REMEDY}",
    b"\xff\x0a": f"is a JPEG XL picture, which cannot be read here: {_REMEDY}",
    b"\0\0\x01\0": f"is an ICO icon, which cannot be read here: {_REMEDY}",
    b"\x1aE\xdf\xa3": "is a video: save one of its frames as JPEG or PNG and open that",
}

_BRANDS = {"HEIC": (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "AVIF": (b"avif", b"avis")}
"""ISO base media files tell what they hold in bytes 8 to 12."""


def why_unreadable(data: bytes) -> str:
    """The rest of a sentence that starts with the file's name: what the bytes seem to be, and the remedy."""
    for start, reason in _OTHERS.items():
        if data.startswith(start):
            return reason
    if data[4:8] == b"ftyp":
        for kind, brands in _BRANDS.items():
            if data[8:12] in brands:
                return f"is a picture in the {kind} format, which cannot be read here: {_REMEDY}"
        return "is a video: save one of its frames as JPEG or PNG and open that"
    for start, kind in _PICTURES.items():
        if data.startswith(start):
            return f"starts like a {kind} picture, but its header is damaged: copy or download it again"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "starts like a WebP picture, but its header is damaged: copy or download it again"
    return _text(data[:4096]) or "is not a picture that can be read: choose a JPEG, PNG, WebP, GIF, BMP or TIFF file"


def _text(beginning: bytes) -> str | None:
    text = beginning.decode("utf-8", errors="ignore").lstrip("\ufeff \t\r\n").lower()
    if "<svg" in text:
        return f"is an SVG drawing, which cannot be read here: {_REMEDY}"
    if text.startswith(("<!doctype html", "<html")):
        return "is a web page, not a picture: save the picture itself and open that"
    if text and all(character.isprintable() or character in "\t\r\n\f" for character in text):
        return "is a text file, not a picture: choose a JPEG, PNG, WebP, GIF, BMP or TIFF file"
    return None
