"""Are we answering? Waiting times, who answered, and what answering does."""
