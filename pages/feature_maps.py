"""Feature maps: what every block, step and channel made of the photo."""

import streamlit as st

from effnet_viz.ui.feature_maps import channel_views, journey
from effnet_viz.ui.session import chosen
from effnet_viz.ui.widgets.page_parts import error_sentence, page_header, untrained_notice

try:
    model, photo, run = chosen.chosen_run()
except (ValueError, RuntimeError) as error:
    page_header("Feature maps", "What every block of the network made of the photo.")
    error_sentence(error)
    st.stop()

page_header(
    "Feature maps",
    f"What every block of {model.spec.title} made of “{photo.name}”, from pixels to the last "
    "map before the decision. Pick a block, then a step, then a channel.",
)
untrained_notice(
    model.provenance,
    "The maps show what random filters make of the photo: edges come through, but no channel stands for anything.",
)
block = journey.journey(model, photo, run)

st.subheader(journey.block_title(block), anchor=False)
layer = journey.inside_block(model, photo, run, block)

channels, one_channel, one_place = st.tabs(["Channels", "One channel", "One place"], key="view", bind="query-params")
if channels.open:
    with channels:
        journey.channel_grid(layer)
if one_channel.open:
    with one_channel:
        channel_views.one_channel(layer)
if one_place.open:
    with one_place:
        channel_views.one_place(layer)
