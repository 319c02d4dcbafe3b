"""Alerts: what belongs together is told once, to whom it concerns, and nothing is lost."""
