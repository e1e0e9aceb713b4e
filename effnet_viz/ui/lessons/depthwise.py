"""Lesson 2: standard or depthwise convolution: what each costs, and what it really takes."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from effnet_viz.architecture import plan
from effnet_viz.draw.lesson_charts import way_bars
from effnet_viz.draw.lesson_scenes import connections
from effnet_viz.draw.network_words import fused_share_words
from effnet_viz.draw.numbers import si
from effnet_viz.explain import Capture, Model
from effnet_viz.images import Photo
from effnet_viz.lessons import depthwise
from effnet_viz.lessons.depthwise import Convolution, Times
from effnet_viz.lessons.quiz import dice_for
from effnet_viz.network import ConvBlock
from effnet_viz.ui.lessons.frame import Ending, Lesson, Link, asked_for, real_code, show_scene
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.url_pickers import choose, choose_number

MOST_CHANNELS, MOST_SIZE = 1152, 224
KERNELS = {"3": "3×3", "5": "5×5", "7": "7×7"}
OWN = "numbers of your own"
EXAMPLE = Convolution(in_channels=32, out_channels=64, kernel=3, size=56)  # where a network has no depthwise step
WAYS = ("standard", "depthwise", "separable")

LEAD = """
A **standard** convolution gives every output channel a filter for every input channel: it looks at places and mixes
channels at once. A **depthwise** convolution gives each channel one filter of its own and mixes nothing. A
**pointwise** (1×1) convolution behind it mixes channels and looks at no neighbouring places. The two together, called
*separable*, need a fraction of the weights. They cannot do everything that a standard one can: each output sees the
same few filtered maps, only mixed differently. Choose a layer of this network, or move the sliders.
"""


def show(interaction: DeltaGenerator, code: DeltaGenerator, model: Model, photo: Photo, run: Capture) -> Ending:
    """Sliders, costs, connections, times, and the code.

    Args:
        interaction: place for what one touches and sees.
        code: place for the code.
        model: the network.
        photo: the photo.
        run: the network's run on it.
    """
    drawn = plan(model.spec, run.input.shape[-1])
    found = depthwise.convolutions_in(drawn)
    with interaction:
        one = _chosen(model, found)
        _formulas(one)
        _connections(one)
        _table(one, fused_share_words(drawn), bool(found))
        _times(one)
    with code:
        built = next((model.network.layer(f"{block}.depthwise") for block in found), None)
        real_code(ConvBlock, built, f"the first depthwise step of {model.spec.title}, with as many groups as channels")
    everything = list(found.values()) or [one]
    return Ending(
        questions=depthwise.questions(one, everything, dice_for(model.key, photo.digest, "depthwise")),
        links=(
            Link(
                page="architecture",
                label="Architecture: the arithmetic of every layer of this network",
                query={"table": "layers"},
            ),
        ),
    )


LESSON = Lesson(title="Standard or depthwise", lead=LEAD, show=show)


def _chosen(model: Model, found: dict[str, Convolution]) -> Convolution:
    """The sliders, and above them the layers of the network that they can be set to."""
    start = next(iter(list(found.values())[len(found) // 3 :]), EXAMPLE)
    if st.session_state.setdefault("lesson_layers_of", model.key) != model.key:
        st.session_state["lesson_layers_of"] = model.key
        _set(start)
    slot = st.container()
    left, right = st.columns(2)
    with left:
        inputs = choose_number(st.slider, "Input channels", 1, MOST_CHANNELS, key="c_in", default=start.in_channels)
        outputs = choose_number(st.slider, "Output channels", 1, MOST_CHANNELS, key="c_out", default=start.out_channels)
    with right:
        size = choose_number(st.slider, "Height and width of the maps", 1, MOST_SIZE, key="size", default=start.size)
        kernel = int(
            choose(
                st.segmented_control,
                "Kernel, in pixels",
                KERNELS,
                key="kernel",
                default=str(start.kernel),
                required=True,
            )
        )
    one = Convolution(in_channels=inputs, out_channels=outputs, kernel=kernel, size=size)
    offered = {found[id]: id for id in reversed(found)}  # of equal layers the first
    ids = list(reversed(offered.values()))
    st.session_state["lesson_layer"] = offered.get(one, OWN)
    slot.selectbox(
        "Set the sliders to a layer",
        [*ids, OWN],
        key="lesson_layer",
        on_change=_take,
        args=(found,),
        format_func=lambda id: OWN if id == OWN else f"{id}.depthwise and {id}.project",
    )
    return one


def _take(found: dict[str, Convolution]) -> None:
    if st.session_state["lesson_layer"] in found:
        _set(found[st.session_state["lesson_layer"]])


def _set(one: Convolution) -> None:
    st.session_state.update(c_in=one.in_channels, c_out=one.out_channels, kernel=str(one.kernel), size=one.size)


def _formulas(one: Convolution) -> None:
    """Weights and multiply-adds with the sliders' numbers put in; narrow enough for a small projector."""
    square, width, places = rf"{one.kernel}^2", one.in_channels, rf"{one.size}\cdot{one.size}"
    weights = {way: _spaced(getattr(one, way)) for way in WAYS}
    work = {way: _spaced(one.macs(getattr(one, way))) for way in WAYS}
    st.latex(
        r"\begin{aligned}"
        rf"\textsf{{standard}} &: k^2 C_{{in}} C_{{out}} = {square}\cdot{width}\cdot{one.out_channels} "
        rf"= {weights['standard']}\\"
        rf"\textsf{{depthwise}} &: k^2 C_{{in}} = {square}\cdot{width} = {weights['depthwise']}\\"
        rf"\textsf{{separable}} &: k^2 C_{{in}} + C_{{in}} C_{{out}} = {square}\cdot{width} + "
        rf"{width}\cdot{one.out_channels} = {weights['separable']}"
        r"\end{aligned}"
    )
    st.markdown(f"These are the weights. Each is used once at every one of ${places}$ places:")
    st.latex(
        r"\begin{aligned}"
        + r"\\".join(rf"\textsf{{{way}}} &: {weights[way]} \cdot {places} &&= {work[way]}" for way in WAYS)
        + r"\end{aligned}"
    )
    st.latex(
        rf"\frac{{\textsf{{separable}}}}{{\textsf{{standard}}}} = \frac{{1}}{{C_{{out}}}} + \frac{{1}}{{k^2}} = "
        rf"\frac{{1}}{{{one.out_channels}}} + \frac{{1}}{{{one.kernel**2}}} = {one.ratio:.4f}"
    )


def _spaced(count: int) -> str:
    return f"{count:,}".replace(",", r"\,")


def _connections(one: Convolution) -> None:
    columns = st.columns(3)
    for column, way in zip(columns, WAYS, strict=True):
        with column:
            st.markdown(f"**{way.capitalize()}**")
            show_scene(connections(way, one.in_channels, one.out_channels, one.kernel))
            outputs = one.in_channels if way == "depthwise" else one.out_channels
            st.markdown(f"{si(getattr(one, way))} weights, {outputs:,} channels out")
    note("Circles are channels, at most six drawn; lines say which inputs an output is computed from.")


def _table(one: Convolution, where: str, depthwise_here: bool) -> None:
    square = f"{one.kernel}×{one.kernel}"
    st.table(
        {
            "": ["Mixes channels", "Sees neighbouring places", "Filters", "Weights", "Multiply-adds", "Found in"],
            "Standard": [
                "yes",
                "yes",
                f"{one.out_channels:,} of {square}×{one.in_channels:,}",
                f"{one.standard:,}",
                f"{one.macs(one.standard):,}",
                f"ResNet, VGG; {where}",
            ],
            "Depthwise": [
                "no",
                "yes",
                f"{one.in_channels:,} of {square}",
                f"{one.depthwise:,}",
                f"{one.macs(one.depthwise):,}",
                "inside MBConv" if depthwise_here else "inside MBConv; not in this network",
            ],
            "Depthwise + pointwise": [
                "yes, in the second step",
                "yes, in the first step",
                f"{one.in_channels:,} of {square}, {one.out_channels:,} of 1×1×{one.in_channels:,}",
                f"{one.separable:,}",
                f"{one.macs(one.separable):,}",
                "MobileNet, MBConv",
            ],
        },
        border="horizontal",
    )


def _times(one: Convolution) -> None:
    st.subheader("How long they take on this machine", anchor=False)
    if not asked_for(one, "Measure", key="measure_convolutions"):
        note("Runs the three convolutions with PyTorch on this machine's processor, for about half a second.")
        return
    times = _measured(one)
    seconds = {way: getattr(times, way) for way in WAYS}
    work = {way: one.macs(getattr(one, way)) for way in WAYS}
    left, right = st.columns(2)
    left.vega_lite_chart(spec=way_bars(work, "Multiply-adds", ",.0f"), alt=f"Multiply-adds: {work}")
    milliseconds = {way: value * 1e3 for way, value in seconds.items()}
    right.vega_lite_chart(spec=way_bars(milliseconds, "Milliseconds", ".3f"), alt=f"Milliseconds: {milliseconds}")
    st.markdown(
        f"The separable convolution does **{one.separable / one.standard:.1%}** of the multiply-adds in "
        f"**{times.separable / times.standard:.1%}** of the time. The two shares would be equal if every multiply-add "
        "took equally long. But a standard convolution uses each number that it has loaded for all "
        f"{one.out_channels:,} outputs, while a depthwise one uses it at most {one.kernel**2} times, then has to load "
        "the next: it waits for memory. Two layers also write the maps in between and read them again."
    )
    note(
        f"Median of repeated runs with {times.threads} thread(s), float32, one image of {times.size}×{times.size}"
        + ("." if times.size == one.size else f" (smaller than {one.size}, to keep the measurement short).")
    )


@kept(spinner="Measuring")
def _measured(one: Convolution) -> Times:
    return depthwise.measure(one)
