"""Run Analysis: measure a scope, lay down the facts, ask a model or not, write the report, save all with its receipt."""

from clickstream.analysis.advice import NO_MODEL, Advisor, Receipt
from clickstream.analysis.measuring import local_time
from clickstream.analysis.queue import AnalysisQueue
from clickstream.analysis.run import Request, run_analysis

__all__ = ["NO_MODEL", "Advisor", "AnalysisQueue", "Receipt", "Request", "local_time", "run_analysis"]
