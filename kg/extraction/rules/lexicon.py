"""Lexicons: tables of phrases written for the shop, found in a sentence in one pass."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "lexicons"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a lexicon: the name of the object, and how it may be recognised."""

    name: str
    #: What the rule asks of the surroundings; its words are explained where they are read.
    needs: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found at ``start`` to ``end`` of a sentence."""

    entry: Entry
    start: int
    end: int


class Lexicon:
    """Finds the longest of its phrases at each place; case and hyphens make no difference."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = {_plain(phrase): entry for phrase, entry in entries.items()}
        longest_first = sorted(self._entries, key=len, reverse=True)
        self.pattern = "(?:" + "|".join(_flexible(phrase) for phrase in longest_first) + ")"
        self._regex = re.compile(rf"(?<![\w-]){self.pattern}(?!\w)", re.IGNORECASE)

    def find(self, sentence: str) -> Iterator[Hit]:
        """Every hit from left to right, none inside another."""
        for match in self._regex.finditer(sentence):
            if (entry := self.get(match[0])) is not None:
                yield Hit(entry, match.start(), match.end())

    def get(self, phrase: str) -> Entry | None:
        """The entry of a phrase, however it is written."""
        return self._entries.get(_plain(phrase))


def _plain(phrase: str) -> str:
    return re.sub(r"[\s-]+", " ", phrase).strip().casefold()


def _flexible(phrase: str) -> str:
    return r"[\s-]+".join(re.escape(word) for word in phrase.split(" "))


@cache
def lexicon(file: str) -> Lexicon:
    """The lexicon in ``lexicons/FILE.csv``.

    Columns: the object's name, phrases for it by ``|`` beside the name itself (which is none
    where it begins with ``=``), and what the phrase needs around it.
    """
    entries: dict[str, Entry] = {}
    with (FOLDER / f"{file}.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            entry = Entry(row["name"], row.get("needs") or "")
            phrases = [phrase for phrase in row["phrases"].split("|") if phrase]
            # A name that starts with "=" is no phrase itself.
            if row["name"].startswith("="):
                entry = Entry(row["name"][1:], entry.needs)
            else:
                phrases.append(row["name"])
            for phrase in phrases:
                if entries.setdefault(phrase, entry) is not entry:
                    raise ValueError(f"{file}.csv has “{phrase}” twice")
    return Lexicon(entries)
