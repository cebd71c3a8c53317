"""Run Analysis: measure a scope, lay down the facts, write the report, save all of it with its receipt."""

from clickstream.analysis.queue import AnalysisQueue
from clickstream.analysis.run import Request, local_time, run_analysis

__all__ = ["AnalysisQueue", "Request", "local_time", "run_analysis"]
