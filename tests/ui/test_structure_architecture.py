"""The architecture page: any network, any block, every control, without torch."""

from __future__ import annotations

import csv
import inspect
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from effnet_viz.architecture import custom_spec, plan
from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path
from effnet_viz.ui.session.custom_network import code_of, from_code
from effnet_viz.ui.structure.block_card import class_source
from effnet_viz.ui.structure.files import network_files

ROOT = Path(__file__).parents[2]


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=60)
    app.session_state["variant"] = query.pop("variant", "b0")
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(page_path("architecture")).run()
    assert not app.exception, app.exception
    return app


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


@pytest.mark.parametrize("variant", ["b0", "b7", "l2", "v2_s", "lite0", "edgetpu_s", "v2_b1"])
def test_every_family_is_shown(variant):
    app = open_page(variant=variant)
    shown = plan(variant)
    assert app.title[0].value == shown.spec.title
    table = app.dataframe[-1].value
    assert list(table["Parameters"]) == [stage.params for stage in shown.stages]
    assert int(table["Parameters"].sum()) == shown.params


def test_totals_of_b7_are_the_published_ones():
    assert metrics(open_page(variant="b7")) == {
        "Parameters": "66.3 M",
        "MACs": "37.7 G",
        "Share of SE": "18.0%",
        "Peak activations": "86.4 MB",
        "Receptive field": "3,079 px",
    }


def test_a_block_is_opened_by_the_picker_and_by_the_address():
    app = open_page()
    app.selectbox("block").set_value("4.2").run()
    assert "Block 4.2, MBConv6 5×5" in [text.value for text in app.header]
    assert any(
        "28×28×40 → 28×28×40" in text.value and "**31,290** parameters (0.59%)" in text.value for text in app.markdown
    )
    steps = app.dataframe[0].value
    assert list(steps["Step"]) == ["expand", "depthwise", "se", "se.squeeze", "se.reduce", "se.expand", "project"]
    assert steps["Parameters, spelled out"][1] == "5·5·240 + 2·240 = 6,480"
    assert "Block 3.1, MBConv6 3×3" in [text.value for text in open_page(block="3.1").header]


def test_a_block_that_does_not_exist_gives_way():
    app = open_page(block="9.9")
    assert app.selectbox("block").value == "3.2"


def test_controls_change_the_plan():
    app = open_page()
    app.number_input("resolution").set_value(448).run()
    assert metrics(app)["MACs"] == "1.54 G"  # four times the convolutions
    app.number_input("classes").set_value(10).run()
    assert metrics(app)["Parameters"] == "4.02 M"  # 5,288,548 - 990·1281
    app.toggle("every_block").set_value(True).run()
    for name in ("macs", "activation_bytes", "receptive_field"):
        app.segmented_control("shade").set_value(name).run()
        assert not app.exception
    for level, count in (("blocks", 19), ("layers", len(plan("b0").layers))):
        app.segmented_control("table").set_value(level).run()
        assert len(app.dataframe[-1].value) == count


@pytest.mark.parametrize(
    ("key", "asked", "nearest", "range_"),
    [
        ("resolution", "7", 32, "32 and 4096"),
        ("resolution", "5000", 4096, "32 and 4096"),
        ("classes", "0", 1, "1 and 100000"),
    ],
)
def test_numbers_beyond_what_can_be_built_are_said_and_the_nearest_is_taken(key, asked, nearest, range_):
    app = open_page(**{key: asked})
    assert f"{key} = “{asked}”, which is not between {range_}" in app.warning[0].value
    assert app.number_input(key).value == nearest


def test_downloads_hold_what_they_say():
    shown = plan("b0")
    files = {file.name: file.content() for file in network_files(shown, "params", False, "blocks")}
    rows = list(csv.DictReader(io.StringIO(files["b0_224_blocks.csv"])))
    assert [row["block"] for row in rows] == [block.id for block in shown.blocks]
    assert sum(int(row["params"]) for row in rows) == 5_288_548
    assert rows[4]["in_shape"] == "24x56x56"
    data = json.loads(files["b0_224.json"])
    assert (data["params"], data["resolution"], len(data["stages"])) == (5_288_548, 224, 9)
    assert sum(layer["macs"] for layer in data["layers"]) == data["macs"]
    assert files["b0_224.svg"].startswith("<svg") and files["b0_224.png"].startswith(b"\x89PNG")


def test_the_source_shown_is_the_class_that_runs():
    from effnet_viz.network import blocks  # here, so that no other test of this file imports torch

    assert class_source("blocks.py", "MBConv") == inspect.getsource(blocks.MBConv).rstrip()
    assert class_source("blocks.py", "ConvBlock") == inspect.getsource(blocks.ConvBlock).rstrip()


@pytest.mark.parametrize(
    ("code", "choices"),
    [
        (
            "w1.3-d1.5-r260-ceil4-c10",
            {"width": 1.3, "depth": 1.5, "resolution": 260, "rounding": "ceil4", "num_classes": 10},
        ),
        ("w1-d1-r224-official", {}),
        ("w1-d1-r224-official-senone-i1", {"se_ratio": None, "in_channels": 1}),
        (
            "w0.5-d1-r64-nearest8-se0.5-hfixed-c2-i4",
            {
                "width": 0.5,
                "resolution": 64,
                "rounding": "nearest8",
                "se_ratio": 0.5,
                "head_rule": "fixed",
                "num_classes": 2,
                "in_channels": 4,
            },
        ),
    ],
)
def test_a_custom_network_travels_in_the_address(code, choices):
    assert from_code(code) == custom_spec(**choices)
    assert code_of(custom_spec(**choices)) == code


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("", "it looks like w1.3-d1.5-r260-official"),
        ("w0-d1-r224-official", "width is 0.0; it can be 0.05 to 10.0"),
        ("w1-d1-r224-up", "it looks like"),
        ("w1-d1-r7-official", "resolution is 7; it can be 32 to 4096"),
        ("w1.1.1-d1-r224-official", "it looks like"),
        ("w1-d1-r224-official-se7", "se_ratio is 7.0; it can be 0.01 to 1.0"),
        ("w1-d1-r224-official-se0.5.5", "custom says se0.5.5; after se comes a number"),
        ("w1-d1-r224-official-hwide", "head_rule is 'wide'; it can be official, torchvision, fixed"),
        ("w1-d1-r224-official-c0", "num_classes is 0; it can be 1 to 100000"),
        ("w1-d1-r224-official-i65", "in_channels is 65; it can be 1 to 64"),
        ("w1-d1-r224-official-i3-c10", "in this order"),
        ("tutorial_b9", "name is 'b9'; the tutorial has b0"),
    ],
)
def test_a_wrong_address_is_refused_in_a_sentence(code, reason):
    with pytest.raises(ValueError, match=re.escape(reason)):
        from_code(code)


@pytest.mark.parametrize(
    ("code", "title", "channels"),
    [
        ("w1-d1-r224-official-i1", "EfficientNet, width 1, depth 1, 1 channel in", 1),
        ("w1-d1-r224-official-i4-senone", None, 0),
        ("w1-d1-r224-official-senone-i4", "EfficientNet, width 1, depth 1, without SE, 4 channels in", 4),
    ],
)
def test_unusual_custom_networks_are_drawn(code, title, channels):
    app = open_page(variant="custom", custom=code)
    if title is None:  # the wrong order: the page falls back to the usual network
        assert app.title[0].value == "EfficientNet-Lite0"
        return
    assert app.title[0].value == title
    app.selectbox("block").set_value("1").run()
    assert any(f"{channels} → 112×112×32" in text.value for text in app.markdown)
    assert any("no trained weights" in text.value for text in [*app.markdown, *app.caption])


def test_the_tutorials_network_is_one_click_away_and_back():
    app = open_page(variant="b4")
    assert app.segmented_control("tutorial").value == "official"
    app.segmented_control("tutorial").set_value("tutorial").run()
    assert app.title[0].value == "Tutorial's B4 (phi 3)"
    assert app.query_params["custom"] == "tutorial_b4"
    assert metrics(app)["Parameters"] == "16.5 M"  # 16,493,577
    assert any("the head ⌈1,280·w⌉ = 1,704" in text.value for text in app.caption)
    app.segmented_control("tutorial").set_value("ceil4").run()
    assert app.title[0].value == "B4 rounded up to 4 (ceil4)"
    assert app.query_params["custom"] == "w1.4-d1.8-r380-ceil4"
    assert metrics(app)["Parameters"] == "19.4 M"  # 19,359,988, officially 19,341,616
    assert any("there are no trained weights for it" in text.value for text in app.caption)
    app.segmented_control("tutorial").set_value("official").run()
    assert app.title[0].value == "EfficientNet-B4"
    assert not [control for control in open_page(variant="lite0").segmented_control if control.key == "tutorial"]


def test_where_rounding_up_to_4_changes_nothing_the_page_says_so():
    app = open_page(variant="custom", custom="ceil4_b7")
    assert app.title[0].value == "B7 rounded up to 4 (ceil4)"
    assert any("layer by layer this is EfficientNet-B7" in text.value for text in app.caption)


_COLD = """
import sys
from streamlit.testing.v1 import AppTest
from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path
app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=60)
app.session_state["variant"] = "b7"
for page in {pages!r}:
    app.switch_page(page_path(page)).run()
    assert not app.exception, app.exception
    assert app.title, page
print(*sorted({{"torch", "torchvision", "captum"}} & set(sys.modules)))
"""


@pytest.mark.slow
def test_structure_pages_import_no_torch():
    script = _COLD.format(pages=["architecture", "compare", "scaling"])
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
