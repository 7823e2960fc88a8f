"""Merchandisers write the prompts of explanations."""

from django.db import migrations

from users.merchandisers import merchandisers_may


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0008_learning_groups"),
        ("recommender", "0014_prompt_templates"),
    ]

    operations = [merchandisers_may("recommender", {"prompttemplateversion": "view add change"})]
