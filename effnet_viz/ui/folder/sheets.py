"""Small pictures of many photos, made once: from the rows, so that no photo has to be opened for them."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

from effnet_viz.draw.feature_pictures import Sheet
from effnet_viz.draw.folder_pictures import SIDE, gate_squares, seen_square, squares_sheet
from effnet_viz.explain import GateEvidence
from effnet_viz.images import PhotoError, open_photo
from effnet_viz.ui.folder.seen import Seen
from effnet_viz.ui.session.byte_cache import kept

GREY = (128, 128, 128)


def sheet_of(seen: Seen, positions: Sequence[int], side: int = SIDE) -> Sheet:
    """What the network sees of some photos, as squares on one sheet.

    Args:
        seen: the photos.
        positions: which of them, at least one.
        side: of a square, in pixels.
    """
    return _sheet(seen.key, tuple(positions), side, seen)


def thumbnail(seen: Seen, position: int) -> Image.Image:
    """The whole photo, small; a grey square where a rows file from outside holds none.

    Args:
        seen: the photos.
        position: of the photo.
    """
    content = seen.thumbnails()[position]
    if seen.collection.root is not None and content:  # made here
        image = Image.open(io.BytesIO(content))
        image.load()
        return image.convert("RGB")
    try:
        return open_photo(content or b"").image
    except PhotoError:
        return Image.new("RGB", (SIDE, SIDE), GREY)


@kept
def _sheet(key: str, positions: tuple[int, ...], side: int, _seen: Seen) -> Sheet:
    preprocessing = _seen.model.preprocessing
    return squares_sheet([seen_square(thumbnail(_seen, position), preprocessing, side) for position in positions])


@kept
def gate_sheet(
    model_key: str,
    block: str,
    channel: int,
    digests: tuple[str, ...],
    _maps: Sequence[GateEvidence],
    _seen: Seen,
    _positions: Sequence[int],
) -> Sheet:
    """What opens and closes one gate on some photos, as squares on one sheet.

    Args:
        model_key: stands for the network.
        block: id of the gate's block.
        channel: the gate.
        digests: stand for the photos.
        _maps: the gate's evidence on each of them.
        _seen: where the photos are.
        _positions: which of these they are.
    """
    return gate_squares(_maps, [thumbnail(_seen, at) for at in _positions], _seen.model.preprocessing)
