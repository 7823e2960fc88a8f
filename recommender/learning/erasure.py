"""Erased shoppers leave the models: who still waits for it."""

from __future__ import annotations

from users.models import ErasureReceipt


def erasures_waiting() -> list[ErasureReceipt]:
    """Erasures that the models have not caught up with, the oldest first; one query."""
    return list(
        ErasureReceipt.objects.filter(is_learnt=True, completed_at=None).order_by("erased_at", "pk")
    )
