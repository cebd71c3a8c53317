"""Clickstream: self-hosted shop analytics that a store team can trust."""

__version__ = "0.1.0"
