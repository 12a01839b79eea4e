"""Runs programs that were written for the vendor's SDK, in virtual time."""
