{{- define "name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "fullname" -}}
{{- $name := include "name" . -}}
{{ .Values.fullnameOverride | default (contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name)) | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "account" -}}
{{ default (.Values.serviceAccount.create | ternary (include "fullname" .) "default") .Values.serviceAccount.name }}
{{- end }}

{{- define "selector" -}}
app.kubernetes.io/name: {{ include "name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "labels" -}}
{{ include "selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- /* Variables from a dict of names and values; an empty value leaves its variable out. */ -}}
{{- define "given" -}}
{{- range $name, $value := . }}
{{- if $value }}
- {name: {{ $name }}, value: {{ toString $value | quote }}}
{{- end }}
{{- end }}
{{- end }}

{{- /* Variables from a dict of names and [Secret, key]. */ -}}
{{- define "referred" -}}
{{- range $name, $at := . }}
- {name: {{ $name }}, valueFrom: {secretKeyRef: {name: {{ index $at 0 | quote }}, key: {{ index $at 1 | quote }}}}}
{{- end }}
{{- end }}
