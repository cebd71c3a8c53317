"""A document as PDF: real text in one named font, charts as lines and words, an outline, and a list of what was missing."""
