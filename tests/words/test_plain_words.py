"""Phrases that learners of English stumbled over do not come back into what the app says."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

import effnet_viz
from effnet_viz.home import HOME

LIBRARY = Path(effnet_viz.__file__).parent
FILES = sorted([*LIBRARY.rglob("*.py"), *(HOME / "pages").glob("*.py")])
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

QUAINT = (
    r"knows which way is up",
    r"sees no two far places hidden together",
    r"evens out their places",
    r"the first block is not like those added",
    r"phi beyond the nearest single one",
    r"the code is the table",
    r"blocks behind .* anew",
    r"where it falls, the photo decides",
    r"makes many channels of few",
    r"\*where\* fades, \*what\* grows",
    r"add .* together, little each",
    r"a blob in the middle does as well",
    r"picture to remember, not a rule",
    r"roll the dice|dice in training",
    r"empty descriptor",
    r"and in time, on this machine",
    r"one picture a block",
    r"options, one a line",
    r"one for each thing it has learned",
    r"channels? (is|are) dead",
    r"little context",
    r"mean colour of the training images",
    r"alive at once",
)


@lru_cache(maxsize=1024)
def strings(source: str) -> list[str]:
    """Every string of a source but docstrings, on one line; the values of an f-string are left as “{}”."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    bodies = [node.body[0] for node in nodes if isinstance(node, DOCUMENTED) and node.body]
    docstrings = {id(first.value) for first in bodies if isinstance(first, ast.Expr)}
    texts = []
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            texts.append("".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            texts.append(node.value)
    return [" ".join(text.split()) for text in texts]


def quaint(source: str) -> list[tuple[str, str]]:
    return [(phrase, text) for text in strings(source) for phrase in QUAINT if re.search(phrase, text, re.IGNORECASE)]


@pytest.mark.parametrize(
    "source",
    [
        'say("Its slope always knows\\nwhich way is up.")',
        'say(f"Blocks behind {block} compute their gates " f"anew.")',
        'title = "Where it falls," " the photo decides"',
    ],
)
def test_a_phrase_is_found_in_every_way_to_write_it(source):
    assert len(quaint(source)) == 1


def test_no_quaint_phrase_is_shown():
    assert {LIBRARY / "draw" / "evidence_words.py", HOME / "pages" / "evidence.py"} <= set(FILES)
    mistakes = {str(file): phrases for file in FILES if (phrases := quaint(file.read_text(encoding="utf-8")))}
    assert not mistakes


MOST_WORDS = 25
ENDS = re.compile(r"(?<=[.?!:;])\s|\$\$.*?\$\$|\|")
NO_TEXT = re.compile(
    r"[0-9a-f]{6}( [0-9a-f]{6})+|<(!doctype|style|svg|div|rect|path|polyline|circle|text)\b.*"
)  # colours, markup


@pytest.mark.parametrize(("text", "words"), [("One two three. Four five {} six.", 4), ("a $$x = y z$$ b c", 2)])
def test_the_longest_sentence_of_a_text(text, words):
    assert longest_sentence(text) == words


def longest_sentence(text: str) -> int:
    """Words of its longest sentence; a value that is put in counts as one."""
    return max(len(re.findall(r"\S*[a-zA-Z{]\S*", sentence)) for sentence in ENDS.split(text))


def test_no_sentence_is_longer_than_twenty_five_words():
    texts = {
        text for file in FILES for text in strings(file.read_text(encoding="utf-8")) if not NO_TEXT.fullmatch(text)
    }
    assert not [text for text in texts if longest_sentence(text) > MOST_WORDS]


def test_whoever_says_that_late_gates_depend_on_the_class_names_the_exception():
    """SENet paper, section 7.2: gates of the last stage are nearly alike for all classes."""
    said = [text for file in FILES for text in strings(file.read_text(encoding="utf-8")) if "later ones do" in text]
    assert said
    assert all("last stage" in text and "nearly the same for all classes" in text for text in said)
