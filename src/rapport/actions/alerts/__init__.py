"""Who is told, where, and that nobody is told twice."""
