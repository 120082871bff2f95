"""Pictures of the letter: each a function from rows to an Altair chart of a given width."""
