"""What writes text in the pool, behind ``recommender.explanation.generation.TextGenerator``."""
