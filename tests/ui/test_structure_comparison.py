"""The compare page and the scaling laboratory: every control, every number that somebody else published."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from effnet_viz.architecture import compare, list_variants, plan
from effnet_viz.architecture.difference import split
from effnet_viz.architecture.matched import match_cost
from effnet_viz.architecture.published import ACCURACIES
from effnet_viz.architecture.theory import shipped_beside_theory
from effnet_viz.architecture.variants import spec
from effnet_viz.draw.structure_charts import accuracy_chart, implied_phi_chart, matched_chart, waterfall
from effnet_viz.ui.comparing import stage_rows, totals_rows

ROOT = Path(__file__).parents[2]


def open_page(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["variant"] = query.pop("variant", "b0")
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(f"pages/{page}.py").run()
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
    assert any("of different design" in text.value for text in app.caption)


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


def test_one_resolution_for_all():
    app = open_page("compare")
    app.number_input("at").set_value(224).run()
    assert metrics(app)["Resolution"] == "224 → 224"
    app.number_input("at").set_value(7).run()
    assert "resolution is 7" in app.error[0].value
    assert metrics(app)["Resolution"] == "224 → 600"


def test_rows_of_stages_have_ratios():
    rows = stage_rows([plan("b0"), plan("b7")])
    assert rows[6]["Channels"] == "192 → 384   (2.00×)"
    assert rows[6]["Blocks"] == "4 → 13   (3.25×)"
    assert rows[-1]["Parameters"] == "5.29 M → 66.3 M   (12.5×)"
    assert stage_rows([plan("b0"), plan("v2_s")])[7]["Parameters"] == "717 k → none"
    assert totals_rows([plan("b7")])[0]["Top-1"] == "84.3 (google); 84.122 (torchvision)"


@pytest.mark.parametrize("way", ["stage", "operator"])
def test_the_waterfall_leads_from_one_total_to_the_other(way):
    chart = waterfall(split(compare("b0", "b7"), way), "B0", "B7", "parameters")
    frame = chart.layer[0].data if hasattr(chart.layer[0].data, "end") else chart.data
    assert list(frame.part)[0] == "B0" and list(frame.part)[-1] == "B7"
    assert frame.end.iloc[0] == 5_288_548 and frame.end.iloc[-1] == frame.end.iloc[-2] == 66_347_960
    assert list(frame.start.iloc[2:-1]) == list(frame.end.iloc[1:-2])


def test_charts_are_valid_vega():
    rows = shipped_beside_theory()
    for chart in (accuracy_chart(ACCURACIES, "macs", {"b0": "B0", "b7": "B7"}), implied_phi_chart(rows),
                  matched_chart(plan("b2"), match_cost(spec("b0"), plan("b2").macs), "params", "Parameters")):
        assert chart.to_dict()["$schema"].startswith("https://vega.github.io/schema/vega-lite")


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
    app.pills("lab_preset").set_value(name).run()
    assert [text.value for text in app.success] == [f"This is {spec(name).title}."]


@pytest.mark.parametrize(("key", "value", "reason"), [
    ("lab_width", 0.0, "width is 0.0; it can be 0.05 to 10.0"),
    ("lab_depth", 99.0, "depth is 99.0; it can be 0.05 to 20.0"),
    ("lab_resolution", 7, "resolution is 7; it can be 32 to 4096")])
def test_wrong_multipliers_are_met_with_the_reason(key, value, reason):
    app = open_page("scaling", scale_by="hand")
    app.number_input(key).set_value(value).run()
    assert reason in app.error[0].value


def test_the_tutorials_rounding_builds_another_network():
    app = open_page("scaling", rounding="ceil4")
    assert app.selectbox("rounding").value == "ceil4"
    assert "Nobody has published" in app.info[0].value
    trace = app.table[0].value
    assert "32·1.1 = 35.2 → 4·⌈35.2 / 4⌉ = 36" in set(trace["Tutorial (ceil4)"])
    assert "⌈1.2·4⌉ = ⌈4.8⌉ = 5" in set(trace["Layers"])


def test_a_network_is_handed_on_to_the_other_pages():
    app = open_page("scaling", scale_by="hand")
    app.number_input("lab_width").set_value(1.3).run()
    app.button("hand_on").click().run()
    code = app.query_params["custom"]
    assert (code, app.session_state["variant"]) == ("w1.3-d1-r224-official", "custom")
    assert open_page("architecture", variant="custom", custom=code).title[0].value == "EfficientNet, width 1.3, depth 1"
    compared = open_page("compare", left="b0", right="custom", custom=code)
    assert compared.selectbox("right").value == "custom"
    assert compared.dataframe[1].value["Network"][1] == "EfficientNet, width 1.3, depth 1"
