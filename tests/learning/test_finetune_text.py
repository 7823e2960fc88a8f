from pathlib import Path

import numpy as np
import pytest

from recommender.learning.classification import ClassificationReport
from recommender.learning.finetune_text import FineTuneSettings, finetune
from recommender.learning.opinion_classifier import OpinionClassifier, WrongClassifierError
from tests.tiny_bert import opinion_texts, tiny_bert


@pytest.fixture(scope="module")
def encoder(tmp_path_factory) -> Path:
    return tiny_bert(tmp_path_factory.mktemp("bert") / "tiny")


def settings(encoder, **changes):
    return FineTuneSettings(
        **{"encoder": encoder, "epochs": 4, "learning_rate": 1e-2, "max_tokens": 32, **changes}
    )


def weights(tuned):
    return {
        name: value.numpy().copy() for name, value in tuned.classifier.network.state_dict().items()
    }


def test_it_learns_reports_each_epoch_and_reads_as_well_after_loading(encoder, tmp_path):
    told: list[ClassificationReport] = []
    tuned = finetune(opinion_texts(), settings(encoder, epochs=16, patience=0), tell=told.append)
    assert tuned.test.accuracy == 1.0
    assert [one.support for one in tuned.test.classes] == [6, 6]
    assert len(told) == tuned.training.epochs
    assert tuned.dev.f1_macro == max(report.f1_macro for report in told)
    # The encoder's own weights move too, not the head's alone.
    before = OpinionClassifier.untrained(encoder, ("bad", "good"), max_tokens=32)
    name = "encoder.embeddings.word_embeddings.weight"
    assert not np.array_equal(weights(tuned)[name], before.network.state_dict()[name].numpy())

    folder = tmp_path / "classifier"
    folder.mkdir()
    tuned.classifier.save(folder, {"metrics": {}})
    loaded = OpinionClassifier.load(folder)
    asked = ["the bread was lovely", "", "the jam was dreadful and stale"]
    found = loaded.probabilities(asked)
    np.testing.assert_allclose(found, tuned.classifier.probabilities(asked), atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-6)
    assert found[0, 1] > 0.9 > 0.1 > found[2, 1]
    assert loaded.probabilities([]).shape == (0, 2)


def test_a_batch_does_not_change_what_is_said_of_a_text(encoder):
    classifier = OpinionClassifier.untrained(encoder, ("bad", "good"), max_tokens=32)
    texts = ["lovely", "the bread was awful and the milk arrived today", "jam"]
    alone = np.concatenate([classifier.probabilities([text]) for text in texts])
    np.testing.assert_allclose(classifier.probabilities(texts), alone, atol=1e-6)


def test_a_killed_run_goes_on_where_it_was(encoder, tmp_path):
    whole = finetune(opinion_texts(), settings(encoder, epochs=3, patience=0))
    chosen = settings(encoder, epochs=3, patience=0, checkpoint_folder=tmp_path / "checkpoint")

    class KilledError(Exception):
        pass

    judged = []

    def killed(report):
        judged.append(report)
        if len(judged) == 2:
            raise KilledError

    with pytest.raises(KilledError):
        finetune(opinion_texts(), chosen, tell=killed)
    resumed = finetune(opinion_texts(), chosen)
    assert resumed.training.resumed_from == 6  # one epoch of 96 texts in batches of 16
    for name, value in weights(whole).items():
        np.testing.assert_array_equal(weights(resumed)[name], value, err_msg=name)
    # Other texts are another run: nothing of the checkpoint is taken over.
    judged.clear()
    with pytest.raises(KilledError):
        finetune(opinion_texts(), chosen, tell=killed)
    assert finetune(opinion_texts(seed=1), chosen).training.resumed_from is None


def test_it_ends_when_the_development_part_gets_no_better(encoder):
    tuned = finetune(opinion_texts(), settings(encoder, epochs=50, patience=2))
    assert tuned.training.epochs == tuned.training.best_epoch + 2 < 50


def test_what_is_no_classifier_is_refused(encoder, tmp_path):
    with pytest.raises(WrongClassifierError, match="no text encoder"):
        finetune(opinion_texts(), settings(tmp_path))
    with pytest.raises(WrongClassifierError, match="reads 128 tokens, not 256"):
        finetune(opinion_texts(), settings(encoder, max_tokens=256))
    with pytest.raises(WrongClassifierError, match="no opinion classifier"):
        OpinionClassifier.load(tmp_path)
