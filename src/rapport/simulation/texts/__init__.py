"""Texts that read as if people wrote them: a grammar of the project's own, French and English."""

from rapport.simulation.texts.brand import (
    FORMATS,
    GOALS,
    answers,
    articles,
    headlines,
    open_answers,
    posts,
    subjects,
)
from rapport.simulation.texts.crises import copies, crisis
from rapport.simulation.texts.labels import CRISES, KINDS, LANGUAGES, SENTIMENTS, TOPICS
from rapport.simulation.texts.messages import messages

__all__ = [
    "CRISES",
    "FORMATS",
    "GOALS",
    "KINDS",
    "LANGUAGES",
    "SENTIMENTS",
    "TOPICS",
    "answers",
    "articles",
    "copies",
    "crisis",
    "headlines",
    "messages",
    "open_answers",
    "posts",
    "subjects",
]
