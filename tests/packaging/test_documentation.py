"""The documentation: built without a warning, with every public name, every lesson, and small pictures of its own."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

import effnet_viz as ev
from effnet_viz.ui.lessons.contents import LESSONS

ROOT = Path(__file__).parents[2]


class Links(HTMLParser):
    """Where a page fetches something from when it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag in ("img", "script", "iframe") and given.get("src"):
            self.fetched.append(given["src"])
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload"):
            self.fetched.append(given["href"])


@pytest.mark.slow
def test_it_is_built_without_a_warning_and_fetches_nothing_from_elsewhere(tmp_path: Path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = list((tmp_path / "site").rglob("index.html"))
    assert len(pages) == 9
    for page in pages:
        links = Links()
        links.feed(page.read_text(encoding="utf-8"))
        assert [link for link in links.fetched if re.match(r"(https?:)?//", link)] == []
    library = (tmp_path / "site" / "library" / "index.html").read_text(encoding="utf-8")
    for name in set(ev.__all__) - {"__version__"}:
        public = inspect.unwrap(getattr(ev, name))
        assert f'id="{public.__module__}.{public.__qualname__}"' in library, name


def test_every_lesson_is_in_the_index():
    rows = re.findall(r"^\| (\d) \| (.+?) \|", (ROOT / "docs" / "lessons.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(number, lesson.title) for number, lesson in LESSONS.items()]


def test_pictures_are_small():
    pictures = list((ROOT / "docs" / "pictures").iterdir())
    assert len(pictures) == 5
    for path in pictures:
        assert path.stat().st_size < 100_000 and Image.open(path).width > 800, path.name
