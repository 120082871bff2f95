"""What an experiment or a hold-out says: reading it, looking early, planning the next."""
