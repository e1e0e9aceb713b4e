"""Lesson 1: one convolution block on the photo: convolution, normalisation, activation, and every window's sum."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from effnet_viz.architecture import ModelSpec, plan
from effnet_viz.draw.lesson_charts import REACH, activation_curve, input_histogram
from effnet_viz.draw.lesson_pictures import input_picture, step_pictures
from effnet_viz.draw.lesson_scenes import ACTIVATION_NAMES, window_sum
from effnet_viz.draw.maps import scale_of
from effnet_viz.draw.network_words import activation_words, input_words
from effnet_viz.explain import Capture, Model
from effnet_viz.images import Photo
from effnet_viz.lessons import convolution
from effnet_viz.lessons.convolution import KERNELS, ConvolutionSteps
from effnet_viz.lessons.quiz import dice_for
from effnet_viz.network import ConvBlock
from effnet_viz.ui.lessons.frame import Ending, Lesson, Link, real_code, show_scene
from effnet_viz.ui.lessons.window_player import playing_input, playing_sums
from effnet_viz.ui.widgets.address import Reading, from_address, read_number, to_address
from effnet_viz.ui.widgets.browser import on_stage
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.page_parts import note, small_columns
from effnet_viz.ui.widgets.pictures import show_picture
from effnet_viz.ui.widgets.url_pickers import choose, choose_number

STEM, OWN = "From the stem", "Your own"
CELLS = [(row, column) for row in range(3) for column in range(3)]
WIDGETS = [f"kernel_{row}{column}" for row, column in CELLS]  # keys of the nine number inputs
CURVE_POINTS = 121
LARGEST = 100.0  # of a kernel's numbers

LEAD = """
A **convolution** lays a small grid of numbers, the kernel, over each place of the picture, multiplies there, and adds
the products. **Batch normalisation** subtracts a mean and divides by a spread, which makes training faster. An
**activation** lets positive values pass (ReLU6 only up to 6) and makes negative ones small or zero. In one line:

$$y = \\delta\\Big(a\\,\\frac{w * x - \\mu}{\\sqrt{v + \\varepsilon}} + b\\Big)$$

$x$ is the picture, $w$ the kernel, $*$ the convolution, $\\delta$ the activation, $y$ the result. $\\mu$ and $v$ are
mean and variance of the sums; a tiny $\\varepsilon$ prevents division by 0. Factor $a$ and shift $b$ are learned.
(Books call them gamma and beta; here these words belong to lesson 6.) Change a number of the kernel, or move the
window.
"""


def show(interaction: DeltaGenerator, code: DeltaGenerator, model: Model, photo: Photo, run: Capture) -> Ending:
    """Kernel, window, three pictures, the activation's curve, and the code.

    Args:
        interaction: place for what one touches and sees.
        code: place for the code.
        model: the network.
        photo: the photo.
        run: the network's run on it.
    """
    with interaction:
        # In the projector view everything else stands beside the picture, which stays.
        left, right = st.columns([1, 2] if on_stage() else [2, 3], gap="medium")
        with right:
            steps = _chosen(model, photo, run)
            playing = st.toggle("Play", key="lesson_play")
        with left, st.container(key="pinned"):
            slot = st.empty()
        with right if on_stage() else st.container():
            if playing:
                _film(steps, slot.container())
            else:
                _window(steps, slot.container())
            _curve(model.spec, steps)
        mode = STEM if steps.image.shape[0] > 1 else OWN
        shown = (model.key, photo.digest, mode, str(steps.kernel.tolist()), str(steps.stride), str(steps.pads))
    with code:
        real_code(ConvBlock, model.network.layer("1"), f"the stem of {model.spec.title}")
    stem = plan(model.spec, run.input.shape[-1]).blocks[0]
    return Ending(
        questions=convolution.questions(steps, dice_for(*shown)),
        links=(Link(page="feature_maps", label="Feature maps: all channels of the stem", query={"block": stem.id}),),
    )


LESSON = Lesson(title="Convolution block", short="Convolution", lead=LEAD, show=show)


def _chosen(model: Model, photo: Photo, run: Capture) -> ConvolutionSteps:
    """The block on the screen: its kernel, stride and padding."""
    options = [*KERNELS, OWN, STEM]
    chosen = choose(st.selectbox, "Kernel", {name: name for name in options}, key="filter", default=options[0])
    if chosen == STEM:
        channels = model.network.layer("1").conv.out_channels
        channel = choose_number(st.slider, "Channel of the stem", 0, channels - 1, key="stem_channel", default=0)
        st.markdown(
            f"One of the stem's {channels} filters, on {input_words(model.spec.in_channels)}. At inference the factor "
            "of batch norm is part of the filter's weights, so below only its shift is left."
        )
        return convolution.by_stem(model, run, channel)
    kernel = _edited(chosen)
    first, second = st.columns(2)
    with first:
        stride = choose(st.segmented_control, "Stride", {"1": "1", "2": "2"}, key="stride", default="1", required=True)
    with second:
        padding = choose(
            st.segmented_control, "Padding", {"0": "0", "1": "1"}, key="padding", default="1", required=True
        )
    return convolution.by_hand(
        convolution.grey_photo(model, photo), kernel, model.spec, stride=int(stride), padding=int(padding)
    )


def _edited(chosen: str) -> np.ndarray:
    """The nine numbers; a changed one makes the kernel one's own, which the address then carries."""
    before = st.session_state.get("weights_3x3")
    values = from_address("weights_3x3", _read_kernel, lambda kept: kept, _of(chosen))
    if chosen in KERNELS:
        values = _of(chosen)
    for (row, column), widget, value in zip(CELLS, WIDGETS, values, strict=True):
        if values != before or widget not in st.session_state:
            st.session_state[widget] = value
        if column == 0:
            line = small_columns(f"kernel_{row}", 3)
        line[column].number_input(
            f"Row {row + 1}, column {column + 1}",
            -LARGEST,
            LARGEST,
            step=0.5,
            format="%.2f",
            key=widget,
            label_visibility="collapsed",
            on_change=_own,
        )
    numbers = st.session_state["weights_3x3"] = [st.session_state[widget] for widget in WIDGETS]
    to_address("weights_3x3", ",".join(f"{number:g}" for number in numbers) if chosen == OWN else None)
    return np.array(numbers).reshape(3, 3)


def _read_kernel(text: str) -> Reading[list[float]]:
    """The nine numbers that the address carries."""
    readings = [read_number(number, -LARGEST, LARGEST, None, whole=False) for number in text.split(",", len(CELLS))]
    if len(readings) != len(CELLS) or any(reading.problem for reading in readings):
        return Reading(
            _of(next(iter(KERNELS))), f"is not a list of {len(CELLS)} numbers between {-LARGEST:g} and {LARGEST:g}"
        )
    return Reading([reading.value for reading in readings])


def _of(chosen: str) -> list[float]:
    """The nine numbers of a kernel of the list, the first one's for one's own."""
    return np.asarray(KERNELS.get(chosen, next(iter(KERNELS.values()))), dtype=float).reshape(-1).tolist()


def _own() -> None:
    st.session_state["filter"] = OWN


def _names(steps: ConvolutionSteps) -> tuple[str, str, str]:
    """The three steps in words."""
    return "Convolution", "Normalisation", ACTIVATION_NAMES[steps.activation]


def _at(steps: ConvolutionSteps) -> int:
    """Number of the window that is looked at."""
    middle = steps.windows // 2 + steps.convolved.shape[1] // 2
    return min(st.session_state.setdefault("lesson_window", middle), steps.windows - 1)


def _film(steps: ConvolutionSteps, slot: DeltaGenerator) -> None:
    """The window moves by itself, until Play is switched off; what is changed meanwhile begins a new film."""
    film = f"{hash((steps.image.tobytes(), steps.kernel.tobytes(), steps.stride, steps.pads))}"
    begun, start = st.session_state.get("lesson_film", ("", 0))
    if begun != film:
        start = _at(steps)
        st.session_state["lesson_film"] = film, start
    with slot:
        playing_input(steps, start, film)
    playing_sums(steps, start, film, _names(steps))


@st.fragment
def _window(steps: ConvolutionSteps, slot: DeltaGenerator) -> None:
    """One window: where it lies, its numbers, and where its sum is written."""
    st.session_state.pop("lesson_film", None)
    at = _at(steps)
    window = steps.window(at)
    row, column = divmod(at, steps.convolved.shape[1])
    with slot:
        show_picture(input_picture(steps, window.box), alt=f"The input, window {at + 1} framed")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Back", icon=":material/skip_previous:", on_click=_move, args=(steps, -1), key="window_back")
        st.button("Step", icon=":material/skip_next:", on_click=_move, args=(steps, 1), key="window_step")
        st.button(
            "Next row",
            icon=":material/keyboard_double_arrow_down:",
            on_click=_move,
            args=(steps, steps.convolved.shape[1]),
            key="window_row",
        )
        st.markdown(f"Window {at + 1:,} of {steps.windows:,}: row {row}, column {column}")
    show_scene("lesson_scene_window", window_sum(steps, window))
    names = _names(steps)
    pictures = step_pictures(steps, at)
    values = (steps.convolved, steps.normalised, steps.activated)
    columns = small_columns("window_steps", 3)
    for place, name, picture, value in zip(columns, names, pictures, values, strict=True):
        place.markdown(f"**{name}**")
        show_picture(picture, alt=f"{name}, {value.shape[0]} by {value.shape[1]} values", place=place)
        place.caption(f"{value.shape[0]}×{value.shape[1]}, {scale_of(value).low:.2f} to {scale_of(value).high:.2f}")
    note(
        "Blue is negative, white zero, red positive, to the largest absolute value; the last picture runs from its "
        "lowest (dark) to its highest value. Where a window reaches over the edge, zeros are used."
    )


def _move(steps: ConvolutionSteps, by: int) -> None:
    st.session_state["lesson_window"] = (st.session_state.get("lesson_window", 0) + by) % steps.windows


def _curve(network: ModelSpec, steps: ConvolutionSteps) -> None:
    """The activation's curve over the values that come in.

    Args:
        network: whose activation it is.
        steps: the convolution.
    """
    name = ACTIVATION_NAMES[steps.activation]
    st.header(f"The activation: {name}", anchor=False)
    xs = np.linspace(-REACH, REACH, CURVE_POINTS)
    drawn = dict.fromkeys((steps.activation, "silu"))
    curves = {activation: (xs, convolution.activate(xs, activation)) for activation in drawn}
    show_chart(st, spec=activation_curve(curves), alt=f"Curve of {name}")
    show_chart(st, spec=input_histogram(steps), alt="How often each normalised value occurs")
    formulas = {
        "silu": r"\mathrm{SiLU}(x) = x \cdot \mathrm{sigmoid}(x) = \frac{x}{1 + e^{-x}}",
        "relu6": r"\mathrm{ReLU6}(x) = \min(\max(x, 0), 6)",
        "relu": r"\mathrm{ReLU}(x) = \max(x, 0)",
    }
    st.latex(r"\begin{gathered}" + r"\\[6pt]".join(formulas[name] for name in drawn) + r"\end{gathered}")
    negative = float((steps.normalised < 0).mean())
    st.markdown(activation_words(network, negative))
