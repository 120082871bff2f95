"""How it is told: the letter, its charts, and its words in English and French."""
