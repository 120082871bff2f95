"""What people talk about, and what they ask: clusters of messages with names."""
