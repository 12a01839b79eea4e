"""A run as one page that needs nothing else; `speckhal.runs.report.report` writes it."""
