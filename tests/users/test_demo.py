"""The demo's log-ins: made once, the same ever after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

from catalog.models import Product
from recommender.models import Event
from recsite.demo_credentials import credentials_read, credentials_write
from users.demo import demo_accounts_make
from users.models import ApiToken, Consent, Scope, Shopper, User

pytestmark = pytest.mark.django_db
URL = "http://127.0.0.1:8000"


@pytest.fixture
def households() -> list[Shopper]:
    """One bought nine things at once, the other came three times for one thing each."""
    big, frequent = (Shopper.objects.create(external_id=f"household-{n}") for n in (1, 2))
    products = [Product.objects.create(external_id=f"p{n}", title=f"P{n}") for n in range(9)]
    noon = datetime(2025, 5, 1, 12, tzinfo=UTC)
    rows = [(big, product, noon) for product in products]
    rows += [(frequent, products[day], noon + timedelta(days=day)) for day in range(3)]
    Event.objects.bulk_create(
        Event(
            origin="import", client_id=str(n), shopper=who, product=what, type="purchase", time=when
        )
        for n, (who, what, when) in enumerate(rows)
    )
    return [big, frequent]


def test_the_log_ins_open_the_three_doors(households: list[Shopper]) -> None:
    made = demo_accounts_make(known=None, base_url=URL)
    shopper = User.objects.get(username=made["shopper_login"]["username"])
    staff = User.objects.get(username=made["merchandiser_login"]["username"])
    token = ApiToken.objects.get(key_hash=ApiToken.hash_of(made["api_token"]))
    assert shopper.check_password(made["shopper_login"]["password"])
    assert staff.check_password(made["merchandiser_login"]["password"])
    assert (shopper.is_staff, staff.is_staff, staff.is_superuser) == (False, True, False)
    assert sorted(token.scopes) == sorted(Scope.values)
    assert token.attests_consent
    assert token.is_active


def test_the_shopper_is_who_came_most_often_and_agreed(households: list[Shopper]) -> None:
    made = demo_accounts_make(known=None, base_url=URL)
    assert made["shopper"] == "household-2"
    shopper = Shopper.objects.get(external_id="household-2")
    assert shopper.user == User.objects.get(username="shopper")
    assert shopper.consent == Consent.GRANTED
    assert shopper.consent_decisions.get().source == "demo"


def test_the_merchandiser_is_in_the_group_of_merchandisers() -> None:
    demo_accounts_make(known=None, base_url=URL)
    staff = User.objects.get(username="merchandiser")
    assert [group.name for group in staff.groups.all()] == ["Merchandiser"]
    assert not staff.user_permissions.exists()
    assert not staff.has_perm("users.change_user")


def test_a_second_run_changes_nothing(households: list[Shopper]) -> None:
    first = demo_accounts_make(known=None, base_url=URL)
    before = list(User.objects.order_by("pk").values("pk", "username", "password"))
    second = demo_accounts_make(known=first, base_url=URL)
    assert second == first
    assert list(User.objects.order_by("pk").values("pk", "username", "password")) == before
    assert ApiToken.objects.count() == 1


def test_a_lost_file_gives_new_words_and_closes_the_old_key(households: list[Shopper]) -> None:
    first = demo_accounts_make(known=None, base_url=URL)
    second = demo_accounts_make(known=None, base_url=URL)
    assert second["api_token"] != first["api_token"]
    assert not ApiToken.objects.filter(key_hash=ApiToken.hash_of(first["api_token"])).exists()
    user = User.objects.get(username="shopper")
    assert user.check_password(second["shopper_login"]["password"])
    assert not user.check_password(first["shopper_login"]["password"])
    assert second["shopper"] == first["shopper"] == "household-2"


def test_a_lost_database_gets_the_words_of_the_file(households: list[Shopper]) -> None:
    first = demo_accounts_make(known=None, base_url=URL)
    User.objects.all().delete()
    ApiToken.objects.all().delete()
    assert demo_accounts_make(known=first, base_url=URL)["api_token"] == first["api_token"]
    assert ApiToken.objects.filter(key_hash=ApiToken.hash_of(first["api_token"])).exists()


def test_a_shop_without_any_history_still_has_a_shopper() -> None:
    made = demo_accounts_make(known=None, base_url=URL)
    assert Shopper.objects.get(external_id=made["shopper"]).user == User.objects.get(
        username="shopper"
    )


def test_the_file_is_for_its_owner_only_and_reads_back(
    households: list[Shopper], tmp_path: Path
) -> None:
    file = tmp_path / "demo-credentials.json"
    made = demo_accounts_make(known=None, base_url=URL)
    credentials_write(made, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert credentials_read(file) == made
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"base_url": "x"}'])
def test_a_broken_file_counts_as_none(text: str, tmp_path: Path) -> None:
    file = tmp_path / "demo-credentials.json"
    file.write_text(text)
    assert credentials_read(file) is None


def test_setup_leaves_a_catalogue_of_ones_own_alone(
    households: list[Shopper], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "8123")
    file = tmp_path / "demo-credentials.json"
    call_command("demo_setup", credentials=file, no_train=True)
    assert Product.objects.count() == 9
    made = credentials_read(file)
    assert made is not None
    assert (made["base_url"], made["shopper"]) == ("http://127.0.0.1:8123", "household-2")
