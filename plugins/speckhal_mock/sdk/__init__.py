"""What does the work behind the vendor's modules."""
