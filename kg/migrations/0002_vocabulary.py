from django.db import migrations

from kg.vocabulary import vocabulary_make


def make(apps, schema_editor):
    vocabulary_make(apps.get_model("kg", "Predicate"))


class Migration(migrations.Migration):

    dependencies = [
        ("kg", "0001_initial"),
    ]

    operations = [
        # Undone together with the tables: facts may rest on the predicates.
        migrations.RunPython(make, migrations.RunPython.noop),
    ]
