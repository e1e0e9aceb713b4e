"""The SE page: which gates tell two photos, or two groups of photos, apart, and what they looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from effnet_viz.draw.feature_pictures import Sheet
from effnet_viz.draw.gate_pictures import gate_tiles
from effnet_viz.explain import GateEvidence, Model
from effnet_viz.explain.gate_baseline import telling_gates
from effnet_viz.explain.gate_evidence import evidence_from
from effnet_viz.images import Photo
from effnet_viz.ui.se_attention.compared_photos import small_photo
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.session.gates_seen import gates_of, reduced_of
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.plain_text import as_markdown

GATES = 4
PER_GROUP = 3  # photos of each group that a gate is shown on


@st.fragment
def tell_apart(model: Model, groups: Mapping[str, Sequence[Photo]]) -> None:
    """Choose two photos or groups; see the gates that differ most between them, each with its evidence.

    Args:
        model: the network.
        groups: name to its photos.
    """
    names = list(groups)
    st.markdown("**Gates that tell two of them apart**")
    left, right = st.columns(2, gap="medium")
    this = left.selectbox("This one", names, key="tell_one")
    others = [name for name in names if name != this]
    other = right.selectbox("and that one", others, key="tell_other")
    first, second = ([gates_of(model, photo).gates for photo in groups[name]] for name in (this, other))
    sides = st.columns(2, gap="medium")
    for index, (block, channel, difference) in enumerate(telling_gates(first, second, GATES)):
        with sides[index % 2]:
            _gate(model, block, channel, difference, {name: groups[name][:PER_GROUP] for name in (this, other)})
    note(
        "Red opens, blue closes; each row has one scale. Between two single photos this is the largest difference; "
        "between groups, the gates whose values keep the groups farthest apart."
    )


def _gate(model: Model, block: str, channel: int, difference: float, groups: Mapping[str, Sequence[Photo]]) -> None:
    """One gate on photos of both groups, on one scale."""
    this, other = groups
    shown = [photo for photos in groups.values() for photo in photos]
    maps = [evidence_from(model, reduced_of(model, photo, None, block), [channel])[0] for photo in shown]
    sheet = _sheet(model.key, block, channel, tuple(photo.digest for photo in shown), maps, shown)
    st.markdown(
        f"Gate {channel} of block {block} is more open for **{as_markdown(this if difference > 0 else other)}**, "
        f"by {abs(difference):.2g}:"
    )
    pick_tile(
        f"telling_{block}_{channel}",
        sheet.png,
        [
            Tile(
                place=place,
                label=f"{evidence.gate:.2f}",
                note=photo.name,
                title=f"{photo.name}: gate {evidence.gate:.3f}",
            )
            for place, evidence, photo in zip(sheet.places, maps, shown, strict=True)
        ],
        f"Gate {channel} of block {block} on {this} and on {other}",
        side=120,
        smooth=True,
    )


@kept
def _sheet(
    model_key: str, block: str, channel: int, digests: tuple[str, ...], _found: list[GateEvidence], _photos: list[Photo]
) -> Sheet:
    return gate_tiles(_found, [small_photo(photo) for photo in _photos])
