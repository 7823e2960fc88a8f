"""Erased shoppers leave the models: who still waits for it, and what is done when they have.

Nobody's name is kept for this. A receipt holds the shopper's external id under a secret key; the
names in the files of models are put under the same key and compared.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from recommender.candidates.registry import source_class
from recommender.learning.learnt_log import ERASED, FILE
from recommender.registry.families import GROWTH
from recommender.registry.models import ModelVersion
from recommender.registry.versions import (
    decision_note,
    model_folder,
    model_live,
    model_shadow_end,
)
from users.erasure import shopper_hashes
from users.models import ErasureReceipt, Shopper

logger = logging.getLogger(__name__)

#: The column of shoppers' names in what is kept for learning.
NAMES = "shopper"
#: Sources that keep nothing of any shopper.
UNTOUCHED = frozenset({"content", "lexical", "graph"})


def erasures_waiting() -> list[ErasureReceipt]:
    """Erasures that the models have not caught up with, the oldest first; one query."""
    return list(
        ErasureReceipt.objects.filter(is_learnt=True, completed_at=None).order_by("erased_at", "pk")
    )


def names_masked(names: Sequence[str]) -> tuple[str, ...]:
    """The names of a learnt log, with erased shoppers whom the models still know as ``ERASED``.

    So an update knows whom to forget, and nobody who comes back under the old name is taken for
    the one who was erased.
    """
    waiting = {receipt.shopper_hash for receipt in erasures_waiting()}
    if not waiting:
        return tuple(names)
    return tuple(
        f"{ERASED}{key}" if name and key in waiting else name
        for name, key in zip(names, shopper_hashes(names), strict=True)
    )


def is_masked(name: str) -> bool:
    """Whether the name stands for somebody who was erased."""
    return name.startswith(ERASED)


@dataclass(frozen=True, slots=True)
class _Known:
    """Whom a file names: external ids by their hash."""

    names: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> _Known | None:
        """None for a file that is not there, is damaged, or has no column of names."""
        try:
            if not path.exists() or NAMES not in pq.read_schema(path).names:
                return None
            column = pq.read_table(path, columns=[NAMES])[NAMES]
        except (OSError, pa.ArrowException) as error:
            logger.warning("%s cannot be read: %s", path, error)
            return None
        names = [name for name in pc.unique(column).to_pylist() if name]
        return cls(dict(zip(shopper_hashes(names), names, strict=True)))


def erasures_settle() -> list[ErasureReceipt]:
    """Complete the receipts of those whom the live model does not know; returns these.

    What else knows them is deleted: files of other versions, examples kept from earlier windows,
    interrupted trainings. To be called by who holds the lock of learning, after a version went
    live or while no run is under way. Doing it twice does nothing.
    """
    waiting, live = erasures_waiting(), model_live()
    if live is None or not waiting:
        return []
    root = _learnt_root(live)
    known = _Known.read(model_folder(live) / FILE)
    free = [receipt for receipt in waiting if _is_free(receipt, root, known)]
    if not free:
        return []
    hashes = {receipt.shopper_hash for receipt in free}
    gone = _versions_delete(live, hashes, [receipt.number for receipt in free])
    files = {
        "versions": gone.versions,
        "stores": _stores_clean(hashes),
        "checkpoints": _checkpoints_delete(max(receipt.erased_at for receipt in free)),
    }
    parts = model_parts(root)
    for receipt in free:
        receipt.completed_at = timezone.now()
        receipt.version = live.version
        # What the shopper did may have been too new for any model.
        receipt.is_learnt = gone.may_have_known(receipt.shopper_hash)
        receipt.parts = parts if receipt.is_learnt and root.created_at >= receipt.erased_at else []
        receipt.files = {**receipt.files, **files}
        # Nothing is left to search for.
        receipt.shopper_hash = ""
        receipt.save()
    logger.info("%d erasures have reached the models with version %s", len(free), live.version)
    return free


def _learnt_root(version: ModelVersion) -> ModelVersion:
    """The version itself, or the one that learnt what it knows, where it only added products."""
    while version.settings.get("kind") == GROWTH and version.parent is not None:
        version = version.parent
    return version


def _knows_record_since(version: ModelVersion, moment: datetime) -> bool:
    """Whether the version's record was read after that moment; False where nobody noted when."""
    read_at = parse_datetime(str(version.settings.get("record_at", "")))
    return read_at is not None and read_at >= moment


def is_update(version: ModelVersion) -> bool:
    """Whether the version went on from another one's weights instead of beginning anew."""
    return bool(version.settings.get("kind") == "update")


def _is_free(receipt: ErasureReceipt, version: ModelVersion, known: _Known | None) -> bool:
    is_later = _knows_record_since(version, receipt.erased_at)
    if known is None:
        return is_later and not is_update(version)
    name = known.names.get(receipt.shopper_hash)
    if name is None:
        return True
    # Somebody of the same name is there again, and the record was read since.
    return is_later and Shopper.objects.filter(external_id=name).exists()


def model_parts(version: ModelVersion) -> list[dict[str, str]]:
    """How each part of the version forgot, in the words of ``users.erasure_receipts.HOW``."""
    listed = model_folder(version) / "sources.json"
    names: list[str] = json.loads(listed.read_text()) if listed.exists() else []
    parts = [{"part": name, "how": _how(name, version)} for name in names]
    rest = "averages" if is_update(version) else "retrained"
    parts.append({"part": "blend weights", "how": rest})
    if (model_folder(version) / "ranker").is_dir():
        parts.append({"part": "ranker", "how": rest})
    return parts


def _how(source: str, version: ModelVersion) -> str:
    if source in UNTOUCHED:
        return "untouched"
    if is_update(version) and hasattr(source_class(source), "forget"):
        return "subtracted"
    return "retrained"


@dataclass(frozen=True, slots=True)
class _Gone:
    """Versions whose files were deleted, and whom they had learnt from."""

    versions: int
    hashes: frozenset[str]
    #: Whether one of them did not say whom.
    is_silent: bool

    def may_have_known(self, shopper_hash: str) -> bool:
        return self.is_silent or shopper_hash in self.hashes


def _versions_delete(live: ModelVersion, hashes: set[str], numbers: Iterable[str]) -> _Gone:
    """Delete the files of versions that know an erased shopper, or may."""
    deleted, found, is_silent = 0, set[str](), False
    told = {"receipts": ", ".join(numbers)}
    for version in ModelVersion.objects.exclude(pk=live.pk).order_by("pk"):
        folder = model_folder(version)
        if not folder.is_dir():
            continue
        known = _Known.read(folder / FILE)
        if known is not None and not hashes & known.names.keys():
            continue
        if known is None:
            is_silent = True
        else:
            found |= hashes & known.names.keys()
        with transaction.atomic():
            if version.status == ModelVersion.Status.SHADOW:
                model_shadow_end("erased", told)
            else:
                decision_note(version, ModelVersion.Status(version.status), "erased", told)
        shutil.rmtree(folder)
        deleted += 1
    return _Gone(deleted, frozenset(found), is_silent)


def _stores_clean(hashes: set[str]) -> int:
    """Write files that name erased shoppers anew without them; returns how many rows went.

    The files of registered versions never change, so they are left out here.
    """
    gone = 0
    registered = {Path(f) for f in ModelVersion.objects.values_list("folder", flat=True)}
    for root in (Path(settings.MODEL_DIR), Path(settings.SNAPSHOT_DIR)):
        for path in sorted(root.rglob("*.parquet")):
            if registered & set(path.relative_to(root).parents):
                continue
            known = _Known.read(path)
            erased = [known.names[key] for key in hashes & known.names.keys()] if known else []
            if erased:
                gone += _rows_drop(path, erased)
    return gone


def _rows_drop(path: Path, names: Sequence[str]) -> int:
    table = pq.read_table(path)
    kept = table.filter(pc.invert(pc.is_in(table[NAMES], pa.array(names, pa.string()))))
    partial = path.with_name(f".{path.name}.partial")
    pq.write_table(kept, partial, compression="zstd")
    partial.replace(path)
    return int(table.num_rows - kept.num_rows)


def _checkpoints_delete(before: datetime) -> int:
    """Delete trainings that were interrupted before the erasure: they go on from its weights."""
    root = Path(settings.CHECKPOINT_DIR)
    old = [
        folder
        for folder in (root.iterdir() if root.is_dir() else ())
        if datetime.fromtimestamp(folder.stat().st_mtime, UTC) < before
    ]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return len(old)
