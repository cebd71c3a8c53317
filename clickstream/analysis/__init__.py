"""Run Analysis: measure a scope, lay down the facts, write the report, save all of it with its receipt."""

from clickstream.analysis.queue import AnalysisQueue
from clickstream.analysis.run import REPORTS, Request, run_analysis

__all__ = ["REPORTS", "AnalysisQueue", "Request", "run_analysis"]
