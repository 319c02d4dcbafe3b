"""The Elder Tree: who does what, who may tell whom, what rises, and what is reported."""
