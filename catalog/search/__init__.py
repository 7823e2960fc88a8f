"""Finding products: full text, meaning, conditions and facets."""

from catalog.search.facets import Facet, Option
from catalog.search.products import SearchResult, products_search

__all__ = ["Facet", "Option", "SearchResult", "products_search"]
