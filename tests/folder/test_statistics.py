"""Statistics over rows beside pandas, scikit-learn and plain computations on the same rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, confusion_matrix
from sklearn.metrics.pairwise import cosine_similarity

import effnet_viz as ev
from effnet_viz.explain import capture
from effnet_viz.folder import Rows, RowsError, statistics
from effnet_viz.folder import rows as rows_module
from effnet_viz.folder.cka import Products, linear_cka
from effnet_viz.folder.exciters import exciters
from effnet_viz.folder.groups import groups_apart
from effnet_viz.folder.labels import class_of_label
from effnet_viz.folder.photo_map import cam_clusters, k_means, map_of_photos, principal_components
from effnet_viz.folder.two_models import compare_rows
from effnet_viz.weights.caches import ASSETS
from tests.explain.conftest import noise_photo


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("noise")
    for index in range(24):
        label = place / f"class_{index % 3}"
        label.mkdir(exist_ok=True)
        noise_photo(index, (130 + index, 150)).image.save(label / f"{index:02}.png")
    (place / "broken.png").touch()
    return place


@pytest.fixture(scope="module")
def model(make_model):
    return make_model("b0", num_classes=4)


@pytest.fixture(scope="module")
def rows(model, folder, tmp_path_factory) -> Rows:
    return ev.run_folder(model, folder, tmp_path_factory.mktemp("rows") / "rows.parquet")


@pytest.fixture(scope="module")
def table(rows) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": rows.numbers("label_index"),
            "answer": rows.numbers("top_index")[:, 0],
            "probability": rows.numbers("top_probability")[:, 0],
        }
    ).assign(right=lambda frame: frame.label == frame.answer)


def test_accuracy_and_confusion(rows, table):
    expected = table.groupby("label").right.agg(["size", "mean"])
    entries = statistics.accuracy_by_class(rows)
    assert [(entry.index, entry.photos) for entry in entries] == list(expected["size"].items())
    assert [entry.right for entry in entries] == pytest.approx(expected["mean"].tolist())
    matrix = confusion_matrix(table.label, table.answer, labels=range(4))
    counts = np.zeros((4, 4), int)
    for pair, count in statistics.confusion(rows).items():
        counts[pair] = count
    assert (counts == matrix).all()


def test_calibration_is_that_of_pandas(rows, table):
    result = statistics.calibration(rows)
    binned = table.groupby(np.minimum((table.probability * 10).astype(int), 9))
    error = (binned.size() * (binned.right.mean() - binned.probability.mean()).abs()).sum() / len(table)
    assert result.error == pytest.approx(error, rel=1e-5)
    assert result.photos[binned.size().index].tolist() == binned.size().tolist()
    np.testing.assert_allclose(result.right[binned.size().index], binned.right.mean())


def test_worst_and_least_sure(rows, table):
    wrong = table[~table.right].sort_values("probability", ascending=False, kind="stable")
    assert statistics.worst(rows, 5) == wrong.index[:5].tolist()
    assert statistics.least_sure(rows, 3) == table.sort_values("probability", kind="stable").index[:3].tolist()


@pytest.mark.parametrize("block", ["2.1", "6.2"])
def test_gate_statistics_are_those_of_pandas(rows, table, block):
    gates = pd.DataFrame(rows.numbers(f"gate.{block}").astype(float))
    summary = statistics.gate_statistics(rows, block)
    np.testing.assert_allclose(summary.mean, gates.mean())
    np.testing.assert_allclose(summary.deviation, gates.std(ddof=0), atol=1e-9)
    np.testing.assert_allclose(summary.saturated, ((gates < 0.1) | (gates > 0.9)).mean())
    between = gates.groupby(table.label).transform("mean").var(ddof=0)
    np.testing.assert_allclose(summary.between_class_share, (between / gates.var(ddof=0)).fillna(0), atol=1e-6)
    np.testing.assert_allclose(summary.with_correctness, gates.corrwith(table.right.astype(float)), atol=1e-6)


def test_gates_are_summed_up_a_few_rows_at_a_time(rows, monkeypatch):
    """Moments of pieces, merged, are those of the whole; no column is ever in memory as a whole."""
    whole = statistics.gate_statistics(rows, "6.2")
    sizes = []
    add = statistics.Moments.add
    monkeypatch.setattr(rows_module, "BATCH_ROWS", 5)
    monkeypatch.setattr(statistics.Moments, "add", lambda self, values: (sizes.append(len(values)), add(self, values)))
    monkeypatch.setattr(Rows, "numbers", None)
    pieces = statistics.gate_statistics(rows, "6.2")
    assert max(sizes) <= 5 and sum(sizes) == 2 * 24
    for name in ("mean", "deviation", "saturated", "between_class_share", "with_correctness"):
        np.testing.assert_allclose(getattr(pieces, name), getattr(whole, name), atol=1e-7, err_msg=name)


def test_near_duplicates(tmp_path):
    pair = tmp_path / "pair"
    pair.mkdir()
    image = ev.open_photo(ASSETS / "photos" / "coffee.png").image
    image.save(pair / "a.png")
    image.save(pair / "b.jpg", quality=80)
    ev.open_photo(ASSETS / "photos" / "koala.jpg").image.save(pair / "c.png")
    rows = ev.run_folder(ev.load("lite0"), pair, tmp_path / "rows")  # random networks find all photos alike
    vectors = rows.numbers("mean.9")
    likeness = cosine_similarity(vectors)
    ((first, second, cosine),) = statistics.near_duplicates(rows, (likeness[0, 1] + likeness[0, 2]) / 2)
    assert (first, second) == (0, 1) and cosine == pytest.approx(likeness[0, 1], rel=1e-5)
    assert likeness[0, 1] > 0.9 > likeness[0, 2]


def test_the_map_of_photos_is_scikit_learns(rows):
    points = map_of_photos(rows)
    expected = PCA(2, svd_solver="full").fit_transform(rows.numbers("mean.9").astype(float))
    np.testing.assert_allclose(np.abs(points), np.abs(expected), atol=1e-6 * np.abs(expected).max())
    assert (points[np.abs(points).argmax(axis=0), [0, 1]] > 0).all()


def test_the_components_of_thousands_of_vectors_are_scikit_learns():
    generator = np.random.default_rng(0)
    vectors = generator.normal(size=(900, 400)) * np.geomspace(10, 0.01, 400) + generator.normal(size=400)
    expected = PCA(2, svd_solver="full").fit_transform(vectors)
    points = principal_components(vectors.astype(np.float32))
    np.testing.assert_allclose(np.abs(points), np.abs(expected), atol=1e-3 * np.abs(expected).max())


def test_single_entries_of_lists_are_those_of_the_whole_lists(rows):
    found = rows.entries({"gate.7.2": [5, 0], "place.9": [3]})
    assert np.array_equal(found["gate.7.2"], rows.numbers("gate.7.2")[:, [5, 0]])
    assert found["gate.7.2"].dtype == np.float32
    assert np.array_equal(found["place.9"], rows.numbers("place.9")[:, [3]])
    with pytest.raises(RowsError, match=r"no column 'gate\.1'"):
        rows.entries({"gate.1": [0]})


def test_groups_apart_are_those_of_pandas(rows):
    first, second = [0, 3, 5, 8, 9], [1, 2, 20]
    apart = groups_apart(rows, first, second)
    assert apart.kind == "gate" and list(apart.apart) == rows.gated_blocks
    gates = pd.DataFrame(rows.numbers("gate.7.2").astype(float))
    one, other = gates.loc[first], gates.loc[second]
    np.testing.assert_allclose(apart.first["7.2"], one.mean(), atol=1e-6)
    np.testing.assert_allclose(apart.second["7.2"], other.mean(), atol=1e-6)
    within = np.sqrt((one.var(ddof=0) + other.var(ddof=0)) / 2)
    usual = gates.loc[first + second].std(ddof=0).mean()
    np.testing.assert_allclose(
        apart.apart["7.2"], ((one.mean() - other.mean()) / (within + usual)).fillna(0), atol=1e-4
    )
    best = apart.largest(3)[0]
    assert abs(best.apart) == pytest.approx(max(np.abs(values).max() for values in apart.apart.values()))
    with pytest.raises(ValueError, match="no photos"):
        groups_apart(rows, [], second)


def test_clusters_are_those_of_scikit_learn():
    generator = np.random.default_rng(0)
    points = np.concatenate([generator.normal(centre, 0.3, (20, 2)) for centre in ((0, 0), (4, 0), (0, 5))])
    expected = KMeans(3, n_init=10, random_state=0).fit_predict(points)
    assert adjusted_rand_score(k_means(points, 3), expected) == 1.0


def test_groups_of_maps_are_numbered_by_size(rows):
    counts = np.bincount(cam_clusters(rows, 3))
    assert counts.sum() == 24 and (np.diff(counts) <= 0).all()


@pytest.mark.parametrize(("block", "channel"), [("1", 3), ("3.2", 17), ("6.2", 40), ("9", 1000)])
def test_exciters_are_the_photos_of_the_largest_maxima(model, rows, block, channel):
    readable = [path for path, good in zip(rows.words("path"), rows.good, strict=True) if good]
    maps = [capture(model, ev.open_photo(path)).activations[block][channel] for path in readable]
    expected = np.argsort([-values.max() for values in maps])[:3]
    exciting = exciters(model, rows, block, channel, 3)
    assert {exciter.position for exciter in exciting} == set(expected.tolist())
    for exciter in exciting:
        values = maps[exciter.position]
        assert exciter.value == pytest.approx(values.max(), rel=2e-3, abs=2e-3)
        assert values[exciter.row, exciter.column] == pytest.approx(values.max(), rel=1e-4)
        left, top, right, bottom = exciter.box
        photo = ev.open_photo(readable[exciter.position])
        assert 0 <= left < right <= photo.width and 0 <= top < bottom <= photo.height


def test_only_the_piece_that_excites_matters(make_model, tmp_path):
    """Without SE a cell sees its receptive field only: what lies outside the box can be blackened."""
    model = make_model("lite0")
    (tmp_path / "photos").mkdir()
    photo = noise_photo(3, (96, 96))
    photo.image.save(tmp_path / "photos" / "a.png")
    rows = ev.run_folder(model, tmp_path / "photos", tmp_path / "rows")
    (exciter,) = exciters(model, rows, "2.1", 5, 1)
    black = Image.new("RGB", photo.image.size)
    black.paste(photo.image.crop(exciter.box), exciter.box)
    values = ev.feature_maps(model, ev.open_photo(black), "2.1").values[5]
    assert values[exciter.row, exciter.column] == pytest.approx(exciter.value, rel=2e-3, abs=2e-3)


def test_what_does_not_exist_is_named(model, rows):
    with pytest.raises(ValueError, match=r"block is '2\.9'"):
        exciters(model, rows, "2.9", 0)
    with pytest.raises(ValueError, match=r"channel is 99; block 1 has channels 0 to 31"):
        exciters(model, rows, "1", 99)
    with pytest.raises(ValueError, match=r"no column 'gate\.1'"):
        statistics.gate_statistics(rows, "1")


def test_labels_name_classes():
    names = ("tench, Tinca tinca", "tabby, tabby cat", "crane", "crane")
    given = {"Tinca_tinca": 0, "TABBY-CAT": 1, "crane": 2, "3": 3, "4": None, "dog": None, None: None}
    assert {label: class_of_label(label, names) for label in given} == given


@pytest.mark.slow
def test_two_sets_of_weights(make_model, model, rows, folder, tmp_path):
    other = make_model("b0", num_classes=4)
    parameters = dict(other.network.named_parameters())
    parameters["classifier.weight"].data.neg_()
    parameters["feature_extractor.6.2.project.conv.weight"].data.mul_(1.5)
    object.__setattr__(other, "key", "changed")
    comparison = ev.compare_models(model, other, rows)
    theirs = ev.run_folder(other, folder, tmp_path / "theirs")
    answers = [each.numbers("top_index")[:, 0] for each in (rows, theirs)]
    assert comparison.photos == 24 and len(comparison.flips) == (answers[0] != answers[1]).sum() > 0
    assert comparison.weight_change["classifier"] == pytest.approx(2.0, abs=0.1)  # all but the bias changed its sign
    assert comparison.weight_change["5.1"] == 0.0 and 0.0 < comparison.weight_change["6.2"] < 0.5
    for block in ("2.1", "3.2", "8.1", "9"):  # the first has fewer channels than there are photos
        x, y = (each.numbers(f"mean.{block}").astype(float) for each in (rows, theirs))
        x, y = x - x.mean(0), y - y.mean(0)
        expected = np.linalg.norm(y.T @ x) ** 2 / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))
        assert comparison.similarity[block] == pytest.approx(expected, rel=1e-4)
    turned = ev.run_folder(other, list(reversed(rows.words("path"))), tmp_path / "turned")  # as after a cluster
    again = compare_rows(model, other, rows, turned)
    assert [flip.path for flip in again.flips] == [flip.path for flip in comparison.flips]
    assert again.similarity == pytest.approx(comparison.similarity, rel=1e-4)
    np.testing.assert_allclose(again.gates_moved["7.2"], comparison.gates_moved["7.2"], atol=1e-4)
    assert comparison.gates_moved["2.1"].max() < 1e-3 < comparison.gates_moved["7.2"].max()
    for flip in comparison.flips[:1]:
        cam = ev.grad_cam(
            model, ev.open_photo(flip.path), target=class_of_label(flip.path.split("/")[-2], model.class_names)
        )
        np.testing.assert_allclose(flip.map_before, cam.values, atol=1e-3 * np.abs(cam.values).max())
    with pytest.raises(ValueError, match="not of the first model"):
        ev.compare_models(other, model, rows)
    with pytest.raises(ValueError, match="tensors of other shapes"):
        ev.compare_models(model, make_model("b0"), rows)


def test_cka_does_not_see_rotation_and_scale():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(30, 6))
    rotation, _ = np.linalg.qr(generator.normal(size=(6, 6)))
    assert linear_cka(x, 3 * x @ rotation + 1) == pytest.approx(1.0)
    assert np.isnan(linear_cka(x, np.ones((30, 2))))
    wide = np.concatenate([x, np.zeros((30, 40))], axis=1)  # more numbers than photos: the other way to compute it
    y = x**2
    assert linear_cka(wide, y) == pytest.approx(linear_cka(x, y))
    products = Products()
    for start in range(0, 30, 8):
        products.add(x[start : start + 8], y[start : start + 8])
    assert products.cka() == pytest.approx(linear_cka(x, y))
