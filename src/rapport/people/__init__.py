"""Who is who: identity, relation to the brand, authenticity of accounts."""

from rapport.people.resolving import Rules, resolve

__all__ = ["Rules", "resolve"]
