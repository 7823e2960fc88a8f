"""From labelled texts to a judged review: the command, the task, and what each refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Product, Review
from catalog.services import review_delete, review_write
from recommender.feedback.classifiers import (
    classifier_activate,
    classifier_folder,
    classifier_live,
)
from recommender.feedback.models import Opinion, OpinionClassifierVersion
from recommender.feedback.opinions import opinions_record, opinions_summary
from recommender.registry.served_version import DamagedModelError
from recommender.worker import opinions as worker
from recommender.worker.tasks import opinions_judge
from tests.judged_reviews import judge, made_classifier
from tests.tiny_bert import opinion_texts, tiny_bert
from users.erasure import shopper_erase


@pytest.fixture(scope="module")
def encoder(tmp_path_factory) -> Path:
    return tiny_bert(tmp_path_factory.mktemp("bert") / "tiny")


@pytest.fixture(autouse=True)
def _fresh_process(monkeypatch):
    monkeypatch.setattr(worker, "live_classifier", worker.LiveClassifier())


@pytest.fixture
def texts_file(tmp_path: Path) -> Path:
    texts = opinion_texts()
    path = tmp_path / "texts.csv"
    lines = [f"{t},{5 if label else 1}" for t, label in zip(texts.texts, texts.labels, strict=True)]
    path.write_text("\n".join(["text,rating", *lines, "no rating,"]) + "\n")
    return path


def fine_tuned(tiny, *file, **changes):
    chosen = {"encoder": str(tiny), "epochs": 8, "learning_rate": 1e-2, "max_tokens": 32}
    call_command("finetune_text", *file, **{**chosen, **changes})


def test_the_command_trains_reports_and_the_pool_judges(
    small_shop, encoder, texts_file, capsys, django_capture_on_commit_callbacks
):
    anna, ben, cleo = small_shop.shoppers.values()
    bread = small_shop.products[4]
    said = {anna: "lovely bread", ben: "the bread was awful and stale", cleo: "great tasty"}
    for shopper, text in said.items():
        review_write(shopper=shopper, product=bread, rating=3, text=text)
    review_write(shopper=anna, product=small_shop.products[5], rating=5)  # without a word
    assert opinions_judge() == 0  # nothing has been trained, nothing is made up
    assert opinions_summary(bread).judged == 0

    fine_tuned(encoder, texts_file)
    told = capsys.readouterr()
    assert "texts.csv: 60 good, 60 bad, 0 neither, 1 problems" in told.out
    assert "line 122: rating: is missing, and there is no label" in told.err
    assert told.out.count("development part") >= 2
    assert told.out.count("test part, measured once") == 1
    live = classifier_live()
    assert live is not None
    assert live.metrics["test"]["accuracy"] == 1.0
    assert live.settings["labels"] == ["bad", "good"]
    assert len(live.settings["data_checksum"]) == 64
    assert live.settings["parts"] == {"train": 96, "dev": 12, "test": 12}

    assert opinions_judge() == 3
    assert opinions_judge() == 0  # each once
    sentiments = dict(Opinion.objects.values_list("review__text", "sentiment"))
    assert [sentiments[text] for text in said.values()] == ["good", "bad", "good"]
    summary = opinions_summary(bread)
    assert (summary.judged, summary.good, summary.percent_good) == (3, 2, 67)

    # What is rewritten is read anew; until then nothing is said of it.
    review = review_write(shopper=ben, product=bread, rating=3, text="excellent")
    assert opinions_summary(bread).judged == 2
    assert opinions_summary(bread).share_good is None
    assert opinions_judge([review.pk]) == 1
    assert opinions_summary(bread).good == 3
    review_delete(review=review)
    assert opinions_summary(bread).judged == 2


def test_too_few_reviews_say_how_many_it_takes(small_shop, encoder):
    review_write(
        shopper=small_shop.shoppers["anna"], product=small_shop.products[0], rating=5, text="great"
    )
    with pytest.raises(
        CommandError, match="reviews: at least 30 good and 30 bad texts are needed; there are 1"
    ):
        fine_tuned(encoder)
    assert not OpinionClassifierVersion.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"strict": True}, "1 problems: nothing was trained"),
        ({"encoder": "/nowhere/at-all"}, "--encoder"),
        ({"epochs": 0}, "epochs must be at least 1"),
        ({"dev": 0.9, "test": 0.9}, "shares that leave a rest"),
        ({"snippets": True}, "cannot be read"),
    ],
)
def test_bad_options_are_named_and_nothing_is_kept(db, encoder, texts_file, changes, words):
    with pytest.raises(CommandError, match=words):
        fine_tuned(encoder, texts_file, **changes)
    assert not OpinionClassifierVersion.objects.exists()


def test_a_classifier_that_learnt_nothing_stays_a_candidate(db, encoder, texts_file, capsys):
    fine_tuned(encoder, texts_file, learning_rate=0.0, epochs=1)
    version = OpinionClassifierVersion.objects.get()
    baseline = 1 / 3  # always one of two equal labels
    if version.metrics["dev"]["f1_macro"] <= baseline:
        assert version.status == "candidate"
        assert "stays a candidate" in capsys.readouterr().out
    assert (version.status == "live") == (version.metrics["dev"]["f1_macro"] > baseline)


def test_a_damaged_classifier_is_refused_and_the_live_one_stays(db):
    one, two = made_classifier(live=False), made_classifier("two", live=False)
    classifier_activate(version=one)
    (classifier_folder(two) / "classifier.json").write_text("changed")
    with pytest.raises(DamagedModelError, match="have changed"):
        classifier_activate(version=two)
    two.refresh_from_db()
    assert (classifier_live(), two.status) == (one, "refused")


def test_the_pool_refuses_files_that_changed_under_it(small_shop, encoder, texts_file):
    fine_tuned(encoder, texts_file)
    live = classifier_live()
    (classifier_folder(live) / "head.safetensors").write_bytes(b"nothing")
    review_write(
        shopper=small_shop.shoppers["anna"], product=small_shop.products[0], rating=5, text="great"
    )
    assert opinions_judge() == 0
    assert not Opinion.objects.exists()


def test_what_was_rewritten_while_it_was_read_is_not_recorded(small_shop):
    version = made_classifier()
    product: Product = small_shop.products[0]
    review = review_write(
        shopper=small_shop.shoppers["anna"], product=product, rating=5, text="great"
    )
    read = {review.pk: ("", "great")}
    Review.objects.filter(pk=review.pk).update(text="awful")
    assert opinions_record(classifier=version, probabilities={review.pk: 0.9}, read=read) == 0
    Review.objects.filter(pk=review.pk).update(text="great")
    assert opinions_record(classifier=version, probabilities={review.pk: 0.9}, read=read) == 1
    assert opinions_record(classifier=version, probabilities={review.pk: 0.2}, read=read) == 1
    assert Opinion.objects.get().sentiment == "bad"


def test_a_review_is_sent_to_the_pool_only_where_a_classifier_serves(
    small_shop, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr(
        "recommender.delivery.pool.order", lambda task, *args: sent.append((task, args))
    )
    anna, product = small_shop.shoppers["anna"], small_shop.products[0]

    def write(text):
        with django_capture_on_commit_callbacks(execute=True):
            return review_write(shopper=anna, product=product, rating=5, text=text)

    write("great")
    assert [task for task, _ in sent] == ["kg.extract"]
    made_classifier()
    review = write("lovely")
    assert ("recommender.opinions_judge", ([review.pk],)) in sent
    sent.clear()
    write("")
    assert {task for task, _ in sent} == {"kg.extract"}


def test_hidden_reviews_do_not_speak(small_shop):
    version = made_classifier()
    product = small_shop.products[0]
    reviews = [
        review_write(shopper=shopper, product=product, rating=5, text="great")
        for shopper in small_shop.shoppers.values()
    ]
    judge(version, dict.fromkeys(reviews, 0.9))
    assert opinions_summary(product).percent_good == 100
    Review.objects.filter(pk=reviews[0].pk).update(status=Review.Status.HIDDEN)
    assert (opinions_summary(product).judged, opinions_summary(product).share_good) == (2, None)


def test_an_erased_shoppers_opinions_go_with_the_reviews(small_shop):
    product = small_shop.products[0]
    reviews = [
        review_write(shopper=shopper, product=product, rating=5, text="great")
        for shopper in small_shop.shoppers.values()
    ]
    judge(made_classifier(), dict.fromkeys(reviews, 0.9))
    shopper_erase(shopper=small_shop.shoppers["anna"], route="admin")
    assert set(Opinion.objects.values_list("review", flat=True)) == {r.pk for r in reviews[1:]}
    product.refresh_from_db()
    assert opinions_summary(product).judged == 2
