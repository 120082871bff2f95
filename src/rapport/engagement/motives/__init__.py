"""Why people are there: motives as behaviour shows them, and what each answers to."""
