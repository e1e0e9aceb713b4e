"""Lesson 2: standard or depthwise convolution: what each costs, and what it really takes."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from effnet_viz.architecture import plan
from effnet_viz.draw.lesson_charts import way_bars
from effnet_viz.draw.lesson_scenes import connections
from effnet_viz.draw.network_words import fused_share_words
from effnet_viz.draw.numbers import counted, si
from effnet_viz.explain import Capture, Model
from effnet_viz.images import Photo
from effnet_viz.lessons import depthwise
from effnet_viz.lessons.depthwise import WAYS, Convolution, Times
from effnet_viz.lessons.quiz import dice_for
from effnet_viz.network import ConvBlock
from effnet_viz.ui.lessons.frame import Ending, Lesson, Link, real_code, show_scene
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.url_pickers import choose, choose_number

MOST_CHANNELS, MOST_SIZE = 1152, 224
MOST_WEIGHTS = MOST_CHANNELS**2 * 7**2  # of a convolution that is measured: 260 MB
KERNELS = {"3": "3×3", "5": "5×5", "7": "7×7"}
OWN = "numbers of your own"
NARROW, WIDE = 200.0, 300.0  # pixels that a drawing of connections is laid out for
EXAMPLE = Convolution(in_channels=32, out_channels=64, kernel=3, size=56)  # where a network has no depthwise step
AT_ONCE, MOST_MEASURED = 3, 15  # measurements at a press, and of how many the median is taken

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
    convolutions = depthwise.convolutions_in(drawn)
    with interaction:
        picture = st.container(key="pinned")
        convolution = _chosen(model, convolutions)
        with picture:
            _connections(convolution)
        note("Circles are channels, at most six drawn; lines say which inputs an output is computed from.")
        _formulas(convolution)
        _table(convolution, fused_share_words(drawn), bool(convolutions))
        _times(convolution)
    with code:
        built = next((model.network.layer(f"{block}.depthwise") for block in convolutions), None)
        real_code(ConvBlock, built, f"the first depthwise step of {model.spec.title}, with as many groups as channels")
    everything = list(convolutions.values()) or [convolution]
    return Ending(
        questions=depthwise.questions(convolution, everything, dice_for(model.key, photo.digest, "depthwise")),
        links=(
            Link(
                page="architecture",
                label="Architecture: the arithmetic of every layer of this network",
                query={"table": "layers"},
            ),
        ),
    )


LESSON = Lesson(title="Standard or depthwise", short="Depthwise", lead=LEAD, show=show)


def _chosen(model: Model, convolutions: dict[str, Convolution]) -> Convolution:
    """The sliders, and above them the layers of the network that they can be set to."""
    start = next(iter(list(convolutions.values())[len(convolutions) // 3 :]), EXAMPLE)
    if st.session_state.setdefault("lesson_layers_of", model.key) != model.key:
        st.session_state["lesson_layers_of"] = model.key
        _set(start)
    layers = convolutions.values()  # of large networks larger than the sliders of others
    most_channels = max([MOST_CHANNELS, *(max(layer.in_channels, layer.out_channels) for layer in layers)])
    most_size = max([MOST_SIZE, *(layer.size for layer in layers)])
    slot = st.container()
    left, right = st.columns(2)
    with left:
        inputs = choose_number(st.slider, "Input channels", 1, most_channels, key="c_in", default=start.in_channels)
        outputs = choose_number(st.slider, "Output channels", 1, most_channels, key="c_out", default=start.out_channels)
    with right:
        size = choose_number(st.slider, "Height and width of the maps", 1, most_size, key="size", default=start.size)
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
    convolution = Convolution(in_channels=inputs, out_channels=outputs, kernel=kernel, size=size)
    offered = {convolutions[id]: id for id in reversed(convolutions)}  # of equal layers the first
    ids = list(reversed(offered.values()))
    st.session_state["lesson_layer"] = offered.get(convolution, OWN)
    slot.selectbox(
        "Set the sliders to a layer",
        [*ids, OWN],
        key="lesson_layer",
        on_change=_take,
        args=(convolutions,),
        format_func=lambda id: OWN if id == OWN else f"{id}.depthwise and {id}.project",
    )
    return convolution


def _take(convolutions: dict[str, Convolution]) -> None:
    if st.session_state["lesson_layer"] in convolutions:
        _set(convolutions[st.session_state["lesson_layer"]])


def _set(convolution: Convolution) -> None:
    st.session_state.update(
        c_in=convolution.in_channels,
        c_out=convolution.out_channels,
        kernel=str(convolution.kernel),
        size=convolution.size,
    )


def _formulas(convolution: Convolution) -> None:
    """Weights and multiply-adds with the sliders' numbers put in; narrow enough for a small projector."""
    square, width, places = (
        rf"{convolution.kernel}^2",
        convolution.in_channels,
        rf"{convolution.size}\cdot{convolution.size}",
    )
    weights = {way: _spaced(getattr(convolution, way)) for way in WAYS}
    work = {way: _spaced(convolution.macs(getattr(convolution, way))) for way in WAYS}
    st.latex(
        r"\begin{aligned}"
        rf"\textsf{{standard}} &: k^2 C_{{in}} C_{{out}} = {square}\cdot{width}\cdot{convolution.out_channels} "
        rf"= {weights['standard']}\\"
        rf"\textsf{{depthwise}} &: k^2 C_{{in}} = {square}\cdot{width} = {weights['depthwise']}\\"
        rf"\textsf{{separable}} &: k^2 C_{{in}} + C_{{in}} C_{{out}} = {square}\cdot{width} + "
        rf"{width}\cdot{convolution.out_channels} = {weights['separable']}"
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
        rf"\frac{{1}}{{{convolution.out_channels}}} + \frac{{1}}{{{convolution.kernel**2}}} = "
        rf"{100 * convolution.ratio:.1f}\%"
    )


def _spaced(count: int) -> str:
    return f"{count:,}".replace(",", r"\,")


def _connections(convolution: Convolution) -> None:
    columns = st.columns(3)
    for column, way in zip(columns, WAYS, strict=True):
        with column:
            st.markdown(f"**{way.capitalize()}**")
            show_scene(
                f"lesson_scene_{way}",
                *(
                    connections(way, convolution.in_channels, convolution.out_channels, convolution.kernel, width=width)
                    for width in (NARROW, WIDE)
                ),
            )
            outputs = convolution.in_channels if way == "depthwise" else convolution.out_channels
            st.markdown(f"{_weights(getattr(convolution, way))}, {counted(outputs, 'channel')} out")


def _weights(count: int) -> str:
    return "1 weight" if count == 1 else f"{si(count)} weights"


def _table(convolution: Convolution, where: str, depthwise_here: bool) -> None:
    square = f"{convolution.kernel}×{convolution.kernel}"
    st.table(
        {
            "": ["Mixes channels", "Sees neighbouring places", "Filters", "Weights", "Multiply-adds", "Found in"],
            "Standard": [
                "yes",
                "yes",
                f"{convolution.out_channels:,} of {square}×{convolution.in_channels:,}",
                f"{convolution.standard:,}",
                f"{convolution.macs(convolution.standard):,}",
                f"ResNet, VGG; {where}",
            ],
            "Depthwise": [
                "no",
                "yes",
                f"{convolution.in_channels:,} of {square}",
                f"{convolution.depthwise:,}",
                f"{convolution.macs(convolution.depthwise):,}",
                "inside MBConv" if depthwise_here else "inside MBConv; not in this network",
            ],
            "Depthwise + pointwise": [
                "yes, in the second step",
                "yes, in the first step",
                f"{convolution.in_channels:,} of {square}, "
                f"{convolution.out_channels:,} of 1×1×{convolution.in_channels:,}",
                f"{convolution.separable:,}",
                f"{convolution.macs(convolution.separable):,}",
                "MobileNet, MBConv",
            ],
        },
        border="horizontal",
    )


def _times(convolution: Convolution) -> None:
    st.header("How long they take on this machine", anchor=False)
    if convolution.standard > MOST_WEIGHTS:  # such sliders are offered for large networks, one of which runs for all
        note(f"The standard one has {convolution.standard:,} weights; up to {MOST_WEIGHTS:,} are measured here.")
        return
    measured: list[Times] = st.session_state.setdefault("lesson_times", {}).setdefault(convolution, [])
    if st.button("Measure", icon=":material/timer:", key="measure_convolutions"):
        with st.spinner("Measuring"):
            measured += [depthwise.measure(convolution) for _ in range(AT_ONCE)]
        del measured[:-MOST_MEASURED]
    if not measured:
        note("Runs the three convolutions with PyTorch on this machine's processor, for about a second and a half.")
        return
    times = depthwise.median_of(measured)
    milliseconds = {way: getattr(times, way) * 1e3 for way in WAYS}
    work = {way: convolution.macs(getattr(convolution, way)) for way in WAYS}
    left, right = st.columns(2)
    show_chart(left, spec=way_bars(work, "Multiply-adds", ",.0f"), alt=f"Multiply-adds: {work}")
    show_chart(right, spec=way_bars(milliseconds, "Milliseconds", ".3f"), alt=f"Milliseconds: {milliseconds}")
    st.markdown(depthwise.time_words(convolution, times))
    note(
        f"Median of {counted(len(measured), 'measurement')}, each the median of many runs, with "
        f"{counted(times.threads, 'thread')}, float32, one image of {times.size}×{times.size}"
        + (
            "."
            if times.size == convolution.size
            else f" (smaller than {convolution.size}, to keep the measurement short)."
        )
    )
