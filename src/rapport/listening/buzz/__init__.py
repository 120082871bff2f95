"""Is something out of the usual? Counts by period, what is usual, alarms, voice."""
