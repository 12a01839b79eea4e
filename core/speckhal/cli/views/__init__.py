"""What commands that take long print as they go."""
