"""Class names from the files that people have."""

from __future__ import annotations

import json

import pytest

from effnet_viz.weights import default_names, read_class_names


@pytest.mark.parametrize(
    "content",
    [
        b"cat\ndog\n",
        b"\xef\xbb\xbfcat\r\ndog\r\n\r\n",
        b'["cat", "dog"]',
        b'{"0": "cat", "1": "dog"}',
        b'{"1": "dog", "0": "cat"}',
        b'{"cat": 0, "dog": 1}',
        b'{"0": ["n021", "cat"], "1": ["n020", "dog"]}',
    ],
)
def test_the_usual_forms(content, tmp_path):
    assert read_class_names(content, 2) == ("cat", "dog")
    (tmp_path / "names").write_bytes(content)
    assert read_class_names(tmp_path / "names", 2) == ("cat", "dog")


@pytest.mark.parametrize(
    ("content", "count", "sentence"),
    [
        (b"cat\ndog", 3, "has 2 class names; the network has 3 classes"),
        (b'["cat", ', 2, "look like JSON but cannot be read"),
        (b'{"0": "cat", "2": "dog"}', 2, "run from 0 to 1"),
        (b'{"zero": "cat"}', 1, "'zero' is no index"),
        (b'[["cat"]]', 1, "other than names"),
        (b"\xff\xfe\x00c", 1, "UTF-8"),
        (b"cat\x00dog", 1, "not a text"),
        (b"x" * (2**22 + 1), 1, "larger than"),
        (b"[" + b"9" * 5000 + b"]", 1, "look like JSON but cannot be read"),
        (b"[" * 10**5, 1, "look like JSON but cannot be read"),
        (b'{"' + b"x" * 10**5 + b'": "cat"}', 1, "is no index"),
        (b'{"' + b"9" * 4000 + b'": "cat"}', 1, "run from 0 to 0"),
    ],
)
def test_what_is_wrong_is_said(content, count, sentence):
    with pytest.raises(ValueError, match=sentence) as problem:
        read_class_names(content, count)
    assert len(str(problem.value)) < 200 and str(problem.value).endswith(".")


def test_names_are_one_line_of_what_is_seen():
    """Half a character cannot be sent to a browser, and a name of 100,000 letters fills every list of classes."""
    content = json.dumps(["\ud800cat\u0000", "tabby\n cat \u202e", "x" * 10**5, "\ud800", "👩\u200d👧"]).encode()
    assert read_class_names(content, 5) == ("cat", "tabby cat", f"{'x' * 299}…", "class 3", "👩\u200d👧")


def test_an_absent_file():
    with pytest.raises(ValueError, match=r"no file 'names.txt'"):
        read_class_names("names.txt", 2)


def test_where_nobody_says_what_the_classes_are():
    assert default_names(3) == ("class 0", "class 1", "class 2")
    assert default_names(1000)[281:283] == ("tabby", "tiger cat")
    assert json.dumps(default_names(1)) == '["class 0"]'
