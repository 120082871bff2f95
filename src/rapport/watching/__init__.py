"""What is said now: taken in as it arrives, understood, and told to whom it concerns."""
