"""Every format and colour mode arrives as the right upright RGB pixels."""

from __future__ import annotations

import hashlib
import io
import threading
import warnings

import numpy as np
import pytest
from PIL import Image, ImageFile, ImageOps

from effnet_viz.images import Photo, open_photo
from effnet_viz.images.photo import WORKING_PIXELS

RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)


def quarters(width: int = 64, height: int = 48) -> Image.Image:
    """Red, green over blue, yellow: every turn and flip of it is different."""
    image = Image.new("RGB", (width, height))
    for index, colour in enumerate((RED, GREEN, BLUE, YELLOW)):
        left, top = (index % 2) * width // 2, (index // 2) * height // 2
        image.paste(colour, (left, top, left + width // 2, top + height // 2))
    return image


def encode(image: Image.Image, format: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def grid(photo: Photo) -> list[tuple[int, ...]]:
    """The colours in the middle of the four quarters, rounded to the nearest of 0 and 255."""
    width, height = photo.width, photo.height
    points = [(width // 4, height // 4), (3 * width // 4, height // 4)]
    points += [(x, 3 * height // 4) for x, _ in points]
    return [tuple(255 * (value > 127) for value in photo.image.getpixel(point)) for point in points]


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF"])
def test_every_format_is_read(format):
    photo = open_photo(encode(quarters(), format))
    assert photo.image.mode == "RGB"
    assert (photo.width, photo.height) == photo.image.size == (64, 48)
    assert grid(photo) == [RED, GREEN, BLUE, YELLOW]


@pytest.mark.parametrize("format", ["PNG", "GIF", "BMP", "TIFF"])
def test_lossless_formats_keep_every_pixel(format):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 4, (30, 50, 3), dtype=np.uint8) * 85)
    assert open_photo(encode(noise, format)).image.tobytes() == noise.tobytes()


def test_of_several_frames_the_first_is_taken():
    others = [Image.new("RGB", (64, 48), "black")]
    for format in ("GIF", "WEBP", "TIFF", "MPO"):
        data = encode(quarters(), format, save_all=True, append_images=others)
        assert grid(open_photo(data)) == [RED, GREEN, BLUE, YELLOW], format


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "P", "PA", "RGBa"])
def test_every_colour_mode_of_a_pillow_image(mode):
    source = quarters().convert("RGBA").convert("RGBa") if mode == "RGBa" else None
    source = source or (quarters().convert("P").convert("PA") if mode == "PA" else quarters().convert(mode))
    assert grid(open_photo(source)) == [RED, GREEN, BLUE, YELLOW]


def test_lab_is_converted_through_colour_management():
    grey = Image.new("LAB", (4, 4), (128, 128, 128))  # Pillow stores a and b with an offset of 128
    pixel = open_photo(grey).image.getpixel((1, 1))
    assert pixel == pytest.approx((119, 119, 119), abs=3)  # L* 50 is sRGB 119


@pytest.mark.parametrize("mode", ["L", "LA", "La", "1", "I", "F", "I;16", "I;16B", "I;16L"])
def test_every_grey_mode_of_a_pillow_image(mode):
    if mode.startswith("I;16"):
        order = ">u2" if mode == "I;16B" else "<u2"
        values = np.array([[0, 65535], [65535, 0]], dtype=order)
        source = Image.frombytes(mode, (2, 2), values.tobytes())
    else:
        grey = Image.fromarray(np.array([[0, 255], [255, 0]], dtype=np.uint8))
        source = grey.convert("LA").convert("La") if mode == "La" else grey.convert(mode)
    assert np.asarray(open_photo(source).image)[..., 1].tolist() == [[0, 255], [255, 0]]


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_not_clipped(format):
    values = np.linspace(0, 65535, 256).round().astype(np.uint16).reshape(16, 16)
    photo = open_photo(encode(Image.fromarray(values), format))
    assert np.asarray(photo.image)[..., 0].ravel().tolist() == list(range(256))


@pytest.mark.parametrize(
    ("values", "mode", "expected"),
    [
        ([[0.0, 0.5, 1.0]], np.float32, [0, 128, 255]),
        ([[0.0, 100.0, 255.0]], np.float32, [0, 100, 255]),
        ([[0.0, 32767.5, 65535.0]], np.float32, [0, 128, 255]),
        ([[-10.0, 0.0, 10.0]], np.float32, [0, 128, 255]),
        ([[0.0, float("nan"), 1.0]], np.float32, [0, 0, 255]),
        ([[0, 100, 255]], np.int32, [0, 100, 255]),
        ([[0, 257, 65535]], np.int32, [0, 1, 255]),
        ([[0, 500_000, 1_000_000]], np.int32, [0, 128, 255]),
        ([[-5, -5, -5]], np.int32, [0, 0, 0]),
    ],
)
def test_white_of_wide_integers_and_floats(values, mode, expected):
    photo = open_photo(encode(Image.fromarray(np.array(values, dtype=mode)), "TIFF"))
    assert np.asarray(photo.image)[0, :, 0].tolist() == expected


def test_cmyk_jpeg_is_not_a_negative():
    photo = open_photo(encode(quarters().convert("CMYK"), "JPEG", quality=95))
    assert grid(photo) == [RED, GREEN, BLUE, YELLOW]


def test_adobe_cmyk_jpeg_is_turned_back_by_pillow_once():
    data = encode(quarters().convert("CMYK"), "JPEG", quality=95)
    expected = Image.open(io.BytesIO(data)).convert("RGB")
    assert open_photo(data).image.tobytes() == expected.tobytes()


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_lies_over_white(mode):
    source = Image.new(mode, (3, 1), (0, 0, 0, 255)[-len(mode) :])
    source.putpixel((1, 0), (0, 0, 0, 0)[-len(mode) :])
    source.putpixel((2, 0), (0, 0, 0, 51)[-len(mode) :])  # one fifth black
    assert [pixel[0] for pixel in np.asarray(open_photo(encode(source, "PNG")).image)[0]] == [0, 255, 204]


@pytest.mark.parametrize("format", ["PNG", "GIF"])
def test_a_transparent_palette_entry_lies_over_white(format):
    source = Image.new("P", (2, 1))
    source.putpalette([255, 0, 0, 0, 0, 255])
    source.putdata([0, 1])
    photo = open_photo(encode(source, format, transparency=1))
    assert np.asarray(photo.image)[0].tolist() == [[255, 0, 0], [255, 255, 255]]


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_transparent_colour_lies_over_white(mode):
    source = Image.new(mode, (2, 1), "black")
    source.putpixel((1, 0), 90 if mode == "L" else (90, 90, 90))
    photo = open_photo(encode(source, "PNG", transparency=90 if mode == "L" else (90, 90, 90)))
    assert np.asarray(photo.image)[0, :, 0].tolist() == [0, 255]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_is_applied_once(format, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(quarters(), format, exif=exif)
    photo = open_photo(data)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    assert photo.image.size == ((64, 48) if orientation < 5 else (48, 64))
    assert photo.image.tobytes() == expected.tobytes()
    assert not photo.image.getexif().get(0x0112) or photo.image.size == expected.size


def test_broken_exif_leaves_the_photo_as_stored():
    data = encode(quarters(), "JPEG", exif=b"Exif\0\0" + b"\xff" * 30)
    assert grid(open_photo(data)) == [RED, GREEN, BLUE, YELLOW]


def test_sources_of_every_kind_give_the_same_photo(tmp_path):
    data = encode(quarters(), "PNG")
    path = tmp_path / "four quarters.png"
    path.write_bytes(data)
    file = io.BytesIO(data)
    file.read()  # as after an earlier run of the page
    with path.open("rb") as opened:
        photos = [open_photo(source) for source in (str(path), path, data, bytearray(data), file, opened)]
    assert {photo.digest for photo in photos} == {hashlib.sha256(data).hexdigest()}
    assert {photo.image.tobytes() for photo in photos} == {quarters().tobytes()}
    assert [photo.name for photo in photos] == ["four quarters.png"] * 2 + ["photo"] * 3 + ["four quarters.png"]


def test_a_stream_that_cannot_be_rewound_is_read():
    class Pipe(io.RawIOBase):
        def __init__(self, data):
            self.data = data

        def readable(self):
            return True

        def read(self, size=-1):
            part, self.data = self.data[:size], self.data[size:]
            return part

    assert grid(open_photo(Pipe(encode(quarters(), "PNG")))) == [RED, GREEN, BLUE, YELLOW]


def test_the_callers_name_wins():
    assert open_photo(encode(quarters(), "PNG"), name="holiday").name == "holiday"
    assert open_photo(quarters(), name="holiday").name == "holiday"


def test_digest_of_a_pillow_image_is_of_size_and_pixels():
    wide, tall = Image.new("RGB", (8, 2)), Image.new("RGB", (2, 8))
    other = wide.copy()
    other.putpixel((0, 0), (0, 0, 1))
    digests = [open_photo(image).digest for image in (wide, tall, other, wide.copy())]
    assert len(set(digests)) == 3
    assert digests[0] == digests[3]


def test_the_callers_pillow_image_is_left_alone(tmp_path):
    path = tmp_path / "large.jpg"
    quarters(4800, 3600).save(path)
    with Image.open(path) as source:
        photo = open_photo(source)
        assert source.size == (4800, 3600)
    image = quarters()
    open_photo(image).image.putpixel((0, 0), (1, 2, 3))
    assert image.getpixel((0, 0)) == RED
    assert photo.name == "large.jpg"


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_large_photos_are_reduced_in_shape(format):
    photo = open_photo(encode(quarters(4000, 3000), format))
    assert photo.width * photo.height == pytest.approx(WORKING_PIXELS, rel=0.01)
    assert photo.width / photo.height == pytest.approx(4 / 3, rel=0.001)
    assert grid(photo) == [RED, GREEN, BLUE, YELLOW]


@pytest.mark.slow
def test_a_reduced_photo_looks_like_the_whole_one():
    blobs = np.random.default_rng(2).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    source = Image.fromarray(blobs).resize((4000, 3000), Image.Resampling.BICUBIC)
    photo = open_photo(encode(source, "JPEG", quality=95))
    expected = np.asarray(source.resize(photo.image.size, Image.Resampling.LANCZOS), dtype=float)
    assert np.abs(np.asarray(photo.image) - expected).mean() < 1.5


def test_a_photo_of_the_working_size_is_not_touched():
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (2048, 2048, 3), dtype=np.uint8))
    assert open_photo(noise).image.tobytes() == noise.tobytes()


def test_a_very_long_strip_is_shortened():
    assert open_photo(Image.new("L", (40_000, 2), 7)).image.size == (16_384, 1)


def test_threads_open_photos_without_disturbing_each_other_or_pillow():
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters))
    data = [encode(Image.new("RGB", (300, 200), (shade, 0, 0)), "PNG") for shade in range(0, 240, 20)]
    results = {}

    def work(index):
        results[index] = {open_photo(data[index]).image.getpixel((5, 5))[0] for _ in range(5)}

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(data))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {index: {20 * index} for index in range(len(data))}
    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters))
