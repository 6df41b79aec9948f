{{- define "name" }}{{ default .Chart.Name .Values.nameOverride }}{{ end }}

{{- define "fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride | trunc 26 | trimSuffix "-" }}
{{- else if contains (include "name" .) .Release.Name }}{{ .Release.Name | trunc 26 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name (include "name" .) | trunc 26 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{- define "namespace" }}{{ default .Release.Namespace .Values.namespaceOverride }}{{ end }}

{{- define "labels" -}}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.Version }}
app.kubernetes.io/part-of: {{ include "name" . }}
chart: {{ .Chart.Name }}-{{ .Chart.Version }}
release: {{ .Release.Name }}
heritage: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* (list $ "alertmanager"): labels with the component's app label. */}}
{{- define "labels.app" -}}
app: {{ include "name" (first .) }}-{{ last . }}
{{ include "labels" (first .) }}
{{- end }}

{{/* (list $ <image> <default tag>) */}}
{{- define "image" -}}
{{- $image := index . 1 }}
{{- $tag := $image.tag | default (index . 2) }}
{{- (first .).Values.global.imageRegistry | default $image.registry }}/{{ $image.repository }}{{ with $tag }}:{{ . }}{{ end }}{{ with $image.sha }}@sha256:{{ . }}{{ end }}
{{- end }}

{{- define "pullSecrets" }}
{{- range .Values.global.imagePullSecrets }}
- name: {{ kindIs "map" . | ternary (get (kindIs "map" . | ternary . dict) "name") . }}
{{- end }}
{{- end }}

{{/* (list $ "prometheus" <service values> <port name> <selector>) */}}
{{- define "service" }}
{{- $root := index . 0 }}
{{- $v := index . 2 }}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "fullname" $root }}-{{ index . 1 }}
  namespace: {{ include "namespace" $root }}
  labels: {{- include "labels.app" (list $root (index . 1)) | nindent 4 }}
    {{- with $v.labels }}{{ toYaml . | nindent 4 }}{{ end }}
  {{- with $v.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: {{ $v.type }}
  selector: {{- index . 4 | nindent 4 }}
  {{- range $key := list "clusterIP" "externalIPs" "loadBalancerIP" "loadBalancerSourceRanges" }}
  {{- with get $v $key }}
  {{ $key }}: {{ toJson . }}
  {{- end }}
  {{- end }}
  ports:
  - {name: {{ index . 3 }}, port: {{ $v.port }}, targetPort: {{ $v.targetPort }}, protocol: TCP}
  - {name: reloader-web, appProtocol: http, port: {{ $v.reloaderWebPort | default 8080 }}, targetPort: reloader-web}
  {{- with $v.additionalPorts }}{{ toYaml . | nindent 2 }}{{ end }}
{{- end }}

{{/* (list $ "prometheus" <values with podDisruptionBudget> <selector>) */}}
{{- define "pdb" }}
{{- $v := index . 2 }}
{{- if $v.enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "fullname" (first .) }}-{{ index . 1 }}
  namespace: {{ include "namespace" (first .) }}
  labels: {{- include "labels.app" (list (first .) (index . 1)) | nindent 4 }}
spec:
  {{- omit $v "enabled" | toYaml | nindent 2 }}
  selector:
    matchLabels: {{- index . 3 | nindent 6 }}
{{- end }}
{{- end }}

{{/* (list $ "prometheus" <serviceAccount values>) */}}
{{- define "account" }}
{{- $v := index . 2 }}
{{- if $v.create }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $v.name | default (printf "%s-%s" (include "fullname" (first .)) (index . 1)) }}
  namespace: {{ include "namespace" (first .) }}
  labels: {{- include "labels.app" (list (first .) (index . 1)) | nindent 4 }}
  {{- with $v.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: {{ $v.automountServiceAccountToken }}
{{- with include "pullSecrets" (first .) }}
imagePullSecrets: {{- . }}
{{- end }}
{{- end }}
{{- end }}

{{/* (list $ "prometheus" <selector> <port>): a ServiceMonitor in the release namespace. */}}
{{- define "monitor" }}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: {{ include "fullname" (first .) }}-{{ index . 1 }}
  namespace: {{ include "namespace" (first .) }}
  labels: {{- include "labels.app" (list (first .) (index . 1)) | nindent 4 }}
spec:
  selector:
    matchLabels: {{- index . 2 | nindent 6 }}
  namespaceSelector: {matchNames: [{{ index . 4 | default (include "namespace" (first .)) }}]}
  endpoints: [{port: {{ index . 3 }}}]
{{- end }}

{{/* (list $ "prometheus" <rules>) */}}
{{- define "clusterrole" }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ include "fullname" (first .) }}-{{ index . 1 }}
  labels: {{- include "labels.app" (list (first .) (index . 1)) | nindent 4 }}
rules: {{- index . 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ include "fullname" (first .) }}-{{ index . 1 }}
  labels: {{- include "labels.app" (list (first .) (index . 1)) | nindent 4 }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{ include "fullname" (first .) }}-{{ index . 1 }}}
subjects: [{kind: ServiceAccount, name: {{ index . 3 }}, namespace: {{ include "namespace" (first .) }}}]
{{- end }}

{{/* (list $ <spec> <keys that are no field of the custom resource>): fields with the name and value of the chart's own keys. */}}
{{- define "passthrough" }}
{{- range $key, $value := index . 1 }}
{{- if and (not (has $key (index $ 2))) (or $value (kindIs "bool" $value)) }}
{{ $key }}: {{ toJson $value }}
{{- end }}
{{- end }}
{{- with (index . 1).additionalConfig }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* (dict "kind" <soft or hard> "key" <topology key> "name" <app name> "label" .. "instance" ..) */}}
{{- define "antiAffinity" }}
{{- $term := dict "topologyKey" .key "labelSelector" (dict "matchExpressions" (list
    (dict "key" "app.kubernetes.io/name" "operator" "In" "values" (list .name)) (dict "key" .label "operator" "In" "values" (list .instance)))) }}
{{- if eq .kind "hard" }}
podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{{ toJson $term }}]}
{{- else if eq .kind "soft" }}
podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 100, podAffinityTerm: {{ toJson $term }}}]}
{{- end }}
{{- end }}
