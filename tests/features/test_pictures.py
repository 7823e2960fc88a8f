"""Reading pictures: upright, opaque, small; and what is no picture."""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from recommender.features.pictures import (
    BrokenPictureError,
    picture_packed,
    picture_read,
    squared,
)
from tests.media_samples import gradient, packed


def test_a_photograph_is_turned_as_the_camera_meant_it():
    lying = Image.new("RGB", (40, 20), "red")
    lying.paste("blue", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise
    upright = picture_read(packed(lying, "PNG", exif=exif))
    assert upright.size == (20, 40)
    assert upright.getpixel((10, 5)) == (0, 0, 255)
    assert upright.getpixel((10, 35)) == (255, 0, 0)


def test_a_large_picture_is_brought_down_and_a_small_one_is_left():
    assert picture_read(packed(gradient(1500), "JPEG")).size == (640, 640)
    assert picture_read(packed(Image.new("RGB", (30, 10)))).size == (30, 10)


def test_what_is_transparent_becomes_white():
    half = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    half.putpixel((1, 1), (10, 20, 30, 255))
    read = picture_read(packed(half))
    assert (read.mode, read.getpixel((0, 0)), read.getpixel((1, 1))) == (
        "RGB", (255, 255, 255), (10, 20, 30),
    )  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        packed(gradient(), "JPEG")[:900],
        packed(gradient(), "PNG")[:-400],
        packed(gradient(), "BMP"),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + b"\0" * 20,
    ],
    ids=["empty", "text", "cut JPEG", "cut PNG", "BMP", "SVG", "cut GIF"],
)
def test_what_is_no_whole_picture_is_refused(data):
    with pytest.raises(BrokenPictureError):
        picture_read(data)


@given(st.binary(max_size=300), st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]), st.data())
def test_damage_is_refused_or_read_but_never_anything_else(noise, kind, data):
    whole = bytearray(packed(gradient(24), kind))
    start = data.draw(st.integers(0, len(whole)))
    whole[start : start + len(noise)] = noise
    with contextlib.suppress(BrokenPictureError):
        assert picture_read(bytes(whole)).mode == "RGB"


def test_a_square_holds_the_whole_picture_on_the_colour_of_its_corners():
    tall = Image.new("RGB", (50, 200), (10, 200, 30))
    square = squared(tall, 100)
    assert square.size == (100, 100)
    assert {square.getpixel(p) for p in ((0, 0), (50, 50), (99, 99))} == {(10, 200, 30)}
    assert squared(gradient(300), 224).size == (224, 224)
    assert squared(Image.new("RGB", (1000, 1)), 10).size == (10, 10)


def test_a_packed_picture_is_a_small_jpeg():
    data = picture_packed(gradient(640))
    assert Image.open(io.BytesIO(data)).format == "JPEG"
    assert len(data) < 200_000
