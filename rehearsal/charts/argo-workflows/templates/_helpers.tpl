{{- define "full" }}
{{- $name := .Values.nameOverride | default .Chart.Name }}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "own" }}{{ printf "%s-%s" (include "full" .) .Values.controller.name | trunc 63 | trimSuffix "-" }}{{ end }}

{{- define "namespace" }}{{ .Values.namespaceOverride | default .Release.Namespace }}{{ end }}

{{- define "selector" -}}
app.kubernetes.io/name: {{ .Values.nameOverride | default .Chart.Name }}-{{ .Values.controller.name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{ include "selector" . }}
app.kubernetes.io/component: {{ .Values.controller.name }}
app: {{ .Values.controller.name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: argo-workflows
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "account" }}
{{- $own := .Values.controller.serviceAccount }}
{{- $own.name | default (ternary (include "own" .) "default" $own.create) }}
{{- end }}

{{- define "config" }}{{ .Values.controller.configMap.name | default (printf "%s-configmap" (include "own" .)) | trunc 63 | trimSuffix "-" }}{{ end }}

{{/* (list $ <image values>) */}}
{{- define "image" }}
{{- $v := (index . 0).Values }}
{{- $image := index . 1 }}
{{- $tag := $image.tag | default $v.images.tag | default (index . 0).Chart.AppVersion }}
{{- with $image.registry }}{{ . }}/{{ end }}{{ $image.repository }}:{{ $tag }}
{{- end }}
