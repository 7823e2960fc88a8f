"""Merchandisers look at learning, begin it and plan it."""

from django.db import migrations

from users.merchandisers import merchandisers_may


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0007_sentence_groups"),
        ("recommender", "0012_learning_runs"),
    ]

    operations = [
        merchandisers_may(
            "recommender", {"learningrun": "view add", "learningplan": "view change"}
        )
    ]
