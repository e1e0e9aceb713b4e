"""The view says where on the photo the network looked, exactly and both ways."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms import CenterCrop, Resize

from effnet_viz.images import Preprocessing, View, open_photo
from effnet_viz.images.view import large_part

edges = st.integers(1, 3000)


@st.composite
def preprocessings(draw) -> Preprocessing:
    resize = draw(st.integers(1, 800))
    crop = draw(st.integers(1, resize))
    return Preprocessing(resize=resize, crop=crop, interpolation="bicubic", mean=(0, 0, 0), std=(1, 1, 1))


def preset(resize: int, crop: int) -> Preprocessing:
    return Preprocessing(resize=resize, crop=crop, interpolation="bicubic", mean=(0, 0, 0), std=(1, 1, 1))


def test_by_hand():
    """600 x 400: resized to 384 x 256, the crop starts at (80, 16), each of its pixels is 1.5625 photo pixels wide."""
    view = preset(256, 224).view(600, 400)
    assert view == View(photo_size=(600, 400), box=(125.0, 25.0, 475.0, 375.0), input_size=(224, 224))
    assert view.to_input(300, 200) == (112, 112)
    assert view.to_photo(0, 224) == (125, 375)
    assert view.cell_box(0, 0, 7, 7) == (125, 25, 175, 75)
    assert view.cell_box(6, 3, 7, 7) == (275, 325, 325, 375)
    assert view.cell_box(0, 1, 1, 2) == (300, 25, 475, 375)


@settings(deadline=None)
@given(width=st.integers(1, 400), height=st.integers(1, 400), values=preprocessings())
def test_rounding_is_torchvisions(width, height, values):
    """Where torchvision's crop starts is read off a picture whose values are the positions after its resize."""
    size = Resize(values.resize)(torch.empty(1, height, width, device="meta")).shape
    resized_height, resized_width = size[1], size[2]
    crop = CenterCrop(values.crop)
    columns = crop(torch.arange(resized_width).expand(1, resized_height, -1))[0, 0]
    rows = crop(torch.arange(resized_height)[:, None].expand(1, -1, resized_width))[0, :, 0]
    left, right = columns[0].item(), columns[-1].item() + 1
    top, bottom = rows[0].item(), rows[-1].item() + 1
    expected = (
        Fraction(left * width, resized_width),
        Fraction(top * height, resized_height),
        Fraction(right * width, resized_width),
        Fraction(bottom * height, resized_height),
    )
    assert values.view(width, height).box == pytest.approx([float(value) for value in expected], rel=1e-12, abs=1e-12)


@settings(deadline=None)
@given(width=edges, height=edges, values=preprocessings())
def test_the_box_lies_on_the_photo(width, height, values):
    left, top, right, bottom = values.view(width, height).box
    assert -1e-9 <= left < right <= width * (1 + 1e-12)
    assert -1e-9 <= top < bottom <= height * (1 + 1e-12)


@settings(deadline=None)
@given(width=edges, height=edges, values=preprocessings(), x=st.floats(-1e4, 1e4), y=st.floats(-1e4, 1e4))
def test_there_and_back(width, height, values, x, y):
    view = values.view(width, height)
    scale = max(1.0, abs(x), abs(y), width, height)
    assert view.to_photo(*view.to_input(x, y)) == pytest.approx((x, y), abs=1e-9 * scale)
    far = scale * values.resize
    assert view.to_input(*view.to_photo(x, y)) == pytest.approx((x, y), abs=1e-9 * far)


@settings(deadline=None)
@given(width=edges, height=edges, values=preprocessings())
def test_the_corners_of_the_box_are_the_corners_of_the_input(width, height, values):
    view = values.view(width, height)
    left, top, right, bottom = view.box
    assert view.to_input(left, top) == (0, 0)
    assert view.to_input(right, bottom) == (values.crop, values.crop)


@settings(deadline=None)
@given(
    width=edges,
    height=edges,
    values=preprocessings(),
    rows=st.integers(1, 60),
    columns=st.integers(1, 60),
    data=st.data(),
)
def test_cells_tile_the_box(width, height, values, rows, columns, data):
    view = values.view(width, height)
    row, column = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    left, top, right, bottom = view.cell_box(row, column, rows, columns)
    assert left < right and top < bottom
    tolerance = 1e-9 * max(width, height)
    if column + 1 < columns:
        assert view.cell_box(row, column + 1, rows, columns)[0] == pytest.approx(right, abs=tolerance)
    if row + 1 < rows:
        assert view.cell_box(row + 1, column, rows, columns)[1] == pytest.approx(bottom, abs=tolerance)
    first, last = view.cell_box(0, 0, rows, columns), view.cell_box(rows - 1, columns - 1, rows, columns)
    assert (*first[:2], *last[2:]) == pytest.approx(view.box, abs=tolerance)


@pytest.mark.parametrize(
    ("row", "column", "words"), [(7, 0, "row"), (-1, 0, "row"), (0, 9, "column"), (0, -1, "column")]
)
def test_a_cell_outside_the_map(row, column, words):
    with pytest.raises(ValueError, match=f"^{words} must be from 0 to"):
        preset(256, 224).view(600, 400).cell_box(row, column, 7, 9)


def test_a_photo_without_pixels_has_no_view():
    with pytest.raises(ValueError, match="width and height"):
        preset(256, 224).view(0, 4)


@pytest.mark.parametrize("size", [(600, 400), (451, 1300), (160, 120), (1999, 700)], ids=str)
@pytest.mark.parametrize(("resize", "crop"), [(256, 224), (255, 240), (384, 380), (288, 288)])
def test_a_mark_on_the_photo_lands_where_the_view_says(size, resize, crop):
    """A white square painted at a known place has its centre of mass in the tensor at `to_input` of its centre."""
    values = preset(resize, crop)
    view = values.view(*size)
    for u, v in ((0.25, 0.3), (0.5, 0.5), (0.8, 0.7)):
        x, y = (round(value) for value in view.to_photo(u * crop, v * crop))
        half = max(2, min(size) // 40)
        image = Image.new("RGB", size)
        image.paste("white", (x - half, y - half, x + half, y + half))
        seen = values.tensor(open_photo(image))[0, 0].double().clamp(min=0)
        places = torch.arange(crop, dtype=torch.float64) + 0.5
        centre = ((seen.sum(0) * places).sum() / seen.sum()).item(), ((seen.sum(1) * places).sum() / seen.sum()).item()
        assert centre == pytest.approx(view.to_input(x, y), abs=0.1)


def test_a_painted_cell_is_that_cell_of_the_input():
    values = preset(256, 224)
    view = values.view(600, 400)
    image = Image.new("RGB", (600, 400))
    image.paste("white", tuple(int(edge) for edge in view.cell_box(2, 5, 7, 7)))
    cells = values.tensor(open_photo(image))[0, 0].reshape(7, 32, 7, 32).mean((1, 3)).numpy()
    assert np.unravel_index(cells.argmax(), cells.shape) == (2, 5)
    assert cells[2, 5] > 0.95
    assert np.delete(cells.ravel(), 2 * 7 + 5).max() < 0.05


@pytest.mark.parametrize("size", [(300, 900), (1500, 301), (7, 400)])
def test_of_a_long_photo_the_seen_part_alone_is_shown(size):
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    view = preset(256, 224).view(*size)
    part, inside = large_part(Image.fromarray(pixels), view)
    assert max(part.size) <= 1.3 * min(part.size) + 1  # about the square that was seen
    for x, y in ((0, 0), (224, 224), (100, 30)):
        there, here = view.to_photo(x, y), inside.to_photo(x, y)
        if max(x, y) < 224:
            seen = np.asarray(part)[int(here[1]), int(here[0])]
            assert (seen == pixels[int(there[1]), int(there[0])]).all()
        assert inside.to_input(*here) == pytest.approx((x, y))


def test_of_other_photos_all_is_shown():
    photo = Image.new("RGB", (600, 400))
    view = preset(256, 224).view(*photo.size)
    assert large_part(photo, view) == (photo, view)
