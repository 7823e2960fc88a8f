"""Rules by family of predicate, and the extractor that runs them over texts."""

from kg.extraction.rules.extractor import RuleExtractor

__all__ = ["RuleExtractor"]
