"""``manage.py rerank_gate``: learn now for whom a language model's reranking helps."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from recommender.learning.rerank_validation import rerank_gate_learn
from recommender.learning.update import NothingToLearnError
from recommender.worker.reranking import title_reader
from recsite.locks import BusyError


class Command(BaseCommand):
    help = "Learn on validation whether, and for whom, reranking by the language model helps."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--seconds",
            type=float,
            default=settings.RERANK_GATE_SECONDS,
            help="of reading at most (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["seconds"] <= 0:
            raise CommandError("--seconds must be positive")
        try:
            gate = rerank_gate_learn(
                reader=title_reader(), seconds=options["seconds"], progress=True
            )
        except (NothingToLearnError, OSError) as reason:
            raise CommandError(str(reason)) from reason
        except BusyError:
            raise CommandError("another process is learning the gate at this moment") from None
        state = "open" if gate.is_open else "closed"
        whom = (
            f"{gate.feature} from {gate.low:.3g} to {gate.high:.3g}"
            if gate.feature
            else "everybody"
        )
        self.stdout.write(
            f"The gate is {state}: the best choice on {gate.cases:,} validation cases, {whom} "
            f"({100 * gate.share:.0f} %), gains {gate.gain:+.5f} ± {gate.error:.5f} NDCG@10 on "
            "those that it was not chosen on."
        )
