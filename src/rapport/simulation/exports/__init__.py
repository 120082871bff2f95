"""A simulated history written as the platforms' own export files, warts and all."""
