"""Feature maps: what every block, step and channel made of the photo."""

from functools import partial

import streamlit as st

from effnet_viz.ui.feature_maps import channel_grid, journey, one_channel, one_place, places_on_photo
from effnet_viz.ui.session import chosen
from effnet_viz.ui.widgets.page_parts import error_sentence, page_header, untrained_notice
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.report_offer import report_offer
from effnet_viz.ui.widgets.url_pickers import show_tab

try:
    model, photo, run = chosen.chosen_run()
except (ValueError, RuntimeError) as error:
    page_header("Feature maps", "What every block of the network made of the photo.")
    error_sentence(error)
    st.stop()

page_header(
    "Feature maps",
    f"What every block of {model.spec.title} made of “{as_markdown(photo.name)}”, from pixels to the last "
    "map before the decision. Pick a block, then a step, then a channel.",
)
untrained_notice(
    model.provenance,
    "The maps show what random filters make of the photo: edges can be seen, but no channel has learned to find "
    "anything.",
)
with st.container():
    with st.container(key="pinned"):
        block = journey.journey(model, photo, run)
    st.header(journey.block_title(block), anchor=False)
    layer = journey.inside_block(model, photo, run, block)

views = {
    "channels": ("Channels", channel_grid.channel_grid),
    "one_channel": (places_on_photo.ONE_CHANNEL, one_channel.one_channel),
    "one_place": (places_on_photo.ONE_PLACE, one_place.one_place),
}
show_tab({id: (title, partial(draw, layer)) for id, (title, draw) in views.items()}, key="view")
report_offer(model, photo, layer=block.id)
