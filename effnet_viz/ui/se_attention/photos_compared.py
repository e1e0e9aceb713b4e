"""The SE page: photos against each other, one by one or in groups."""

from __future__ import annotations

import streamlit as st
from numpy import ndarray
from PIL import Image, ImageOps

from effnet_viz.draw.comparison_charts import (
    SERIES,
    agreement_along_depth,
    channel_profiles,
    contrast_along_depth,
    group_channels,
    mean_gate_profiles,
)
from effnet_viz.draw.feature_pictures import Place
from effnet_viz.draw.maps import png
from effnet_viz.explain import Model
from effnet_viz.explain.gate_statistics import agreement, group_contrast, group_profiles
from effnet_viz.images import Photo
from effnet_viz.ui.se_attention.compared_photos import (
    OWN,
    PER_CLASS,
    all_photos,
    gates_of,
    photo_named,
    pictures_by_class,
    upload_photos,
)
from effnet_viz.ui.se_attention.telling import tell_apart
from effnet_viz.ui.session import drawn_pictures, models_and_runs
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.url_pickers import choose, choose_some

MOST_PHOTOS, MOST_GROUPS = 8, 6
THUMBNAIL = 96
Groups = dict[str, list[dict[str, ndarray]]]


def compare_photos(model: Model, photo: Photo, block: str) -> None:
    """Two to eight photos, or groups of them.

    Args:
        model: the network.
        photo: the photo that was chosen for all pages.
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
    if way == "groups":
        task = drawn_pictures.task_of(model)
        _groups(model, block, _named_groups(model) if task is None else _class_groups(task))
    elif way == "answers":
        _groups(model, block, _answer_groups(model))
    else:
        _photos(model, photo, block)


def _photos(model: Model, photo: Photo, block: str) -> None:
    offered = all_photos(model)
    mine = [name for name in offered if name.startswith(OWN)]
    names = choose_some(
        f"Up to {MOST_PHOTOS} photos",
        offered,
        key="photos",
        default=mine[:MOST_PHOTOS] if len(mine) > 1 else list(offered)[:4],
        limit=MOST_PHOTOS,
    )
    photos = {offered[name]: photo_named(model, name) for name in names}
    if photo.digest not in {other.digest for other in photos.values()} and len(photos) < MOST_PHOTOS:
        photos = {f"{photo.name} (chosen)": photo} | photos
    if len(photos) < 2:
        st.info("Choose one more photo: a comparison needs two.")
        return
    gates = _gates_of_photos(model, photos)
    _thumbnails(photos)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Mean gate of each block**")
        st.vega_lite_chart(
            spec=mean_gate_profiles(gates), key="profiles", alt="Mean gate along the depth, one line for each photo"
        )
    with right:
        st.markdown("**How alike the photos' gates are**")
        pairs = agreement(list(gates.values()))
        st.vega_lite_chart(
            spec=agreement_along_depth(pairs),
            key="photo_agreement",
            alt=f"Correlation of the photos' gates, from {pairs[0].correlation:.2f} in block "
            f"{pairs[0].block} to {pairs[-1].correlation:.2f} in block {pairs[-1].block}",
        )
    st.markdown(f"**Block {block}, channel by channel**")
    st.vega_lite_chart(
        spec=channel_profiles({name: values[block] for name, values in gates.items()}),
        key="channel_profiles",
        alt=f"Gates of block {block} for each photo",
    )
    note(
        "Correlation 1: the gates put the channels in the same order for all photos. The lower it is, the more the "
        "gates "
        "depend on the photo. Below, "
        "up to 50 evenly spaced channels, as in the SENet paper's figure 6."
    )
    tell_apart(model, {name: [photo] for name, photo in photos.items()})


def _gates_of_photos(model: Model, photos: dict[str, Photo]) -> dict[str, dict[str, ndarray]]:
    bar = st.progress(0.0, text="Running the network on each photo")
    gates = {}
    for done, (name, photo) in enumerate(photos.items(), start=1):
        gates[name] = gates_of(model, photo)
        bar.progress(done / len(photos), text=f"Running the network: {done} of {len(photos)} photos")
    bar.empty()
    return gates


def _thumbnails(photos: dict[str, Photo]) -> None:
    sheet = _thumbnail_sheet(tuple(photo.digest for photo in photos.values()), list(photos.values()))
    pick_tile(
        "compared_thumbnails",
        sheet,
        [
            Tile(
                place=Place(x=index * THUMBNAIL, y=0, width=THUMBNAIL, height=THUMBNAIL),
                label=name,
                colour=SERIES[index],
            )
            for index, name in enumerate(photos)
        ],
        "The photos that are compared",
        side=THUMBNAIL,
        smooth=True,
    )


@kept
def _thumbnail_sheet(digests: tuple[str, ...], _photos: list[Photo]) -> bytes:
    sheet = Image.new("RGB", (THUMBNAIL * len(_photos), THUMBNAIL))
    for index, photo in enumerate(_photos):
        sheet.paste(ImageOps.fit(photo.image, (THUMBNAIL, THUMBNAIL)), (index * THUMBNAIL, 0))
    return png(sheet)


def _groups(model: Model, block: str, photos: dict[str, tuple[Photo, ...]]) -> None:
    if len(photos) < 2:
        st.info("Give at least two groups one photo each.")
        return
    groups = _run_groups(model, photos)
    _thumbnails({f"{name} ({len(members)})": members[0] for name, members in photos.items()})
    profiles, everything = group_profiles(groups, block)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Do gates depend on the group?**")
        contrasts = group_contrast(groups)
        st.vega_lite_chart(
            spec=contrast_along_depth(contrasts),
            key="contrast",
            alt=f"Spread between and within groups; in block {contrasts[-1].block} {contrasts[-1].between:.3f} "
            f"between groups and {contrasts[-1].within:.3f} within one",
        )
    with right:
        st.markdown(f"**Block {block}: mean of each group, and its spread**")
        st.vega_lite_chart(
            spec=group_channels(profiles, everything),
            key="group_channels",
            alt=f"Mean gates of block {block} for each group, with the mean over all photos",
        )
    note(
        "Between groups: how far apart the group means are. Within a group: how far photos of one group are from each "
        "other. The SENet paper (section 7.2) found that in its network early gates hardly depend on the class and "
        "later ones do, but those of the last "
        "stage are again nearly the same for all classes. "
        "Grey and dashed: the mean over all photos."
    )
    tell_apart(model, {name: list(members) for name, members in photos.items()})


def _answer_groups(model: Model) -> dict[str, tuple[Photo, ...]]:
    """All photos, the visitor's own among them, in the groups that the network itself puts them in."""
    groups: dict[str, list[Photo]] = {}
    for name in all_photos(model):
        photo = photo_named(model, name)
        label = model.class_names[int(models_and_runs.run_of(model, photo).logits.argmax())]
        groups.setdefault(label, []).append(photo)
    largest = sorted(groups.items(), key=lambda group: -len(group[1]))[:MOST_GROUPS]
    note(f"The {len(largest)} largest of {len(groups)} groups: photos with the same most probable class.")
    return {label: tuple(members) for label, members in largest}


def _class_groups(task: str) -> dict[str, tuple[Photo, ...]]:
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


def _named_groups(model: Model) -> dict[str, tuple[Photo, ...]]:
    offered = all_photos(model)
    names = list(offered)
    groups: dict[str, tuple[Photo, ...]] = {}
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


def _run_groups(model: Model, groups: dict[str, tuple[Photo, ...]]) -> Groups:
    total, done = sum(map(len, groups.values())), 0
    bar = st.progress(0.0, text="Running the network on each photo")
    gates: Groups = {}
    for name, photos in groups.items():
        gates[name] = []
        for photo in photos:
            gates[name].append(dict(models_and_runs.run_of(model, photo).gates))
            done += 1
            bar.progress(done / total, text=f"Running the network: {done} of {total} photos")
    bar.empty()
    return gates
