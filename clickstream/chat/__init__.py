"""Questions about an analysis, answered from measured facts: with a model that may call our metrics, or without one."""
