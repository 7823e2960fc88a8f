"""Who has texts read: the command, and the catalogue through the pool's task."""

from __future__ import annotations

import logging
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Product, Review
from catalog.services import product_save, review_write
from kg.extraction.ordering import EXTRACTION_TASK, extraction_order
from kg.extraction.verification import VerifiedExtractor, Verifier
from kg.models import Fact
from recommender.delivery import pool
from recommender.worker import extraction, tasks
from recsite.celery import app
from users.models import Consent, Shopper


def extract(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("kg_extract", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def shelf(db) -> list[Product]:
    return [
        Product.objects.create(external_id="P1", title="Organic tea with honey"),
        Product.objects.create(external_id="P2", title="Vegan soap"),
        Product.objects.create(external_id="P3", title="Cup", status=Product.Status.DRAFT),
    ]


def test_the_command_reads_everything_and_tells_what_became_of_it(
    shelf: list[Product], capsys: pytest.CaptureFixture[str]
) -> None:
    out, _err = extract()
    assert out.splitlines()[0] == (
        "2 products, 3 mentions: 3 new proposals, 0 updated, 0 unchanged, 0 withdrawn, "
        "0 of unknown products, 0 refused"
    )
    assert [line.split() for line in out.splitlines()[1:]] == [
        ["mined", "facts", "proposed", "accepted", "rejected"],
        ["has_attribute", "2", "0", "0"],
        ["made_of", "1", "0", "0"],
    ]
    assert "2/2" in capsys.readouterr().err
    assert "3 unchanged" in extract()[0]


def test_the_command_takes_some_products_and_so_many(shelf: list[Product]) -> None:
    assert extract("--products", "P2")[0].startswith("1 products, 1 mentions: 1 new")
    assert extract("--limit", "1")[0].startswith("1 products, 2 mentions: 2 new")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--products", "P1", "nothing"], "there is no product nothing"),
        (["--products", "P3"], "there is no product P3"),
        (["--limit", "0"], "--limit must be at least 1"),
        (["--language-model", "--judgements", "-1"], "--judgements must not be negative"),
    ],
)
def test_the_command_refuses_what_makes_no_sense(
    shelf: list[Product], arguments: list[str], said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        extract(*arguments)
    assert not Fact.objects.exists()


def test_a_language_model_that_was_never_measured_is_refused_by_name(
    shelf: list[Product], settings
) -> None:
    settings.LANGUAGE_MODEL = "owner/other"
    with pytest.raises(CommandError, match=r"owner/other.*never measured"):
        extract("--language-model")


def test_the_language_model_judges_on_demand_and_says_what_it_is_worth(
    shelf: list[Product], language_model, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recommender.learning import language_model as loading

    monkeypatch.setattr(loading, "configured_model", lambda: language_model)
    extraction._scorer.cache_clear()
    out, err = extract("--language-model")
    extraction._scorer.cache_clear()
    assert "the language model judged 3 mentions and dropped 0" in out
    assert "adds nothing on the labelled passages" in err
    [honey] = Fact.objects.filter(predicate__key="made_of")
    assert honey.confidence == 0.92


# --- the pool -------------------------------------------------------------------------------------


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """What is ordered of the pool from now on."""
    made: list[list[int]] = []

    def order(task: str, *arguments: list[int], **_options: object) -> bool:
        if task == EXTRACTION_TASK:
            made.append(arguments[0])
        return True

    monkeypatch.setattr(pool, "order", order)
    return made


def test_the_task_is_known_to_the_workers_and_goes_where_nobody_waits() -> None:
    assert EXTRACTION_TASK in app.tasks
    assert app.conf.task_routes[EXTRACTION_TASK] == {"queue": "ingest"}


def test_the_task_proposes(shelf: list[Product]) -> None:
    assert tasks.extract([shelf[0].pk]) == 2
    assert tasks.extract([shelf[0].pk]) == 0
    assert tasks.extract([]) == 0


def test_saving_a_product_orders_its_reading_after_the_commit(
    db, orders: list[list[int]], django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=False):
        tea = product_save(product=Product(external_id="P9", title="Tea"))
    assert orders == []
    with django_capture_on_commit_callbacks(execute=True):
        product_save(product=tea)
        extraction_order(products=[])
    assert orders == [[tea.pk]]


def test_a_review_orders_the_reading_of_its_product(
    shelf: list[Product], orders: list[list[int]], django_capture_on_commit_callbacks
) -> None:
    anna = Shopper.objects.create(external_id="anna", consent=Consent.GRANTED)
    with django_capture_on_commit_callbacks(execute=True):
        review_write(shopper=anna, product=shelf[1], rating=5, text="It is organic.")
    assert orders == [[shelf[1].pk]]
    assert Review.objects.count() == 1


def test_a_broker_that_is_down_loses_the_order_and_nothing_else(
    db, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
) -> None:
    def down(*_args: object, **_options: object) -> None:
        raise OSError("no broker")

    monkeypatch.setattr(app, "send_task", down)
    with django_capture_on_commit_callbacks(execute=True):
        tea = product_save(product=Product(external_id="P9", title="Organic tea"))
    assert "1 new proposals" in extract()[0]
    assert Fact.objects.get(source=Fact.Source.MINED).subject.product == tea


def test_the_pool_asks_a_language_model_only_where_it_helps(
    shelf: list[Product],
    settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert extraction._wanted_extractor() is None

    settings.EXTRACTION_LANGUAGE_MODEL = True
    with caplog.at_level(logging.WARNING):
        assert tasks.extract([shelf[0].pk]) == 2
    assert "adds nothing" in caplog.text

    settings.LANGUAGE_MODEL = "owner/other"
    assert extraction._wanted_extractor() is None
    assert "never measured" in caplog.text

    useful = Verifier(rule=1.0, score=1.0, offset=0.0, least=0.5)

    class Doubter:
        def score(self, questions):
            return [-9.0 for _ in questions]

    monkeypatch.setattr(extraction, "fitted_verifier", lambda _model: useful)
    monkeypatch.setattr(extraction, "_scorer", lambda _model: Doubter())
    extractor = extraction._wanted_extractor()
    assert isinstance(extractor, VerifiedExtractor)
    assert tasks.extract([shelf[1].pk]) == 0
