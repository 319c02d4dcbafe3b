"""The learning cycle of the four Sages, from patterns to learnings that all are told."""
