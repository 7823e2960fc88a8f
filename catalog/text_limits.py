"""Which texts can be stored at all: the databases refuse some, and every field has its length."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_SPACES = re.compile(r"\s+")


def text_problem(text: str, *, limit: int | None = None) -> str:
    """Why a text cannot be stored, or the empty string.

    NUL bytes are refused by PostgreSQL and halves of a surrogate pair by every encoder, so both
    are refused everywhere rather than in one way of running only.
    """
    if "\x00" in text:
        return _("contains a NUL byte")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return _("contains characters that are not valid Unicode")
    if limit is not None and len(text) > limit:
        return _("has %(length)d characters; the limit is %(limit)d") % {
            "length": len(text),
            "limit": limit,
        }
    return ""


def text_checked(text: str, *, field: str, limit: int | None = None) -> str:
    """The text itself; raises a ValidationError that names the field."""
    if problem := text_problem(text, limit=limit):
        raise ValidationError({field: problem})
    return text


def one_line(text: str) -> str:
    """Runs of white space become one space: titles and names are shown on one line."""
    return _SPACES.sub(" ", text).strip()
