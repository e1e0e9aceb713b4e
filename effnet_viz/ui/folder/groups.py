"""Which gates differ between two groups of photos: by label, by answer, right against wrong, or by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st
from numpy import ndarray

from effnet_viz.draw.feature_pictures import Sheet
from effnet_viz.draw.folder_charts import apart_along_depth, group_differences
from effnet_viz.draw.folder_pictures import seen_square, squares_sheet
from effnet_viz.draw.palette import LEFT, RIGHT
from effnet_viz.explain.gate_evidence import evidence_from
from effnet_viz.explain.reduced_maps import ReducedMaps
from effnet_viz.folder.groups import GATE, Difference, GroupsApart, groups_apart
from effnet_viz.ui.folder.computed import seconds_a_file
from effnet_viz.ui.folder.seen import Seen
from effnet_viz.ui.folder.sheets import gate_sheet, sheet_of, thumbnail
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.session.gates_seen import reduced_is_here, reduced_of
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.slow_work import on_request
from effnet_viz.ui.widgets.url_pickers import choose

BY_LABEL, BY_ANSWER, BY_RIGHT, BY_HAND = "label", "answer", "right", "hand"
SHOWN = 6  # gates or channels
DOTS = 60  # photos of a group that are drawn as dots
EXAMPLES = 4  # photos of each group under the chosen gate
OFFERED = 60  # classes to choose from, the most frequent first
PUT = 120  # photos that can be put into groups by hand
PATIENT = 60.0
Groups = dict[str, list[int]]


def two_groups(seen: Seen) -> None:
    """Choose two groups; see what tells them apart, and what it looked at.

    Args:
        seen: the photos.
    """
    gates = bool(seen.rows.gated_blocks)
    what = "gates" if gates else "channels"
    if not gates:
        note("This network has no squeeze and excitation, so no gates: the mean outputs of its channels stand here.")
    groups = _choose_groups(seen)
    if groups is None:
        return
    names, members = list(groups), list(groups.values())
    apart = _apart(seen.key, tuple(members[0]), tuple(members[1]), seen)
    largest = apart.largest(SHOWN)
    told = _values(seen.key, apart.kind, tuple((difference.block, difference.channel) for difference in largest), seen)
    titles = {_id(difference): f"Block {difference.block} · {difference.channel}" for difference in largest}
    st.markdown(f"**The {what} that tell them apart best**")
    show_chart(
        st,
        group_differences(_dots(seen, told, largest, groups), names, "Gate" if gates else "Mean output", gates=gates),
        key="many_differences",
        width="stretch",
        alt=f"Values of {len(largest)} {what} on the photos of both groups",
    )
    few = min(map(len, members)) < 3
    note(
        f"A dot is a photo, a thick line a group's mean ({len(members[0]):,} and {len(members[1]):,} photos"
        + (f"; at most {DOTS} dots of each" if max(map(len, members)) > DOTS else "")
        + "). First stand those whose means lie farthest apart, as against how far photos of one group differ."
        + (" With so few photos much of this is chance." if few else "")
    )
    evidence = st.container()  # filled when all else stands: the network may have to run for it
    st.markdown("**Where along the depth the groups part**")
    depth = {block: float(np.abs(values).mean()) for block, values in apart.apart.items()}
    first, last = next(iter(depth)), list(depth)[-1]
    show_chart(
        st,
        apart_along_depth(depth),
        key="many_depth",
        width="stretch",
        alt=f"Mean difference of the groups by block, {depth[first]:.2f} in block {first}, {depth[last]:.2f} in {last}",
    )
    with evidence:
        _evidence(seen, apart.kind, told, largest, titles, groups)


def _id(difference: Difference) -> str:
    return f"{difference.block}~{difference.channel}"


@kept
def _apart(key: str, first: tuple[int, ...], second: tuple[int, ...], _seen: Seen) -> GroupsApart:
    return groups_apart(_seen.rows, first, second)


def _choose_groups(seen: Seen) -> Groups | None:
    labelled = seen.label >= 0
    titles = {BY_ANSWER: "By answer", BY_HAND: "By hand"}
    if labelled.any():
        titles = {BY_LABEL: "By label", BY_ANSWER: "By answer", BY_RIGHT: "Right and wrong", BY_HAND: "By hand"}
    way = choose(st.segmented_control, "Groups", titles, key="many_groups", default=next(iter(titles)), required=True)
    if way == BY_HAND:
        return _by_hand(seen)
    if way == BY_RIGHT:
        right, wrong = np.flatnonzero(labelled & ~seen.wrong).tolist(), np.flatnonzero(seen.wrong).tolist()
        if not right or not wrong:
            st.info(f"All photos with a label are {'right' if right else 'wrong'}: there is one group only.")
            return None
        return {"Right": right, "Wrong": wrong}
    return _by_class(seen, seen.label if way == BY_LABEL else seen.answer)


def _by_class(seen: Seen, classes: ndarray) -> Groups | None:
    """Two classes, the most frequent ones at first, or one against all others."""
    counts = Counter(int(index) for index in classes if index >= 0)
    if len(counts) < 2:
        st.info("All photos are of one class here: there is one group only.")
        return None
    frequent = [index for index, _ in counts.most_common(OFFERED)]
    titles = {str(index): f"{seen.class_name(index)} ({counts[index]:,})" for index in frequent}
    left, right = st.columns(2, gap="medium")
    one = choose(left.selectbox, "This class", titles, key="many_one", default=str(frequent[0]))
    others = {"rest": "all others"} | {index: words for index, words in titles.items() if index != one}
    default = next(index for index in others if index not in ("rest", one))
    other = choose(right.selectbox, "and that one", others, key="many_other", default=default)
    first = np.flatnonzero(classes == int(one)).tolist()
    if other == "rest":
        return {titles[one]: first, "all others": np.flatnonzero((classes >= 0) & (classes != int(one))).tolist()}
    return {titles[one]: first, titles[other]: np.flatnonzero(classes == int(other)).tolist()}


def _by_hand(seen: Seen) -> Groups | None:
    """A click puts a photo into group A, a second one into B, a third one takes it out."""
    put: dict[str, str] = st.session_state.setdefault("many_by_hand", {})
    count = min(len(seen.paths), PUT)
    paths = seen.paths[:count]

    def pick(index: int) -> None:
        after = {None: "A", "A": "B", "B": None}[put.get(paths[index])]
        put.pop(paths[index], None)
        if after:
            put[paths[index]] = after

    sheet = sheet_of(seen, range(count))
    note("A click puts a photo into group A (blue), one more into B (red), and one more takes it out.")
    pick_tile(
        "many_put",
        sheet.png,
        [
            Tile(
                place=place,
                label=f"Group {put[path]}" if path in put else "",
                note=seen.name(at),
                title=f"{seen.name(at)}: {'group ' + put[path] if path in put else 'in no group'}",
                colour={"A": LEFT, "B": RIGHT}.get(put.get(path, ""), ""),
            )
            for at, (path, place) in enumerate(zip(paths, sheet.places, strict=True))
        ],
        "Photos that can be put into two groups",
        side=84,
        smooth=True,
        on_pick=pick,
    )
    groups = {f"Group {name}": [at for at, path in enumerate(paths) if put.get(path) == name] for name in "AB"}
    if all(groups.values()):
        return groups
    st.info("Put at least one photo into each group.")
    return None


def _dots(
    seen: Seen, told: Mapping[str, ndarray], differences: Sequence[Difference], groups: Groups
) -> list[dict[str, float | str]]:
    rows = []
    for difference in differences:
        values = told[_id(difference)]
        for name, members in groups.items():
            shown = [members[at] for at in np.linspace(0, len(members) - 1, min(len(members), DOTS)).astype(int)]
            rows += [
                {
                    "what": f"Block {difference.block} · {difference.channel}",
                    "group": name,
                    "value": float(values[at]),
                    "photo": seen.name(at),
                }
                for at in shown
            ]
    return rows


@kept
def _values(key: str, kind: str, wanted: tuple[tuple[str, int], ...], _seen: Seen) -> dict[str, ndarray]:
    """Values of some gates or channels on all photos."""
    channels: dict[str, list[int]] = {}
    for block, channel in wanted:
        channels.setdefault(block, []).append(channel)
    read = _seen.rows.entries({f"{kind}.{block}": several for block, several in channels.items()})
    return {
        f"{block}~{channel}": read[f"{kind}.{block}"][:, at]
        for block, several in channels.items()
        for at, channel in enumerate(several)
    }


def _evidence(
    seen: Seen,
    kind: str,
    told: Mapping[str, ndarray],
    largest: Sequence[Difference],
    titles: Mapping[str, str],
    groups: Groups,
) -> None:
    """The chosen gate or channel on a few photos of each group."""
    if st.session_state.get("many_difference") not in titles:
        st.session_state["many_difference"] = next(iter(titles))
    chosen = st.segmented_control(
        "Look at one of them", list(titles), format_func=titles.get, key="many_difference", required=True
    )
    difference = next(one for one in largest if _id(one) == chosen)
    values = told[chosen]
    examples = {name: _typical(values, members) for name, members in groups.items()}
    positions = [at for members in examples.values() for at in members]
    whose = {at: name for name, members in examples.items() for at in members}
    sheet = _gates_on(seen, difference, positions) if kind == GATE else None
    colours = dict(zip(groups, (LEFT, RIGHT), strict=True))
    shown = sheet or _plain(seen, positions)
    pick_tile(
        "many_told",
        shown.png,
        [
            Tile(
                place=place,
                label=f"{values[at]:.2f}",
                note=seen.class_name(int(seen.answer[at])),
                title=f"{seen.name(at)}, {whose[at]}: {values[at]:.3f}",
                colour=colours[whose[at]],
            )
            for at, place in zip(positions, shown.places, strict=True)
        ],
        f"Block {difference.block}, channel {difference.channel} on photos of both groups",
        side=104,
        smooth=True,
    )
    whom = " and ".join(f"{len(members)} of {as_markdown(name)}" for name, members in examples.items())
    note(f"{whom}, each from the middle of its group. {shown.says}")


def _typical(values: ndarray, members: Sequence[int]) -> list[int]:
    """The photos of a group whose values are nearest to its median."""
    middle = np.median(values[list(members)])
    order = np.argsort(np.abs(values[list(members)] - middle), kind="stable")[:EXAMPLES]
    return [members[at] for at in order]


def _plain(seen: Seen, positions: Sequence[int]) -> Sheet:
    return squares_sheet([seen_square(thumbnail(seen, at), seen.model.preprocessing) for at in positions])


def _gates_on(seen: Seen, difference: Difference, positions: Sequence[int]) -> Sheet | None:
    """A gate's evidence on photos, or None where they are not here or the run was not asked for."""
    digests = tuple(seen.digest(at) for at in positions)
    if not all(digests):
        return None
    new = sum(not reduced_is_here(seen.model, digest, difference.block) for digest in digests)

    def work(progress) -> list[ReducedMaps]:
        reduced = []
        for done, at in enumerate(positions, start=1):
            reduced.append(reduced_of(seen.model, seen.opened(at), None, difference.block))
            progress(done / len(positions))
        return reduced

    reduced = on_request(
        ("gates of groups", seen.model.key, difference.block, digests),
        lambda: new * seconds_a_file(seen.model, seen.key, lambda: seen.opened(positions[0])) if new else 0.0,
        work,
        label=f"Block {difference.block} on {len(positions)} photos",
        name="told",
        patience=PATIENT,
    )
    if reduced is None:
        return None
    maps = [evidence_from(seen.model, one, [difference.channel])[0] for one in reduced]
    return gate_sheet(seen.model.key, difference.block, difference.channel, digests, maps, seen, list(positions))
