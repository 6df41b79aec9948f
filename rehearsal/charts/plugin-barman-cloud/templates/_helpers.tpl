{{- define "namespace" }}{{ .Values.namespaceOverride | default .Release.Namespace }}{{ end }}

{{- define "name" }}{{ .Values.nameOverride | default .Chart.Name }}{{ end }}

{{- define "fullname" -}}
{{- $name := include "name" . -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride }}
{{- else if contains $name .Release.Name }}{{ .Release.Name }}
{{- else }}{{ .Release.Name }}-{{ $name }}{{ end -}}
{{- end }}

{{- define "account" -}}
{{ .Values.serviceAccount.name | default (ternary (include "fullname" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "selector" -}}
app.kubernetes.io/name: {{ include "name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "labels" -}}
{{ include "selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* (dict "root" . "image" <image values>) */}}
{{- define "image" }}{{ .image.registry }}/{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}{{ end }}
