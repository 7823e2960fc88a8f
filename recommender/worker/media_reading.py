"""Turns the content of a picture, a sound or a drawing into a vector, or says why there is none."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image

from recommender.contracts import Floats
from recommender.features.media_vectors import vector_packed
from recommender.features.models import MediaVector
from recommender.features.pictures import BrokenPictureError, picture_read
from recommender.learning.encode_audio import BrokenSoundError, sound_read
from recommender.learning.media_encoders import audio_encoder, image_encoder

logger = logging.getLogger(__name__)

#: Side of a rasterised drawing in pixels: what the packaged encoder looks at.
DRAWING_SIDE = 224
IMAGE, AUDIO = MediaVector.Kind.IMAGE.value, MediaVector.Kind.AUDIO.value
Refusal = MediaVector.Refusal


@dataclass(frozen=True, slots=True)
class Content:
    """What a medium holds."""

    kind: str
    data: bytes
    is_drawing: bool = False


@dataclass(slots=True)
class Judged:
    """Packed vectors and reasons of refusal, by the key of the content."""

    vectors: dict[str, bytes] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)


def encoders_in_use() -> dict[str, str]:
    """Checksum of the encoder of each kind; a kind whose encoder is not installed is absent."""
    checksums = {AUDIO: audio_encoder().checksum}
    try:
        checksums[IMAGE] = image_encoder().checksum
    except OSError as error:
        logger.error("pictures are not encoded: %s", error)
    return checksums


def contents_encode(contents: Mapping[str, Content]) -> Judged:
    """Encode pictures together and sounds together; ``contents`` has any keys."""
    judged = Judged()
    pictures: dict[str, Image.Image] = {}
    sounds: dict[str, Floats] = {}
    for key, content in contents.items():
        try:
            if content.kind == AUDIO:
                sounds[key] = sound_read(BytesIO(content.data))
            elif content.is_drawing:
                pictures[key] = picture_read(drawing_rasterised(content.data.decode()))
            else:
                pictures[key] = picture_read(content.data)
        except BrokenPictureError:
            judged.refusals[key] = Refusal.BROKEN
        except BrokenSoundError as error:
            judged.refusals[key] = error.reason
    if pictures:
        _keep(judged, list(pictures), image_encoder().encode(list(pictures.values())))
    if sounds:
        _keep(judged, list(sounds), audio_encoder().encode(list(sounds.values())))
    return judged


def _keep(judged: Judged, keys: list[str], vectors: Floats) -> None:
    for key, vector in zip(keys, vectors, strict=True):
        try:
            judged.vectors[key] = vector_packed(vector)
        except ValueError as error:
            logger.error("content %s is refused: %s", key[:12], error)
            judged.refusals[key] = Refusal.BROKEN


def drawing_rasterised(svg: str) -> bytes:
    """A drawing as a PNG of 224 by 224 pixels.

    Without the machine's fonts, so that every machine makes the same picture; the words on a
    package say nothing that the product's text does not.
    """
    import resvg_py

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg, width=DRAWING_SIDE, height=DRAWING_SIDE, skip_system_fonts=True
        )
    )
