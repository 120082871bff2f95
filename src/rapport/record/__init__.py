"""What happened: the tables, declared once; storing, setting aside, forgetting; the two engines."""
