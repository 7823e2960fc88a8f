"""The bytes of a file: opened, unpacked, recognised, and cut into lines of bounded length."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, cast

from django.utils.translation import gettext as _

from catalog.importing.report import Problem, WrongFileError

Source = Path | IO[bytes]

#: The longest line, in bytes; a description has room in it many times over.
LINE_LIMIT = 1024 * 1024

_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
#: How files begin that are often taken for a table.
_SIGNATURES = (
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP/Excel"),
    (b"\xd0\xcf\x11\xe0", "Excel"),
    (b"PAR1", "Parquet"),
    (b"SQLite format 3", "SQLite"),
    (b"7z\xbc\xaf", "7-Zip"),
    (_GZIP, "gzip"),
)


def opened(source: Source) -> AbstractContextManager[IO[bytes]]:
    """The file for reading, unpacked where it is gzipped; a stream of the caller stays open."""
    if not isinstance(source, Path):
        return nullcontext(source)
    try:
        file = source.open("rb")
    except OSError as error:
        raise WrongFileError(_("cannot be opened: %s") % (error.strerror or str(error))) from error
    if file.peek(2)[:2] == _GZIP:
        file.close()
        return cast(AbstractContextManager[IO[bytes]], gzip.open(source, "rb"))
    return file


def text_lines(stream: IO[bytes], *, expected: str) -> Iterator[tuple[int, str] | Problem]:
    """The numbered lines of a UTF-8 text with their ends, or what is wrong with a line.

    ``expected`` names the format for the message where the file is of another kind.
    """
    number = 0
    while True:
        try:
            raw = stream.readline(LINE_LIMIT + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise WrongFileError(
                _("is damaged: %s") % error, line=number + 1 if number else 0
            ) from error
        if not raw:
            if number == 0:
                raise WrongFileError(_("is empty"))
            return
        number += 1
        if number == 1:
            raw = raw.removeprefix(_BOM)
            _refuse_other_kinds(raw, expected)
        if len(raw) > LINE_LIMIT and not raw.endswith(b"\n"):
            _skip_line(stream)
            yield Problem(number, "", _("is longer than %d bytes, the limit") % LINE_LIMIT)
            continue
        try:
            yield number, raw.decode("utf-8")
        except UnicodeDecodeError as error:
            yield Problem(
                number, "", _("is not UTF-8 text at byte %d of the line") % (error.start + 1)
            )


def _refuse_other_kinds(beginning: bytes, expected: str) -> None:
    for signature, name in _SIGNATURES:
        if beginning.startswith(signature):
            raise WrongFileError(
                _("is a %(kind)s file, not %(expected)s") % {"kind": name, "expected": expected}
            )
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise WrongFileError(_("is UTF-16 text; save it as UTF-8"))
    if b"\x00" in beginning:
        raise WrongFileError(_("is not text: its first line holds NUL bytes"))


def _skip_line(stream: IO[bytes]) -> None:
    while (rest := stream.readline(LINE_LIMIT)) and not rest.endswith(b"\n"):
        pass
