"""Map of photos: near each other where the classifier gets alike vectors; and where the network looks in them."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy import ndarray

from effnet_viz.draw.feature_pictures import Sheet
from effnet_viz.draw.folder_pictures import looks_sheet, seen_square
from effnet_viz.draw.numbers import percent
from effnet_viz.draw.palette import BLUE, GREEN, GREY, ORANGE, PINK, RED
from effnet_viz.folder.photo_map import cam_clusters, map_of_photos
from effnet_viz.folder.statistics import near_duplicates
from effnet_viz.ui.folder.one_photo import show_photo
from effnet_viz.ui.folder.seen import Seen
from effnet_viz.ui.folder.sheets import sheet_of, thumbnail
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.photo_points import PhotoPoint, photo_points
from effnet_viz.ui.widgets.table_data import table_of
from effnet_viz.ui.widgets.url_pickers import choose

COLOURS = (BLUE, ORANGE, PINK, GREEN)  # of the groups by where the network looks
GRID = (20, 11)  # one picture in each cell of the map, so that they do not lie over each other
SHARP = 96  # pixels of a picture that is shown large
EXAMPLES = 5  # photos of a group that are nearest to its middle
PAIRS = 12
LOOKS, RIGHT = "looks", "right"


def photo_map(seen: Seen) -> None:
    """Photos as points, and the groups of their Grad-CAM maps.

    Args:
        seen: the photos.
    """
    count = len(seen.answer)
    if count < 3:
        note("A map needs at least three photos.")
        return
    points, groups = _map(seen.key, seen)
    by = LOOKS
    if (seen.label >= 0).any():
        titles = {LOOKS: "Where the network looks", RIGHT: "Right or wrong"}
        by = choose(st.segmented_control, "Colours", titles, key="many_colour", default=LOOKS, required=True)
    shown = _in_cells(points)
    sheet = sheet_of(seen, shown, SHARP)
    places = dict(zip(shown, sheet.places, strict=True))
    colours, titles = _colours(seen, groups, by), _titles(seen, groups)
    picked = photo_points(
        "many_map",
        sheet.png,
        [
            PhotoPoint(x=x, y=y, colour=colour, title=title, place=places.get(at))
            for at, ((x, y), colour, title) in enumerate(zip(points.tolist(), colours, titles, strict=True))
        ],
        f"{count} photos as points; photos with alike vectors lie near each other",
    )
    dots = f" Dots are photos that have no room for a picture ({count - len(shown):,})." if count > len(shown) else ""
    note(
        "Two principal components of the vectors that the classifier gets: the two directions in which these photos "
        f"differ most. They differ in other directions too, so near points need not be alike.{dots} "
        + ("Green: right, red: wrong, grey: without a label." if by == RIGHT else "Colours: the groups below.")
    )
    _where_it_looks(seen, groups)
    _nearly_the_same(seen)
    if picked is not None:
        show_photo(seen, picked)


@kept
def _map(key: str, _seen: Seen) -> tuple[ndarray, ndarray]:
    """Coordinates from 0 to 1, and the group of each photo's map."""
    points = map_of_photos(_seen.rows)
    low, high = points.min(axis=0), points.max(axis=0)
    return (points - low) / np.where(high > low, high - low, 1), cam_clusters(_seen.rows, len(COLOURS))


def _in_cells(points: ndarray) -> list[int]:
    """The first photo in each cell of a grid over the map."""
    cells = np.minimum((points * GRID).astype(int), np.array(GRID) - 1)
    _, first = np.unique(cells[:, 0] * GRID[1] + cells[:, 1], return_index=True)
    return [int(at) for at in np.sort(first)]


def _colours(seen: Seen, groups: ndarray, by: str) -> list[str]:
    if by == LOOKS:
        return [COLOURS[group] for group in groups]
    return [GREY if label < 0 else RED if wrong else GREEN for label, wrong in zip(seen.label, seen.wrong, strict=True)]


def _titles(seen: Seen, groups: ndarray) -> list[str]:
    """What is said of each photo, one after the other."""
    told = zip(seen.names, seen.answer, seen.probability, seen.label, seen.wrong, groups, strict=True)
    return [
        f"{name}\n{seen.class_name(answer)}, {percent(probability)}"
        + (f"\nin truth {seen.class_name(label)}" if wrong else "")
        + f"\nlooks: group {group + 1}"
        for name, answer, probability, label, wrong, group in told
    ]


def _where_it_looks(seen: Seen, groups: ndarray) -> None:
    """Each group's mean map, and the photos that are most like it."""
    st.markdown("**Where the network looks: photos in groups of alike Grad-CAM maps**")
    sizes = np.bincount(groups, minlength=len(COLOURS))
    sheet, positions = _looks(seen.key, seen, groups)
    which = 0
    for group, members in enumerate(positions):
        photos = f"{sizes[group]:,} photo{'' if sizes[group] == 1 else 's'}"
        words = [(f"Group {group + 1}", photos, f"Mean map of group {group + 1}")]
        for at in members:
            name = seen.class_name(int(seen.column("chosen")[at]))
            words.append((name, seen.name(at), f"{seen.name(at)}: Grad-CAM of {name}"))
        pick_tile(
            f"many_looks_{group}",
            sheet.png,
            [
                Tile(place=place, label=label, note=small, title=title, colour=COLOURS[group])
                for (label, small, title), place in zip(words, sheet.places[which:], strict=False)
            ],
            f"Group {group + 1}: its mean map, and photos with a map like it",
            side=104,
            row=True,
            smooth=True,
        )
        which += len(words)
    note(
        "Each row begins with the group's mean map and goes on with the photos nearest to it, each with its own map. "
        "Maps are compared by where they are bright, not by how bright they are. A group of photos of one class at "
        "which the network looks elsewhere than at the object is a sign that it learned something else."
    )


@kept
def _looks(key: str, _seen: Seen, _groups: ndarray) -> tuple[Sheet, list[list[int]]]:
    shape = _seen.rows.shapes[_seen.rows.head][1:]
    maps = np.maximum(_seen.column("cam").astype(np.float64), 0)
    maps = maps / np.maximum(np.linalg.norm(maps, axis=1, keepdims=True), 1e-12)
    examples, squares, shown = [], [], []
    for group in range(int(_groups.max()) + 1):
        members = np.flatnonzero(_groups == group)
        mean = maps[members].mean(axis=0)
        nearest = members[np.argsort(np.linalg.norm(maps[members] - mean, axis=1), kind="stable")][:EXAMPLES]
        examples.append([int(at) for at in nearest])
        squares += [None, *(seen_square(thumbnail(_seen, int(at)), _seen.model.preprocessing) for at in nearest)]
        shown += [mean.reshape(shape), *(maps[at].reshape(shape) for at in nearest)]
    return looks_sheet(squares, shown), examples


def _nearly_the_same(seen: Seen) -> None:
    pairs = _duplicates(seen.key, seen)
    if pairs:
        st.markdown("**Nearly the same photo twice?** These pairs have almost the same vector.")
        st.dataframe(
            table_of(
                {"One": seen.name(one), "Other": seen.name(other), "Cosine": round(alike, 3)}
                for one, other, alike in pairs[:PAIRS]
            ),
            hide_index=True,
            alt="Pairs of photos that are nearly the same",
        )


@kept
def _duplicates(key: str, _seen: Seen) -> list[tuple[int, int, float]]:
    return near_duplicates(_seen.rows)
