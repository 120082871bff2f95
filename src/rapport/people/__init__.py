"""Who is who: identity, relation to the brand, authenticity of accounts."""

from rapport.people.authenticity_judging import authenticity
from rapport.people.authenticity_words import in_words
from rapport.people.resolving import Rules, resolve

__all__ = ["Rules", "authenticity", "in_words", "resolve"]
