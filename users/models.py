"""Who shops, what they consented to, and which other systems may ask on their behalf."""

from __future__ import annotations

import hashlib
import secrets

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """Somebody who can log in: a shopper with an account, or a member of the shop's staff."""

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")


class Consent(models.TextChoices):
    """Whether a shopper agreed that what they do is recorded and used for recommendations."""

    UNKNOWN = "unknown", _("not asked yet")
    GRANTED = "granted", _("granted")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Shopper(models.Model):
    """A person as the recommender knows them: with an account, anonymous, or from outside.

    ``external_id`` is stable and is the name that REST clients use. A shopper of the web site
    without an account is known by ``session_key`` until they log in, and is then merged.
    """

    external_id = models.CharField(_("external id"), max_length=100, unique=True)
    user = models.OneToOneField(
        User,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="shopper",
        verbose_name=_("account"),
    )
    session_key = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    display_name = models.CharField(_("name"), max_length=100, blank=True)
    consent = models.CharField(
        _("consent"), max_length=10, choices=Consent, default=Consent.UNKNOWN
    )
    created_at = models.DateTimeField(_("known since"), auto_now_add=True)
    #: When the newest event about this shopper arrived: slates scored before it are stale.
    last_event_at = models.DateTimeField(_("last event"), null=True, blank=True)

    class Meta:
        verbose_name = _("shopper")
        verbose_name_plural = _("shoppers")

    def __str__(self) -> str:
        return self.display_name or self.external_id


class ConsentDecision(models.Model):
    """One decision about consent, kept as the proof of what was agreed and when."""

    shopper = models.ForeignKey(Shopper, on_delete=models.CASCADE, related_name="consent_decisions")
    consent = models.CharField(_("consent"), max_length=10, choices=Consent)
    #: Who told us: the web site, a REST client's name, or an import.
    source = models.CharField(_("source"), max_length=60)
    decided_at = models.DateTimeField(_("decided at"), auto_now_add=True)

    class Meta:
        ordering = ["-decided_at"]
        verbose_name = _("decision about consent")
        verbose_name_plural = _("decisions about consent")

    def __str__(self) -> str:
        return f"{self.shopper}: {self.get_consent_display()}"


class Scope(models.TextChoices):
    """What a REST token may do."""

    CATALOGUE_READ = "catalogue:read", _("read products, search and reviews")
    EVENTS_WRITE = "events:write", _("record events")
    SLATES_READ = "slates:read", _("ask for recommendations")
    REVIEWS_WRITE = "reviews:write", _("write reviews")
    PROFILE_READ = "profile:read", _("read shoppers' profiles")
    PROFILE_WRITE = "profile:write", _("change shoppers' profiles and consent")
    GRAPH_READ = "graph:read", _("read the knowledge graph")
    GRAPH_WRITE = "graph:write", _("state, change and retract facts")


class ApiToken(models.Model):
    """The key of one REST client. Only the key's hash is stored."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    #: The first characters of the key, so that people can tell tokens apart.
    prefix = models.CharField(_("begins with"), max_length=8, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    requests_per_minute = models.PositiveIntegerField(_("requests a minute"), default=60_000)
    #: The client has asked its shoppers for consent itself, so that shoppers it names for the
    #: first time count as having granted it.
    attests_consent = models.BooleanField(
        _("attests consent"),
        default=False,
        help_text=_(
            "The client asks its own shoppers for consent: a shopper it names for the first "
            "time counts as having granted it."
        ),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("REST token")
        verbose_name_plural = _("REST tokens")

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def hash_of(key: str) -> str:
        """SHA-256 of the key in hexadecimal; keys are random, so no salt is needed."""
        return hashlib.sha256(key.encode()).hexdigest()

    @classmethod
    def issue(
        cls, *, name: str, scopes: list[str], attests_consent: bool = False
    ) -> tuple[ApiToken, str]:
        """Create a token and return it with its key, which cannot be read again later."""
        key = secrets.token_urlsafe(32)
        token = cls.objects.create(
            name=name,
            key_hash=cls.hash_of(key),
            prefix=key[:8],
            scopes=scopes,
            attests_consent=attests_consent,
        )
        return token, key


class ErasureReceipt(models.Model):
    """That somebody was erased, what went, and whether the models have forgotten them.

    Nothing in it says who it was: ``shopper_hash`` is the external id under a secret key, by which
    the files of models are searched, and is emptied as soon as nothing is left to search for.
    """

    class Route(models.TextChoices):
        """Where the erasure was asked for."""

        ACCOUNT = "account", _("on the account's page")
        ADMIN = "admin", _("in the admin")
        REST = "rest", _("through the REST interface")

    #: Drawn by lot, so that only whoever was given it can look the receipt up.
    number = models.CharField(_("number"), max_length=40, unique=True)
    shopper_hash = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    route = models.CharField(_("asked for"), max_length=10, choices=Route)
    erased_at = models.DateTimeField(_("erased at"), default=timezone.now)
    #: Rows that were deleted, by kind.
    counts = models.JSONField(_("deleted"), default=dict)
    #: Whether a model may have learnt from the shopper.
    is_learnt = models.BooleanField(_("had been learnt from"), default=False)
    #: When no model, snapshot or store held anything of the shopper any more.
    completed_at = models.DateTimeField(_("forgotten by the models at"), null=True, blank=True)
    #: The first live version that is free of the shopper.
    version = models.CharField(_("free of the shopper since version"), max_length=40, blank=True)
    #: By part of the model: ``{"part", "how"}``.
    parts = models.JSONField(_("parts of the model"), default=list)
    #: Files that were deleted or written anew, by kind.
    files = models.JSONField(_("files"), default=dict)

    class Meta:
        ordering = ["-erased_at", "-pk"]
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")

    def __str__(self) -> str:
        return self.number
