"""The systems that Rapport can read, one file for each, named after it."""
