"""Names from outside (classes, files, tensors, the address) are text everywhere: no link, no picture, no formula.

Every page is opened with a network and a photo whose names are full of marks; what Streamlit reads as Markdown must
hold them escaped. Whether that is enough is told by a Markdown reader that was not written here, and by a browser.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from html import unescape

import pytest
import torch
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from streamlit.testing.v1 import AppTest

from effnet_viz.images import open_photo, open_sample
from effnet_viz.training.checkpoint import read_trained_checkpoint
from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.weights.caches import ASSETS

MARKED = (
    "EVIL [click](http://x.example) ![pic](http://x.example/p.png) <b>b</b> $x^2$ :red[r] `c` *s* _u_ ~~d~~ &lt; "
    "www.x.example me@x.example \u202e\x07"
)
ESCAPED = as_markdown(MARKED)[:40]
PLAIN = {"alt", "options", "url", "file_name", "spec", "data", "json", "default", "raw_values", "value_string", "id"}
"""Fields that are shown as they are, whatever marks they hold."""
VIEWS = [
    ("overview", {}),
    ("architecture", {"beneath": "cost"}),
    *(("feature_maps", {"view": view}) for view in ("channels", "one_channel", "one_place")),
    *(("evidence", {"part": part}) for part in ("evidence", "side_by_side", "trust", "by_hand")),
    *(("se_attention", {"part": part}) for part in ("one_gate", "one_block", "changes", "photos", "surgery")),
    *(("lessons", {"lesson": number}) for number in "123457"),
    pytest.param("lessons", {"lesson": "6"}, marks=pytest.mark.slow),  # runs the network at every size
    ("folder", {"photos_from": "bundled"}),
]
HOSTILE = [
    MARKED,
    "[a](http://x.example) [b]: http://x.example [b]",
    "<img src=http://x.example/p.png> <!-- --> &copy; &#60;",
    "# title",
    "- one",
    "12. twelve",
    "1) one",
    "=== --- +++ ***",
    "    code `` ``` ~~~",
    "\\[a\\](b) \\\\ \\",
    "**bold** __bold__ ***both***",
    "line\nbreak\r\n\n# title",
]
reader = MarkdownIt("commonmark", {"html": True}).enable(["strikethrough", "table"])


def body(text: str) -> str:
    """What is inside the one paragraph that a text must become."""
    html = reader.render(as_markdown(text))
    return html.removeprefix("<p>").removesuffix("</p>\n")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_markdown_reader_gives_back_the_text_and_nothing_else(text: str):
    assert "<" not in body(text)
    expected = " ".join(text.replace("\u202e", "").replace("\x07", "").split())
    assert unescape(body(text)).replace("\u2060", "") == expected


@pytest.mark.slow
@given(st.text())
def test_any_text_stays_one_paragraph_without_marks(text: str):
    assert "<" not in body(text)


@pytest.fixture(scope="module")
def checkpoint() -> tuple[bytes, bytes]:
    """A trained network with gates, with a tensor that it has no use for, and names of its classes."""
    shapes = read_trained_checkpoint(ASSETS / "shapes" / "shapes.safetensors")
    buffer = io.BytesIO()
    torch.save({"state_dict": shapes.tensors | {MARKED: torch.ones(1)}}, buffer)
    return buffer.getvalue(), "\n".join(f"{number} {MARKED}" for number in range(shapes.spec.num_classes)).encode()


def texts(message: Message, path: str = "") -> Iterator[tuple[str, str]]:
    """Every string of a Streamlit message, with the name of its field."""
    for field, value in message.ListFields():
        values = value if field.is_repeated else [value]
        if field.type == FieldDescriptor.TYPE_STRING:
            yield from ((f"{path}.{field.name}", value) for value in values)
        elif field.type == FieldDescriptor.TYPE_MESSAGE and not field.message_type.GetOptions().map_entry:
            for inner in values:
                yield from texts(inner, f"{path}.{field.name}")


def nodes(block) -> Iterator:
    if getattr(block, "proto", None) is not None:
        yield block
    for child in getattr(block, "children", {}).values():
        yield from nodes(child)


@pytest.mark.parametrize(
    ("page", "query"), VIEWS, ids=lambda part: part if isinstance(part, str) else "".join(part.values())
)
def test_names_are_text_on_every_page(checkpoint: tuple[bytes, bytes], page: str, query: dict[str, str]):
    content, names = checkpoint
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=180)
    app.session_state["checkpoint_resolution"] = 128
    app.run()
    app.file_uploader(key="checkpoint_names_upload").upload("names.txt", names, "text/plain")
    app.file_uploader(key="checkpoint_upload").upload("mine.pth", content, "application/octet-stream")
    photo = io.BytesIO()
    open_sample("chelsea").image.resize((192, 128)).save(photo, "PNG")
    app.session_state["photo_source"] = "Upload"
    app.session_state["own_photo"] = open_photo(photo.getvalue(), name=f"{MARKED}.png")
    app.run()
    app.switch_page(page_path(page))
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    flat = "The map is the same everywhere, so there is nothing to take away first."
    assert {error.value for error in app.error} <= {flat}
    mistakes = [
        f"{type(node.proto).__name__}{path}: {text[:200]!r}"
        for node in nodes(app._tree)
        for path, text in texts(node.proto)
        if "EVIL" in text and path.rsplit(".", 1)[-1] not in PLAIN and ESCAPED not in text
    ]
    assert mistakes == []
