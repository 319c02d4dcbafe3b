"""The Incident Sage: what is measured, what is wrong, what is done, and what is learned of it."""
