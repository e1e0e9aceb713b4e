"""Lesson 6: depth, width and resolution, alone and together."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from effnet_viz.architecture import LIMITS
from effnet_viz.architecture.scaling import compound_scale, scale_repeats
from effnet_viz.draw.lesson_charts import growth_bars
from effnet_viz.draw.lesson_pictures import seen_at
from effnet_viz.draw.numbers import factor as plain
from effnet_viz.draw.numbers import si
from effnet_viz.explain import Capture, Model
from effnet_viz.images import Photo
from effnet_viz.lessons import scaling
from effnet_viz.lessons.quiz import dice_for
from effnet_viz.lessons.scaling import ScaledNetwork
from effnet_viz.ui.lessons.frame import Ending, Lesson, Link, real_code, side_by_side
from effnet_viz.ui.lessons.scaling_runs import run_them
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.browser import on_stage
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.table_data import table_of
from effnet_viz.ui.widgets.url_pickers import choose_number

MOST = int(LIMITS["depth"][1])  # depth alone is multiplied by the whole cost, and more blocks cannot be built

LEAD = """
With more computation to spend, a network can grow **deeper** (more blocks), **wider** (more channels) or look
**closer** (more pixels). Each alone soon helps less (the paper, section 3.2): very deep networks are hard to train, and
very wide but shallow ones have difficulties in capturing higher-level features. With more pixels, a network needs more
layers to see as much of the picture, and more channels for its finer patterns (section 3.3). EfficientNet grows all
three together, by one number $\\phi$:

$$d = \\alpha^\\phi, \\quad w = \\beta^\\phi, \\quad r = \\gamma^\\phi, \\qquad \\text{cost} \\propto d\\,w^2 r^2$$

with $\\alpha = 1.2$ for depth, $\\beta = 1.1$ for width and $\\gamma = 1.15$ for resolution.

Choose how many times the cost of B0 you can pay.
"""


def show(interaction: DeltaGenerator, code: DeltaGenerator, model: Model, photo: Photo, run: Capture) -> Ending:
    """Four ways to grow, three networks side by side, and the code.

    Args:
        interaction: place for what one touches and sees.
        code: place for the code.
        model: the network.
        photo: the photo.
        run: the network's run on it; this lesson makes its own.
    """
    with interaction:
        with st.container():
            times = _ways(model, photo)
        run_them(model, photo)
    with code:
        real_code(compound_scale)
        real_code(scale_repeats)
    phi = scaling.phi_of(times)
    return Ending(
        questions=scaling.questions(times, dice_for(model.key, photo.digest, "scaling")),
        links=(Link(page="scaling", label="Scaling laboratory: your own α, β, γ and φ", query={"phi": f"{phi:.1f}"}),),
    )


LESSON = Lesson(title="Scaling", lead=LEAD, show=show)


def _ways(model: Model, photo: Photo) -> float:
    """B0 and four ways to grow it: what the photo looks like to each, and what each costs; how many times B0's."""
    with st.container(key="pinned"):
        control, pictures = st.columns([1, 4], gap="medium") if on_stage() else (st.container(), st.container())
    with control:
        times = float(choose_number(st.slider, "Times the cost of B0", 2, MOST, key="times", default=5))
    base = scaling.scaled_network("B0", depth=1.0, width=1.0, resolution=scaling.BASE)
    networks = [base, *(scaling.scale_to_factor(way, times) for way in scaling.WAYS)]
    with pictures:
        _seen(model, photo, networks)
    note(
        "What the network gets of the photo, with the cells of its last maps; below: pixels → cells. Only "
        f"resolution changes either, and a cell always covers {base.plan.spec.total_stride} pixels."
    )
    _networks(networks)
    for column, chart in zip(st.columns(2), growth_bars(networks), strict=True):
        show_chart(column, spec=chart, alt="Bars: B0 and four ways to grow")
    note(
        "Multipliers are chosen so that cost is predicted to be the same; rounding to whole blocks and channels "
        "makes the difference."
    )
    return times


def _networks(networks: list[ScaledNetwork]) -> None:
    st.dataframe(
        table_of(
            {
                "Network": network.title,
                "Depth, width": f"{plain(network.depth)}, {plain(network.width)}",
                "Pixels": network.resolution,
                "Blocks": network.blocks,
                "Parameters": si(network.plan.params),
                "MACs": si(network.plan.macs),
                "Last maps": f"{network.last_map}×{network.last_map}",
            }
            for network in networks
        ),
        hide_index=True,
        width="stretch",
    )


def _seen(model: Model, photo: Photo, networks: list[ScaledNetwork]) -> None:
    sizes = tuple((network.resolution, network.last_map) for network in networks)
    pictures = _photos(photo.digest, model.preprocessing.view(photo.width, photo.height).box, sizes, photo)
    side_by_side(
        "seen",
        {
            network.title.removesuffix(" alone"): (picture, f"{network.resolution}² → {network.last_map}²")
            for network, picture in zip(networks, pictures, strict=True)
        },
        "What the network gets of the photo",
    )


@kept
def _photos(
    photo_digest: str, box: tuple[float, ...], sizes: tuple[tuple[int, int], ...], _photo: Photo
) -> list[bytes]:
    return seen_at(_photo.image, box, list(sizes))
