{{/* Environment as a YAML map of strings. */}}

{{/* (dict "v" <one side of an ssl pair> "own" <prefix of this side> "peer" <prefix of the other side>) */}}
{{- define "env.tls" }}
{{ .own }}_TLS_SECRET_NAME: {{ .v.secret | default "" | quote }}
{{ .peer }}_TLS_SECRET_NAME: {{ coalesce .v.clientValidationSecret .v.serverValidationSecret | default "" | quote }}
{{ .own }}_TLS_KEY_LOCATION: {{ .v.keyPath | quote }}
{{ .own }}_TLS_CRT_LOCATION: {{ .v.crtPath | quote }}
{{ .own }}_TLS_CA_LOCATION: {{ .v.caPath | quote }}
{{ .peer }}_TLS_CA_LOCATION: {{ coalesce .v.clientCaPath .v.serverCaPath | quote }}
{{- end }}

{{- define "env.controlplane.client" }}
{{- with .Values.security.controlplane }}
CONTROL_PLANE_SECURITY_PROTOCOL: {{ .protocol | quote }}
{{- include "env.tls" (dict "v" .ssl.client "own" "CONTROL_PLANE_CLIENT" "peer" "CONTROL_PLANE_SERVER") }}
{{- end }}
{{- end }}

{{- define "env.controlplane.server" }}
{{- with .Values.security.controlplane }}
CONTROL_PLANE_SECURITY_PROTOCOL: {{ .protocol | quote }}
{{- include "env.tls" (dict "v" .ssl.server "own" "CONTROL_PLANE_SERVER" "peer" "CONTROL_PLANE_CLIENT") }}
{{- end }}
{{- end }}

{{- define "env.envoy.scheduler" }}
{{- with .Values.security.envoy }}
ENVOY_SECURITY_PROTOCOL: {{ .protocol | quote }}
{{- include "env.tls" (dict "v" .ssl.upstream.client "own" "ENVOY_UPSTREAM_CLIENT" "peer" "ENVOY_UPSTREAM_SERVER") }}
{{- include "env.tls" (dict "v" .ssl.downstream.server "own" "ENVOY_DOWNSTREAM_SERVER" "peer" "ENVOY_DOWNSTREAM_CLIENT") }}
{{- end }}
{{- end }}

{{- define "env.envoy.upstream" }}
{{- with .Values.security.envoy }}
ENVOY_SECURITY_PROTOCOL: {{ .protocol | quote }}
{{- include "env.tls" (dict "v" .ssl.upstream.server "own" "ENVOY_UPSTREAM_SERVER" "peer" "ENVOY_UPSTREAM_CLIENT") }}
{{- end }}
{{- end }}

{{- define "env.envoy.downstream" }}
{{- with .Values.security.envoy }}
ENVOY_SECURITY_PROTOCOL: {{ .protocol | quote }}
ENVOY_DOWNSTREAM_CLIENT_MTLS: {{ .ssl.downstream.client.mtls | quote }}
{{- include "env.tls" (dict "v" .ssl.downstream.client "own" "ENVOY_DOWNSTREAM_CLIENT" "peer" "ENVOY_DOWNSTREAM_SERVER") }}
{{- end }}
{{- end }}

{{- define "env.kafka" }}
{{- with .Values.security.kafka }}
KAFKA_SECURITY_PROTOCOL: {{ .protocol | quote }}
KAFKA_SASL_MECHANISM: {{ .sasl.mechanism | quote }}
KAFKA_CLIENT_SASL_USERNAME: {{ .sasl.client.username | quote }}
KAFKA_CLIENT_SASL_SECRET_NAME: {{ .sasl.client.secret | default "" | quote }}
KAFKA_CLIENT_SASL_PASSWORD_LOCATION: {{ .sasl.client.passwordPath | quote }}
KAFKA_CLIENT_TLS_ENDPOINT_IDENTIFICATION_ALGORITHM: {{ .ssl.client.endpointIdentificationAlgorithm | default "" | quote }}
KAFKA_CLIENT_TLS_SECRET_NAME: {{ .ssl.client.secret | default "" | quote }}
KAFKA_CLIENT_TLS_KEY_LOCATION: {{ .ssl.client.keyPath | quote }}
KAFKA_CLIENT_TLS_CRT_LOCATION: {{ .ssl.client.crtPath | quote }}
KAFKA_CLIENT_TLS_CA_LOCATION: {{ .ssl.client.caPath | quote }}
KAFKA_BROKER_TLS_SECRET_NAME: {{ .ssl.client.brokerValidationSecret | default "" | quote }}
KAFKA_BROKER_TLS_CA_LOCATION: {{ .ssl.client.brokerCaPath | quote }}
{{- end }}
SCHEMA_REGISTRY_CONFIG_PATH: {{ .Values.security.schemaRegistry.configPath | default "" | quote }}
{{- end }}

{{- define "env.kafka.dataflow" }}
{{- with .Values.security.kafka }}
SELDON_KAFKA_SECURITY_PROTOCOL: {{ .protocol | quote }}
SELDON_KAFKA_SASL_MECHANISM: {{ .sasl.mechanism | quote }}
SELDON_KAFKA_SASL_USERNAME: {{ .sasl.client.username | quote }}
SELDON_KAFKA_SASL_SECRET: {{ .sasl.client.secret | default "" | quote }}
SELDON_KAFKA_SASL_PASSWORD_PATH: {{ .sasl.client.passwordPath | quote }}
SELDON_KAFKA_TLS_CLIENT_SECRET: {{ .ssl.client.secret | default "" | quote }}
SELDON_KAFKA_TLS_CLIENT_KEY_PATH: {{ .ssl.client.keyPath | quote }}
SELDON_KAFKA_TLS_CLIENT_CERT_PATH: {{ .ssl.client.crtPath | quote }}
SELDON_KAFKA_TLS_CLIENT_CA_PATH: {{ .ssl.client.caPath | quote }}
SELDON_KAFKA_TLS_BROKER_SECRET: {{ .ssl.client.brokerValidationSecret | default "" | quote }}
SELDON_KAFKA_TLS_BROKER_CA_PATH: {{ .ssl.client.brokerCaPath | quote }}
SELDON_KAFKA_TLS_ENDPOINT_IDENTIFICATION_ALGORITHM: {{ .ssl.client.endpointIdentificationAlgorithm | default "" | quote }}
{{- end }}
{{- with .Values.kafka }}
SELDON_KAFKA_BOOTSTRAP_SERVERS: {{ .bootstrap | quote }}
SELDON_KAFKA_CONSUMER_PREFIX: {{ .consumerGroupIdPrefix | default "" | quote }}
SELDON_KAFKA_REPLICATION_FACTOR: {{ .topics.replicationFactor | quote }}
SELDON_KAFKA_PARTITIONS_DEFAULT: {{ .topics.numPartitions | quote }}
SELDON_KAFKA_MAX_MESSAGE_SIZE_BYTES: {{ .consumer.messageMaxBytes | int64 | quote }}
{{- end }}
{{- end }}
