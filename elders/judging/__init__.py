"""How well the guild learns: judged on held-back cases of real data."""
