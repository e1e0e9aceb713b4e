"""The controls of the page Scaling laboratory: what to build, with the reason where it cannot be built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from effnet_viz.architecture import ModelSpec, custom_spec, list_variants, plan, spec, tutorial_spec
from effnet_viz.architecture.custom import LIMITS, check_limits
from effnet_viz.architecture.scaling import ALPHA, BETA, GAMMA, CompoundScale, compound_scale
from effnet_viz.architecture.theory import BASE_RESOLUTION, TUTORIAL_PHI
from effnet_viz.ui.structure.drawings import switch
from effnet_viz.ui.widgets.address import address_text
from effnet_viz.ui.widgets.page_parts import error_sentence
from effnet_viz.ui.widgets.url_pickers import choose, choose_number, choose_toggle

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

MOST_TIMES = 10_000  # the cost of B0 from which on a prediction is no longer written out
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
_OTHERS = {
    "custom_se": True,
    "custom_se_ratio": 0.25,
    "custom_head": "official",
    "custom_classes": 1000,
    "custom_channels_in": 3,
}


@dataclass(frozen=True, kw_only=True)
class ScalingChoice:
    """What was set with the controls; `network` is None where that cannot be built."""

    scale: CompoundScale | None
    alpha: float
    beta: float
    gamma: float
    network: ModelSpec | None


def controls() -> ScalingChoice:
    """Phi and its bases, or multipliers by hand; the rounding rule; what is not a matter of scaling."""
    way = switch("Scale by", {"phi": "One phi", "hand": "By hand"}, key="scale_by")
    rounding = choose(st.selectbox, "Rounding of channels", RULES, key="rounding", default="official")
    return _by_phi(rounding) if way == "phi" else _by_hand(rounding)


def _by_phi(rounding: str) -> ScalingChoice:
    (first, alpha), (beta, gamma) = st.columns(2), st.columns(2)
    phi = choose_number(
        first.slider,
        "phi",
        0.0,
        8.0,
        key="phi",
        default=1.0,
        whole=False,
        step=0.1,
        help="Compound coefficient: at the paper's numbers, each step of 1 about doubles the cost.",
    )
    bases = {
        "alpha": _base(alpha, "alpha (depth)", key="alpha", default=ALPHA),
        "beta": _base(beta, "beta (width)", key="beta", default=BETA),
        "gamma": _base(gamma, "gamma (resolution)", key="gamma", default=GAMMA),
    }
    scale = compound_scale(phi, **bases)
    _constraint(scale, **bases)
    return ScalingChoice(scale=scale, **bases, network=_built(phi=phi, **bases, rounding=rounding))


def _base(column: DeltaGenerator, label: str, *, key: str, default: float) -> float:
    return choose_number(column.slider, label, 1.0, 2.0, key=key, default=default, whole=False, step=0.01)


def _constraint(scale: CompoundScale, alpha: float, beta: float, gamma: float) -> None:
    step = alpha * beta**2 * gamma**2
    judged = (
        "close to 2: each phi about doubles the cost"
        if 1.8 <= step <= 2.2
        else ("under 2: each phi costs less than double" if step < 2 else "over 2: each phi costs more than double")
    )
    if scale.cost > MOST_TIMES:
        st.markdown(
            f"alpha · beta² · gamma² = **{step:.3f}**, {judged}. At phi = {scale.phi:g} the predicted cost is more "
            f"than {MOST_TIMES:,} times that of B0."
        )
        return
    st.markdown(
        f"alpha · beta² · gamma² = {alpha:g} · {beta**2:.4g} · {gamma**2:.4g} = **{step:.3f}**, {judged}.  "
        f"At phi = {scale.phi:g}: depth × {scale.depth:.3f}, width × {scale.width:.3f}, resolution "
        f"{BASE_RESOLUTION} · {scale.resolution:.3f} = {BASE_RESOLUTION * scale.resolution:.1f} px, predicted "
        f"cost × {scale.cost:.2f}."
    )


def _by_hand(rounding: str) -> ScalingChoice:
    presets = st.container()  # drawn last, because they mark what the numbers below say
    first, second, third = st.columns(3)
    width = choose_number(
        first.number_input,
        "Width multiplier",
        *LIMITS["width"],
        key="custom_width",
        default=1.0,
        whole=False,
        step=0.1,
        format="%.3g",
    )
    depth = choose_number(
        second.number_input,
        "Depth multiplier",
        *LIMITS["depth"],
        key="custom_depth",
        default=1.0,
        whole=False,
        step=0.1,
        format="%.3g",
    )
    side = choose_number(
        third.number_input,
        "Resolution, px",
        *LIMITS["resolution"],
        key="custom_resolution",
        default=BASE_RESOLUTION,
        step=1,
    )
    with presets:
        _presets((width, depth, side), rounding)
    return ScalingChoice(
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
        ("Published networks", "published_preset", published, "official"),
        ("Published multipliers, rounded up to 4", "ceil4_preset", list(TUTORIAL_PHI), "ceil4"),
        ("What tutorials build", "tutorial_preset", list(TUTORIAL_PHI), "tutorial"),
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
        width, depth, resolution = _scale(name, rule)
        st.session_state.update(custom_width=width, custom_depth=depth, custom_resolution=resolution, rounding=rule)
        st.session_state["custom_head"] = "tutorial" if rule == "tutorial" else "official"


def _scale(name: str, rule: str) -> tuple[float, float, int]:
    base = tutorial_spec(name) if rule == "tutorial" else spec(name)
    return base.width, base.depth, base.resolution


def _built(**values: Any) -> ModelSpec | None:
    """The network, or under the controls the reason why there is none."""
    others = _other_choices()
    if others is None:
        return None
    try:
        network = custom_spec(**values, **others)
        plan(network)
    except ValueError as error:
        error_sentence(error)
        return None
    return network


def _other_choices() -> dict[str, Any] | None:
    """What is not a matter of scaling; None, with the reason, where it cannot be built."""
    unusual = any(
        st.session_state.get(key, usual) != usual or address_text(key) is not None for key, usual in _OTHERS.items()
    )
    with st.expander(
        "Other choices: squeeze and excitation, head, classes, input", icon=":material/tune:", expanded=unusual
    ):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            gated = choose_toggle("Squeeze and excitation", key="custom_se", default=_OTHERS["custom_se"])
            se_ratio = choose_number(
                st.number_input,
                "SE ratio",
                *LIMITS["se_ratio"],
                key="custom_se_ratio",
                default=_OTHERS["custom_se_ratio"],
                whole=False,
                step=0.05,
                format="%.3g",
                width=100,
                disabled=not gated,
                help="Squeeze channels as a share of the channels that enter a block.",
            )
            head = choose(
                st.selectbox,
                "Channels of the head",
                HEADS,
                key="custom_head",
                default=_OTHERS["custom_head"],
                width=222,
            )
            classes = choose_number(
                st.number_input,
                "Classes",
                *LIMITS["num_classes"],
                key="custom_classes",
                default=_OTHERS["custom_classes"],
                step=1,
                width=100,
                help="Outputs of the classifier.",
            )
            channels = choose_number(
                st.number_input,
                "Channels in",
                *LIMITS["in_channels"],
                key="custom_channels_in",
                default=_OTHERS["custom_channels_in"],
                step=1,
                width=112,
                help="Of the image: 3 for colour, 1 for grey.",
            )
        others = {"se_ratio": se_ratio if gated else None, "num_classes": classes, "in_channels": channels}
        try:
            check_limits(**others)
        except ValueError as error:
            error_sentence(error)
            return None
    return {**others, "head_rule": head}
