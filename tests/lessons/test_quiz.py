"""Questions: one right option among different ones, computed, and others for another model or photo."""

from __future__ import annotations

import pytest

from effnet_viz.architecture import plan
from effnet_viz.explain import capture, se_steps
from effnet_viz.lessons import bottleneck, convolution, decision, depthwise, descent, scaling, squeeze
from effnet_viz.lessons.quiz import ask, dice_for


def all_questions(model, photo):
    run = capture(model, photo)
    drawn = plan(model.spec, run.input.shape[-1])
    layers = depthwise.convolutions_in(drawn)
    quiz = {
        "convolution": lambda dice: convolution.questions(convolution.by_stem(model, run, 3), dice),
        "by hand": lambda dice: convolution.questions(
            convolution.by_hand(convolution.grey_photo(model, photo), convolution.KERNELS["Sharpen"], model.spec), dice
        ),
        "depthwise": lambda dice: depthwise.questions(layers["4.2"], list(layers.values()), dice),
        "bottleneck": lambda dice: bottleneck.questions(drawn, drawn.block("4.2"), dice),
        "descent": lambda dice: descent.questions(drawn, dice),
        "growth": lambda dice: scaling.questions(4.0, dice),
        "decision": lambda dice: decision.questions(model, run, decision.decide(model, run), dice),
    }
    if run.gates:
        se = se_steps(model, run, "4.2")
        quiz["squeeze"] = lambda dice: squeeze.questions(se, drawn.block("4.2"), dice)
    return {name: make(dice_for(model.key, photo.digest, name)) for name, make in quiz.items()}


@pytest.fixture(scope="module", params=["b0", "lite0"])
def both(request, make_model, photo, other_photo):
    model = make_model(request.param)
    return all_questions(model, photo), all_questions(model, other_photo)


def test_every_question_has_one_right_answer_among_different_ones(both):
    for name, asked in both[0].items():
        assert 2 <= len(asked) <= 3, name
        for question in asked:
            assert len(set(question.options)) == len(question.options) >= 2, question.prompt
            assert question.right == question.options[question.answer]
            assert question.because


def test_another_photo_asks_other_questions(both):
    first, second = both
    for name in first:
        assert [question.key for question in first[name]] != [question.key for question in second[name]], name


def test_another_model_asks_other_questions(make_model, photo):
    first, second = (all_questions(make_model(name), photo) for name in ("b0", "lite0"))
    for name in second:
        assert [question.key for question in first[name]] != [question.key for question in second[name]], name


def test_the_same_screen_asks_the_same(make_model, photo):
    assert all_questions(make_model("b0"), photo) == all_questions(make_model("b0"), photo)


def test_a_wrong_option_that_equals_the_right_one_is_left_out():
    question = ask(dice_for("a"), "How many?", "2", ["2", "3", "3", "4"], "1 + 1")
    assert sorted(question.options) == ["2", "3", "4"]
    with pytest.raises(ValueError, match="wrong"):
        ask(dice_for("a"), "How many?", "2", ["2"], "1 + 1")
