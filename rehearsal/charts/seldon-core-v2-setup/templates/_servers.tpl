{{/* The containers of a ServerConfig. Here the context carries the server: (dict "Values" .Values "server" "mlserver") */}}

{{- define "container.rclone" }}
command: [rclone]
args: [rcd, --rc-no-auth, --config=/rclone/rclone.conf, "--rc-addr=0.0.0.0:5572"]
env:
  RCLONE_LOG_LEVEL: {{ .Values.serverConfig.rclone.logLevel | default .Values.logging.logLevel | upper }}
ports: {rclone: 5572}
mounts: [{name: {{ .server }}-models, mountPath: /mnt/agent}]
{{- end }}

{{- define "container.agent" }}
command: [/bin/agent]
args: [--tracing-config-path=/mnt/tracing/tracing.json]
env:
  {{- include "env.controlplane.client" . | nindent 2 }}
  {{- include "env.envoy.upstream" . | nindent 2 }}
  SELDON_SERVER_TYPE: {{ .server }}
  SELDON_SERVER_CAPABILITIES: {{ (get .Values.serverConfig .server).serverCapabilities | quote }}
  {{- with .Values.serverConfig.agent }}
  SELDON_MODEL_INFERENCE_LAG_THRESHOLD: {{ .modelInferenceLagThreshold | quote }}
  SELDON_MODEL_INACTIVE_SECONDS_THRESHOLD: {{ .modelInactiveSecondsThreshold | quote }}
  SELDON_SCALING_STATS_PERIOD_SECONDS: {{ .scalingStatsPeriodSeconds | quote }}
  SELDON_MAX_TIME_READY_SUB_SERVICE_AFTER_START_SECONDS: {{ .maxElapsedTimeReadySubServiceAfterStartSeconds | quote }}
  SELDON_MAX_ELAPSED_TIME_READY_SUB_SERVICE_BEFORE_START_MINUTES: {{ .maxElapsedTimeReadySubServiceBeforeStartMinutes | quote }}
  SELDON_PERIOD_READY_SUB_SERVICE_SECONDS: {{ .periodReadySubServiceSeconds | quote }}
  SELDON_MAX_LOAD_ELAPSED_TIME_MINUTES: {{ .maxLoadElapsedTimeMinutes | quote }}
  SELDON_MAX_UNLOAD_ELAPSED_TIME_MINUTES: {{ .maxUnloadElapsedTimeMinutes | quote }}
  SELDON_MAX_LOAD_RETRY_COUNT: {{ .maxLoadRetryCount | quote }}
  SELDON_MAX_UNLOAD_RETRY_COUNT: {{ .maxUnloadRetryCount | quote }}
  SELDON_UNLOAD_GRACE_PERIOD_SECONDS: {{ .unloadGracePeriodSeconds | quote }}
  SELDON_OVERCOMMIT_PERCENTAGE: {{ .overcommitPercentage | quote }}
  {{- end }}
  SELDON_LOG_LEVEL: {{ .Values.serverConfig.agent.logLevel | default .Values.logging.logLevel }}
  SELDON_USE_DEPLOYMENTS_FOR_SERVERS: {{ .Values.useDeploymentsForServers | quote }}
  SELDON_SERVER_HTTP_PORT: "9000"
  SELDON_SERVER_GRPC_PORT: "9500"
  SELDON_REVERSE_PROXY_HTTP_PORT: "9001"
  SELDON_REVERSE_PROXY_GRPC_PORT: "9501"
  SELDON_SCHEDULER_HOST: seldon-scheduler
  SELDON_SCHEDULER_PORT: "9005"
  SELDON_METRICS_PORT: "9006"
  SELDON_DRAINER_PORT: "9007"
  {{- if not .Values.useDeploymentsForServers }}
  SELDON_READINESS_PORT: "9008"
  {{- end }}
  {{- if eq .server "mlserver" }}
  SELDON_SCHEDULER_TLS_PORT: "9055"
  SELDON_ENVOY_HOST: seldon-mesh
  SELDON_ENVOY_PORT: "80"
  MLSERVER_TRACING_SERVER: {{ .Values.opentelemetry.endpoint | quote }}
  {{- end }}
fields: {POD_NAME: metadata.name, POD_NAMESPACE: metadata.namespace}
{{- if .Values.useDeploymentsForServers }}
ports: {grpc: 9501, http: 9001, metrics: 9006}
{{- else }}
ports: {grpc: 9501, http: 9001, metrics: 9006, readiness-port: 9008}
{{- end }}
mounts:
- {name: {{ .server }}-models, mountPath: /mnt/agent}
- {name: config-volume, mountPath: /mnt/config}
- {name: tracing-config-volume, mountPath: /mnt/tracing}
{{- end }}

{{- define "container.mlserver" }}
env:
  MLSERVER_PARALLEL_WORKERS: {{ .Values.serverConfig.mlserver.parallel_workers | quote }}
  MLSERVER_DEBUG: {{ .Values.serverConfig.mlserver.debug | quote }}
  MLSERVER_HTTP_PORT: "9000"
  MLSERVER_GRPC_PORT: "9500"
  MLSERVER_MODELS_DIR: /mnt/agent/models
  MLSERVER_LOAD_MODELS_AT_STARTUP: "false"
ports: {server-grpc: 9500, server-http: 9000, server-metrics: 8082}
mounts:
- {name: mlserver-models, mountPath: /mnt/agent, readOnly: true}
- {name: downstream-ca-certs, mountPath: /mnt/certs, readOnly: true}
{{- end }}

{{- define "container.triton" }}
command: [bash]
args: [-c, "tritonserver --model-repository=$(SERVER_MODELS_DIR) --http-port=$(SERVER_HTTP_PORT) --grpc-port=$(SERVER_GRPC_PORT)"]
env:
  SERVER_HTTP_PORT: "9000"
  SERVER_GRPC_PORT: "9500"
  SERVER_MODELS_DIR: /mnt/agent/models
ports: {server-grpc: 9500, server-http: 9000, server-metrics: 8002}
mounts:
- {name: triton-models, mountPath: /mnt/agent, readOnly: true}
- {name: dshm, mountPath: /dev/shm}
{{- end }}

{{- define "volumes.mlserver" }}
- {name: downstream-ca-certs, secret: {secretName: {{ .Values.security.envoy.ssl.downstream.server.secret }}, optional: true}}
{{- end }}

{{- define "volumes.triton" }}
- {name: dshm, emptyDir: {medium: Memory, sizeLimit: 256Mi}}
{{- end }}
