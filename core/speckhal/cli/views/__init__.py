"""What each command prints for people."""
