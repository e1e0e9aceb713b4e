"""The controls of the scaling laboratory: what to build, with the reason at the control where it cannot be built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from effnet_viz.architecture import ModelSpec, custom_spec, list_variants, plan, spec, tutorial_spec
from effnet_viz.architecture.custom import check_limits
from effnet_viz.architecture.scaling import ALPHA, BETA, GAMMA, CompoundScale, compound_scale
from effnet_viz.architecture.theory import BASE_RESOLUTION, TUTORIAL_PHI
from effnet_viz.ui.structure.drawings import switch
from effnet_viz.ui.widgets.url_pickers import choose

RULES = {
    "official": "Official: multiple of 8, never under 90%",
    "ceil4": "Up to a multiple of 4 (ceil4)",
    "tutorial": "Tutorials: whole part, then up to a multiple of 4",
    "nearest8": "V2-B: nearest multiple of 8 (nearest8)",
}
HEADS = {
    "official": "Google: 1,280 × width",
    "torchvision": "torchvision: 4 × last stage",
    "fixed": "Lite: always 1,280",
    "tutorial": "Tutorials: ⌈1,280 × width⌉",
}
_MULTIPLIERS = ("lab_width", "lab_depth", "lab_resolution")
_OTHERS = {"lab_se": True, "lab_se_ratio": 0.25, "lab_head": "official", "lab_classes": 1000, "lab_in": 3}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What the controls say; `network` is None where that cannot be built."""

    scale: CompoundScale | None
    alpha: float
    beta: float
    gamma: float
    network: ModelSpec | None


def controls() -> Recipe:
    """Phi and its bases, or multipliers by hand; the rounding rule; what is not a matter of scaling."""
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        way = switch("Scale by", {"phi": "One phi", "hand": "By hand"}, key="scale_by")
    rounding = choose(right.selectbox, "Rounding of channels", RULES, key="rounding", default="official")
    return _by_phi(rounding) if way == "phi" else _by_hand(rounding)


def _by_phi(rounding: str) -> Recipe:
    columns = st.columns(4)
    phi = columns[0].slider(
        "phi",
        0.0,
        8.0,
        1.0,
        0.1,
        key="phi",
        bind="query-params",
        help="Compound coefficient: how many times to double the cost.",
    )
    bases = {
        name: column.slider(f"{name} ({what})", 1.0, 2.0, value, 0.01, key=name, bind="query-params")
        for column, name, what, value in zip(
            columns[1:], ("alpha", "beta", "gamma"), ("depth", "width", "resolution"), (ALPHA, BETA, GAMMA), strict=True
        )
    }
    scale = compound_scale(phi, **bases)
    _constraint(scale, **bases)
    return Recipe(scale=scale, **bases, network=_built(phi=phi, **bases, rounding=rounding))


def _constraint(scale: CompoundScale, alpha: float, beta: float, gamma: float) -> None:
    step = alpha * beta**2 * gamma**2
    judged = (
        "close to 2: each phi about doubles the cost"
        if 1.8 <= step <= 2.2
        else ("under 2: each phi costs less than double" if step < 2 else "over 2: each phi costs more than double")
    )
    st.markdown(
        f"alpha · beta² · gamma² = {alpha:g} · {beta**2:.4g} · {gamma**2:.4g} = **{step:.3f}**, {judged}.  "
        f"At phi = {scale.phi:g}: depth × {scale.depth:.3f}, width × {scale.width:.3f}, resolution "
        f"{BASE_RESOLUTION} · {scale.resolution:.3f} = {BASE_RESOLUTION * scale.resolution:.1f} px, predicted "
        f"cost × {scale.cost:.2f}."
    )


def _by_hand(rounding: str) -> Recipe:
    presets = st.container()  # drawn last, because they mark what the numbers below say
    columns = st.columns(3)
    width = columns[0].number_input(
        "Width multiplier", value=1.0, step=0.1, key="lab_width", bind="query-params", format="%.3g"
    )
    depth = columns[1].number_input(
        "Depth multiplier", value=1.0, step=0.1, key="lab_depth", bind="query-params", format="%.3g"
    )
    side = columns[2].number_input(
        "Resolution, px", value=BASE_RESOLUTION, step=1, key="lab_resolution", bind="query-params"
    )
    with presets:
        _presets((width, depth, side), rounding)
    return Recipe(
        scale=None,
        alpha=ALPHA,
        beta=BETA,
        gamma=GAMMA,
        network=_built(width=width, depth=depth, resolution=side, rounding=rounding),
    )


def _presets(scale: tuple[float, float, int], rounding: str) -> None:
    """Published networks, those rounded up to 4 and the tutorials', a click each; marked is what the numbers build."""
    published = [name for name in list_variants() if spec(name).family == "v1"]
    rows = (
        ("Published networks", "lab_preset", published, "official"),
        ("Published multipliers, rounded up to 4", "lab_ceil4", list(TUTORIAL_PHI), "ceil4"),
        ("What tutorials build", "lab_tutorial", list(TUTORIAL_PHI), "tutorial"),
    )
    with st.container(horizontal=True):
        for label, key, names, rule in rows:
            st.session_state[key] = next(
                (name for name in names if rounding == rule and scale == _scale(name, rule)), None
            )
            st.pills(
                label, names, key=key, format_func=str.upper, on_change=_take_preset, args=(key, rule), width="content"
            )


def _take_preset(key: str, rule: str) -> None:
    name = st.session_state[key]
    if name is not None:
        st.session_state.update(zip(_MULTIPLIERS, _scale(name, rule), strict=True))
        st.session_state["rounding"] = rule
        st.session_state["lab_head"] = "tutorial" if rule == "tutorial" else "official"


def _scale(name: str, rule: str) -> tuple[float, float, int]:
    one = tutorial_spec(name) if rule == "tutorial" else spec(name)
    return one.width, one.depth, one.resolution


def _built(**values: Any) -> ModelSpec | None:
    """The network, or under the controls the reason why there is none."""
    others = _other_choices()
    if others is None:
        return None
    try:
        network = custom_spec(**values, **others)
        plan(network)
    except ValueError as error:
        st.error(str(error))
        return None
    return network


def _other_choices() -> dict[str, Any] | None:
    """What is not a matter of scaling; None, with the reason, where it cannot be built."""
    unusual = any(st.session_state.get(key, usual) != usual or key in st.query_params for key, usual in _OTHERS.items())
    with st.expander(
        "Other choices: squeeze and excitation, head, classes, input", icon=":material/tune:", expanded=unusual
    ):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            gated = st.toggle("Squeeze and excitation", value=_OTHERS["lab_se"], key="lab_se", bind="query-params")
            se_ratio = st.number_input(
                "SE ratio",
                value=_OTHERS["lab_se_ratio"],
                step=0.05,
                format="%.3g",
                width=100,
                key="lab_se_ratio",
                bind="query-params",
                disabled=not gated,
                help="Squeeze channels as a share of the channels that enter a block.",
            )
            head = choose(st.selectbox, "Channels of the head", HEADS, key="lab_head", default="official", width=222)
            classes = st.number_input(
                "Classes",
                value=_OTHERS["lab_classes"],
                step=1,
                key="lab_classes",
                width=100,
                bind="query-params",
                help="Outputs of the classifier.",
            )
            channels = st.number_input(
                "Channels in",
                value=_OTHERS["lab_in"],
                step=1,
                key="lab_in",
                width=112,
                bind="query-params",
                help="Of the image: 3 for colour, 1 for grey.",
            )
        others = {"se_ratio": se_ratio if gated else None, "num_classes": classes, "in_channels": channels}
        try:
            check_limits(**others)
        except ValueError as error:
            st.error(str(error))
            return None
    return {**others, "head_rule": head}
