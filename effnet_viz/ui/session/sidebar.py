"""The pickers that all pages share: which network with which weights on which device, and which photo."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from effnet_viz.ui.navigation import page_link
from effnet_viz.ui.session import chosen, trained_gates
from effnet_viz.ui.session.photo_picker import forget_upload, photo_picker
from effnet_viz.ui.widgets.page_parts import error_sentence, folded_away, millions
from effnet_viz.ui.widgets.table_data import table_of
from effnet_viz.ui.widgets.url_pickers import choose
from effnet_viz.weights.catalogue import WeightSet, on_this_machine

BADGES = {  # state of the weights: words, colour, icon
    "trained_here": ("trained by this project", "green", ":material/check:"),
    "packaged": ("ImageNet weights, installed", "green", ":material/check:"),
    "here": ("trained weights, on this machine", "green", ":material/check:"),
    "download": ("to download", "orange", ":material/download:"),
    "checkpoint": ("your checkpoint", "green", ":material/check:"),
    "fresh": ("your checkpoint, untrained", "gray", ":material/warning:"),
    "untrained": ("untrained", "gray", ":material/warning:"),
}


def sidebar(runs_network: bool) -> DeltaGenerator:
    """Draw the pickers, and return the place for `pick_device`.

    Args:
        runs_network: whether the page runs the network, so that device and weights matter.
    """
    with st.sidebar:
        place = _network(runs_network)
        photo_picker()
        page_link("glossary", "Glossary: the words")
    return place


def _network(runs_network: bool) -> DeltaGenerator:
    st.header("Network", anchor=False)
    options = chosen.variant_options()
    choose(
        st.selectbox,
        "Variant",
        {option: chosen.variant_title(option) for option in options},
        key="variant",
        default=chosen.DEFAULT_VARIANT,
        elsewhere=dict.fromkeys(chosen.OWN, "only the visitor who made it has"),
        label_visibility="collapsed",
    )
    variant = chosen.chosen_variant()
    _forget_default_weights_of_another(variant)
    sets = chosen.sets_of(variant)
    if sets:
        names = [*sets, chosen.UNTRAINED]
        choose(
            st.selectbox,
            "Weights",
            {name: _weights_label(sets.get(name)) for name in names},
            key="weights",
            default=chosen.default_weights(variant),
            help="An arrow: still to be downloaded. Top-1 and size of the chosen ones stand below.",
        )
        if runs_network:
            folded_away(
                "All weights of this variant",
                lambda: _weights_table(sets.values()),
                key="weights_unfolded",
                icon=":material/table_rows:",
            )
    _badge(variant)
    if runs_network:
        _permission(variant)
    place = st.container()
    _own_checkpoint()
    return place


def _forget_default_weights_of_another(variant: str) -> None:
    """Not every machine has trained weights of B0: whoever looks at it has not asked for an untrained Lite0 next."""
    before = st.session_state.get("weights_shown_for", variant)
    if before != variant and st.session_state.get("weights") == chosen.default_weights(before):
        del st.session_state["weights"]
    st.session_state["weights_shown_for"] = variant


def _weights_label(weights: WeightSet | None) -> str:
    if weights is None:
        return "Untrained (random parameters)"
    return weights.label if on_this_machine(weights) else f"↓ {weights.label}"


def _weights_table(sets: Iterable[WeightSet]) -> None:
    """Every published set of a variant: what it reaches, what it was made for, whether it is here."""
    st.dataframe(
        table_of(
            {
                "Weights": weights.label,
                "Top-1 %": weights.top1,
                "Here": on_this_machine(weights),
                "MB": weights.size_bytes / 1e6,
                "Resolution": weights.resolution,
                "Preprocessing": _preprocessing(weights),
                "Licence": weights.licence,
                "Source": weights.source,
                "Note": weights.note,
            }
            for weights in sets
        ),
        hide_index=True,
        key="weights_table",
        column_config={
            "Top-1 %": st.column_config.NumberColumn(format="%.1f"),
            "MB": st.column_config.NumberColumn(format="%.1f"),
        },
    )


def _preprocessing(weights: WeightSet) -> str:
    steps = weights.preprocessing
    mean, deviation = (", ".join(f"{value:g}" for value in values) for values in (steps.mean, steps.std))
    return (
        f"shorter edge to {steps.resize} ({steps.interpolation}), middle {steps.crop}, minus ({mean}), "
        f"over ({deviation})"
    )


def _badge(variant: str) -> None:
    weights = chosen.chosen_weights()
    if variant == chosen.KEPT:
        st.badge(chosen.chosen_model().provenance.label, color="green", icon=":material/check:")
        return
    if variant == chosen.CHECKPOINT:
        kind = "checkpoint" if _is_trained() else "fresh"
    elif weights is None:
        kind = "untrained"
    elif not on_this_machine(weights):
        kind = "download"
    else:
        kind = weights.kind if weights.kind in BADGES else "here"
    words, colour, icon = BADGES[kind]
    st.badge(words, color=colour, icon=icon)
    if weights is not None and weights.top1:
        st.caption(f"Top-1 {weights.top1:.1f}% on ImageNet")
    if kind == "download":
        _download(weights)


def _is_trained() -> bool:
    """Whether the visitor's checkpoint was trained; one that cannot be opened is spoken of by the page."""
    try:
        return chosen.chosen_model().provenance.trained
    except (ValueError, RuntimeError):
        return True


def _download(weights: WeightSet) -> None:
    st.caption("Until then the pages show untrained parameters.")
    if not st.button(f"Download {millions(weights.size_bytes)}B", icon=":material/download:", width="stretch"):
        return
    from effnet_viz.weights.download import DownloadError
    from effnet_viz.weights.sources import fetch

    bar = st.progress(0.0, text="Downloading")
    try:
        fetch(weights, progress=lambda here, total: bar.progress(min(1.0, here / max(total, 1)), text="Downloading"))
    except DownloadError as error:
        bar.empty()
        error_sentence(error)
        return
    st.rerun()


def _permission(variant: str) -> None:
    """Very large networks are asked about before they are allocated, with their size."""
    if variant in (chosen.CHECKPOINT, chosen.KEPT):
        return
    network = chosen.chosen_spec()
    needed = chosen.needs_permission(network)
    if needed and st.button(f"Allocate {needed / 1e9:.1f} GB", icon=":material/memory:", width="stretch"):
        chosen.allow(network)
        st.rerun()


def pick_device(place: DeltaGenerator) -> None:
    """The picker of a device, where there are several; drawn after the page, because PyTorch has to say which.

    Args:
        place: in the sidebar.
    """
    from effnet_viz.network import list_devices

    devices = list_devices()
    if len(devices) > 2:
        place.selectbox("Device", list(devices), format_func=devices.get, key="device", persist_state="session")


def _own_checkpoint() -> None:
    from effnet_viz.weights.server import list_server_checkpoints

    with st.expander("Open your own checkpoint", icon=":material/folder_open:"):
        upload = st.file_uploader(
            "Checkpoint",
            type=["pth", "pt", "bin", "safetensors"],
            key="checkpoint_upload",
            help="A state dict of any EfficientNet: this project, torchvision, timm, "
            "efficientnet-pytorch or transformers. Read as tensors only.",
        )
        offered = list_server_checkpoints()
        on_server = (
            st.selectbox("Or one on the server", offered, index=None, key="checkpoint_server", persist_state="session")
            if offered
            else None
        )
        names = st.file_uploader("Class names (text or JSON)", type=["txt", "json"], key="checkpoint_names_upload")
        st.selectbox(
            "Numerics",
            [None, "google", "timm", "torchvision"],
            key="checkpoint_origin",
            persist_state="session",
            format_func=lambda origin: origin or "found from the names",
            help="Padding and batch-norm epsilon. timm's tf_ networks and its plain ones have the same "
            "tensor names: choose google for tf_.",
        )
        st.number_input(
            "Resolution in pixels",
            value=None,
            min_value=32,
            max_value=1024,
            step=1,
            placeholder="the variant's own",
            key="checkpoint_resolution",
            persist_state="session",
        )
        _take_checkpoint(upload, on_server, names)
        if problem := st.session_state.get("checkpoint_problem"):
            error_sentence(problem)


def _take_checkpoint(upload, on_server: str | None, names) -> None:
    """Keep what was just given, and show it at once; leave an older choice of variant alone."""
    from effnet_viz.weights.server import server_checkpoint

    st.session_state["checkpoint_names_content"] = names.getvalue() if names else None
    given = upload.file_id if upload else on_server
    if given is None:
        st.session_state.pop("checkpoint_given", None)  # who clears the field may choose the same file again
        return
    if given == st.session_state.get("checkpoint_given"):
        return
    st.session_state["checkpoint_given"] = given
    try:
        problem = chosen.keep_checkpoint(upload.getvalue() if upload else server_checkpoint(on_server))
    except (ValueError, OSError) as error:  # no longer on the server
        problem = str(error)
    st.session_state["checkpoint_problem"] = f"{upload.name if upload else on_server}: {problem}" if problem else None
    if problem is None:
        st.session_state["checkpoint_wanted"] = True
        st.rerun()
    elif upload:
        forget_upload("checkpoint_upload", upload)


def take_wanted_network() -> None:
    """Choose the network that the last run took in: before the picker is drawn, or Streamlit refuses."""
    for wish, variant in (("checkpoint_wanted", chosen.CHECKPOINT), ("kept_wanted", chosen.KEPT)):
        if st.session_state.pop(wish, False):
            st.session_state["variant"] = variant
    if wanted := st.session_state.pop(trained_gates.WISH, None):
        st.session_state["variant"], st.session_state["weights"] = wanted
