"""What the brand publishes: which posts lead somewhere, and which are only liked."""
