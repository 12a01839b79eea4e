"""What is kept of a run: records, profiles of boards, plots; and the networks runs start from."""
