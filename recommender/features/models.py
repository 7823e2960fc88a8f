"""What is kept of pictures and sounds: one vector per medium, and why there is none."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MediaVector(models.Model):
    """The vector of one picture or sound of a product, or of the drawing that stands for one.

    ``source`` names what was encoded, the stored file or the drawing's address: where it differs
    from what the product has now, the vector is stale. ``content`` is the SHA-256 of what was
    read, so that equal files are encoded once, and ``encoder`` the checksum of the model.
    """

    class Kind(models.TextChoices):
        IMAGE = "image", _("image")
        AUDIO = "audio", _("audio")

    class Refusal(models.TextChoices):
        """Why there is no vector."""

        MISSING = "missing", _("the file is not where it was stored")
        BROKEN = "broken", _("the file is damaged or of another kind")
        FORMAT = "format", _("this format can be played, but not compared")
        SHORT = "short", _("the sound is too short")
        SILENT = "silent", _("the sound is silent")

    product = models.ForeignKey(
        "catalog.Product", on_delete=models.CASCADE, related_name="media_vectors"
    )
    #: Empty for the product's drawing.
    medium = models.OneToOneField(
        "catalog.Media", on_delete=models.CASCADE, null=True, related_name="vector"
    )
    kind = models.CharField(max_length=5, choices=Kind)
    source = models.CharField(max_length=2000)
    content = models.CharField(max_length=64, blank=True)
    encoder = models.CharField(max_length=64)
    #: float32, little-endian, of length one; empty where the medium was refused.
    vector = models.BinaryField(default=bytes)
    refusal = models.CharField(max_length=10, choices=Refusal, blank=True)
    encoded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("vector of a picture or sound")
        verbose_name_plural = _("vectors of pictures and sounds")
        constraints = [
            models.UniqueConstraint(
                fields=["product"],
                condition=models.Q(medium=None),
                name="recommender_one_drawing_vector_per_product",
            ),
            models.CheckConstraint(
                condition=models.Q(refusal="") | models.Q(vector=b""),
                name="recommender_refused_media_have_no_vector",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "encoded_at"]),
            models.Index(fields=["encoder", "content"]),
        ]

    def __str__(self) -> str:
        return self.source


class Wish(models.Model):
    """What a shopper wants done about their recommendations, until they take it back."""

    class Kind(models.TextChoices):
        FORGET = "forget", _("not to be reminded of what was done with a product")
        FEWER = "fewer", _("fewer products of a category")

    shopper = models.ForeignKey(
        "users.Shopper", on_delete=models.CASCADE, related_name="wishes", verbose_name=_("shopper")
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    product = models.ForeignKey(
        "catalog.Product", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    category = models.ForeignKey(
        "catalog.Category", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = _("wish")
        verbose_name_plural = _("wishes")
        constraints = [
            models.UniqueConstraint(
                fields=["shopper", "product"],
                condition=models.Q(kind="forget"),
                name="recommender_one_wish_to_forget_a_product",
            ),
            models.UniqueConstraint(
                fields=["shopper", "category"],
                condition=models.Q(kind="fewer"),
                name="recommender_one_wish_for_fewer_of_a_category",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="forget", product__isnull=False, category=None)
                | models.Q(kind="fewer", category__isnull=False, product=None),
                name="recommender_a_wish_is_about_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.product or self.category}"
