"""Handlers, one module per subject; each exports its ROUTES."""
