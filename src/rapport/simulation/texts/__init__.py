"""Texts that read as if people wrote them: a grammar of the project's own, French and English."""

from rapport.simulation.texts.labels import CRISES, KINDS, LANGUAGES, SENTIMENTS, TOPICS
from rapport.simulation.texts.messages import messages

__all__ = ["CRISES", "KINDS", "LANGUAGES", "SENTIMENTS", "TOPICS", "messages"]
