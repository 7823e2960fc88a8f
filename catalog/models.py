"""What is sold: products with typed attributes, their category, brand, media and reviews."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Brand(models.Model):
    """Who makes a product."""

    name = models.CharField(_("name"), max_length=120, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("brand")
        verbose_name_plural = _("brands")

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A node of the category tree.

    ``path`` holds the names from the root, joined by " / ", so that a whole branch is read with
    one prefix query; ``catalog.categories`` keeps it true.
    """

    SEPARATOR = " / "

    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent"),
    )
    name = models.CharField(_("name"), max_length=120)
    path = models.CharField(_("path"), max_length=600, unique=True, editable=False)
    slug = models.SlugField(_("slug"), max_length=200, unique=True, editable=False)
    depth = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["path"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.path

    def get_absolute_url(self) -> str:
        return reverse("category", args=[self.slug])


class AttributeType(models.Model):
    """What products can be described by, and what a value of it looks like."""

    class Kind(models.TextChoices):
        TEXT = "text", _("text")
        NUMBER = "number", _("number")
        BOOLEAN = "boolean", _("yes or no")
        DATE = "date", _("date")

    key = models.SlugField(_("key"), max_length=60, unique=True)
    label = models.CharField(_("label"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.TEXT)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    is_facet = models.BooleanField(_("offered as a filter"), default=False)

    class Meta:
        ordering = ["label"]
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")

    def __str__(self) -> str:
        return self.label


class Product(models.Model):
    """Something that can be bought, watched, read, heard or booked."""

    class Kind(models.TextChoices):
        GOODS = "goods", _("goods")
        VIDEO = "video", _("video")
        ARTICLE = "article", _("article")
        TRACK = "track", _("track")
        TRIP = "trip", _("trip")

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        ACTIVE = "active", _("active")
        ARCHIVED = "archived", _("archived")

    external_id = models.CharField(
        _("external id"),
        max_length=100,
        unique=True,
        help_text=_("Never changes; other systems and the models know the product by it."),
    )
    title = models.CharField(_("title"), max_length=300)
    description = models.TextField(_("description"), blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.GOODS)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    price = models.DecimalField(
        _("price"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    stock = models.PositiveIntegerField(_("in stock"), default=0)
    brand = models.ForeignKey(
        Brand,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
        verbose_name=_("brand"),
    )
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
        verbose_name=_("category"),
    )
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    #: Which drawing stands for the product while it has no photograph.
    picture_group = models.CharField(_("drawing"), max_length=40, blank=True, editable=False)
    #: How often it was bought of late, written by learning; the order of shelves without a model.
    popularity = models.FloatField(_("popularity"), default=0.0, editable=False)
    rating_mean = models.FloatField(_("mean rating"), null=True, editable=False)
    rating_count = models.PositiveIntegerField(_("ratings"), default=0, editable=False)
    published_at = models.DateTimeField(_("new since"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    history = HistoricalRecords(excluded_fields=["popularity", "rating_mean", "rating_count"])

    class Meta:
        ordering = ["-popularity", "title"]
        verbose_name = _("product")
        verbose_name_plural = _("products")
        indexes = [
            models.Index(fields=["status", "-popularity"]),
            models.Index(fields=["status", "-published_at"]),
            models.Index(fields=["category", "status", "-popularity"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(price__gte=0) | models.Q(price=None),
                name="catalog_product_price_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("product", args=[self.external_id])

    @property
    def is_available(self) -> bool:
        """Whether it can be bought now; only goods run out."""
        return self.status == self.Status.ACTIVE and (
            self.kind != self.Kind.GOODS or self.stock > 0
        )


class Media(models.Model):
    """A picture or a sound of a product."""

    class Kind(models.TextChoices):
        IMAGE = "image", _("image")
        AUDIO = "audio", _("audio")

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="media")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.IMAGE)
    file = models.FileField(_("file"), upload_to="products/")
    description = models.CharField(_("description"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("picture or sound")
        verbose_name_plural = _("pictures and sounds")

    def __str__(self) -> str:
        return self.description or str(self.file)


class Review(models.Model):
    """What a shopper says of a product; one per shopper and product."""

    class Status(models.TextChoices):
        PUBLISHED = "published", _("published")
        HIDDEN = "hidden", _("hidden")

    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="reviews", verbose_name=_("product")
    )
    shopper = models.ForeignKey(
        "users.Shopper",
        on_delete=models.CASCADE,
        related_name="reviews",
        verbose_name=_("shopper"),
    )
    rating = models.PositiveSmallIntegerField(
        _("rating"), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    title = models.CharField(_("title"), max_length=120, blank=True)
    text = models.TextField(_("text"), max_length=4000, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PUBLISHED)
    created_at = models.DateTimeField(_("written"), default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "shopper"], name="catalog_review_once_per_shopper"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rating}/5: {self.product}"


AttributeValues = dict[str, Any]
