{{- define "selector" -}}
app.kubernetes.io/name: {{ .Values.nameOverride | default .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "labels" -}}
{{ include "selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "fullname" -}}
{{ .Values.fullnameOverride | default .Release.Name }}
{{- end }}

{{- define "account" -}}
{{ .Values.serviceAccount.name | default (ternary (include "fullname" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "webhookSecret" -}}
{{ .Values.webhook.certsSecret | default (printf "%s-webhook-cert" (.Values.nameOverride | default .Chart.Name)) }}
{{- end }}

{{- define "types" -}}
{elasticsearch: elasticsearches, autoscaling: elasticsearchautoscalers, kibana: kibanas, apm: apmservers,
 enterprisesearch: enterprisesearches, beat: beats, agent: agents, maps: elasticmapsservers,
 stackconfigpolicy: stackconfigpolicies, logstash: logstashes}
{{- end }}

{{- define "rules" -}}
{{- $change := list "get" "list" "watch" "create" "update" "patch" "delete" }}
- {apiGroups: [authorization.k8s.io], resources: [subjectaccessreviews], verbs: [create]}
- {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [create]}
- {apiGroups: [coordination.k8s.io], resources: [leases], resourceNames: [elastic-operator-leader], verbs: [get, watch, update]}
- {apiGroups: [""], resources: [endpoints], verbs: [get, list, watch]}
- {apiGroups: [""], resources: [pods, events, persistentvolumeclaims, secrets, services, configmaps], verbs: {{ toJson $change }}}
- {apiGroups: [apps], resources: [deployments, statefulsets, daemonsets], verbs: {{ toJson $change }}}
- {apiGroups: [policy], resources: [poddisruptionbudgets], verbs: {{ toJson $change }}}
{{- range $group, $plural := include "types" . | fromYaml }}
- apiGroups: [{{ $group }}.k8s.elastic.co]
  resources: [{{ $plural }}, {{ $plural }}/status, {{ $plural }}/finalizers]
  verbs: {{ toJson (without $change "delete") }}
{{- end }}
{{- end }}
