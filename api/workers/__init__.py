"""Several processes that answer over one home: one owns it and writes, the others read."""
