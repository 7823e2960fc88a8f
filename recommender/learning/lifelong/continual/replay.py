"""Experience replay: exemplars of the past are learnt together with the window."""

from __future__ import annotations

from torch import nn

from recommender.contracts import Longs
from recommender.learning.lifelong.continual.exemplars import ExemplarStore
from recommender.learning.lifelong.continual.finetune import Finetune
from recommender.learning.lifelong.continual.protocol import Lesson, Memory


class Replay(Finetune):
    """Fine-tuning on the window and on exemplars from a bounded store."""

    def __init__(self, store: ExemplarStore | None = None):
        self.store = store or ExemplarStore()

    def mixed_in(self, lesson: Lesson) -> Longs:
        """What is drawn from the store."""
        return self.store.drawn(lesson)

    def remember(self, lesson: Lesson, network: nn.Module) -> None:
        """The store chooses anew."""
        self.store.take_in(lesson, network)

    @property
    def keys(self) -> Longs:
        """The store."""
        return self.store.keys

    def memory(self) -> Memory:
        """The store."""
        return self.store.memory()

    def restore(self, memory: Memory) -> None:
        """The store."""
        self.store.restore(memory)
