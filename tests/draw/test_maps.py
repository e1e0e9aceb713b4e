"""Maps as pictures: colours against matplotlib, components against scikit-learn, sheets pixel by pixel."""

from __future__ import annotations

import io
import tomllib
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image
from sklearn.decomposition import PCA

from effnet_viz.draw.colour_maps import COLOUR_MAPS, colour, css_colours, palette
from effnet_viz.draw.feature_pictures import (
    LONGEST,
    Place,
    Sheet,
    maps_over_photo,
    maps_sheet,
    normalised,
    pairs_sheet,
    pictures_sheet,
    summary_image,
)
from effnet_viz.draw.maps import Scale, grid_image, map_image, overlay, png, principal_components, scale_of
from effnet_viz.draw.palette import rgb
from effnet_viz.images import View


def decoded(sheet: Sheet) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(sheet.png)).convert("RGB"))


def cut(picture: np.ndarray, place: Place) -> np.ndarray:
    return picture[place.y : place.y + place.height, place.x : place.x + place.width]


@pytest.mark.parametrize("name", ["magma", "viridis"])
def test_colours_are_matplotlibs(name):
    shares = np.linspace(0, 1, 256)
    theirs = np.round(matplotlib.colormaps[name](shares)[:, :3] * 255)
    assert np.abs(colour(shares, name).astype(int) - theirs).max() <= 3  # of 255


def test_the_diverging_map_is_centred_and_symmetric_in_lightness():
    assert np.ptp(colour(np.array(0.5), "diverging")) <= 1
    blue, red = colour(np.array([0.0, 1.0]), "diverging").astype(int)
    assert blue[2] > blue[0] and red[0] > red[2]


def test_gates_get_brighter_as_they_open():
    lightness = colour(np.linspace(0, 1, 50), "gates") @ np.array([0.299, 0.587, 0.114])
    assert (np.diff(lightness) > 0).all()


@pytest.mark.parametrize("name", COLOUR_MAPS)
def test_what_lies_outside_gets_an_end_and_nothing_is_lost(name):
    assert colour(np.array([-3.0, np.nan]), name).tolist() == [colour(np.array(0.0), name).tolist()] * 2
    assert colour(np.array(9.0), name).tolist() == colour(np.array(1.0), name).tolist()
    assert len(palette(name)) == 768
    assert css_colours(name)[0] == "#{:02X}{:02X}{:02X}".format(*colour(np.array(0.0), name))
    assert css_colours(name)[-1] == "#{:02X}{:02X}{:02X}".format(*colour(np.array(1.0), name))


def test_unknown_colour_maps_are_refused():
    with pytest.raises(ValueError, match=r"'jet'.*viridis"):
        colour(np.zeros(2), "jet")


def test_scales_of_ordinary_signed_empty_and_flat_maps():
    assert scale_of(np.array([1.0, 3.0, np.nan])) == Scale(low=1.0, high=3.0)
    assert scale_of(np.array([-1.0, 3.0]), signed=True) == Scale(low=-3.0, high=3.0)
    assert scale_of(np.array([np.nan])) == Scale(low=0.0, high=0.0)
    assert Scale(low=2.0, high=2.0).apply(np.array([2.0])).tolist() == [0.5]


def test_normalising_says_what_it_did():
    maps = np.array([[[0.0, 2.0]], [[0.0, 4.0]]])
    layer, fixed = Scale(low=0.0, high=4.0), Scale(low=0.0, high=8.0)
    each, says = normalised(maps, by="map", layer=layer, fixed=fixed)
    assert each.tolist() == [[[0, 1]], [[0, 1]]] and "own range" in says
    whole, says = normalised(maps, by="layer", layer=layer, fixed=fixed)
    assert whole.tolist() == [[[0, 0.5]], [[0, 1]]] and "0 to 4" in says
    given, says = normalised(maps, by="fixed", layer=layer, fixed=fixed)
    assert given.tolist() == [[[0, 0.25]], [[0, 0.5]]] and "0 to 8" in says
    signed, _ = normalised(np.array([[[-1.0, 4.0]]]), by="map", layer=layer, fixed=fixed, signed=True)
    assert signed.tolist() == [[[0.375, 1.0]]]
    flat, _ = normalised(np.zeros((1, 2, 2)), by="map", layer=layer, fixed=fixed)
    assert (flat == 0.5).all()
    with pytest.raises(ValueError, match=r"'photo'.*layer"):
        normalised(maps, by="photo", layer=layer, fixed=fixed)


def test_each_map_lies_where_the_sheet_says(request):
    shares = np.random.default_rng(0).random((7, 5, 6))
    sheet = maps_sheet(shares, "viridis", "as they are")
    picture = decoded(sheet)
    assert sheet.says == "as they are" and len(sheet.places) == 7
    for share, place in zip(shares, sheet.places, strict=True):
        np.testing.assert_array_equal(cut(picture, place), colour(share, "viridis"))


def test_large_maps_are_averaged_down():
    share = np.indices((320, 320)).sum(axis=0) % 2 * 1.0  # a checkerboard of pixels averages to grey
    sheet = maps_sheet(share[None], "grey")
    assert sheet.places[0].width == sheet.places[0].height == LONGEST
    assert np.abs(decoded(sheet).astype(int) - 128).max() <= 1


def test_maps_over_the_photo_mix_by_opacity():
    seen = Image.new("RGB", (64, 64), (200, 100, 0))
    shares = np.ones((1, 4, 4))
    for opacity, expected in ((0.0, np.array([200, 100, 0])), (1.0, colour(np.array(1.0), "magma"))):
        picture = decoded(maps_over_photo(seen, shares, "magma", opacity))
        assert np.abs(picture.astype(int) - expected).max() <= 1


def test_pictures_of_different_size_share_a_sheet():
    pictures = [Image.new("RGB", (8, 4), (255, 0, 0)), Image.new("RGB", (3, 9), (0, 0, 255))]
    sheet = pictures_sheet(pictures)
    for picture, place in zip(pictures, sheet.places, strict=True):
        np.testing.assert_array_equal(cut(decoded(sheet), place), np.asarray(picture))


def test_a_closed_gate_makes_a_map_dark():
    before = np.random.default_rng(0).random((2, 7, 7)) + 0.5
    sheet = pairs_sheet(before, before * np.array([1.0, 0.0])[:, None, None])
    (open_pair, closed_pair) = (cut(decoded(sheet), place) for place in sheet.places)
    np.testing.assert_array_equal(open_pair[:, :7], open_pair[:, -7:])
    assert (closed_pair[:, -7:] == colour(np.array(0.0), "viridis")).all()
    assert (closed_pair[:, :7] != closed_pair[:, -7:]).any()


@pytest.mark.parametrize("shape", [(12, 9, 9), (60, 4, 5)])
def test_components_are_scikit_learns(shape):
    values = np.random.default_rng(1).normal(size=shape)
    ours = np.asarray(principal_components(values)).astype(float) / 255
    scores = PCA(n_components=3).fit_transform(values.reshape(shape[0], -1).T)
    for component in range(3):
        theirs = scores[:, component].reshape(shape[1:])
        theirs = (theirs - theirs.min()) / (theirs.max() - theirs.min())
        difference = min(np.abs(ours[..., component] - version).max() for version in (theirs, 1 - theirs))
        assert difference < 0.01


def test_fewer_channels_than_colours_are_no_problem():
    assert principal_components(np.random.default_rng(0).random((2, 5, 5))).size == (5, 5)


def test_the_mean_summary_is_the_mean_of_absolute_values():
    values = np.array([[[1.0, -4.0]], [[-3.0, 0.0]]])
    np.testing.assert_array_equal(np.asarray(summary_image(values, "mean")), colour(np.array([[0.5, 0.5]]), "viridis"))
    with pytest.raises(ValueError, match=r"'median'.*components"):
        summary_image(values, "median")


def test_enlarging_keeps_cells_crisp():
    image = np.asarray(map_image(np.array([[0.0, 1.0], [1.0, 0.0]]), colour_map="grey", side=64))
    assert image.shape == (64, 64, 3)
    assert set(np.unique(image)) == {0, 255}
    assert (image[:32, 32:] == 255).all() and (image[:32, :32] == 0).all()


def test_an_overlay_lies_where_the_network_saw():
    photo = Image.new("RGB", (300, 200), (0, 0, 0))
    view = View(photo_size=(300, 200), box=(50.0, 0.0, 250.0, 200.0), input_size=(224, 224))
    picture = np.asarray(
        overlay(
            photo, np.ones((7, 7)), view, colour_map="grey", opacity=1.0, scale=Scale(low=0.0, high=1.0), longest=300
        )
    )
    assert (picture[:, :50] == 0).all() and (picture[:, 250:] == 0).all()
    assert (picture[:, 50:250] == 255).all()


def test_small_photos_are_enlarged_in_whole_steps():
    photo = Image.new("RGB", (64, 64))
    view = View(photo_size=(64, 64), box=(0.0, 0.0, 64.0, 64.0), input_size=(64, 64))
    assert overlay(photo, np.ones((4, 4)), view, longest=560).size == (512, 512)


def test_the_grid_for_download_holds_every_map():
    maps = np.stack([np.full((4, 4), value) for value in (0.0, 0.5, 1.0)])
    maps[:, 0, 0], maps[:, 3, 3] = 0.0, 1.0  # one range for all
    sheet = grid_image(maps, columns=2, cell=8, colour_map="grey")
    picture = np.asarray(sheet)
    assert sheet.size == (20, 20)
    assert [picture[4, 4, 0], picture[4, 16, 0], picture[16, 4, 0]] == [0, 128, 255]
    assert picture[16, 16, 3] == 0  # no fourth map: nothing is drawn
    assert Image.open(io.BytesIO(png(sheet))).size == sheet.size


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_charts_of_the_theme_have_the_colours_of_the_maps(theme):
    settings = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text())["theme"][theme]
    for name, setting in (("diverging", "chartDivergingColors"), ("viridis", "chartSequentialColors")):
        theirs = np.array([rgb(colour) for colour in settings[setting]])
        assert np.abs(theirs - colour(np.linspace(0, 1, len(theirs)), name).astype(int)).max() <= 2


def test_a_threshold_leaves_weaker_places_as_they_were():
    photo = Image.new("RGB", (100, 100), (10, 20, 30))
    view = View(photo_size=(100, 100), box=(0.0, 0.0, 100.0, 100.0), input_size=(100, 100))
    values = np.zeros((10, 10))
    values[:, :5] = 1.0
    picture = np.asarray(overlay(photo, values, view, opacity=1.0, threshold=0.5, contour=0.5, longest=100))
    assert (picture[:, 70:] == (10, 20, 30)).all()
    assert np.abs(picture[:, :30].astype(int) - colour(np.array(1.0), "magma")).max() <= 8
    assert (picture[:, 48:52] == 255).all(axis=2).any()
