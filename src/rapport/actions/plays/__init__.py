"""What to do next, ranked by the money that it is expected to bring."""
