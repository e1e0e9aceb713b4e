"""The SE page: groups of photos against each other, by name, by class, or by the network's own answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from effnet_viz.draw.comparison_charts import contrast_along_depth
from effnet_viz.draw.side_by_side_charts import gates_by_row
from effnet_viz.explain import Capture, Model
from effnet_viz.explain.gate_statistics import group_contrast, group_profiles, moving_channels
from effnet_viz.images import Photo
from effnet_viz.ui.se_attention.compared_photos import PER_CLASS, all_photos, photo_named, pictures_by_class
from effnet_viz.ui.se_attention.side_by_side import COLUMNS, Gates, run_all, thumbnails
from effnet_viz.ui.se_attention.telling import tell_apart
from effnet_viz.ui.session import drawn_pictures
from effnet_viz.ui.session.gates_seen import gates_of
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.url_pickers import choose_some

MOST_GROUPS = 12
ALL_PHOTOS = "all photos"
Groups = dict[str, tuple[Photo, ...]]


def compare_groups(model: Model, run: Capture, block: str, *, by_answer: bool) -> None:
    """Two groups or more: whether gates depend on the group, and which do.

    Args:
        model: the network.
        run: the network's run on a photo.
        block: id of the chosen block.
        by_answer: whether the network's own answers make the groups.
    """
    task = drawn_pictures.task_of(model)
    if by_answer:
        every = [photo_named(model, name) for name in all_photos(model)]
    else:
        photos = _named_groups(model) if task is None else _class_groups(task)
        every = [photo for members in photos.values() for photo in members]
    if run_all(model, run, every) is None:
        return
    if by_answer:
        photos = _answer_groups(model, every)
    if len(photos) < 2:
        st.info(
            "The network gives all these photos the same answer, so there is one group only."
            if by_answer
            else "Give at least two groups one photo each."
        )
        return
    groups = {name: [gates_of(model, photo).gates for photo in members] for name, members in photos.items()}
    thumbnails({f"{name} ({len(members)})": members[0] for name, members in photos.items()}, ())
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Do gates depend on the group?**")
        contrasts = group_contrast(groups)
        show_chart(
            st,
            spec=contrast_along_depth(contrasts),
            key="contrast",
            alt=f"Spread between and within groups; in block {contrasts[-1].block} {contrasts[-1].between:.3f} "
            f"between groups and {contrasts[-1].within:.3f} within one",
        )
        note(
            "Between groups: how far apart the group means are. Within a group: how far photos of one group are from "
            "each other. The SENet paper (section 7.2) found that in its network early gates hardly depend on the "
            "class and later ones do. Only those of the last stage are again nearly the same for all classes."
        )
    with right:
        _means(groups, block)
    tell_apart(model, photos)


def _means(groups: Mapping[str, Sequence[Gates]], block: str) -> None:
    profiles, everything = group_profiles(groups, block)
    means = {profile.group: profile.mean for profile in profiles}
    shown = moving_channels(np.stack(list(means.values())), COLUMNS)
    st.markdown(f"**Block {block}: mean gates of each group**")
    show_chart(
        st,
        spec=gates_by_row(means | {ALL_PHOTOS: everything}, shown, "Group"),
        key="group_channels",
        alt=f"Mean gates of block {block} for each group, with the mean over all photos",
    )
    note(
        f"The {len(shown)} gates of the block that differ most between the groups; those that open for the same groups "
        "stand near each other. The last row is the mean over all photos."
    )


def _answer_groups(model: Model, photos: Sequence[Photo]) -> Groups:
    """Photos in the groups that the network itself puts them in."""
    groups: dict[str, list[Photo]] = {}
    for photo in photos:
        groups.setdefault(model.class_names[gates_of(model, photo).best], []).append(photo)
    largest = sorted(groups.items(), key=lambda group: -len(group[1]))[:MOST_GROUPS]
    shown = f"The {len(largest)} largest of {len(groups)}" if len(largest) < len(groups) else f"All {len(groups)}"
    note(f"{shown} groups: photos with the same most probable class.")
    return {label: tuple(members) for label, members in largest}


def _class_groups(task: str) -> Groups:
    pictures = pictures_by_class(task)
    names = list(pictures)
    chosen = choose_some(
        f"Classes, {PER_CLASS} new pictures of each",
        {name: name for name in names},
        key="compared_classes",
        default=names[:: len(names) // 4 + 1],
        limit=MOST_GROUPS,
    )
    return {name: pictures[name] for name in chosen}


def _named_groups(model: Model) -> Groups:
    offered = all_photos(model)
    names = list(offered)
    groups: Groups = {}
    for letter, column, default in zip("AB", st.columns(2, gap="medium"), (names[:3], names[3:6]), strict=True):
        with column:
            title = st.text_input(
                f"Name of group {letter}",
                f"Group {letter}",
                max_chars=40,
                key=f"group_name_{letter}",
                persist_state="session",
            )
            photos = st.multiselect(
                f"Photos of group {letter}",
                names,
                default=default,
                format_func=offered.get,
                key=f"group_photos_{letter}",
                persist_state="session",
            )
        if photos:
            unique = title if title not in groups else f"{title} ({letter})"
            groups[unique] = tuple(photo_named(model, name) for name in photos)
    return groups
