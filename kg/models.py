"""The record of what is known: a vocabulary, entities, facts, and what waits to be projected.

The relational tables are the truth; the graph database is a projection that can be rebuilt.
"""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Kind(models.TextChoices):
    """What an entity is."""

    PRODUCT = "product", _("product")
    BRAND = "brand", _("brand")
    CATEGORY = "category", _("category")
    ATTRIBUTE = "attribute", _("attribute")
    MATERIAL = "material", _("material")
    USE = "use", _("use")
    CONCEPT = "concept", _("concept")


class Predicate(models.Model):
    """A relation of the vocabulary: which kinds it joins and what must hold of it."""

    key = models.SlugField(_("key"), max_length=60, unique=True)
    label = models.CharField(_("label"), max_length=120)
    inverse_label = models.CharField(_("label read backwards"), max_length=120, blank=True)
    #: Kinds that may stand on either side; an empty list admits every kind.
    subject_kinds = models.JSONField(_("kinds of subject"), default=list, blank=True)
    object_kinds = models.JSONField(_("kinds of object"), default=list, blank=True)
    symmetric = models.BooleanField(
        _("symmetric"), default=False, help_text=_("“a with b” says the same as “b with a”.")
    )
    functional = models.BooleanField(
        _("one object only"),
        default=False,
        help_text=_("A subject has at most one object, as a product has one brand."),
    )
    acyclic = models.BooleanField(
        _("hierarchy"),
        default=False,
        help_text=_("Following it never leads back, as from a category to its parent."),
    )
    description = models.CharField(_("description"), max_length=300, blank=True)

    class Meta:
        ordering = ["key"]
        verbose_name = _("predicate")
        verbose_name_plural = _("predicates")

    def __str__(self) -> str:
        return self.label


class Entity(models.Model):
    """Something that facts are about. ``key`` is ``kind:name`` and never changes."""

    key = models.CharField(_("key"), max_length=255, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, db_index=True)
    name = models.CharField(_("name"), max_length=300)
    product = models.OneToOneField(
        "catalog.Product",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="entity",
        verbose_name=_("product"),
    )
    created_at = models.DateTimeField(_("known since"), default=timezone.now)

    class Meta:
        ordering = ["name", "key"]
        verbose_name = _("entity")
        verbose_name_plural = _("entities")

    def __str__(self) -> str:
        return self.name


class Fact(models.Model):
    """A statement about two entities, with where it comes from and whether it is believed."""

    class Source(models.TextChoices):
        CATALOGUE = "catalogue", _("catalogue")
        LOG = "log", _("shoppers' behaviour")
        MERCHANDISER = "merchandiser", _("merchandiser")
        MINED = "mined", _("mined from text")
        IMPORT = "import", _("import")

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")

    subject = models.ForeignKey(
        Entity, on_delete=models.CASCADE, related_name="facts", verbose_name=_("subject")
    )
    predicate = models.ForeignKey(
        Predicate, on_delete=models.PROTECT, related_name="facts", verbose_name=_("predicate")
    )
    object = models.ForeignKey(
        Entity, on_delete=models.CASCADE, related_name="facts_about", verbose_name=_("object")
    )
    source = models.CharField(_("source"), max_length=12, choices=Source)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PROPOSED)
    confidence = models.FloatField(
        _("confidence"), default=1.0, validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    evidence = models.TextField(_("evidence"), blank=True)
    author = models.ForeignKey(
        "users.User",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("author"),
    )
    created_at = models.DateTimeField(_("stated"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["subject", "predicate", "object"]
        verbose_name = _("fact")
        verbose_name_plural = _("facts")
        permissions = [("review_fact", "Can accept and reject proposals")]
        constraints = [
            models.UniqueConstraint(fields=["subject", "predicate", "object"], name="kg_fact_once"),
            models.CheckConstraint(
                condition=models.Q(confidence__gte=0, confidence__lte=1),
                name="kg_fact_confidence_between_0_and_1",
            ),
        ]
        indexes = [
            # Walks read nothing but these two.
            models.Index(fields=["subject", "status", "predicate", "object", "confidence"]),
            models.Index(fields=["object", "status", "predicate", "subject", "confidence"]),
            models.Index(fields=["status", "source"]),
        ]

    def __str__(self) -> str:
        return f"{self.subject} · {self.predicate} · {self.object}"


class OutboxEntry(models.Model):
    """One change that the graph database has yet to hear of, in the order of its key.

    It says which fact or entity changed; what to write is read when it is projected, so that a
    late delivery writes the present and a repeated one changes nothing.
    """

    class Subject(models.TextChoices):
        FACT = "fact", _("fact")
        ENTITY = "entity", _("entity")

    what = models.CharField(_("what"), max_length=6, choices=Subject)
    #: Stable identity: the entity's key, or subject, predicate and object keys of the fact.
    identity = models.JSONField(_("identity"))
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("change to project")
        verbose_name_plural = _("changes to project")

    def __str__(self) -> str:
        return f"{self.what} {self.identity}"
