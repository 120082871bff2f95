"""The sections of the letter: each one question, its answer, and what stands behind it."""
