"""What is said to each question: sentences over the facts that were measured for it, one module a subject."""
