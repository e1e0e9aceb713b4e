"""The compare page and the scaling laboratory: every control, every number that somebody else published."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from effnet_viz.architecture import ceil4_spec, compare, list_variants, plan
from effnet_viz.architecture.difference import split
from effnet_viz.architecture.variants import spec
from effnet_viz.draw.structure_charts import begins_at_nothing, waterfall
from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path
from effnet_viz.ui.structure.block_pair import open_pair, pairs
from effnet_viz.ui.structure.comparison_tables import stage_rows, totals_rows

ROOT = Path(__file__).parents[2]


def open_page(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=60)
    app.session_state["variant"] = query.pop("variant", "b0")
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(page_path(page)).run()
    assert not app.exception, app.exception
    return app


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_b0_beside_b7_answers_where_the_parameters_are():
    app = open_page("compare")
    shown = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert shown["Parameters"] == ("12.5×", "+61,059,412")
    assert shown["MACs"] == ("97.8×", "+37.4 G")
    assert shown["Blocks"][0] == "16 → 55"
    assert any("stage 7: +21.2 M" in text.value for text in app.caption)
    app.segmented_control("split").set_value("operator").run()
    assert any("pointwise: +45.9 M, 75.2%" in text.value for text in app.caption)
    app.segmented_control("difference_in").set_value("macs").run()
    assert not app.exception


def test_the_address_carries_both_sides_and_swap_exchanges_them():
    app = open_page("compare", left="v2_s", right="b4")
    assert (app.selectbox("left").value, app.selectbox("right").value) == ("v2_s", "b4")
    app.button("swap").click().run()
    assert (app.selectbox("left").value, app.selectbox("right").value) == ("b4", "v2_s")
    assert (app.query_params["left"], app.query_params["right"]) == ("b4", "v2_s")
    app.session_state["ratio_unfolded"] = True
    assert any("of different design" in text.value for text in app.run().caption)


def test_the_official_network_stands_beside_the_tutorials():
    app = open_page("compare", left="b4", right="ceil4_b4")
    assert metrics(app)["MACs"] == "1.03×"
    totals = app.dataframe[1].value
    assert list(totals["Network"]) == ["EfficientNet-B4", "B4 rounded up to 4 (ceil4)"]
    assert totals["Top-1"][1] == "no trained weights"
    assert any("there are no trained weights for it" in text.value for text in app.caption)
    app.session_state["ratio_unfolded"] = True
    assert any("rounded by different rules" in text.value for text in app.run().caption)
    same = open_page("compare", left="b7", right="ceil4_b7")
    assert {metric.label: metric.delta for metric in same.metric}["Parameters"] == "+0"
    assert any("layer by layer this is EfficientNet-B7" in text.value for text in same.caption)


def test_a_block_is_opened_on_both_sides():
    app = open_page("compare", opened_block="7.4")
    told = " ".join(text.value for text in app.markdown)
    assert "EfficientNet-B0: Block 7.4, MBConv6 5×5" in told and "EfficientNet-B7: Block 7.4, MBConv6 5×5" in told
    steps = app.dataframe[0].value
    assert list(steps["Step"]) == ["expand", "depthwise", "se", "project", "whole block", "share of network"]
    # 192·1152 + 2·1152 = 223,488 and 384·2304 + 2·2304 = 889,344
    assert steps["Parameters"][0] == "223 k → 889 k   (3.98×)"
    assert app.query_params["opened_block"] == "7.4"


def test_a_block_that_only_one_has_says_so():
    app = open_page("compare", opened_block="7.5")
    assert any("**EfficientNet-B0** has no such block" in text.value for text in app.markdown)
    assert list(app.dataframe[0].value["Parameters"])[-2:] == ["2.28 M", "3.4%"]  # 2,281,824 of 66,347,960
    app.selectbox("right").set_value("lite0").run()  # has no block 7.5 either: the card goes
    assert app.selectbox("opened_block").value == "" and not app.exception


def test_a_click_opens_the_pair_and_a_second_closes_it():
    comparison = compare("b0", "v2_s")
    for picked, place in (
        ("left/9", "9"),
        ("right/8", "9"),
        ("right/7.15", "7.15"),
        ("left/1", "1"),
        ("right/classifier", "classifier"),
    ):
        st.session_state.pop("opened_block", None)
        open_pair(comparison, picked)
        assert st.session_state["opened_block"] == place
        open_pair(comparison, picked)
        assert st.session_state["opened_block"] == ""


@pytest.mark.parametrize("names", [("b0", "b7"), ("b0", "v2_s"), ("lite0", "edgetpu_s")])
def test_every_block_has_one_place(names):
    comparison = compare(*names)
    listed = pairs(comparison)
    for side in ("left", "right"):
        blocks = [f"{side}/{block.id}" for block in getattr(comparison, side).blocks]
        assert [mark for pair in listed.values() for mark in pair.marked if mark.startswith(side)] == blocks


def test_a_side_that_does_not_exist_gives_way():
    app = open_page("compare", left="b9", right="b7")
    assert app.selectbox("left").value == "b0"


def test_the_same_network_twice_is_no_difference():
    app = open_page("compare", left="b0", right="b0")
    assert metrics(app)["Parameters"] == "1.00×"


def test_up_to_four_networks_stand_in_the_tables():
    app = open_page("compare")
    app.multiselect("also").set_value(["b3", "v2_s"]).run()
    totals = app.dataframe[1].value
    assert list(totals["Network"]) == ["EfficientNet-B0", "EfficientNet-B7", "EfficientNet-B3", "EfficientNetV2-S"]
    assert list(totals["Parameters"]) == [5_288_548, 66_347_960, 12_233_232, 21_458_488]  # torchvision's num_params
    assert app.dataframe[0].value["Blocks"][1].startswith("1 → 4 → 2 → 2")


def test_a_custom_network_in_the_tables_stays_in_the_address():
    app = open_page("compare", variant="custom", custom="w1.3-d1-r224-official")
    app.multiselect("also").set_value(["custom", "tutorial_b4"]).run()
    app.sidebar.selectbox("variant").set_value("b0").run()
    assert app.query_params["custom"] == "w1.3-d1-r224-official"
    assert list(app.dataframe[1].value["Network"])[2:] == ["EfficientNet, width 1.3, depth 1", "Tutorial's B4 (phi 3)"]


def test_one_resolution_for_all():
    app = open_page("compare")
    app.number_input("compare_resolution").set_value(224).run()
    assert metrics(app)["Resolution"] == "224 → 224"
    assert app.query_params["compare_resolution"] == "224"
    beyond = open_page("compare", compare_resolution="7")
    assert "compare_resolution = “7”, which is not between 32 and 4096" in beyond.warning[0].value
    assert metrics(beyond)["Resolution"] == "32 → 32"


def test_rows_of_stages_have_ratios():
    rows = stage_rows([plan("b0"), plan("b7")])
    assert rows[6]["Channels"] == "192 → 384   (2.00×)"
    assert rows[6]["Blocks"] == "4 → 13   (3.25×)"
    assert rows[-1]["Parameters"] == "5.29 M → 66.3 M   (12.5×)"
    assert stage_rows([plan("b0"), plan("v2_s")])[7]["Parameters"] == "717 k → none"
    assert totals_rows([plan("b7")])[0]["Top-1"] == "84.3 (google); 84.122 (torchvision)"


@pytest.mark.parametrize("way", ["stage", "operator"])
def test_the_waterfall_leads_from_one_total_to_the_other(way):
    rows = waterfall(split(compare("b0", "b7"), way), "B0", "B7", "parameters")["data"]["values"]
    assert (rows[0]["part"], rows[-1]["part"]) == ("B0", "B7")
    assert rows[0]["end"] == 5_288_548 and rows[-1]["end"] == rows[-2]["end"] == 66_347_960
    for before, after in itertools.pairwise(rows[:-1]):
        assert after["start"] == before["end"]


def test_a_waterfall_between_networks_that_hardly_differ_is_a_close_up():
    assert begins_at_nothing(waterfall(split(compare("b0", "b7")), "B0", "B7", "parameters"))
    assert begins_at_nothing(waterfall(split(compare("b0", "b0")), "B0", "B0", "parameters"))
    chart = waterfall(split(compare("b4", ceil4_spec("b4"))), "B4", "T", "parameters")
    assert not begins_at_nothing(chart)
    low, high = chart["layer"][0]["encoding"]["y"]["scale"]["domain"]
    rows = chart["data"]["values"]
    assert low < 19_341_616 < 19_359_988 < high
    assert all(low <= row[edge] <= high for row in rows for edge in ("start", "end"))


def test_the_laboratory_begins_at_the_papers_bases():
    app = open_page("scaling")
    assert any("**1.920**, close to 2" in text.value for text in app.markdown)
    assert "This is EfficientNet-B2, which was published at 260 pixels, here at 258." in app.success[0].value
    app.slider("phi").set_value(7.0).run()
    assert "Nobody has published this network" in app.info[0].value
    app.slider("alpha").set_value(2.0).run()
    assert "depth is 128.0; it can be 0.05 to 20.0" in app.error[0].value
    assert not app.exception


@pytest.mark.parametrize("name", [name for name in list_variants() if spec(name).family == "v1"])
def test_by_hand_one_finds_the_published_networks(name):
    app = open_page("scaling", scale_by="hand")
    app.pills("published_preset").set_value(name).run()
    assert [text.value for text in app.success] == [f"This is {spec(name).title}."]


@pytest.mark.parametrize(
    ("key", "asked", "nearest", "range_"),
    [
        ("custom_width", "0", 0.05, "0.05 and 10"),
        ("custom_depth", "99", 20.0, "0.05 and 20"),
        ("custom_resolution", "7", 32, "32 and 4096"),
        ("custom_se_ratio", "7", 1.0, "0.01 and 1"),
        ("custom_classes", "0", 1, "1 and 100000"),
        ("custom_channels_in", "65", 64, "1 and 64"),
    ],
)
def test_numbers_that_cannot_be_built_are_said_and_the_nearest_is_taken(key, asked, nearest, range_):
    app = open_page("scaling", scale_by="hand", **{key: asked})
    assert f"{key} = “{asked}”, which is not between {range_}" in app.warning[0].value
    assert app.number_input(key).value == nearest
    assert app.metric and not app.exception


def test_other_choices_change_the_network_and_are_handed_on():
    app = open_page("scaling", scale_by="hand")
    app.toggle("custom_se").set_value(False).run()
    app.selectbox("custom_head").set_value("fixed").run()
    app.number_input("custom_channels_in").set_value(1).run()
    app.number_input("custom_classes").set_value(10).run()
    shown = {metric.label: metric.help for metric in app.metric}
    # B0 without its 636,540 parameters of SE, two of three channels of the stem's kernels, 990 rows of the classifier
    assert shown["Parameters"] == f"{5_288_548 - 636_540 - 3 * 3 * 2 * 32 - 990 * 1281:,}"
    assert app.query_params["custom_head"] == "fixed"
    app.button("use_on_every_page").click().run()
    assert app.query_params["custom"] == "w1-d1-r224-official-senone-hfixed-c10-i1"


def test_blocks_of_a_published_network_with_another_classifier_have_no_weights():
    app = open_page("scaling", scale_by="hand", custom_classes="10")
    assert not app.success
    assert "These are the blocks of EfficientNet-B0" in app.info[0].value


def test_the_tutorials_networks_are_a_click_away():
    app = open_page("scaling", scale_by="hand")
    assert (app.pills("published_preset").value, app.pills("tutorial_preset").value) == ("b0", None)
    app.pills("tutorial_preset").set_value("b4").run()
    assert "This is what tutorials build under the name B4. Nobody has published" in app.info[0].value
    assert "pytorch_efficientnet.py" in app.info[0].value
    assert (app.selectbox("rounding").value, app.selectbox("custom_head").value) == ("tutorial", "tutorial")
    assert metrics(app)["Parameters"] == "16.5 M"  # 16,493,577
    assert (app.pills("published_preset").value, app.pills("tutorial_preset").value) == (None, "b4")
    app.number_input("custom_width").set_value(1.5).run()
    assert app.pills("tutorial_preset").value is None
    app.pills("ceil4_preset").set_value("b4").run()
    assert "These are the published multipliers of B4, rounded up to multiples of 4" in app.info[0].value
    app.pills("published_preset").set_value("b4").run()
    assert app.success[0].value == "This is EfficientNet-B4."


def test_the_tutorials_rounding_builds_another_network():
    app = open_page("scaling", rounding="ceil4")
    assert app.selectbox("rounding").value == "ceil4"
    assert "Nobody has published" in app.info[0].value
    se = app.table[0].value
    assert "32·1.1 = 35.2 → 4·⌈35.2 / 4⌉ = 36" in set(se["Up to 4 (ceil4)"])
    assert "⌈1.2·4⌉ = ⌈4.8⌉ = 5" in set(se["Layers"])


@pytest.mark.slow
def test_a_network_is_handed_on_to_the_other_pages():
    app = open_page("scaling", scale_by="hand")
    app.number_input("custom_width").set_value(1.3).run()
    app.button("use_on_every_page").click().run()
    code = app.query_params["custom"]
    assert (code, app.session_state["variant"]) == ("w1.3-d1-r224-official", "custom")
    assert open_page("architecture", variant="custom", custom=code).title[0].value == "EfficientNet, width 1.3, depth 1"
    compared = open_page("compare", left="b0", right="custom", custom=code)
    assert compared.selectbox("right").value == "custom"
    assert compared.dataframe[1].value["Network"][1] == "EfficientNet, width 1.3, depth 1"
