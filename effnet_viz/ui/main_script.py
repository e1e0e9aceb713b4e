"""What every rerun begins with: the navigation and the pickers that all pages share, then the chosen page."""

import streamlit as st

from effnet_viz.sharing.turns import new_question
from effnet_viz.ui.classroom import presence
from effnet_viz.ui.glossary.words_here import words_here
from effnet_viz.ui.navigation import FIRST, navigation
from effnet_viz.ui.session import chosen
from effnet_viz.ui.session.answer_times import ANSWERS
from effnet_viz.ui.session.custom_network import sync_address
from effnet_viz.ui.session.engine_used import say_engine
from effnet_viz.ui.session.sidebar import pick_device, sidebar, take_wanted_network
from effnet_viz.ui.session.temporary_folder import NO_FOLDER, has_temporary_folder
from effnet_viz.ui.session.tour import tour_bar, tour_link, tour_step
from effnet_viz.ui.session.upload_room import refused_upload
from effnet_viz.ui.widgets.address import begin_run, say_problems
from effnet_viz.ui.widgets.browser import PAGE_ICON, base_style, keep_history, open_sidebar, stage_mode
from effnet_viz.ui.widgets.page_parts import error_sentence
from effnet_viz.weights.memory import MemoryShortage

new_question()
# The icon before the navigation: until the app has one, the browser is sent to fetch the page's from the internet.
st.set_page_config(page_icon=PAGE_ICON, layout="wide")
page, entry = navigation()
st.set_page_config(
    page_title=f"{entry.title} · EfficientNet, made visible",
    initial_sidebar_state="collapsed" if entry.has_own_choices else "auto",
)
begin_run(page.url_path)
base_style()
keep_history()
presence.arrive()
take_wanted_network()
sync_address()
place_of_devices = sidebar(runs_network=entry.runs_network)
with st.container(horizontal=True, vertical_alignment="center", key="page_tools"):
    open_sidebar(chosen.photo_name())
    stage_mode()
    step = tour_step()
    tour_link(step, page.url_path or FIRST)
    words_here(page.url_path or FIRST)
tour_bar(step, page.url_path or FIRST)
presence.bar(page.url_path or FIRST)
with st.container(key="notices", gap="small"):
    address_problems = st.empty()
    if words := refused_upload():
        error_sentence(words)
    if entry.shows_photo and (words := chosen.unfamiliar_photo()):
        st.warning(words, icon=":material/category:")
if entry.runs_network and not has_temporary_folder():
    error_sentence(NO_FOLDER)
    st.stop()
try:
    with ANSWERS.timed(page.url_path or FIRST):
        page.run()
    if entry.runs_network and not entry.has_own_choices:
        say_engine()
except MemoryShortage as error:  # where the server's memory gave out in the middle of a page, what is there stays
    error_sentence(error)
finally:  # also where the page stops early
    say_problems(address_problems)
    if entry.runs_network:
        pick_device(place_of_devices)
