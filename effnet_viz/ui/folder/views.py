"""What can be seen in many photos: their answers, what excites a channel, which are alike, how good the answers are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from PIL import Image

from effnet_viz.draw.folder_charts import accuracy_bars, photo_map_chart
from effnet_viz.draw.maps import png
from effnet_viz.draw.network_words import whole_picture_reaches
from effnet_viz.explain import Model
from effnet_viz.folder import Rows
from effnet_viz.folder.exciters import exciters
from effnet_viz.folder.photo_map import cam_clusters, map_of_photos
from effnet_viz.folder.statistics import accuracy_by_class, calibration, confusion, correct, gate_statistics, worst
from effnet_viz.images import open_photo
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.pictures import show_picture
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.url_pickers import choose, choose_channel, choose_page

ON_A_PAGE, COLUMNS = 24, 6
TILE, SMALL = 160, 56  # pixels
GROUPS = 4
MOST_POINTS = 400  # thumbnails on the map: more would not be told apart, and are slow to draw


def readable(rows: Rows) -> list[str]:
    """Paths of the photos that could be read, in the order of the rows."""
    return [path for path, good in zip(rows.words("path"), rows.good, strict=True) if good and path]


def answers(rows: Rows) -> None:
    """All photos with their answers, and the files that cannot be read."""
    paths, top = readable(rows), rows.numbers("top_index")
    probability = rows.numbers("top_probability")
    labelled, right = correct(rows)
    order = choose(
        st.segmented_control,
        "Order",
        {"given": "As they came", "unsure": "Least sure first", "wrong": "Wrong ones first"}
        if labelled.any()
        else {"given": "As they came", "unsure": "Least sure first"},
        key="many_order",
        default="given",
        required=True,
    )
    positions = list(range(len(paths)))
    if order == "unsure":
        positions.sort(key=lambda at: probability[at, 0])
    elif order == "wrong":
        positions = worst(rows, len(paths)) + [at for at in positions if right[at] or not labelled[at]]
    words = []
    for at in positions:
        mark = "" if not labelled[at] else ":material/check: " if right[at] else ":material/close: "
        words.append(f"{mark}{_class_name(rows, top[at, 0])}, {probability[at, 0]:.0%}")
    pages = -(-len(paths) // ON_A_PAGE)
    shown = (choose_page(pages, key="many_page") - 1) * ON_A_PAGE if pages > 1 else 0
    _tiles([paths[at] for at in positions[shown : shown + ON_A_PAGE]], words[shown : shown + ON_A_PAGE])
    errors = [(path, error) for path, error in zip(rows.words("path"), rows.words("error"), strict=True) if error]
    if errors:
        st.markdown(f"**{len(errors):,} files cannot be read**")
        st.dataframe(
            [{"File": Path(path or "").name, "What is wrong": error} for path, error in errors],
            hide_index=True,
            alt="Files that cannot be read",
        )


def channel(model: Model, rows: Rows) -> None:
    """The photos that excite a channel most, each cut to what the cell of its maximum can see.

    Args:
        model: the network.
        rows: of the photos of a collection, made by this network.
    """
    titles = {block: f"Block {block}" for block in rows.shapes}
    titles |= {"1": "Stem", rows.head: "Final convolution"}
    left, right = st.columns(2)
    with left:
        block = choose(st.selectbox, "Block", titles, key="block", default="6.2" if "6.2" in titles else rows.head)
    with right:
        number = choose_channel("Channel", rows.shapes[block][0], 17 if rows.shapes[block][0] > 17 else 0)
    paths = readable(rows)
    strongest = exciters(model, rows, block, number)
    st.markdown(f"**The {len(strongest)} photos in which channel {number} of block {block} is most active.**")
    _tiles(
        [paths[exciter.position] for exciter in strongest],
        [f"{exciter.value:.2f}, {_plain(Path(paths[exciter.position]).stem)}" for exciter in strongest],
        [exciter.box for exciter in strongest],
    )
    note(
        "Each picture is what one cell of the map can see through convolutions: the one with the largest value, "
        "which is written under it."
        + (
            " Through squeeze and excitation it also depends on the whole photo."
            if whole_picture_reaches(model.spec, block)
            else ""
        )
    )
    if block in rows.gated_blocks:
        gates = gate_statistics(rows, block)
        most = int(gates.deviation.argmax())
        note(
            f"Block {block} has {len(gates.mean):,} gates. Over these {len(paths):,} photos gate {most} moves most "
            f"(mean {gates.mean[most]:.2f}, standard deviation {gates.deviation[most]:.2f}); "
            f"{gates.saturated.mean():.0%} of all gate values lie under 0.1 or over 0.9. The page SE attention shows "
            f"which places of one photo open or close a gate."
        )


def alike(rows: Rows) -> None:
    """Photos as points: near each other where the classifier gets alike vectors."""
    paths = readable(rows)
    if len(paths) < 3:
        note("A map needs at least three photos.")
        return
    points, groups = map_of_photos(rows), cam_clusters(rows, GROUPS)
    top, probability = rows.numbers("top_index")[:, 0], rows.numbers("top_probability")[:, 0]
    values = [
        {
            "x": float(points[at, 0]),
            "y": float(points[at, 1]),
            "image": _address(paths[at]),
            "photo": Path(paths[at]).stem[-40:],
            "answer": f"{_class_name(rows, top[at])}, {probability[at]:.0%}",
            "looks": f"group {groups[at] + 1}",
        }
        for at in range(min(len(paths), MOST_POINTS))
    ]
    show_chart(
        st, spec=photo_map_chart(values), width="stretch", alt="Each photo is a point; similar ones are near each other"
    )
    note(
        "Two principal components of the vectors that the classifier gets: the two directions in which these photos "
        "differ most. They differ in other directions too, so near points need not be alike. A frame's "
        "colour is the group of their Grad-CAM maps: in photos of one group it lies in about the same places."
    )


def labels(rows: Rows) -> None:
    """How good the answers are, where the photos' folders name classes."""
    entries = accuracy_by_class(rows)
    if not entries:
        st.info(
            "These photos have no labels. Put the photos of each class into a folder with its name, on the server or "
            "for the command `effnet-viz folder`. Then the accuracy of every class is shown here.",
            icon=":material/label:",
        )
        return
    labelled, right = correct(rows)
    known = calibration(rows)
    with st.container(horizontal=True):
        st.metric("Right", f"{right[labelled].mean():.1%}", help=f"{int(right.sum()):,} of {int(labelled.sum()):,}")
        st.metric(
            "Calibration error",
            f"{known.error:.1%}",
            help="How far the stated probabilities are from the share of right answers, on average",
        )
    bars = [
        {"class": _class_name(rows, entry.index), "right": entry.right, "photos": entry.photos} for entry in entries
    ]
    show_chart(st, spec=accuracy_bars(bars), width="stretch", alt="Share of right answers by class")
    mistakes = [(pair, count) for pair, count in confusion(rows).items() if pair[0] != pair[1]]
    if mistakes:
        st.markdown("**Which class is mistaken for which**")
        st.dataframe(
            [
                {"Label": _class_name(rows, a), "Answer": _class_name(rows, b), "Photos": count}
                for (a, b), count in mistakes[:50]
            ],
            hide_index=True,
            alt="Labels and the wrong answers they got",
        )


def _tiles(
    paths: Sequence[str], words: Sequence[str], crops: Sequence[tuple[int, int, int, int]] | None = None
) -> None:
    for start in range(0, len(paths), COLUMNS):
        for offset, column in enumerate(st.columns(COLUMNS)):
            at = start + offset
            if at < len(paths):
                name = Path(paths[at]).stem
                show_picture(
                    _thumbnail(paths[at], crops[at] if crops else None, TILE),
                    alt=f"{name}: {words[at]}",
                    width="content",
                    place=column,
                )
                column.caption(as_markdown(words[at]))


def _thumbnail(path: str, box: tuple[int, int, int, int] | None, side: int) -> bytes:
    """A photo, or the piece of it in a box, as a square that shows all of it."""
    return _square(path, Path(path).stat().st_mtime_ns, box, side)


@kept
def _square(path: str, written_at: int, box: tuple[int, int, int, int] | None, side: int) -> bytes:
    image = open_photo(path).image
    image = image.crop(box) if box else image.copy()
    scale = side / max(image.size)
    image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    square = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return png(square)


def _address(path: str) -> str:
    import base64

    return "data:image/png;base64," + base64.b64encode(_thumbnail(path, None, SMALL)).decode()


def _class_name(rows: Rows, index: int) -> str:
    """A class's name in short: the first of ImageNet's synonyms, all of what a drawn picture shows."""
    name = rows.class_names[index]
    return _plain(name if rows.about["spec"]["family"] == "shapes" else name.partition(",")[0])


def _plain(name: str) -> str:
    """Words from outside without the signs of Markdown, at most 40 characters."""
    return name.translate(str.maketrans("", "", "*_`[]()<>#$:\\")).strip()[:40]
