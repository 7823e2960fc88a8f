import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.feedback.labelled_texts import (
    LabelledText,
    LabelledTexts,
    TooFewTextsError,
    split_by_seed,
)
from tests.tiny_bert import opinion_texts

rows = st.lists(
    st.builds(
        LabelledText, st.text(max_size=8), st.integers(0, 1), st.sampled_from(["", "x", "y", "z"])
    ),
    max_size=60,
)


@given(rows, st.integers(0, 5))
def test_a_split_loses_nothing_and_keeps_origins_whole(found, seed):
    texts = LabelledTexts.of(found)
    parts = split_by_seed(texts, seed=seed, dev=0.2, test=0.3)
    together = [*parts.train.texts, *parts.dev.texts, *parts.test.texts]
    assert sorted(together) == sorted(texts.texts)
    origins = [set(part.origins) for part in (parts.train, parts.dev, parts.test)]
    assert sum(len(names) for names in origins) == len(set(texts.origins))


def test_the_split_follows_the_seed_and_not_the_order():
    texts = opinion_texts()
    backwards = texts.take(np.arange(len(texts))[::-1])
    one, two = split_by_seed(texts, seed=3), split_by_seed(backwards, seed=3)
    assert one.test.texts == two.test.texts
    assert one.test.texts != split_by_seed(texts, seed=4).test.texts
    assert [part.counts() for part in (one.dev, one.test)] == [{"bad": 6, "good": 6}] * 2
    assert one.train.counts() == {"bad": 48, "good": 48}


def test_copies_of_a_text_are_not_learnt_from_and_tested_on():
    texts = LabelledTexts.of(
        [LabelledText(text, 1) for text in ["Fine", "fine", "FINE"] * 5]
        + [LabelledText(f"bad {n}", 0) for n in range(15)]
    )
    parts = split_by_seed(texts, seed=0, dev=0.2, test=0.2)
    assert [part.counts()["good"] for part in (parts.train, parts.dev, parts.test)].count(15) == 1


def test_too_few_texts_say_how_many_it_takes():
    texts = opinion_texts(per_label=12)
    with pytest.raises(
        TooFewTextsError, match="at least 30 good and 30 bad texts are needed; there are 12 good"
    ):
        texts.require()
    opinion_texts(per_label=30).require()


@pytest.mark.parametrize(("dev", "test"), [(0.0, 0.1), (0.1, 1.0), (0.6, 0.5), (float("nan"), 0.1)])
def test_shares_that_leave_nothing_are_refused(dev, test):
    with pytest.raises(ValueError, match="shares that leave a rest"):
        split_by_seed(opinion_texts(), seed=0, dev=dev, test=test)


def test_the_checksum_is_that_of_the_content():
    texts = opinion_texts()
    assert texts.checksum() == texts.take(np.arange(len(texts))[::-1]).checksum()
    assert texts.checksum() != texts.take(np.arange(len(texts) - 1)).checksum()
