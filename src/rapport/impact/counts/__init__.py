"""What is counted, held against value to come."""
