"""Ctrl-C, SIGTERM and SIGHUP end a command in good order."""
