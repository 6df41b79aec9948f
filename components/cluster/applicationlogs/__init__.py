"""The logs of models and servers, from the nodes' files to Elasticsearch: Fluent Bit on every node."""

from components.cluster.applicationlogs.alerts import application_logs_alerts
from components.cluster.applicationlogs.args import AccessLog, ApplicationLogsArgs
from components.cluster.applicationlogs.component import ApplicationLogs
from components.cluster.applicationlogs.flows import application_logs_flows, application_logs_monitors

__all__ = [
    "AccessLog",
    "ApplicationLogs",
    "ApplicationLogsArgs",
    "application_logs_alerts",
    "application_logs_flows",
    "application_logs_monitors",
]
