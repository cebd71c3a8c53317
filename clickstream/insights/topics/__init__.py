"""What the computed report can talk about, one module a topic: facts in, lines out."""
