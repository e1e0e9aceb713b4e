"""Files of a few kilobytes whose pixels would fill a server."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from effnet_viz.images import PhotoError, open_photo


def encoded(image: Image.Image, form: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


PEAK = """
import resource, sys
from effnet_viz.images import open_photo
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
open_photo(sys.stdin.buffer.read())
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "values"), [("PNG", np.uint16), ("TIFF", np.float32)], ids=["16-bit PNG", "float TIFF"]
)
def test_grey_of_many_bits_is_converted_in_strips(form, values):
    side = 8900  # 79 million pixels: 2 GB were needed once
    content = encoded(
        Image.fromarray(np.zeros((side, side), values)),
        form,
        **({"compression": "tiff_deflate"} if form == "TIFF" else {}),
    )
    assert len(content) < 2**20
    done = subprocess.run([sys.executable, "-c", PEAK], input=content, capture_output=True, check=True)
    assert float(done.stdout) < 600, "megabytes beyond the program's own"


@pytest.mark.slow
def test_an_animation_with_a_large_canvas_is_refused_with_its_size():
    frames = [Image.new("RGB", (6000, 5000), colour) for colour in ("red", "blue")]
    content = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], quality=1, method=0)
    with pytest.raises(PhotoError, match=r"would take 480 MB of memory to open \(6,000 x 5,000 pixels, WEBP"):
        open_photo(content, name="dance.webp")


@pytest.mark.parametrize("mode", ["I;16", "F", "I"])
def test_strips_give_what_the_whole_gives(mode):
    values = np.arange(3000 * 700, dtype=np.float64).reshape(3000, 700) % 65_536
    kinds = {"I;16": np.uint16, "F": np.float32, "I": np.int32}
    photo = open_photo(Image.fromarray(values.astype(kinds[mode])))
    assert np.array_equal(np.asarray(photo.image)[:, :, 0], np.rint(values / 65_535 * 255).astype(np.uint8))
