"""The SE page: photos against each other; the gates of a block as a heat map, however many photos there are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st
from numpy import ndarray

from effnet_viz.draw.comparison_charts import SERIES, agreement_along_depth, mean_gate_profiles
from effnet_viz.draw.side_by_side_charts import distance_from_usual, gates_by_row, likeness
from effnet_viz.explain import Capture, Model
from effnet_viz.explain.gate_statistics import agreement, correlations, moving_channels, order_of_likeness
from effnet_viz.images import Photo
from effnet_viz.ui.se_attention.compared_photos import OWN, all_photos, photo_named, upload_photos
from effnet_viz.ui.se_attention.groups_compared import compare_groups
from effnet_viz.ui.se_attention.side_by_side import COLUMNS, run_all, thumbnails
from effnet_viz.ui.se_attention.telling import tell_apart
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.url_pickers import choose, choose_some

MOST_LINES = len(SERIES)  # photos; more are heat maps


def compare_photos(model: Model, photo: Photo, run: Capture, block: str) -> None:
    """Two photos or more, or groups of them.

    Args:
        model: the network.
        photo: the photo that was chosen for all pages.
        run: the network's run on it.
        block: id of the chosen block.
    """
    upload_photos()
    way = choose(
        st.segmented_control,
        "Compare",
        {"photos": "Photos", "groups": "Groups", "answers": "Groups by the network's answer"},
        key="photos_or_groups",
        default="photos",
        required=True,
    )
    if way == "photos":
        _photos(model, photo, run, block)
    else:
        compare_groups(model, run, block, by_answer=way == "answers")


def _photos(model: Model, photo: Photo, run: Capture, block: str) -> None:
    photos = _chosen_photos(model, photo)
    if len(photos) < 2:
        st.info("Choose one more photo: a comparison needs two.")
        return
    runs = run_all(model, run, list(photos.values()))
    if runs is None:
        return
    gates = dict(zip(photos, runs, strict=True))
    few = len(photos) <= MOST_LINES
    thumbnails(photos, SERIES if few else ())
    left, right = st.columns(2, gap="medium")
    with left:
        if few:
            st.markdown("**Mean gate of each block**")
            chart, alt = mean_gate_profiles(gates), "Mean gate along the depth, one line for each photo"
        else:
            st.markdown("**Which photo is unusual, and in which blocks**")
            chart, alt = distance_from_usual(gates), "How far each photo's gates lie from the photos' mean"
        show_chart(st, spec=chart, key="profiles", alt=alt)
    with right:
        if not few:
            _likeness(gates, block)
    with right if few else left:
        st.markdown("**How alike the photos' gates are**")
        alike = agreement(runs)
        show_chart(
            st,
            spec=agreement_along_depth(alike),
            key="photo_agreement",
            alt=f"Correlation of the photos' gates, from {alike[0].correlation:.2f} in block "
            f"{alike[0].block} to {alike[-1].correlation:.2f} in block {alike[-1].block}",
        )
    _channels({name: values[block] for name, values in gates.items()}, block)
    tell_apart(model, {name: [other] for name, other in photos.items()})


def _chosen_photos(model: Model, photo: Photo) -> dict[str, Photo]:
    """The compared photos by their titles, and the chosen one."""
    offered = all_photos(model)
    mine = [name for name in offered if name.startswith(OWN)]
    names = choose_some(
        "Photos to compare",
        offered,
        key="photos",
        default=mine if len(mine) > 1 else list(offered)[:4],
        limit=len(offered),
    )
    photos = {offered[name]: photo_named(model, name) for name in names}
    if photo.digest not in {other.digest for other in photos.values()}:
        photos = {f"{photo.name} (chosen)": photo} | photos
    return photos


def _channels(photos: Mapping[str, ndarray], block: str) -> None:
    """The gates of the chosen block on every photo."""
    st.markdown(f"**Block {block}, channel by channel**")
    stack = np.stack(list(photos.values()))
    names = list(photos)
    rows = {names[index]: stack[index] for index in order_of_likeness(stack)}
    shown = moving_channels(stack, COLUMNS)
    show_chart(
        st, spec=gates_by_row(rows, shown, "Photo"), key="photo_gates", alt=f"Gates of block {block} for each photo"
    )
    note(
        f"The {len(shown)} gates of the block that differ most between these photos. Photos that open the same gates "
        "stand near each other, and so do gates that open for the same photos. Correlation 1: the gates put the "
        "channels in the same order for all photos. The lower it is, the more the gates depend on the photo."
    )


def _likeness(gates: Mapping[str, Mapping[str, ndarray]], block: str) -> None:
    """Every pair of photos, those side by side that open the same gates."""
    stack = np.stack([values[block] for values in gates.values()])
    order = order_of_likeness(stack)
    names = list(gates)
    st.markdown(f"**Which photos block {block} treats alike**")
    show_chart(
        st,
        spec=likeness([names[index] for index in order], correlations(stack)[np.ix_(order, order)]),
        key="likeness",
        alt=f"Correlation of the gates of block {block} for each pair of {len(names)} photos",
    )
