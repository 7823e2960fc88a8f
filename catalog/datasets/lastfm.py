"""Last.FM: how often 1,872 listeners played which artists; a catalogue of music.

Folder: ``artists.tsv.gz`` (artistID, name), ``item_index2entity_id.txt.gz`` (the artists of the
knowledge graph; only those are kept) and ``user_artists.dat.gz`` (userID, artistID, plays).

The source has no times at all. So that the log has an order, each listener's artists stand one
hour apart, the most played last, ending at ``FIXED_END``: the order is synthetic, the same on every
machine, and says nothing of when anybody listened. Trends and sequences learnt from it mean
nothing; likeness between artists does.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from catalog.datasets.dataset import Dataset, require_file
from catalog.pictures import group_for
from catalog.rows import CatalogueRow, InteractionRow
from recommender.contracts import EventType

#: Where every listener's synthetic hours end.
FIXED_END: Final = datetime(2011, 5, 1, tzinfo=UTC)
_CATEGORY: Final = ("Music", "Artists")


def load(folder: Path | None = None, *, end: datetime | None = None) -> Dataset:
    """Rows of the music catalogue; ``end`` changes nothing, as there are no times to move."""
    names = _names(require_file(folder, "artists.tsv.gz"))
    mapped = _mapped(require_file(folder, "item_index2entity_id.txt.gz"))
    plays = _plays(require_file(folder, "user_artists.dat.gz"), mapped)
    return Dataset(
        name="lastfm",
        products=len(mapped),
        interactions=sum(len(artists) for artists in plays.values()),
        catalogue=_catalogue(mapped, names),
        log=_log(plays),
    )


def _names(path: Path) -> dict[str, str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        pairs = (line.rstrip("\n").split("\t", 1) for line in lines)
        return {pair[0]: pair[1].strip() for pair in pairs if len(pair) == 2}


def _mapped(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [line.split("\t", 1)[0] for line in lines if line.strip()]


def _plays(path: Path, mapped: list[str]) -> dict[str, list[tuple[int, str]]]:
    """Each listener's (plays, artist), least played first."""
    known = set(mapped)
    plays: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["artistID"] in known:
                plays[row["userID"]].append((int(row["weight"]), row["artistID"]))
    return {user: sorted(artists) for user, artists in plays.items()}


def _catalogue(mapped: list[str], names: dict[str, str]) -> Iterator[CatalogueRow]:
    for artist in mapped:
        title = names.get(artist) or f"Artist {artist}"
        yield CatalogueRow(
            external_id=artist,
            title=title,
            product_type="track",
            category=_CATEGORY,
            group=group_for(_CATEGORY, title),
        )


def _log(plays: dict[str, list[tuple[int, str]]]) -> Iterator[InteractionRow]:
    for user, artists in plays.items():
        for place, (_, artist) in enumerate(artists):
            yield InteractionRow(
                id=f"lf-{user}-{artist}",
                shopper=f"listener-{user}",
                product=artist,
                type=EventType.LIKE,
                value=1.0,
                time=FIXED_END - timedelta(hours=len(artists) - place),
            )
