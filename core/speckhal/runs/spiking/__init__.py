"""Runs of spikes: events in, what the layers sent, pictures, records, and permitted orders."""
