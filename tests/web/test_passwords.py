"""Changing a password, and setting a new one by mail."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.test import Client
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from orders.models import CartLine
from recsite.mail_folder import FolderBackend
from recsite.mail_server import MailServer, hosts_are_named
from tests.web.conftest import PASSWORD
from users.models import User

FRESH = "loud-mountain-3"
SENT = "/password/reset/sent/"


def change(client: Client, old: str = PASSWORD, new: str = FRESH, again: str | None = None):
    again = new if again is None else again
    values = {"old_password": old, "new_password1": new, "new_password2": again}
    return client.post("/account/password/", values)


def asked(client: Client, email: str = "anna@example.org", **more: Any):
    return client.post("/password/reset/", {"email": email}, **more)


def link_in(message: EmailMessage) -> str:
    """The path of the link in a mail."""
    found = re.findall(r"http://testserver(/password/reset/\S+)", str(message.body))
    assert len(found) == 1
    return str(found[0])


def opened(client: Client, link: str) -> str:
    """Follow the link as far as it leads."""
    response = client.get(link, follow=True)
    return response.redirect_chain[-1][0] if response.redirect_chain else ""


# --- change -------------------------------------------------------------------------------------


def test_a_password_is_changed_and_only_this_browser_stays_logged_in(anna: Client, user: User):
    elsewhere = Client()
    elsewhere.force_login(user)
    assert 'href="/account/password/"' in anna.get("/account/").content.decode()
    assert change(anna).url == "/account/"
    assert "Your password is changed." in anna.get("/account/").content.decode()
    user.refresh_from_db()
    assert user.check_password(FRESH)
    assert elsewhere.get("/account/").url == "/login/?next=%2Faccount%2F"


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        ({"old": "wrong"}, "old_password", "This is not your password."),
        ({"again": "other-word-9"}, "new_password2", "match"),
        ({"new": "12345678"}, "new_password2", "too common"),
        ({"new": "anna@example.org"}, "new_password2", "too similar"),
        ({"new": "x" * 129}, "new_password1", "at most 128"),
        ({"new": ""}, "new_password1", "required"),
    ],
)
def test_a_change_that_fails_names_its_field(anna: Client, user: User, values, field, says):
    response = change(anna, **values)
    assert response.status_code == 422
    error = re.search(rf'id="id_{field}_error">(.*?)</ul>', response.content.decode(), re.S)
    assert error is not None
    assert says in error[1]
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_change_is_for_whoever_is_logged_in(stranger: Client):
    assert stranger.get("/account/password/").url == "/login/?next=%2Faccount%2F"
    assert change(stranger).url == "/login/?next=%2Faccount%2F"


# --- reset --------------------------------------------------------------------------------------


def test_a_forgotten_password_is_replaced_by_mail(stranger: Client, user: User):
    assert 'href="/password/reset/"' in stranger.get("/login/").content.decode()
    stranger.post("/cart/add/", {"product": "p0"})
    assert asked(stranger, "ANNA@example.org").url == SENT
    assert stranger.get(SENT).status_code == 200
    (message,) = mail.outbox
    assert message.to == ["anna@example.org"]
    assert message.subject == "Your new password at Recsite"
    assert "It holds for 3 hours and can be used once." in message.body
    link = link_in(message)
    form = opened(stranger, link)
    # The token stands in no address that a page could pass on.
    assert form.endswith("/set-password/")
    response = stranger.post(form, {"new_password1": FRESH, "new_password2": FRESH})
    assert response.url == "/account/"
    assert "Your password is changed." in stranger.get("/account/").content.decode()
    user.refresh_from_db()
    assert user.check_password(FRESH)
    assert CartLine.objects.get().cart_key == f"user-{user.pk}"
    # Used once, the link is worth nothing.
    again = Client().get(link)
    assert again.status_code == 200
    assert "This link no longer works" in again.content.decode()


def test_nobody_learns_who_has_an_account(stranger: Client, user: User):
    known = asked(stranger)
    unknown = asked(stranger, "nobody@example.org")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url) == (302, SENT)
    assert len(mail.outbox) == 1


def test_an_address_that_is_none_is_said_at_the_form(stranger: Client):
    response = asked(stranger, "nonsense")
    assert response.status_code == 422
    assert "valid email" in response.content.decode()


def test_new_passwords_by_mail_are_held_to_the_same_rules(stranger: Client, user: User):
    asked(stranger)
    form = opened(stranger, link_in(mail.outbox[0]))
    response = stranger.post(form, {"new_password1": "12345678", "new_password2": "12345678"})
    assert response.status_code == 422
    assert "too common" in response.content.decode()
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize(
    "link", ["/password/reset/x/y/", "/password/reset/MQ/set-password/", "/password/reset/MQ/a-b/"]
)
def test_invented_links_open_nothing(stranger: Client, user: User, link: str):
    response = stranger.get(link)
    assert response.status_code == 200
    assert "This link no longer works" in response.content.decode()
    stranger.post(link, {"new_password1": FRESH, "new_password2": FRESH})
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_link_ends_with_its_time(stranger: Client, user: User, settings):
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    settings.PASSWORD_RESET_TIMEOUT = -1
    html = stranger.get(f"/password/reset/{uid}/{token}/").content.decode()
    assert "This link no longer works" in html


def test_a_new_password_by_mail_ends_the_waiting_of_a_log_in(stranger: Client, user: User):
    def log_in(password: str) -> int:
        values = {"username": user.username, "password": password}
        return Client().post("/login/", values).status_code

    assert [log_in("wrong") for _ in range(11)] == [200] * 10 + [429]
    asked(stranger)
    form = opened(stranger, link_in(mail.outbox[0]))
    stranger.post(form, {"new_password1": FRESH, "new_password2": FRESH})
    assert log_in(FRESH) == 302


def test_a_mailbox_gets_three_mails_in_a_window(stranger: Client, user: User):
    assert [asked(stranger).url for _ in range(5)] == [SENT] * 5
    assert len(mail.outbox) == 3


def test_an_address_may_ask_twenty_times_in_a_window(stranger: Client, user: User):
    for number in range(20):
        assert asked(stranger, f"n{number}@example.org").status_code == 302
    response = asked(stranger)
    assert response.status_code == 429
    assert "Too many mails were asked for." in response.content.decode()
    assert 0 < int(response["Retry-After"]) <= 900
    assert mail.outbox == []
    assert asked(stranger, REMOTE_ADDR="192.0.2.7").status_code == 302
    assert len(mail.outbox) == 1


def test_a_mail_server_that_fails_breaks_no_page(stranger: Client, user: User, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert asked(stranger).url == SENT


def test_a_mail_speaks_the_language_of_who_asked(stranger: Client, user: User):
    asked(stranger, headers={"Accept-Language": "zh-CN"})
    assert mail.outbox[0].subject == "您在 Recsite 的新密码"


def test_a_mail_is_plain_text(stranger: Client, user: User, settings):
    settings.SHOP_NAME = "Tea & Toast"
    asked(stranger)
    assert mail.outbox[0].subject == "Your new password at Tea & Toast"
    assert "at Tea & Toast." in mail.outbox[0].body


def test_without_a_mail_server_nothing_is_promised(stranger: Client, user: User, settings):
    settings.PASSWORD_RESET_BY_MAIL = False
    for door in ("/login/", "/admin/login/"):
        assert "/password/reset/" not in stranger.get(door).content.decode()
    for path in ("/password/reset/", SENT, "/password/reset/MQ/a-b/"):
        assert stranger.get(path).status_code == 404
    assert asked(stranger).status_code == 404


def test_password_pages_are_not_kept_by_caches(anna: Client):
    for path in ("/account/password/", "/password/reset/", SENT, "/password/reset/MQ/a-b/"):
        assert "no-store" in anna.get(path)["Cache-Control"]


@pytest.mark.parametrize("path", ["/account/password/", "/password/reset/", SENT])
def test_password_pages_speak_chinese(anna: Client, path: str):
    html = anna.get(path, headers={"Accept-Language": "zh-CN"}).content.decode()
    main = re.sub(
        r"<[^>]+>", " ", html.split('<main id="main" tabindex="-1">')[1].split("</main>")[0]
    )
    assert re.findall(r"[A-Za-z]{3,}", main) == []


# --- where mail goes ----------------------------------------------------------------------------


def test_mail_without_a_server_is_a_file_and_the_log_says_where(tmp_path: Path, caplog):
    folder = tmp_path / "mail"
    caplog.set_level("INFO", logger="recsite.mail_folder")
    backend = FolderBackend(file_path=folder)
    message = EmailMessage("Hello", "The link", "shop@example.org", ["anna@example.org"])
    assert backend.send_messages([message]) == 1
    (file,) = folder.iterdir()
    assert "Subject: Hello" in file.read_text()
    assert str(file) in caplog.text
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail", MailServer("mail", 25, "", "", starttls=False, tls=False)),
        ("smtps://mail", MailServer("mail", 465, "", "", starttls=False, tls=True)),
        (
            "smtp+tls://shop%40example.org:a%2Fb%3A@mail.example.org:2525",
            MailServer("mail.example.org", 2525, "shop@example.org", "a/b:", True, False),
        ),
        ("smtp+tls://mail/", MailServer("mail", 587, "", "", starttls=True, tls=False)),
    ],
)
def test_a_mail_server_is_one_address(url: str, server: MailServer):
    assert MailServer.parse(url) == server


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mail.example.org:25", "must begin with one of smtp://, smtp+tls://, smtps://"),
        ("http://mail", "must begin with one of"),
        ("smtp://", "names no host"),
        ("smtp://me:secret@:25", "names no host"),
        ("smtp://me:secret@mail:port", "no valid host or port"),
        ("smtp://me:secret@mail:99999", "no valid host or port"),
    ],
)
def test_a_mail_server_that_cannot_be_is_refused_without_its_password(url: str, says: str):
    with pytest.raises(ImproperlyConfigured, match=re.escape(says)) as caught:
        MailServer.parse(url)
    assert "secret" not in str(caught.value)


def test_mail_needs_to_know_the_names_of_the_site():
    hosts_are_named(["shop.example.com"])
    with pytest.raises(ImproperlyConfigured, match="ALLOWED_HOSTS must name"):
        hosts_are_named(["shop.example.com", "*"])
