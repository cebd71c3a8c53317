"""The computed report about journeys: one module a category, each line with the chart that shows it."""
