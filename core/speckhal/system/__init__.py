"""What is easy to get wrong with signals, files, texts on terminals, and other programs."""
