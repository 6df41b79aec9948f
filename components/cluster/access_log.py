"""What the gateway writes down about a request: who asked for what from where, as JSON on standard output.

Names of the values: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage
"""

from __future__ import annotations

import json

_CLAIM = "%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:payload:{})%"
ACCESS_LOG = {
    "time": "%START_TIME%",
    "client": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "issuer": _CLAIM.format("iss"),
    "subject": _CLAIM.format("sub"),
    "host": "%REQ(:AUTHORITY)%",
    "method": "%REQ(:METHOD)%",
    "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
    "model": "%REQ(SELDON-MODEL)%",
    "protocol": "%PROTOCOL%",
    "tls": "%DOWNSTREAM_TLS_VERSION%",
    "status": "%RESPONSE_CODE%",
    "grpcStatus": "%GRPC_STATUS%",
    "details": "%RESPONSE_CODE_DETAILS%",
    "flags": "%RESPONSE_FLAGS%",
    "received": "%BYTES_RECEIVED%",
    "sent": "%BYTES_SENT%",
    "milliseconds": "%DURATION%",
    "upstream": "%UPSTREAM_HOST%",
    "requestId": "%REQ(X-REQUEST-ID)%",
}


def mesh_values() -> dict[str, str]:
    """Return the keys of Istio's meshConfig that switch the log on."""
    return {"accessLogFile": "/dev/stdout", "accessLogEncoding": "JSON", "accessLogFormat": json.dumps(ACCESS_LOG)}
