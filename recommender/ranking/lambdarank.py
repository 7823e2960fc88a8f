"""LambdaRank: boosted trees that correct the blend's order (Burges 2010), by LightGBM."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

import lightgbm
import numpy as np

from recommender.candidates.storage import load_settings, save_settings
from recommender.contracts import Floats, History, Ints, ItemTable
from recommender.ranking.calibrate import best_temperature
from recommender.ranking.ranker import BLEND, ItemVectors, RankingCases

#: Chosen on Amazon Beauty's validation.
PARAMETERS: Final[Mapping[str, Any]] = {
    "learning_rate": 0.1,
    "num_leaves": 7,
    "min_data_in_leaf": 300,
    "lambda_l2": 10.0,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambdarank_truncation_level": 20,
}
#: Gains are rounded to levels, each of which counts as much as its number.
GAIN_LEVELS = 10


class LambdaRank:
    """The blend's sum, scaled, plus what the trees add to it.

    The trees start from the blend and stop as soon as the held-out cases gain no more, so that
    with little to learn from the order stays near the blend's.
    """

    name = "lambdarank"
    reads_history = False

    def __init__(
        self,
        parameters: Mapping[str, Any] = PARAMETERS,
        rounds: int = 120,
        patience: int = 25,
        seed: int = 0,
        threads: int = 0,
    ):
        self.parameters = dict(parameters)
        self.rounds = rounds
        self.patience = patience
        self.seed = seed
        self.threads = threads
        self.columns: tuple[str, ...] = ()
        self.base = 1.0
        self.booster: lightgbm.Booster | None = None

    def fit(
        self, cases: RankingCases, held_out: RankingCases, vectors: ItemVectors, items: ItemTable
    ) -> None:
        """Grow trees on the cases that have an answer.

        Raises:
            ValueError: no case has its answer among the candidates.
        """
        cases, held_out = cases.take(cases.answered()), held_out.take(held_out.answered())
        if not len(cases) or not len(held_out):
            raise ValueError("lambdarank needs cases with an answer, and held-out ones")
        self.columns = cases.names
        self.base = best_temperature(cases.column(BLEND), cases)
        train = self._dataset(cases)
        self.booster = lightgbm.train(
            {
                **self.parameters,
                "objective": "lambdarank",
                "label_gain": list(range(GAIN_LEVELS + 1)),
                "metric": "ndcg",
                "eval_at": [10],
                "seed": self.seed,
                "deterministic": True,
                "force_row_wise": True,
                "num_threads": self.threads,
                "verbosity": -1,
            },
            train,
            num_boost_round=self.rounds,
            valid_sets=[self._dataset(held_out, train)],
            callbacks=[lightgbm.early_stopping(self.patience, verbose=False)],
        )

    def _dataset(
        self, cases: RankingCases, reference: lightgbm.Dataset | None = None
    ) -> lightgbm.Dataset:
        return lightgbm.Dataset(
            cases.features,
            label=np.ceil(np.clip(cases.gains, 0.0, 1.0) * GAIN_LEVELS),
            group=np.diff(cases.bounds),
            init_score=cases.column(BLEND).astype(np.float64) * self.base,
            feature_name=list(cases.names),
            reference=reference,
            free_raw_data=False,
        )

    @property
    def trees(self) -> int:
        """How many trees the held-out cases asked for."""
        return int(self.booster.best_iteration) if self.booster else 0

    def score(self, features: Floats, items: Ints, history: History) -> Floats:
        """Shape (n_candidates,)."""
        if self.booster is None:
            raise RuntimeError("lambdarank has not been fitted")
        base = features[:, self.columns.index(BLEND)] * self.base
        if not len(features):
            return np.asarray(base, np.float32)
        added = self.booster.predict(features, num_threads=1)
        return np.asarray(base + np.asarray(added), np.float32)

    def take_items(self, items: ItemTable) -> None:
        """Everything that the trees read is in the features."""

    def save(self, folder: Path) -> None:
        """Write the trees as text, and beside them what they start from."""
        if self.booster is None:
            raise RuntimeError("lambdarank has not been fitted")
        text = self.booster.model_to_string(num_iteration=self.booster.best_iteration)
        (folder / "trees.txt").write_text(text)
        save_settings(
            folder,
            {"columns": list(self.columns), "base": self.base, "trees_sha256": _checksum(text)},
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote.

        Raises:
            ValueError: the trees are not those that were written.
        """
        ranker = cls()
        settings = load_settings(folder)
        ranker.columns, ranker.base = tuple(settings["columns"]), float(settings["base"])
        text = (folder / "trees.txt").read_text()
        # LightGBM ends the process where it reads a broken text, so it must not see one.
        if _checksum(text) != settings["trees_sha256"]:
            raise ValueError("trees.txt is not the file that was written")
        ranker.booster = lightgbm.Booster(model_str=text)
        return ranker


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
