"""The glossary and the ends of the lessons: one sentence each, and true of the networks they name."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from effnet_viz.architecture import spec
from effnet_viz.ui.glossary.terms import TERMS
from effnet_viz.ui.glossary.words_here import WORDS_OF
from effnet_viz.ui.lessons.contents import LESSONS
from effnet_viz.ui.lessons.simplifications import simplifications
from effnet_viz.ui.navigation import ENTRIES, MAIN_SCRIPT, page_path
from tests.words.conftest import facts_of

ROOT = Path(__file__).parents[2]
UI = ROOT / "effnet_viz" / "ui"
ASKED_FOR = (
    "Descriptor",
    "Gate",
    "Receptive field",
    "MACs",
    "Logit",
    "Class evidence",
    "Faithfulness",
    "Phi",
    "Grad-CAM",
    "Quantisation",
)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.word)
def test_a_term_is_one_sentence_and_leads_to_a_page(term):
    assert term.meaning.endswith(".") and ". " not in term.meaning
    assert term.page in ENTRIES
    if term.page == "lessons":
        assert dict(term.query)["lesson"] in LESSONS


def test_words_are_in_order_and_the_asked_for_are_there():
    words = [term.word for term in TERMS]
    assert words == sorted(words, key=str.lower) and len(set(words)) == len(words)
    assert set(ASKED_FOR) <= set(words)


@pytest.mark.parametrize("page", WORDS_OF)
def test_the_words_of_a_page_stand_in_its_code(page):
    folder = {"architecture": "structure", "compare": "structure", "scaling": "structure"}.get(page, page)
    files = [*(UI / folder).glob("*.py"), ROOT / "pages" / f"{page}.py", *(ROOT / "effnet_viz" / "draw").glob("*.py")]
    text = " ".join(path.read_text(encoding="utf-8") for path in files).lower()
    explained = {term.word for term in TERMS}
    for word in WORDS_OF[page]:
        assert word in explained
        assert word.split()[0].lower() in text


@pytest.mark.slow
def test_every_page_with_text_of_its_own_explains_its_words():
    assert set(ENTRIES) - set(WORDS_OF) == {"glossary"}  # which has them all
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    app.run().switch_page(page_path("architecture")).run()
    assert any("**Receptive field**: " in text.value for text in app.markdown)


def test_the_page_finds_words():
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    app.run().switch_page(page_path("glossary")).run()
    assert not app.exception and app.title[0].value == "Glossary"
    app.text_input("glossary_search").set_value("descriptor").run()
    assert any(text.value.startswith("**Descriptor**: ") for text in app.markdown)
    assert not any(text.value.startswith("**Stem**: ") for text in app.markdown)


def test_every_lesson_ends_with_what_notes_simplify():
    for number in LESSONS:
        assert all(sentence.endswith(".") for sentence in simplifications(int(number)))
    b0, b7 = facts_of("b0"), facts_of("b7")
    without = sum(not b0.layer(block.id).residual for block in spec("b0").block_specs())
    assert any(f"{without} of the 16 blocks of B0" in sentence for sentence in simplifications(4))
    assert any(f"{b7.network.classifier.in_features:,}." in sentence for sentence in simplifications(5))
    assert any(f"{b0.network.dropout.p:.0%} of B0's" in sentence for sentence in simplifications(7))
