"""What each step of a run does: reads facts, asks the rooms, writes tables and numbers."""
