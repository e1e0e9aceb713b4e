"""Glossary: the words of the other pages, a sentence each."""

import streamlit as st

from effnet_viz.ui.glossary.terms import TERMS
from effnet_viz.ui.navigation import ENTRIES, page_link
from effnet_viz.ui.widgets.page_parts import note, page_header

page_header("Glossary", "The words that the other pages use: one sentence each, and a page where you can see it.")
asked = st.text_input("Search", key="glossary_search", placeholder="for example: gate")
found = [one for one in TERMS if asked.strip().lower() in f"{one.word} {one.meaning}".lower()]
for one in found:
    words, link = st.columns([4, 1], vertical_alignment="center")
    words.markdown(f"**{one.word}**: {one.meaning}")
    with link:
        page_link(one.page, ENTRIES[one.page].title, query_params=dict(one.query))
note(f"{len(found)} of {len(TERMS)} words.")
