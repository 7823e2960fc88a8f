"""Issuing keys on the command line."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.api.conftest import Api
from users.models import ApiToken

pytestmark = pytest.mark.django_db


def issue(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("token_issue", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_key_is_printed_alone_opens_its_scopes_and_is_not_stored(small_shop):
    out, err = issue("app", "--scope", "slates:read", "--scope", "slates:read")
    key = out.strip()
    assert out == f"{key}\n"
    assert key not in err
    token = ApiToken.objects.get()
    assert (token.name, token.scopes, token.attests_consent) == ("app", ["slates:read"], False)
    assert key not in (token.key_hash, token.prefix)
    assert Api(key).get("/api/v1/slates/home/").status_code == 200
    assert Api(key).get("/api/v1/products/").status_code == 403


def test_attesting_consent_must_be_asked_for():
    issue("crm", "--scope", "events:write", "--attests-consent")
    assert ApiToken.objects.get(name="crm").attests_consent is True


@pytest.mark.parametrize(
    "arguments",
    [
        ("app",),
        ("app", "--scope", "everything"),
        ("", "--scope", "events:write"),
        ("x" * 61, "--scope", "events:write"),
        ("Web", "--scope", "events:write"),
        ("import", "--scope", "events:write"),
    ],
)
def test_a_wrong_order_makes_no_token(arguments):
    with pytest.raises(CommandError):
        issue(*arguments)
    assert not ApiToken.objects.exists()


def test_a_name_is_taken_once():
    issue("app", "--scope", "events:write")
    with pytest.raises(CommandError, match="already"):
        issue("app", "--scope", "events:write")
