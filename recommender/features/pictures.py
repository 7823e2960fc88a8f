"""Opens a picture as encoders want it: upright, opaque, three channels, not larger than needed."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

#: Formats that shop and search take; others Pillow is not even asked to try.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
#: No encoder looks at more; a photograph is brought down to this while it is being read.
LONGEST_SIDE = 640
#: Where a picture is transparent the page shows through, which is white.
PAPER = (255, 255, 255)


class BrokenPictureError(Exception):
    """What was given is no picture, or only half of one."""


def picture_read(file: IO[bytes] | bytes, *, formats: tuple[str, ...] = FORMATS) -> Image.Image:
    """The picture in RGB, turned as the camera meant it, its longer side at most 640 pixels.

    Raises:
        BrokenPictureError: it cannot be read as one of the formats.
    """
    stream = BytesIO(file) if isinstance(file, bytes) else file
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            stream.seek(0)
            with Image.open(stream, formats=formats) as image:
                # JPEG can be decoded at a fraction of its size, at a fraction of the cost.
                image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
                image.load()
                upright = ImageOps.exif_transpose(image)
                upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.BICUBIC)
                return _opaque(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BrokenPictureError("too many pixels") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise BrokenPictureError(str(error) or type(error).__name__) from error


def _opaque(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    layers = image.convert("RGBA")
    paper = Image.new("RGB", image.size, PAPER)
    paper.paste(layers, mask=layers.getchannel("A"))
    return paper


def squared(image: Image.Image, side: int) -> Image.Image:
    """The whole picture within a square of ``side`` pixels, on the colour of its corners.

    Cropping would cut the neck off a bottle, and stretching would make it a jar.
    """
    if image.width == image.height:
        return image.resize((side, side), Image.Resampling.BICUBIC)
    scale = side / max(image.size)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    small = image.resize(size, Image.Resampling.BICUBIC)
    square = Image.new("RGB", (side, side), _corner_colour(small))
    square.paste(small, ((side - size[0]) // 2, (side - size[1]) // 2))
    return square


def _corner_colour(image: Image.Image) -> tuple[int, ...]:
    right, bottom = image.width - 1, image.height - 1
    corners = [
        image.getpixel(place) for place in ((0, 0), (right, 0), (0, bottom), (right, bottom))
    ]
    return tuple(sum(channel) // len(corners) for channel in zip(*corners, strict=True))


def picture_packed(image: Image.Image) -> bytes:
    """The picture as a small JPEG, to be sent to the pool or shown on a page."""
    packed = BytesIO()
    image.save(packed, "JPEG", quality=90)
    return packed.getvalue()
