"""What the comparison of photos and that of groups share: a run on each photo, and the photos in small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from numpy import ndarray
from PIL import Image, ImageOps

from effnet_viz.draw.feature_pictures import Place
from effnet_viz.draw.maps import png
from effnet_viz.explain import Capture, Model
from effnet_viz.images import Photo
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.session.gates_seen import gates_are_here, gates_of
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.pass_times import seconds_a_photo
from effnet_viz.ui.widgets.slow_work import on_request

COLUMNS = 50  # gates of a heat map
THUMBNAIL = 96
Gates = Mapping[str, ndarray]


def run_all(model: Model, run: Capture, photos: Sequence[Photo]) -> list[Gates] | None:
    """The gates of each photo; None until a slow network was asked to.

    Args:
        model: the network.
        run: the network's run on a photo.
        photos: the photos.
    """

    def work(progress) -> list[Gates]:
        gates = []
        for done, photo in enumerate(photos, start=1):
            gates.append(gates_of(model, photo).gates)
            progress(done / len(photos))
        return gates

    new = sum(not gates_are_here(model, photo) for photo in photos)
    return on_request(
        ("gates of photos", model.key, tuple(photo.digest for photo in photos)),
        lambda: new * seconds_a_photo(model, photos[0]) if new else 0.0,
        work,
        label="Run the network on all photos",
        name="compared",
    )


def thumbnails(photos: Mapping[str, Photo], colours: Sequence[str]) -> None:
    """The compared photos in small: a grid in the colours of their lines, or one row where they have none.

    Args:
        photos: name to photo.
        colours: of their lines, in the same order.
    """
    sheet = _thumbnail_sheet(tuple(photo.digest for photo in photos.values()), list(photos.values()))
    pick_tile(
        "compared_thumbnails",
        sheet,
        [
            Tile(
                place=Place(x=index * THUMBNAIL, y=0, width=THUMBNAIL, height=THUMBNAIL),
                label=name,
                colour=colours[index] if colours else "",
            )
            for index, name in enumerate(photos)
        ],
        "The photos that are compared",
        side=THUMBNAIL,
        row=not colours,
        smooth=True,
    )


@kept
def _thumbnail_sheet(digests: tuple[str, ...], _photos: list[Photo]) -> bytes:
    sheet = Image.new("RGB", (THUMBNAIL * len(_photos), THUMBNAIL))
    for index, photo in enumerate(_photos):
        sheet.paste(ImageOps.fit(photo.image, (THUMBNAIL, THUMBNAIL)), (index * THUMBNAIL, 0))
    return png(sheet)
