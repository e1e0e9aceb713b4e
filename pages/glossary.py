"""Glossary: the words of the other pages, a sentence each."""

import streamlit as st

from effnet_viz.ui.glossary.terms import TERMS
from effnet_viz.ui.navigation import ENTRIES, page_link
from effnet_viz.ui.widgets.page_parts import note, page_header

page_header("Glossary", "The words that the other pages use: one sentence each, and a page where you can see it.")
asked = st.text_input("Search", key="glossary_search", placeholder="for example: gate")
terms = [term for term in TERMS if asked.strip().lower() in f"{term.word} {term.meaning}".lower()]
for term in terms:
    words, link = st.columns([4, 1], vertical_alignment="center")
    words.markdown(f"**{term.word}**: {term.meaning}")
    with link:
        page_link(term.page, ENTRIES[term.page].title, query_params=dict(term.query))
note(f"{len(terms)} of {len(TERMS)} words.")
