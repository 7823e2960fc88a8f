"""Merchandisers read the sentences of explanations."""

from django.db import migrations

GROUP = "Merchandiser"
CODENAMES = ("view_explanationsentence",)


def permissions_give(apps, schema_editor):
    """The permissions are made too, since Django makes permissions after all migrations."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    kind, _made = ContentType.objects.get_or_create(app_label="recommender", model="explanationsentence")
    group = apps.get_model("auth", "Group").objects.filter(name=GROUP).first()
    for codename in CODENAMES:
        permission, _made = Permission.objects.get_or_create(
            content_type=kind,
            codename=codename,
            defaults={"name": f"Can {codename.replace('_', ' ')}"},
        )
        if group is not None:
            group.permissions.add(permission)


def permissions_take(apps, schema_editor):
    """The way back."""
    group = apps.get_model("auth", "Group").objects.filter(name=GROUP).first()
    if group is not None:
        group.permissions.remove(*group.permissions.filter(codename__in=CODENAMES))


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0006_erasure_receipts"),
        ("recommender", "0011_explanation_sentences"),
    ]

    operations = [migrations.RunPython(permissions_give, permissions_take)]
