"""Merchandisers see which classifier reads the reviews, and how well it did; they do not switch."""

from django.db import migrations

GROUP = "Merchandiser"
MODEL = "opinionclassifierversion"


def permission_give(apps, schema_editor):
    """The permission is made too, since Django makes permissions after all migrations."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    kind, _made = ContentType.objects.get_or_create(app_label="recommender", model=MODEL)
    permission, _made = Permission.objects.get_or_create(
        content_type=kind, codename=f"view_{MODEL}", defaults={"name": f"Can view {MODEL}"}
    )
    group = apps.get_model("auth", "Group").objects.filter(name=GROUP).first()
    if group is not None:
        group.permissions.add(permission)


def permission_take(apps, schema_editor):
    """The way back."""
    group = apps.get_model("auth", "Group").objects.filter(name=GROUP).first()
    if group is not None:
        taken = group.permissions.filter(codename=f"view_{MODEL}")
        group.permissions.remove(*taken)


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0003_graph_groups"),
        ("recommender", "0003_opinions"),
    ]

    operations = [migrations.RunPython(permission_give, permission_take)]
