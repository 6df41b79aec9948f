{{/* One define per container: what upstream fixes, as YAML. `env` holds strings only; `fields` are the entries with a valueFrom. */}}

{{- define "container.manager" }}
command: [/manager]
args: ["--health-probe-bind-address=:8081", --leader-elect, --watch-namespaces=$(WATCH_NAMESPACES), --namespace=$(POD_NAMESPACE), --clusterwide=$(CLUSTERWIDE)]
env:
  {{- include "env.controlplane.client" . | nindent 2 }}
  CLUSTERWIDE: {{ .Values.controller.clusterwide | quote }}
  WATCH_NAMESPACES: {{ join "," .Values.controller.watchNamespaces | quote }}
  USE_DEPLOYMENTS_FOR_SERVERS: {{ .Values.useDeploymentsForServers | quote }}
  LOG_LEVEL: {{ .Values.controller.logLevel | default .Values.logging.logLevel }}
fields: {POD_NAMESPACE: metadata.namespace}
securityContext: {allowPrivilegeEscalation: false}
probes:
  livenessProbe: {httpGet: {path: /healthz, port: 8081}, initialDelaySeconds: 15, periodSeconds: 20}
  readinessProbe: {httpGet: {path: /readyz, port: 8081}, initialDelaySeconds: 5, periodSeconds: 10}
{{- end }}

{{- define "container.scheduler" }}
command: [/bin/scheduler]
env:
  {{- include "env.controlplane.server" . | nindent 2 }}
  {{- include "env.envoy.scheduler" . | nindent 2 }}
  ALLOW_PLAINTXT: "true"
  LOG_LEVEL: {{ .Values.scheduler.logLevel | default .Values.logging.logLevel }}
  SCHEDULER_READY_TIMEOUT_SECONDS: {{ .Values.scheduler.schedulerReadyTimeoutSeconds | quote }}
  SERVER_PACKING_ENABLED: {{ .Values.autoscaling.serverPackingEnabled | quote }}
  SERVER_PACKING_PERCENTAGE: {{ .Values.autoscaling.serverPackingPercentage | quote }}
  ENABLE_MODEL_AUTOSCALING: {{ .Values.autoscaling.autoscalingModelEnabled | quote }}
  ENABLE_SERVER_AUTOSCALING: {{ .Values.autoscaling.autoscalingServerEnabled | quote }}
  ENVOY_ACCESSLOG_PATH: {{ .Values.envoy.accesslogPath | quote }}
  ENABLE_ENVOY_ACCESSLOG: {{ .Values.envoy.enableAccesslog | quote }}
  INCLUDE_SUCCESSFUL_REQUESTS_ENVOY_ACCESSLOG: {{ .Values.envoy.includeSuccessfulRequests | quote }}
  MODELGATEWAY_MAX_NUM_CONSUMERS: {{ .Values.modelgateway.maxNumConsumers | quote }}
  PIPELINEGATEWAY_MAX_NUM_CONSUMERS: {{ .Values.pipelinegateway.maxNumConsumers | quote }}
  HEALTH_PROBE_PORT: "9999"
fields: {POD_NAMESPACE: metadata.namespace}
ports: {xds: 9002, scheduler: 9004, scheduler-mtls: 9044, agent: 9005, agent-mtls: 9055, dataflow: 9008, health: 9999}
mounts:
- {name: kafka-config-volume, mountPath: /mnt/kafka}
- {name: scaling-config-volume, mountPath: /mnt/scaling}
- {name: tracing-config-volume, mountPath: /mnt/tracing}
- {name: scheduler-state, mountPath: /mnt/scheduler}
{{- end }}

{{- define "gateway.mounts" }}
- {name: kafka-config-volume, mountPath: /mnt/kafka}
- {name: tracing-config-volume, mountPath: /mnt/tracing}
- {name: kafka-schema-volume, mountPath: /mnt/schema-registry, readOnly: true}
{{- end }}

{{- define "container.pipelinegateway" }}
command: [/bin/pipelinegateway]
env:
  {{- include "env.controlplane.client" . | nindent 2 }}
  {{- include "env.kafka" . | nindent 2 }}
  {{- include "env.envoy.upstream" . | nindent 2 }}
  {{- include "env.envoy.downstream" . | nindent 2 }}
  LOG_LEVEL: {{ .Values.pipelinegateway.logLevel | default .Values.logging.logLevel }}
  PIPELINEGATEWAY_MAX_NUM_CONSUMERS: {{ .Values.pipelinegateway.maxNumConsumers | quote }}
  SELDON_SCHEDULER_PLAINTXT_PORT: "9004"
  SELDON_SCHEDULER_TLS_PORT: "9044"
  HEALTH_PROBE_PORT: "9999"
fields: {POD_NAME: metadata.name, POD_IP: status.podIP, POD_NAMESPACE: metadata.namespace}
ports: {http: 9010, grpc: 9011, metrics: 9006, health: 9999}
mounts: {{- include "gateway.mounts" . }}
{{- end }}

{{- define "container.modelgateway" }}
command: [/bin/modelgateway]
env:
  {{- include "env.controlplane.client" . | nindent 2 }}
  {{- include "env.kafka" . | nindent 2 }}
  {{- include "env.envoy.downstream" . | nindent 2 }}
  LOG_LEVEL: {{ .Values.modelgateway.logLevel | default .Values.logging.logLevel }}
  MODELGATEWAY_NUM_WORKERS: {{ .Values.modelgateway.workers | quote }}
  MODELGATEWAY_MAX_NUM_CONSUMERS: {{ .Values.modelgateway.maxNumConsumers | quote }}
  KAFKA_DEFAULT_REPLICATION_FACTOR: {{ .Values.kafka.topics.replicationFactor | quote }}
  KAFKA_DEFAULT_NUM_PARTITIONS: {{ .Values.kafka.topics.numPartitions | quote }}
  SELDON_SCHEDULER_PLAINTXT_PORT: "9004"
  SELDON_SCHEDULER_TLS_PORT: "9044"
  HEALTH_PROBE_PORT: "9999"
fields: {POD_NAME: metadata.name, POD_NAMESPACE: metadata.namespace}
ports: {health: 9999}
mounts: {{- include "gateway.mounts" . }}
{{- end }}

{{- define "container.hodometer" }}
env:
  {{- include "env.controlplane.client" . | nindent 2 }}
  METRICS_LEVEL: {{ .Values.hodometer.metricsLevel | quote }}
  LOG_LEVEL: {{ .Values.hodometer.logLevel | default .Values.logging.logLevel }}
  EXTRA_PUBLISH_URLS: {{ .Values.hodometer.extraPublishUrls | quote }}
  PUBLISH_URL: http://hodometer.seldon.io
  SCHEDULER_HOST: seldon-scheduler
  SCHEDULER_PLAINTXT_PORT: "9004"
  SCHEDULER_TLS_PORT: "9044"
fields: {POD_NAMESPACE: metadata.namespace}
{{- end }}

{{- define "container.envoy" }}
{{- $tls := .Values.security.controlplane.ssl.client }}
env:
  ENVOY_SECURITY_PROTOCOL: {{ .Values.security.envoy.protocol | quote }}
secrets:
  ENVOY_XDS_CLIENT_TLS_KEY: {name: {{ $tls.secret }}, key: tls.key, optional: true}
  ENVOY_XDS_CLIENT_TLS_CRT: {name: {{ $tls.secret }}, key: tls.crt, optional: true}
  ENVOY_XDS_SERVER_TLS_CA: {name: {{ $tls.serverValidationSecret }}, key: ca.crt, optional: true}
ports: {http: 9000, envoy-stats: 9003}
lifecycle:
  preStop: {exec: {command: [/bin/sh, -c, "sleep {{ .Values.envoy.preStopSleepPeriodSeconds }} # admin port {{ .Values.envoy.adminInterfacePort }}"]}}
{{- end }}

{{- define "container.dataflow-engine" }}
env:
  {{- include "env.kafka.dataflow" . | nindent 2 }}
  SELDON_KAFKA_SCHEMA_REGISTRY_CONFIG_PATH: {{ .Values.security.schemaRegistry.configPath | default "" | quote }}
  SELDON_CORES_COUNT: {{ .Values.dataflow.cores | quote }}
  SELDON_LOG_LEVEL_APP: {{ .Values.dataflow.logLevel | default .Values.logging.logLevel | upper }}
  SELDON_LOG_LEVEL_KAFKA: {{ .Values.dataflow.logLevelKafka | default .Values.logging.logLevel | upper }}
  SELDON_PIPELINE_CTLOPS_THREADS: {{ .Values.dataflow.pipelineCtlopsThreads | quote }}
  SELDON_HEALTH_SERVER_PORT: "8000"
  SELDON_UPSTREAM_HOST: seldon-scheduler
  SELDON_UPSTREAM_PORT: "9008"
fields: {SELDON_POD_NAMESPACE: metadata.namespace}
ports: {health: 8000}
mounts: [{name: kafka-schema-volume, mountPath: /mnt/schema-registry, readOnly: true}]
{{- end }}
