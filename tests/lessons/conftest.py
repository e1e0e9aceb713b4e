"""The lessons are tested on the same small models and photos as what they are computed from."""

from tests.explain.conftest import b0, lite0, make_model, other_photo, photo  # noqa: F401
