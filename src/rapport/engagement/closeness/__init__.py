"""The four levels: how close each person is, from what they answer and from what they do."""
