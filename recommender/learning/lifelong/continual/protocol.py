"""What a continual learning method asks of a network and its data, and what it gives them.

A network learns in *lessons*, one for each window of new sequences. A sequence (a session, a
shopper's history) is known by its key, a whole number. The owner of a network makes the lesson,
asks the method which earlier sequences are mixed in, lets it train and keeps its state beside the
network. A method never sees what a batch holds: the lesson answers for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

from recommender.contracts import Floats, Longs
from recommender.learning.training_settings import Batch

Mask = npt.NDArray[np.bool_]
#: What a method remembers between lessons: tensors by name, as they are saved.
Memory = Mapping[str, Tensor]

#: Batches say in this column of shape (rows,) which rows were mixed in.
REPLAYED = "replayed"


@dataclass(frozen=True, slots=True)
class Described:
    """What a network makes of sequences: the state before the last item, that item, its loss.

    Shapes (sequences, width), (sequences,) and (sequences,).
    """

    states: Floats
    targets: Longs
    losses: Floats


class Lesson(Protocol):
    """A network, the sequences that are new, and how the one is asked about the other."""

    @property
    def network(self) -> nn.Module:
        """The network at the beginning of the lesson, new items included."""

    @property
    def before(self) -> nn.Module | None:
        """A frozen copy of it that stays as it is; None where nothing was learnt before."""

    @property
    def window(self) -> Longs:
        """Keys of the sequences that are new or have gone on, in ascending order."""

    @property
    def fresh(self) -> Longs:
        """Those of the window that were not there before at all."""

    @property
    def past(self) -> Longs:
        """Keys of sequences outside the window that the owner can still hand out."""

    @property
    def known(self) -> Mask:
        """Items of which the network has learnt something, shape (n_items,)."""

    @property
    def item_parameters(self) -> frozenset[str]:
        """Names of the parameters whose rows are items."""

    @property
    def rng(self) -> np.random.Generator:
        """For what is drawn outside the training itself."""

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """As ``train`` takes it: a mean, or one number per prediction."""

    def scores(self, network: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """Scores of each prediction over the batch's candidates, and the candidates' indices.

        Shapes (predictions, candidates) and (candidates,).
        """

    def described(self, network: nn.Module, keys: Longs) -> Described:
        """What the network makes of these sequences, in the order of the keys."""

    def passes(self, keys: Longs, size: int) -> Iterator[Batch]:
        """The sequences once, in batches of at most ``size`` sequences."""


class ContinualMethod(Protocol):
    """One way to learn a window without losing what was known."""

    #: Whether a lesson begins from fresh weights.
    fresh: bool

    def mixed_in(self, lesson: Lesson) -> Longs:
        """Keys of earlier sequences that are learnt with the window, in ascending order."""

    def module(self, lesson: Lesson) -> nn.Module:
        """What is trained: the lesson's network or something around it."""

    def loss(self, lesson: Lesson, module: nn.Module, batch: Batch) -> Tensor:
        """The lesson's loss with the method's penalty on it."""

    def network(self, lesson: Lesson, module: nn.Module) -> nn.Module:
        """The network that came of the training."""

    def remember(self, lesson: Lesson, network: nn.Module) -> None:
        """Prepare for the next lesson."""

    @property
    def keys(self) -> Longs:
        """Keys of the sequences that the owner has to keep, in ascending order."""

    def memory(self) -> Memory:
        """What ``restore`` needs to go on."""

    def restore(self, memory: Memory) -> None:
        """Go on from what an earlier ``memory`` gave."""
