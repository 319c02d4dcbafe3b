"""Several processes over one home."""
