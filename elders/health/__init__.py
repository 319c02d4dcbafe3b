"""Health: what is healthy, what is not, why, and what to do about it."""
