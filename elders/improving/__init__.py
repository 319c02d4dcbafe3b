"""Continuous improvement: bottlenecks, suggestions, real knobs, and what came of turning them."""
