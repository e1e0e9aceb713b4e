"""Two sets of weights of one network, as before and after fine-tuning, over the same photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from effnet_viz.draw.feature_pictures import Sheet
from effnet_viz.draw.folder_charts import change_along_depth
from effnet_viz.draw.folder_pictures import looks_sheet, seen_square
from effnet_viz.explain import Model
from effnet_viz.folder import Rows
from effnet_viz.folder.two_models import Flip, ModelComparison, check_alike, compare_rows
from effnet_viz.ui.folder.computed import rows_of_another
from effnet_viz.ui.folder.one_photo import show_photo
from effnet_viz.ui.folder.seen import Seen
from effnet_viz.ui.folder.sheets import thumbnail
from effnet_viz.ui.session import chosen, models_and_runs
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.table_data import table_of
from effnet_viz.ui.widgets.url_pickers import choose
from effnet_viz.weights.catalogue import on_this_machine

FLIPS = 12  # photos
MOVED = 12  # gates
CHECKPOINT = "checkpoint"


def two_sets(seen: Seen) -> None:
    """Choose another set of weights of the same network; see what flipped, and where along the depth they differ.

    Args:
        seen: the photos, by the chosen network.
    """
    if not seen.collection.source:
        st.info("The other weights have to see the same photos, and of a rows file the photos are not here.")
        return
    others = _others(seen.model)
    if not others:
        st.info(
            f"On this machine there are no trained weights of {as_markdown(seen.model.spec.title)} that the untrained "
            "ones could stand beside."
        )
        return
    titles = {name: words for name, (words, _) in others.items()}
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    left.markdown(f"The chosen weights, **{as_markdown(seen.model.provenance.label)}**, beside")
    name = choose(right.selectbox, "Other weights", titles, key="many_weights", default=next(iter(titles)))
    model = others[name][1]()
    check_alike(seen.model, model, seen.rows)
    rows = rows_of_another(model, seen)
    if rows is None:
        return
    if not len(rows.good) or not rows.good.any():
        st.info("The other weights could read none of these photos.")
        return
    if not model.provenance.trained:
        note("These other weights are untrained: their answers and maps are random.")
    found = _comparison(seen.key, model.key, f"{rows.path} {len(rows)}", seen, model, rows)
    _flips(seen, found)
    st.markdown("**Where along the depth they differ**")
    moved = {block: float(values.mean()) for block, values in found.gates_moved.items()}
    change = {block: value for block, value in found.weight_change.items() if block in found.similarity}
    show_chart(
        st,
        change_along_depth(change, found.similarity, moved),
        key="many_changed",
        width="stretch",
        alt="Change of weights and likeness of outputs, block by block",
    )
    note(
        "Change of weights: the size of the difference as a share of the size of the chosen ones; 0 is none. CKA "
        "compares what a block gives for all these photos: 1 means the same up to rotation and scale, near 0 means "
        "unrelated."
        + (" Gates: the mean distance between both values." if moved else "")
        + (" With few photos CKA is high by chance." if found.photos < 100 else "")
        + f" The classifier's weights changed by {found.weight_change['classifier']:.2f}."
    )
    if found.gates_moved:
        _moved(found)


def _others(model: Model) -> dict[str, tuple[str, Callable[[], Model]]]:
    """Other weights for the same network: id to words and what loads them."""
    variant, device = chosen.chosen_variant(), st.session_state.get("device", "auto")
    offered: dict[str, tuple[str, Callable[[], Model]]] = {}
    if "checkpoint" in st.session_state and variant != chosen.CHECKPOINT:
        offered[CHECKPOINT] = ("Your checkpoint", chosen.checkpoint_model)
    current = chosen.chosen_weights()
    for name, weights in chosen.sets_of(model.spec.name if variant in chosen.OWN else variant).items():
        same = weights.num_classes == model.spec.num_classes and (current is None or name != current.name)
        if on_this_machine(weights) and same:
            offered[name] = (
                weights.label,
                lambda weights=weights: models_and_runs.model_of(weights.spec, weights.name, device),
            )
    if model.provenance.trained:
        offered[chosen.UNTRAINED] = (
            "Untrained (random parameters)",
            lambda: models_and_runs.model_of(model.spec, chosen.UNTRAINED, device),
        )
    return offered


@kept(spinner="Comparing the weights")
def _comparison(key: str, other_key: str, other_rows: str, _seen: Seen, _other: Model, _rows: Rows) -> ModelComparison:
    return compare_rows(_seen.model, _other, _seen.rows, _rows)


def _flips(seen: Seen, found: ModelComparison) -> None:
    """Photos with another answer: before and after side by side, each with its own map."""
    count, position = len(found.flips), {path: at for at, path in enumerate(seen.paths)}
    st.markdown(f"**{count:,} of {found.photos:,} photos get another answer**" + _better(seen, found, position))
    if not count:
        return
    shown = [(position[flip.path], flip) for flip in found.flips[:FLIPS]]
    sheet = _flip_sheet(seen.key, tuple((at, flip.before, flip.after) for at, flip in shown), shown, seen)
    tiles = []
    for which, (at, flip) in enumerate(shown):
        for words, answer, place in (
            ("chosen", flip.before, sheet.places[2 * which]),
            ("other", flip.after, sheet.places[2 * which + 1]),
        ):
            name = seen.class_name(answer)
            tiles.append(Tile(place=place, label=name, note=words, title=f"{seen.name(at)}, {words}: {name}"))
    picked = pick_tile(
        "many_flips",
        sheet.png,
        tiles,
        "Photos with another answer, by both sets of weights",
        side=104,
        smooth=True,
        on_pick=lambda index: None,
    )
    more = f" The first {FLIPS} of {count:,}." if count > FLIPS else ""
    note(
        "Two by two: a photo by the chosen weights and by the others. Each has its Grad-CAM with its own range. It is "
        f"that of the label, else that of the answer.{more}"
    )
    if picked is not None and picked < len(tiles):
        show_photo(seen, shown[picked // 2][0])


def _better(seen: Seen, found: ModelComparison, position: dict[str, int]) -> str:
    """How many of the flips became right, and how many wrong, where labels are known."""
    labels = [(int(seen.label[position[flip.path]]), flip) for flip in found.flips]
    better = sum(label == flip.after for label, flip in labels if label >= 0)
    worse = sum(label == flip.before for label, flip in labels if label >= 0)
    return f": with the others, {better:,} become right and {worse:,} wrong" if (seen.label >= 0).any() else ""


@kept
def _flip_sheet(
    key: str, answers: tuple[tuple[int, int, int], ...], _shown: Sequence[tuple[int, Flip]], _seen: Seen
) -> Sheet:
    squares, maps = [], []
    for at, flip in _shown:
        square = seen_square(thumbnail(_seen, at), _seen.model.preprocessing)
        squares += [square, square]
        maps += [np.maximum(flip.map_before, 0), np.maximum(flip.map_after, 0)]
    return looks_sheet(squares, maps)


def _moved(found: ModelComparison) -> None:
    """The gates that moved most."""
    moved = [
        (float(values[channel]), block, int(channel))
        for block, values in found.gates_moved.items()
        for channel in np.argsort(-values, kind="stable")[:MOVED]
    ]
    st.markdown("**Gates that moved most**")
    st.dataframe(
        table_of(
            {"Block": block, "Gate": channel, "Mean move": round(move, 3)}
            for move, block, channel in sorted(moved, reverse=True)[:MOVED]
        ),
        key="many_moved",
        hide_index=True,
        alt="The gates that moved most between the two sets of weights",
    )
