"""Reading receipts of erasures: in plain types for a file, and in words for a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from users.models import ErasureReceipt

#: What was deleted, by its name in ``ErasureReceipt.counts``.
COUNTED: Mapping[str, Promise] = {
    "events": _("Events"),
    "slates": _("Slates"),
    "reviews": _("Reviews"),
    "consent_decisions": _("Decisions about consent"),
    "wishes": _("Wishes"),
    "shadow_rankings": _("Rankings that a model in shadow made"),
}
#: How a part of a model forgot, by its name in ``ErasureReceipt.parts``.
HOW: Mapping[str, Promise] = {
    "subtracted": _(
        "what it had learnt was subtracted exactly: it answers as if the shopper had never been "
        "there"
    ),
    "retrained": _("made anew from the record, without the shopper"),
    "untouched": _("does not learn from shoppers"),
    "averages": _(
        "a few numbers that were fitted to all shoppers together; they are fitted anew at the next "
        "full training"
    ),
}
#: Files that went or were written anew, by their name in ``ErasureReceipt.files``.
FILES: Mapping[str, Promise] = {
    "versions": _("Older model versions whose files were deleted; nothing goes back to them"),
    "snapshots": _("Training snapshots deleted"),
    "checkpoints": _("Interrupted trainings deleted"),
    "stores": _("Examples of earlier windows deleted"),
}


#: Signs of a number that stand together.
GROUP_LENGTH = 4


def grouped(signs: str) -> str:
    """A receipt's number as it is written: its signs in groups."""
    return "-".join(signs[at : at + GROUP_LENGTH] for at in range(0, len(signs), GROUP_LENGTH))


def receipt_get(number: str) -> ErasureReceipt | None:
    """The receipt of that number, however it was typed, or None."""
    typed = "".join(sign for sign in number.upper() if sign.isalnum())
    known = grouped(typed)
    return ErasureReceipt.objects.filter(number=known).first() if len(known) <= 40 else None


def receipt_state(receipt: ErasureReceipt) -> str:
    """``complete``, or ``waiting`` for the models' next update."""
    is_done = receipt.completed_at is not None or not receipt.is_learnt
    return "complete" if is_done else "waiting"


def receipt_told(receipt: ErasureReceipt) -> dict[str, Any]:
    """The receipt in plain types; nothing in it says who was erased. Times in ISO 8601, UTC."""
    done = receipt.completed_at
    return {
        "number": receipt.number,
        "status": receipt_state(receipt),
        "asked_for": receipt.route,
        "erased_at": receipt.erased_at.isoformat(),
        "erased": receipt.counts,
        "models": {
            "had_learnt": receipt.is_learnt,
            "forgotten_at": done.isoformat() if done else None,
            "version": receipt.version,
            "parts": receipt.parts,
            "files": receipt.files,
        },
    }


def receipt_rows(receipt: ErasureReceipt) -> dict[str, list[tuple[str, str]]]:
    """What a page shows: pairs of a name and a figure or words, by section."""
    return {
        "erased": [
            (str(words), str(receipt.counts.get(name, 0))) for name, words in COUNTED.items()
        ],
        "parts": [
            (str(part["part"]), str(HOW.get(part["how"], part["how"]))) for part in receipt.parts
        ],
        "files": [
            (str(FILES.get(name, name)), str(number)) for name, number in receipt.files.items()
        ],
    }
