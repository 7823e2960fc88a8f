"""Pictures and sounds that tests make themselves."""

from __future__ import annotations

import io

import numpy as np
import soundfile
from PIL import Image

from recommender.contracts import Floats

RATE = 16_000


def gradient(side: int = 224) -> Image.Image:
    """A picture in which every pixel differs from its neighbours in a known way."""
    down, right = np.mgrid[0:side, 0:side]
    pixels = np.stack([right % 256, down % 256, (right * down // side) % 256], axis=2)
    return Image.fromarray(pixels.astype(np.uint8), "RGB")


def stripes(width: int = 200, height: int = 200, step: int = 20) -> Image.Image:
    """Upright stripes in red and white."""
    row = np.where((np.arange(width) // step % 2)[:, None], [[200, 20, 30]], [[250, 250, 250]])
    return Image.fromarray(np.tile(row[None], (height, 1, 1)).astype(np.uint8), "RGB")


def packed(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def tone(hertz: float, *, seconds: float = 2.0, rate: int = RATE, beats: float = 0.0) -> Floats:
    """A tone with its first overtones, swelling ``beats`` times a second."""
    time = np.arange(int(seconds * rate)) / rate
    wave = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in (1, 2, 3))
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * beats * time) if beats else 1.0
    return (0.3 * wave * swell).astype(np.float32)


def noise(*, seconds: float = 2.0, seed: int = 0) -> Floats:
    """Hiss."""
    drawn = np.random.default_rng(seed).normal(0, 0.1, int(seconds * RATE))
    return drawn.astype(np.float32)


def recorded(sound: Floats, kind: str = "WAV", rate: int = RATE) -> bytes:
    """The sound as a file."""
    out = io.BytesIO()
    subtypes = {"MP3": "MPEG_LAYER_III", "OGG": "VORBIS"}
    soundfile.write(out, sound, rate, format=kind, subtype=subtypes.get(kind))
    return out.getvalue()
