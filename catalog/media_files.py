"""Which pictures and sounds can be taken in: judged by what they hold, not by what they are called.

A file is served under the name it was stored with, so the name's ending follows the content: a
web page that is called a picture never reaches the shop.
"""

from __future__ import annotations

import warnings
from pathlib import PurePath
from typing import IO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils.translation import gettext_lazy as _
from PIL import Image, UnidentifiedImageError

MEBIBYTE = 1024 * 1024
MAX_IMAGE_PIXELS = 40_000_000
#: How much of a sound is decoded to find out whether it is whole; all of it would take seconds.
CHECKED_SECONDS = 20
MAX_SAMPLE_RATE = 384_000

#: Pillow's name of a format, and the ending under which it is stored.
IMAGE_ENDINGS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif"}


def image_ending(file: IO[bytes]) -> str:
    """The ending that fits a picture's content.

    Raises:
        ValidationError: not a picture, of another format, too many pixels, or broken.
    """
    not_a_picture = ValidationError(
        _("This is not a picture in JPEG, PNG, WebP or GIF format, or it is broken."),
        code="not_an_image",
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            file.seek(0)
            with Image.open(file, formats=list(IMAGE_ENDINGS)) as image:
                width, height = image.size
                ending = IMAGE_ENDINGS[str(image.format)]
                if width * height > MAX_IMAGE_PIXELS:
                    raise too_many_pixels(width, height)
                image.verify()
            # verify() reads headers and checksums only; a picture that was cut off is found out
            # by decoding it.
            file.seek(0)
            with Image.open(file, formats=list(IMAGE_ENDINGS)) as image:
                image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValidationError(
            _("This picture has too many pixels; %(limit)s million are allowed."),
            code="too_many_pixels",
            params={"limit": MAX_IMAGE_PIXELS // 1_000_000},
        ) from error
    except ValidationError:
        raise
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise not_a_picture from error
    finally:
        file.seek(0)
    return ending


def too_many_pixels(width: int, height: int) -> ValidationError:
    """The error for a picture of this size."""
    return ValidationError(
        _("This picture has %(width)s × %(height)s pixels; %(limit)s million are allowed."),
        code="too_many_pixels",
        params={"width": width, "height": height, "limit": MAX_IMAGE_PIXELS // 1_000_000},
    )


def audio_ending(file: IO[bytes]) -> str:
    """The ending that fits a sound's content.

    M4A is played by browsers and cannot be decoded here: it is judged by its first bytes alone.

    Raises:
        ValidationError: none of MP3, Ogg, WAV, FLAC and M4A begins like this, or it is broken.
    """
    file.seek(0)
    head = file.read(16)
    file.seek(0)
    ending = _audio_ending(head)
    if ending != ".m4a" and not _can_be_decoded(file):
        raise ValidationError(
            _("This sound is damaged: it cannot be played from its beginning."), code="broken"
        )
    return ending


def _can_be_decoded(file: IO[bytes]) -> bool:
    """Whether the first seconds of a sound can be turned into samples."""
    # Loaded late: few requests upload sounds, and every process would load the library.
    import soundfile

    try:
        with soundfile.SoundFile(file) as sound:
            wanted = CHECKED_SECONDS * min(max(sound.samplerate, 1), MAX_SAMPLE_RATE)
            return len(sound.read(wanted, dtype="float32")) > 0
    except (soundfile.SoundFileError, OSError, ValueError, TypeError, MemoryError):
        return False
    finally:
        file.seek(0)


def _audio_ending(head: bytes) -> str:
    if head.startswith(b"ID3") or _is_mpeg_frame(head):
        return ".mp3"
    if head.startswith(b"OggS"):
        return ".ogg"
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return ".wav"
    if head.startswith(b"fLaC"):
        return ".flac"
    if head[4:8] == b"ftyp" and head[8:12] in {b"M4A ", b"M4B ", b"mp42", b"isom", b"dash"}:
        return ".m4a"
    raise ValidationError(
        _("This is not a sound in MP3, Ogg, WAV, FLAC or M4A format."), code="not_audio"
    )


def _is_mpeg_frame(head: bytes) -> bool:
    """Whether MPEG audio begins here without a tag: eleven set bits, layer III, a legal rate."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = (head[1] >> 3) & 3, (head[1] >> 1) & 3
    bit_rate, sampling = head[2] >> 4, (head[2] >> 2) & 3
    return version != 1 and layer == 1 and bit_rate not in {0, 15} and sampling != 3


def media_file_check(*, file: File[bytes], kind: str) -> str:
    """Judge an uploaded file and return the name under which it should be stored.

    Raises:
        ValidationError: it is empty, too large, or not what ``kind`` ("image", "audio") says.
    """
    limit = settings.MEDIA_IMAGE_MAX_BYTES if kind == "image" else settings.MEDIA_AUDIO_MAX_BYTES
    size = file.size
    if not size:
        raise ValidationError(_("This file is empty."), code="empty")
    if size > limit:
        raise ValidationError(
            _("This file has %(size)s MB; at most %(limit)s MB are allowed."),
            code="too_large",
            params={"size": f"{size / MEBIBYTE:.1f}", "limit": f"{limit / MEBIBYTE:g}"},
        )
    stream = file.file
    assert stream is not None
    ending = image_ending(stream) if kind == "image" else audio_ending(stream)
    return PurePath(file.name or "file").stem[:80] + ending


def media_kind_check(*, file: File[bytes]) -> tuple[str, str]:
    """Find out whether an uploaded file is a picture or a sound: ("image" or "audio", name).

    Raises:
        ValidationError: it is neither, or one that cannot be taken.
    """
    stream = file.file
    assert stream is not None
    kind = "image"
    try:
        stream.seek(0)
        _audio_ending(stream.read(16))
        kind = "audio"
    except ValidationError:
        if not _looks_like_picture(stream):
            raise ValidationError(
                _(
                    "This is neither a picture (JPEG, PNG, WebP, GIF) nor a sound (MP3, Ogg, WAV, "
                    "FLAC, M4A), or it is broken."
                )
                if file.size
                else _("This file is empty."),
                code="unknown_kind",
            ) from None
    finally:
        stream.seek(0)
    return kind, media_file_check(file=file, kind=kind)


def _looks_like_picture(file: IO[bytes]) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            file.seek(0)
            with Image.open(file, formats=list(IMAGE_ENDINGS)):
                return True
    except Image.DecompressionBombError:
        return True
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        return False
