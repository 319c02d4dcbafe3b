"""What carries messages: within a process, or by a broker."""
