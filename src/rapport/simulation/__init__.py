"""A brand whose truth is known, written out as the platforms' own export files."""
