"""The guild as processes: who sits where, who is there, and how all of it is run."""
