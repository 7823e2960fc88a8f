"""Merchandisers read the sentences of explanations."""

from django.db import migrations

from users.merchandisers import merchandisers_may


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0006_erasure_receipts"),
        ("recommender", "0011_explanation_sentences"),
    ]

    operations = [merchandisers_may("recommender", {"explanationsentence": "view"})]
