"""From the sources' scores to candidates with their provenance."""
