"""The page of SE attention: gates at once, whatever the network; surgery that changes the answer and nothing else."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import numpy as np
import pyarrow.ipc
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from effnet_viz.architecture import plan
from effnet_viz.explain import capture, se_gates
from effnet_viz.images import open_sample, samples
from effnet_viz.loading import load
from effnet_viz.training.evaluation import knock_out
from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path
from effnet_viz.ui.session import chosen
from effnet_viz.ui.session.byte_cache import CACHE
from effnet_viz.ui.session.drawn_pictures import SHEET, picture
from effnet_viz.ui.widgets.estimates import Estimates

ROOT = Path(__file__).parents[2]


def open_page(part: str = "One block", **query: str) -> AppTest:
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    app.session_state["part"] = part
    app.query_params.update(query)
    app.switch_page(page_path("se_attention")).run()
    assert not app.exception, app.exception
    return app


def drawn(colour: str) -> bytes:
    """A photo of one colour, as a file."""
    buffer = io.BytesIO()
    Image.new("RGB", (90, 60), colour).save(buffer, format="PNG")
    return buffer.getvalue()


def tables_of(app: AppTest) -> list[list[dict]]:
    """The rows of all charts on the page that have one table."""
    sent = [chart.proto.data.data for chart in app.get("vega_lite_chart") if chart.proto.data.data]
    return [pyarrow.ipc.open_stream(table).read_all().to_pylist() for table in sent]


def probability(app: AppTest) -> float:
    return float(app.metric[0].value.removesuffix("%"))


def test_a_network_without_se_says_so_and_offers_one_that_has():
    lite0, photo = chosen.first_model(), open_sample(samples()[0].name)
    CACHE.clear()
    app = open_page(variant="lite0")
    assert CACHE.peek(("run", lite0.key, photo.digest)) is None, "nothing of it is shown, so it is not run"
    assert any("None of the 16 blocks of EfficientNet-Lite0 has it" in text.value for text in app.markdown)
    app.button(key="choose_shapes").click().run()
    assert not app.exception
    assert app.selectbox(key="variant").value == "shapes"
    assert not any("None of the" in text.value for text in app.markdown)


@pytest.mark.parametrize(("variant", "nearest"), [("lite4", "B2"), ("edgetpu_l", "B2")])
def test_the_nearest_variant_is_near_in_size(variant, nearest):
    from effnet_viz.architecture import plan, spec
    from effnet_viz.ui.se_attention.compared_photos import WITH_SE, nearest_with_se

    offered = nearest_with_se(spec(variant))
    sizes = {name: abs(plan(name).params - plan(variant).params) for name in WITH_SE}
    assert sizes[offered] <= sorted(sizes.values())[1]


def test_the_first_screen_begins_with_the_gate_that_this_photo_moves_most():
    app = open_page("One gate", variant="shapes")
    model = load("shapes", device="cpu")
    usual = [capture(model, picture(number)).gates for number in range(SHEET)]
    here = se_gates(model, picture(0))
    moves = {block: gates - np.mean([photo[block] for photo in usual], axis=0) for block, gates in here.items()}
    block = max(moves, key=lambda id: np.abs(moves[id]).max())
    channel = int(np.abs(moves[block]).argmax())
    assert (app.selectbox(key="block").value, app.slider(key="channel").value) == (block, channel)
    gate, average = here[block][channel], here[block][channel] - moves[block][channel]
    words = f"Gate {channel} of block {block}: {gate:.2f} here, usually {average:.2f}"
    assert any(words in text.value for text in app.markdown)


@pytest.mark.slow
def test_a_gate_can_be_compared_with_another_and_with_the_mean():
    app = open_page("One gate", variant="shapes", block="6.1", channel="12")
    app.segmented_control(key="gate_way").set_value("mean").run()
    assert any("the gates of block 6.1 on average" in text.value for text in app.markdown)
    app.segmented_control(key="gate_way").set_value("difference").run()
    assert 12 not in app.selectbox(key="gate_against").options
    app.selectbox(key="gate_against").set_value(40).run()
    assert not app.exception
    assert any("gate 12 of block 6.1 rather than gate 40" in text.value for text in app.markdown)


def test_what_gates_notice_names_the_change_and_what_it_did_to_the_answer(monkeypatch):
    from effnet_viz.ui.widgets import slow_work

    monkeypatch.setattr(slow_work, "PATIENCE", 1000.0)
    app = open_page("What gates notice", variant="shapes", block="6.1")
    assert not app.exception
    assert any("The gates of block 6.1 notice most: **" in text.value for text in app.markdown)
    assert any("gates move by more than 0.1" in text.value for text in app.markdown)


def test_own_photos_are_compared_several_at_once_and_a_broken_one_is_named():
    app = open_page("Compare photos", variant="shapes")
    files = [(f"{name}.png", drawn(colour), "image/png") for name, colour in (("sea", "blue"), ("fire", "red"))]
    app.file_uploader(key="compared_upload").set_value([*files, ("torn.png", b"torn", "image/png")]).run()
    assert not app.exception
    assert any("torn.png" in text.value for text in app.error)
    picker = app.multiselect(key="photos")
    assert picker.options[:2] == ["sea.png (yours)", "fire.png (yours)"]
    assert [value.startswith("own-") for value in picker.value] == [True, True], "they are compared without a click"


def test_two_photos_of_one_name_are_two_photos():
    app = open_page("Compare photos", variant="shapes")
    app.file_uploader(key="compared_upload").set_value(
        [("image.png", drawn(colour), "image/png") for colour in ("blue", "red", "green")]
    ).run()
    named = [title for title in app.multiselect(key="photos").options if "yours" in title]
    assert named == ["image.png (yours)", "image.png (yours, 2)", "image.png (yours, 3)"]


@pytest.mark.slow
def test_own_photos_stay_when_the_tab_changes_and_stand_among_those_of_one_gate():
    app = open_page("Compare photos", variant="shapes")
    app.file_uploader(key="compared_upload").set_value([("sea.png", drawn("blue"), "image/png")]).run()
    for tab in ("Surgery", "Compare photos"):  # the first has no uploader, so that the other gets a new one
        app.session_state["part"] = tab
        app.run()
        assert not app.exception
    assert "sea.png (yours)" in app.multiselect(key="photos").options
    app.file_uploader(key="compared_upload").set_value([("fire.png", drawn("red"), "image/png")]).run()
    assert {"sea.png (yours)", "fire.png (yours)"} <= set(app.multiselect(key="photos").options)
    app.session_state["part"] = "One gate"
    app.run()
    tiles = json.loads(
        next(
            component.proto.json
            for component in app.get("bidi_component")
            if "most closed first" in component.proto.json
        )
    )
    assert {"sea.png", "fire.png"} <= {tile["note"] for tile in tiles["tiles"]}
    values = [float(tile["label"]) for tile in tiles["tiles"]]
    assert values == sorted(values) and len(values) == 14
    app.button(key="forget_photos").click().run()
    app.session_state["part"] = "Compare photos"
    app.run()
    assert [option for option in app.multiselect(key="photos").options if "yours" in option] == ["fire.png (yours)"]


def test_colours_of_all_photos_are_those_of_the_tiles_below():
    app = open_page("One gate", variant="shapes", block="6.1", channel="12")
    app.segmented_control(key="gate_scale").set_value("photos").run()
    assert not app.exception
    said = [caption.value for caption in app.caption if "olours from" in caption.value]
    large = next(sentence for sentence in said if "in total." in sentence)
    below = next(sentence for sentence in said if sentence.startswith("The gate on each photo."))
    ends = [re.search(r"olours from (\S+ to \S+?)[;.]", sentence).group(1) for sentence in (large, below)]
    assert ends[0] == ends[1]


@pytest.mark.slow
def test_nobody_sees_the_photos_of_another():
    first, other = (open_page("Compare photos", variant="shapes") for _ in range(2))
    first.file_uploader(key="compared_upload").set_value([("mine.png", drawn("green"), "image/png")]).run()
    other.run()
    assert "mine.png (yours)" in first.multiselect(key="photos").options
    assert "mine.png (yours)" not in other.multiselect(key="photos").options


def test_gates_that_tell_two_photos_apart_are_shown():
    app = open_page("Compare photos", variant="shapes")
    assert len([text for text in app.markdown if "is more open for" in text.value]) == 4
    app.segmented_control(key="photos_or_groups").set_value("answers").run()
    assert not app.exception
    assert len([text for text in app.markdown if "is more open for" in text.value]) == 4


def test_surgery_says_what_it_does_not_show():
    app = open_page("Surgery", variant="shapes")
    assert any("disturbed network" in text.value for text in app.caption)


@pytest.mark.slow
def test_without_se_b0_is_offered_with_its_size_before_the_shapes_network():
    app = open_page(variant="lite4")
    assert app.button(key="choose_nearest").label.startswith("Choose EfficientNet-B3")
    label = app.button(key="download_b0").label
    assert label.startswith("Download EfficientNet-B0 (21")
    keys = [button.key for button in app.button if button.key]
    assert keys.index("download_b0") < keys.index("choose_shapes") < keys.index("choose_nearest")


@pytest.mark.slow
def test_a_second_network_keeps_the_photo_and_the_page_follows_it():
    app = open_page("One gate", variant="shapes")
    app.selectbox(key="variant").set_value("b0").run()
    assert not app.exception
    assert any("untrained" in text.value for text in app.warning)
    assert any("Gate" in text.value and "of block" in text.value for text in app.markdown)


@pytest.mark.slow
def test_blocks_without_se_are_named():
    app = open_page(variant="v2_s")
    assert any("fused MBConv" in caption.value for caption in app.caption)
    assert any("is random" in warning.value for warning in app.warning)  # random parameters, and gates far from 0.5
    assert app.selectbox(key="block").options[0].startswith("Block 5.1")


def test_how_many_gates_are_at_an_end_is_counted():
    app = open_page("One block", variant="shapes")
    gates = se_gates(load("shapes", device="cpu"), picture(0))
    every = np.concatenate(list(gates.values()))
    most = max(gates, key=lambda block: ((gates[block] < 0.1) | (gates[block] > 0.9)).mean())
    closed, open_ = (
        "<1%" if 0 < share < 0.005 else f"{share:.0%}" for share in ((every < 0.1).mean(), (every > 0.9).mean())
    )
    words = f"{closed} are under 0.1 and {open_} over 0.9, most in block {most}"
    assert any(words in text.value for text in app.caption)


def test_untrained_gates_are_near_a_half_and_the_page_says_so():
    app = open_page(variant="shapes", weights="untrained")
    assert any("near 0.5" in warning.value for warning in app.warning)


def test_the_address_chooses_block_and_channel():
    app = open_page(variant="shapes", block="4.1", channel="5")
    assert app.selectbox(key="block").value == "4.1"
    assert app.slider(key="channel").value == 5
    assert any("Channel 5: the mean of its map" in markdown.value for markdown in app.markdown)


def test_knock_out_is_reckoned_as_the_part_of_each_run_that_it_makes(monkeypatch):
    CACHE.clear()
    monkeypatch.setattr("effnet_viz.ui.se_attention.surgery.seconds_alone", lambda model: 100.0)
    monkeypatch.setattr("effnet_viz.ui.widgets.slow_work.ESTIMATES", Estimates())
    monkeypatch.setattr("effnet_viz.ui.se_attention.surgery.knock_outs", lambda *_: pytest.fail("it ran unasked"))
    app = open_page("Surgery", variant="shapes")
    model = load("shapes", device="cpu")
    blocks = plan(model.spec, model.preprocessing.crop).blocks
    gated = [number for number, block in enumerate(blocks) if any(layer.kind == "se" for layer in block.layers)]
    runs = sum(block.macs for number in gated for block in blocks[number:]) / sum(block.macs for block in blocks)
    offered = app.button(key="start_knock_out").label
    assert offered == f"Disable each of {len(gated)} blocks in turn (about {round(runs * 100 / 60)} min)"


def test_surgery_changes_the_answer_and_can_be_taken_back():
    app = open_page("Surgery", variant="shapes", block="5.1")
    before = probability(app)
    assert any("Nothing is changed" in caption.value for caption in app.caption)
    app.selectbox(key="mode_5.1").set_value("ones").run()
    assert not app.exception
    assert probability(app) != before
    assert any("5.1 all open" in caption.value for caption in app.caption)
    app.button(key="restore").click().run()
    assert probability(app) == before


def test_a_slider_overrules_one_channel():
    app = open_page("Surgery", variant="shapes")
    logit = app.metric[1].value
    next(slider for slider in app.slider if slider.key != "channel").set_value(0.0).run()
    assert not app.exception
    assert app.metric[1].value != logit
    assert any("1 channel by hand" in caption.value for caption in app.caption)


@pytest.mark.parametrize("mode", ["photo_mean", "reference_mean", "shuffled", "other_photo"])
def test_every_mode_runs_on_every_block(mode):
    app = open_page("Surgery", variant="shapes", block="6.1")
    app.selectbox(key="mode_6.1").set_value(mode).run()
    app.button(key="everywhere").click().run()
    assert not app.exception
    assert app.metric[1].delta != "+0.000"


def test_the_knock_out_names_what_it_did():
    app = open_page("Surgery", variant="shapes")
    assert any("All gates of one block are 1" in caption.value for caption in app.caption)
    assert sum("disturbed network" in caption.value for caption in app.caption) == 2  # of the tab, and of the knock-out


@pytest.mark.slow
def test_photos_and_groups_against_each_other():
    app = open_page("Compare photos", variant="shapes")
    assert len(app.multiselect(key="photos").value) == 4
    app.multiselect(key="photos").set_value(["0", "5"]).run()
    assert not app.exception
    app.segmented_control(key="photos_or_groups").set_value("groups").run()
    assert not app.exception
    assert len(app.multiselect(key="compared_classes").value) == 4
    app.multiselect(key="compared_classes").set_value(["circle, solid"]).run()
    assert any("at least two groups" in info.value for info in app.info)


@pytest.mark.slow
def test_more_than_eight_photos_are_heat_maps_of_every_photo():
    app = open_page("Compare photos", variant="shapes", block="6.1", photos=";".join(map(str, range(10))))
    said = [text.value for text in app.markdown]
    assert "**Which photos block 6.1 treats alike**" in said and "**Mean gate of each block**" not in said
    gates = [se_gates(load("shapes", device="cpu"), picture(number))["6.1"] for number in range(10)]
    pairs, cells = (
        next(rows for rows in tables_of(app) if {"row", field} <= set(rows[0])) for field in ("likeness", "gate")
    )
    titles = app.multiselect(key="photos").options
    expected = np.corrcoef(gates)
    assert len(pairs) == 100
    for pair in pairs:
        row, column = titles.index(pair["row"]), titles.index(pair["other"])
        assert pair["likeness"] == pytest.approx(expected[row, column], abs=1e-5)
    deviation = np.std(gates, axis=0)
    shown = {int(cell["channel"]) for cell in cells}
    assert len(shown) == 50 and deviation[sorted(shown)].min() >= np.sort(deviation)[-50] - 1e-6


@pytest.mark.slow
def test_a_few_photos_are_a_heat_map_too_and_no_crossing_lines():
    app = open_page("Compare photos", variant="shapes", block="6.1", photos="0;1;2")
    cells = next(rows for rows in tables_of(app) if {"row", "channel", "gate"} <= set(rows[0]))
    gates = {f"{picture(number).name}": se_gates(load("shapes", device="cpu"), picture(number)) for number in range(3)}
    assert len({cell["row"] for cell in cells}) == 3 and len(cells) == 3 * 50
    for cell in cells:
        (own,) = [values["6.1"] for name, values in gates.items() if name in cell["row"]]
        assert cell["gate"] == pytest.approx(own[int(cell["channel"])], abs=1e-5)


@pytest.mark.slow
def test_named_groups_of_bundled_photos():
    app = open_page("Compare photos", variant="b0", weights="untrained")
    app.segmented_control(key="photos_or_groups").set_value("groups").run()
    assert not app.exception
    app.text_input(key="group_name_A").set_value("animals").run()
    assert not app.exception


@pytest.mark.slow
def test_the_gates_of_all_classes_and_what_they_are_worth(monkeypatch):
    from effnet_viz.ui.se_attention import all_classes
    from effnet_viz.ui.widgets import slow_work

    monkeypatch.setattr(slow_work, "PATIENCE", 0.0)
    monkeypatch.setattr(all_classes, "HELD_OUT_PICTURES", 256)
    app = open_page("All classes", variant="shapes", weights="majority")
    said = " ".join(text.value for text in app.markdown)
    assert "Most dots have one colour" in said
    assert re.search(r"with SE gets 98\.\d% right, the one without gets 86\.\d%", said)
    app.button(key="start_knock_out_accuracy").click().run()
    assert not app.exception
    said = " ".join(text.value for text in app.markdown)
    lost = knock_out(load("shapes", weights="majority", device="cpu").network, "majority", 256)
    worst = max(lost, key=lost.get)
    assert f"with the gates of block {worst} held at their mean, {100 * lost[worst]:.1f} of 100 pictures" in said


def test_only_networks_that_know_drawn_shapes_have_all_classes():
    assert "All classes" not in [tab.label for tab in open_page(variant="b0").tabs]


def test_the_pictures_are_those_of_the_task():
    names = {weights: open_page(variant="shapes", weights=weights).caption for weights in ("shapes", "majority")}
    drawn = {
        weights: next(caption.value for caption in captions if caption.value.startswith("Drawn by"))
        for weights, captions in names.items()
    }
    assert "," in drawn["shapes"] and "," not in drawn["majority"]  # shape and texture, or the shape alone


def test_what_all_blocks_see_of_the_offered_photos_comes_with_their_gates(monkeypatch):
    """Whoever opens the page has the photos run once; the second block that is looked at runs nothing more."""
    app = open_page("One gate", variant="shapes")
    monkeypatch.setattr(
        "effnet_viz.explain.reduced_maps.reduced_maps", lambda *arguments: pytest.fail("a photo ran once more")
    )
    with_gates = [block.id for block in plan("shapes").se_blocks]
    for block in (with_gates[0], with_gates[-1]):
        app.selectbox(key="block").set_value(block).run()
        assert not app.exception
