"""Reports to take away: a saved analysis as one list of blocks, as Markdown or PDF; tables as CSV; rows exactly."""
