"""Evidence in words: every code has them, in both languages."""

from __future__ import annotations

import pytest

from rapport.people.kinds import CODES
from rapport.people.wording import EVIDENCE, in_words


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_code_is_told_in_words_that_differ(language: str) -> None:
    told = [in_words(code, language) for code in CODES]
    assert set(EVIDENCE) == set(CODES)
    assert len(set(told)) == len(CODES)
    assert not set(told) & {code for code in CODES if "~" in code or "+" in code}
    english = [in_words(code, "en") for code in CODES]
    assert (told == english) == (language == "en")
