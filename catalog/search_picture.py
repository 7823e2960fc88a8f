"""Judges a picture that somebody wants to search with; it is looked at and not kept."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils.translation import gettext_lazy as _
from PIL import Image

from catalog.media_files import MEBIBYTE
from recommender.features.pictures import BrokenPictureError, picture_read

#: What a form sends around its file; a body longer than the limit and this holds too much.
ENVELOPE_BYTES = 64 * 1024
#: A body that is this many times too long is refused before it is read.
UNREAD_TIMES = 4


def body_is_far_too_long(content_length: object) -> bool:
    """Whether a request says that its body is so long that nobody should wait for it."""
    try:
        length = int(str(content_length or 0))
    except ValueError:
        return False
    return length > UNREAD_TIMES * settings.SEARCH_PICTURE_MAX_BYTES + ENVELOPE_BYTES


def too_large() -> ValidationError:
    """The error for a picture that is too large; its limit is in bytes."""
    limit = settings.SEARCH_PICTURE_MAX_BYTES
    return ValidationError(
        _("This picture is too large; at most %(limit)s MB are allowed."),
        code="too_large",
        params={"limit": f"{limit / MEBIBYTE:g}", "limit_value": limit},
    )


def search_picture_read(file: File[bytes] | None) -> Image.Image:
    """The picture, upright and brought down to what is compared.

    Raises:
        ValidationError: there is none, or it is empty, too large, or no picture (``code`` says).
    """
    if file is None:
        raise ValidationError(_("Choose a picture first."), code="required")
    if not file.size:
        raise ValidationError(_("This file is empty."), code="empty")
    if file.size > settings.SEARCH_PICTURE_MAX_BYTES:
        raise too_large()
    stream = file.file
    assert stream is not None
    try:
        return picture_read(stream)
    except BrokenPictureError as error:
        raise ValidationError(
            _("This is not a picture in JPEG, PNG, WebP or GIF format, or it is broken."),
            code="not_an_image",
        ) from error
