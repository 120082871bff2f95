"""What service is worth: customers kept because somebody answered, contacts nobody had to make."""
