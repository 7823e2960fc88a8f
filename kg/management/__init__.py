"""Commands of the knowledge graph."""
