{{- define "fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- $whole := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- default $whole .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "account" -}}
{{ default (include "fullname" .) .Values.controller.serviceAccount.name }}
{{- end }}

{{- define "lock" -}}
{{ default (printf "%s-leader-election" (include "fullname" .)) .Values.controller.reportIngressStatus.leaderElectionLockName }}
{{- end }}

{{- define "configuration" -}}
{{ default (default (include "fullname" .) .Values.controller.config.name) .Values.controller.customConfigMap }}
{{- end }}

{{- define "service" -}}
{{ default (printf "%s-%s" (include "fullname" .) .Values.controller.name) .Values.serviceNameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "selector" -}}
{{- if .Values.controller.selectorLabels }}
{{- toYaml .Values.controller.selectorLabels }}
{{- else -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- end }}

{{- define "labels" -}}
{{ include "selector" . }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "image" -}}
{{- with .Values.controller.image }}
{{- .repository }}{{ ternary (printf "@%s" .digest) (printf ":%s" (default $.Chart.AppVersion .tag)) (not (empty .digest)) }}
{{- end }}
{{- end }}

{{- define "arguments" }}
{{- $c := .Values.controller }}
- -nginx-plus={{ $c.nginxplus }}
- -nginx-configmaps=$(POD_NAMESPACE)/{{ include "configuration" . }}
- -nginx-reload-timeout={{ $c.nginxReloadTimeout }}
- -ingress-class={{ $c.ingressClass.name }}
- -log-level={{ $c.logLevel }}
- -log-format={{ $c.logFormat }}
- -enable-config-safety={{ $c.enableConfigSafety }}
- -health-status={{ $c.healthStatus }}
- -health-status-uri={{ $c.healthStatusURI }}
- -nginx-status={{ $c.nginxStatus.enable }}
{{- if $c.nginxStatus.enable }}
- -nginx-status-port={{ $c.nginxStatus.port }}
- -nginx-status-allow-cidrs={{ $c.nginxStatus.allowCidrs }}
{{- end }}
{{- with $c.watchNamespace }}
- -watch-namespace={{ . }}
{{- end }}
{{- with $c.watchSecretNamespace }}
- -watch-secret-namespace={{ . }}
{{- end }}
{{- with $c.defaultTLS.secret }}
- -default-server-tls-secret={{ . }}
{{- end }}
{{- with $c.wildcardTLS.secret }}
- -wildcard-tls-secret={{ . }}
{{- end }}
{{- if $c.reportIngressStatus.enable }}
- -report-ingress-status
{{- if and $c.service.create (eq $c.service.type "LoadBalancer") }}
- -external-service={{ include "service" . }}
{{- end }}
{{- end }}
- -enable-leader-election={{ $c.reportIngressStatus.enableLeaderElection }}
{{- if $c.reportIngressStatus.enableLeaderElection }}
- -leader-election-lock-name={{ include "lock" . }}
{{- end }}
- -enable-prometheus-metrics={{ .Values.prometheus.create }}
- -prometheus-metrics-listen-port={{ .Values.prometheus.port }}
- -prometheus-tls-secret={{ .Values.prometheus.secret }}
- -enable-custom-resources={{ $c.enableCustomResources }}
- -enable-snippets={{ $c.enableSnippets }}
- -disable-ipv6={{ $c.disableIPV6 }}
{{- if $c.enableCustomResources }}
- -enable-cert-manager={{ $c.enableCertManager }}
- -enable-oidc={{ $c.enableOIDC }}
- -enable-external-dns={{ $c.enableExternalDNS }}
- -default-http-listener-port={{ $c.defaultHTTPListenerPort }}
- -default-https-listener-port={{ $c.defaultHTTPSListenerPort }}
- -allow-empty-ingress-host={{ $c.allowEmptyIngressHost }}
{{- end }}
- -ready-status={{ $c.readyStatus.enable }}
- -ready-status-port={{ $c.readyStatus.port }}
- -enable-latency-metrics={{ $c.enableLatencyMetrics }}
- -ssl-dynamic-reload={{ $c.enableSSLDynamicReload }}
- -enable-telemetry-reporting={{ $c.telemetryReporting.enable }}
{{- end }}
