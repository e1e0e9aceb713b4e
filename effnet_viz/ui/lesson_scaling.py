"""Lesson 6: depth, width and resolution, alone and together."""

from __future__ import annotations

import streamlit as st

from effnet_viz.architecture.scaling import compound_scale, scale_repeats
from effnet_viz.draw.feature_pictures import Sheet
from effnet_viz.draw.lesson_charts import growth_bars
from effnet_viz.draw.lesson_pictures import seen_at
from effnet_viz.draw.numbers import factor as plain
from effnet_viz.draw.numbers import si
from effnet_viz.explain import Capture, Model
from effnet_viz.images import Photo
from effnet_viz.lessons import growth
from effnet_viz.lessons.growth import Grown
from effnet_viz.lessons.questions import dice_for
from effnet_viz.ui.click_image import Tile, pick_tile
from effnet_viz.ui.furniture import note
from effnet_viz.ui.lesson_frame import Lesson, Link, check_yourself, goes_on, kept_slider, real_code

MOST = 32

LEAD = """
With more computation to spend, a network can grow **deeper** (more blocks), **wider** (more channels) or look
**closer** (more pixels). Each alone soon stops helping: deep chains are hard to train, wide ones see little
context, fine pixels need filters that reach further. EfficientNet grows all three together, by one number $\\phi$:

$$d = \\alpha^\\phi, \\quad w = \\beta^\\phi, \\quad r = \\gamma^\\phi, \\qquad \\text{cost} \\propto d\\,w^2 r^2$$

Choose how many times the cost of B0 you can pay.
"""


def show(model: Model, photo: Photo, run: Capture) -> None:
    """Four ways to grow, three networks side by side, the code, the questions."""
    _lesson(model, photo)


LESSON = Lesson(title="Scaling", lead=LEAD, show=show)


@st.fragment
def _lesson(model: Model, photo: Photo) -> None:
    times = float(kept_slider("Times the cost of B0", 2, MOST, 5, "times"))
    ways = [growth.grow(way, times) for way in growth.WAYS]
    base = growth.grown("B0", depth=1.0, width=1.0, resolution=growth.BASE)
    _networks([base, *ways])
    for column, chart in zip(st.columns(2), growth_bars([base, *ways]), strict=True):
        column.altair_chart(chart, alt="Bars: B0 and four ways to grow")
    note("Multipliers are chosen so that cost is predicted to be the same; rounding to whole blocks and channels "
         "makes the "
         "difference.")
    st.subheader("The same photo, seen by each", anchor=False)
    _seen(model, photo, [base, *ways], "grown")
    note("What the network gets of the photo, with the cells of its last maps: only resolution changes either, and a "
         "cell "
         f"always covers {base.plan.spec.total_stride} pixels.")
    st.subheader("B0 at a large resolution, a deep narrow one, B3 as published", anchor=False)
    examples = growth.examples()
    _networks(examples)
    _seen(model, photo, examples, "examples")
    _in_words(examples)
    real_code(compound_scale)
    real_code(scale_repeats)
    check_yourself(6, growth.questions(times, dice_for(model.key, photo.digest, "scaling")))
    phi = growth.phi_of(times)
    goes_on(Link(page="pages/scaling.py", label="Scaling laboratory: your own α, β, γ and "
                                                "φ", icon=":material/open_in_full:",
                 query={"phi": f"{phi:.1f}"}))


def _networks(networks: list[Grown]) -> None:
    st.dataframe([{"Network": one.title, "Depth, width": f"{plain(one.depth)}, "
                                                         f"{plain(one.width)}", "Pixels": one.resolution,
                   "Blocks": one.blocks, "Parameters": si(one.plan.params), "MACs": si(one.plan.macs),
                   "Last maps": f"{one.last_map}×{one.last_map}"} for one in networks],
                 hide_index=True, width="stretch")


def _seen(model: Model, photo: Photo, networks: list[Grown], name: str) -> None:
    sizes = tuple((one.resolution, one.last_map) for one in networks)
    sheet = _sheet(photo.digest, model.preprocessing.view(photo.width, photo.height).box, sizes, photo)
    pick_tile(f"lesson_seen_{name}", sheet.png, [
        Tile(x=place.x, y=place.y, width=place.width, height=place.height, label=one.title,
             note=f"{one.resolution}² pixels, {one.last_map}² cells")
        for place, one in zip(sheet.places, networks, strict=True)],
        "The photo at the resolution of each network", side=150, smooth=True)


@st.cache_data(max_entries=128, ttl=3600, show_spinner=False)
def _sheet(photo_digest: str, box: tuple[float, ...], sizes: tuple[tuple[int, int], ...], _photo: Photo) -> Sheet:
    return seen_at(_photo.image, box, list(sizes))


def _in_words(examples: list[Grown]) -> None:
    base, large, deep, native = examples
    st.markdown(
        f"- **{large.title}** spends {large.plan.macs / base.plan.macs:.1f} times the multiply-adds of B0 on the same "
        f"{si(base.plan.params)} parameters: finer maps, but filters that reach as few pixels as before "
        f"({large.plan.block(str(large.plan.spec.head_stage)).receptive_field} of {large.resolution}).\n"
        f"- **{deep.title}** stacks {deep.blocks} blocks of half the channels: {si(deep.plan.macs)} multiply-adds, "
        f"{si(deep.plan.params)} parameters, and a long way for a gradient.\n"
        f"- **{native.title}** grows a little everywhere: {native.blocks} blocks, width {plain(native.width)}, "
        f"{native.resolution} pixels, {si(native.plan.macs)} multiply-adds.")
