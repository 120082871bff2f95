"""What each command does: one file for each kind of work, all speaking through one terminal."""
