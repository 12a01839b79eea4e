"""What `speckhal doctor` asks of the installation and of every plugin."""
