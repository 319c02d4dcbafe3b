"""The Task Sage: who does what, when, and how long it will take."""
