"""The visitor's own network on all pages: kept in the session, spelled out in the address."""

from __future__ import annotations

import re

import streamlit as st

from effnet_viz.architecture import ModelSpec, ceil4_spec, custom_spec, spec, tutorial_spec
from effnet_viz.architecture.custom import tutorial_name
from effnet_viz.architecture.published import published_name
from effnet_viz.architecture.scaling import ROUNDING_RULES
from effnet_viz.architecture.theory import TUTORIAL_PHI
from effnet_viz.ui.widgets.address import SEPARATOR, address_text, note_problem, text_on_arrival, to_address
from effnet_viz.weights.errors import shorten

TUTORIAL, CEIL4 = "tutorial_", "ceil4_"  # before the name of a variant: one of the two networks beside it
NAMED = {TUTORIAL: tutorial_spec, CEIL4: ceil4_spec}

_NUMBER = r"(\d{1,5}(?:\.\d{1,9})?)"
_FORM = re.compile(
    rf"w{_NUMBER}-d{_NUMBER}-r(\d{{1,5}})-([a-z0-9]+)(?:-se(none|[\d.]{{1,12}}))?(?:-h([a-z]+))?"
    r"(?:-c(\d{1,7}))?(?:-i(\d{1,5}))?"
)
_PICKERS = ("variant", "left", "right")


def code_of(network: ModelSpec) -> str:
    """A custom network as a word for the address: `w1.3-d1.5-r260-ceil4`, then whatever else is not as usual.

    Squeeze-and-excitation as `-se0.5` or `-senone`, head rule as `-hfixed`, classes as `-c10`, input channels as `-i1`.
    """
    if name := tutorial_name(network):
        return f"{TUTORIAL}{name}"  # its multipliers have more digits than the numbers of an address
    se_ratio = network.stages[0].se_ratio
    words = [f"w{network.width:.6g}-d{network.depth:.6g}-r{network.resolution}-{network.rounding}"]
    if se_ratio != 0.25:
        words.append("senone" if se_ratio is None else f"se{se_ratio:.6g}")
    if network.head_rule != "official":
        words.append(f"h{network.head_rule}")
    if network.num_classes != 1000:
        words.append(f"c{network.num_classes}")
    if network.in_channels != 3:
        words.append(f"i{network.in_channels}")
    return "-".join(words)


def from_code(code: str) -> ModelSpec:
    """The network that `code_of` spelled out, or one that stands beside a variant (`tutorial_b4`, `ceil4_b4`).

    Raises:
        ValueError: no such form, or numbers that cannot be built.
    """
    for start, make in NAMED.items():
        if code.startswith(start):
            return make(shorten(code.removeprefix(start)))
    match = _FORM.fullmatch(code)
    if match is None or match[4] not in ROUNDING_RULES:
        raise ValueError(
            "this is no network in one word; it looks like w1.3-d1.5-r260-official, and can go on, in this order, "
            "with -se0.5 or -senone, -hfixed, -c10, -i1."
        )
    width, depth, resolution, rounding, gates, head, classes, channels = match.groups()
    return custom_spec(
        width=float(width),
        depth=float(depth),
        resolution=int(resolution),
        rounding=rounding,
        se_ratio=_se_ratio(gates),
        head_rule=head or "official",
        num_classes=int(classes or 1000),
        in_channels=int(channels or 3),
    )


def _se_ratio(word: str | None) -> float | None:
    if word is None:
        return 0.25
    if word == "none":
        return None
    try:
        return float(word)
    except ValueError:
        raise ValueError(f"custom says se{word}; after se comes a number such as 0.5, or none.") from None


def no_weights_sentence(network: ModelSpec) -> str:
    """What a custom network has instead of trained weights, in a sentence."""
    name = published_name(network)
    if name is None:
        return "Nobody has published this network, so there are no trained weights for it."
    title = spec(name).title
    if (network.num_classes, network.in_channels) != (1000, 3):
        return (
            f"These are the blocks of {title}, but its trained weights are for 1,000 classes and 3 channels in, so "
            "they do not fit here."
        )
    if network.rounding == "official":
        return f"Layer by layer this is {title}; choose that by its name for trained weights."
    return (
        f"No trained weights of its own, but here {network.rounding} rounds to the same channels: layer by layer "
        f"this is {title}."
    )


def tutorial_titles() -> dict[str, str]:
    """The networks that stand beside B0 to B7, as options of a picker: id to words."""
    return {f"{start}{name}": make(name).title for start, make in NAMED.items() for name in TUTORIAL_PHI}


def use_on_every_page(network: ModelSpec) -> None:
    """Make a network the chosen one on every page; to be called before the sidebar is drawn."""
    st.session_state["custom_spec"] = network
    st.session_state["variant"] = "custom"


def sync_address() -> None:
    """Take a custom network from the address, or write the chosen one into it; called before the sidebar is drawn."""
    code = text_on_arrival("custom")
    if code:
        try:
            st.session_state["custom_spec"] = from_code(code)
        except ValueError as error:
            note_problem("custom", code, f"cannot be built: {str(error).removesuffix('.')}")
    chosen = [*(st.session_state.get(key) for key in _PICKERS), *st.session_state.get("also", ())]
    chosen += [*map(address_text, _PICKERS), *(address_text("also") or "").split(SEPARATOR)]
    used = "custom" in chosen and "custom_spec" in st.session_state
    to_address("custom", code_of(st.session_state["custom_spec"]) if used else None)
