{{- define "fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride }}
{{- else if contains $name .Release.Name }}{{ .Release.Name }}
{{- else }}{{ .Release.Name }}-{{ $name }}{{ end -}}
{{- end }}

{{- define "namespace" }}{{ .Values.namespace | default .Release.Namespace }}{{ end }}

{{/* The parts that become a Deployment: role, values, object name and the app label. As YAML, so that the templates range over it. */}}
{{- define "parts" }}
controller: {name: {{ include "fullname" . }}, app: {{ default .Chart.Name .Values.nameOverride }}}
webhook: {name: {{ include "fullname" . }}-webhook, app: webhook}
{{- if .Values.cainjector.enabled }}
cainjector: {name: {{ include "fullname" . }}-cainjector, app: cainjector}
{{- end }}
{{- if .Values.startupapicheck.enabled }}
startupapicheck: {name: {{ include "fullname" . }}-startupapicheck, app: startupapicheck}
{{- end }}
{{- end }}

{{/* (dict "root" . "values" <a part's values> "name" "app" "role") */}}
{{- define "selector" -}}
app.kubernetes.io/name: {{ .app }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{- define "labels" -}}
app: {{ .app }}
{{ include "selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- with .root.Values.global.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* (dict "root" . "image" <image values>) */}}
{{- define "image" -}}
{{- $v := .root.Values }}
{{- $image := .image }}
{{- $repository := $image.repository | default (join "/" (compact (list $v.imageRegistry $v.imageNamespace $image.name))) }}
{{- with $image.registry }}{{ $repository = printf "%s/%s" . $repository }}{{ end }}
{{- $repository }}
{{- if or $image.tag $image.digest }}
{{- with $image.tag }}:{{ . }}{{ end }}{{ with $image.digest }}@{{ . }}{{ end }}
{{- else }}:{{ .root.Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "serviceAccountName" -}}
{{ .values.serviceAccount.name | default (ternary .name "default" .values.serviceAccount.create) }}
{{- end }}

{{- define "args.controller" }}
- --cluster-resource-namespace={{ .Values.clusterResourceNamespace | default "$(POD_NAMESPACE)" }}
- --leader-election-namespace={{ .Values.global.leaderElection.namespace }}
- --acme-http01-solver-image={{ include "image" (dict "root" . "image" .Values.acmesolver.image) }}
{{- with .Values.ingressShim }}
{{- with .defaultIssuerName }}
- --default-issuer-name={{ . }}
{{- end }}
{{- with .defaultIssuerKind }}
- --default-issuer-kind={{ . }}
{{- end }}
{{- end }}
{{- with .Values.dns01RecursiveNameservers }}
- --dns01-recursive-nameservers={{ . }}
{{- end }}
{{- if .Values.dns01RecursiveNameserversOnly }}
- --dns01-recursive-nameservers-only=true
{{- end }}
{{- if .Values.enableCertificateOwnerRef }}
- --enable-certificate-owner-ref=true
{{- end }}
{{- end }}

{{- define "args.webhook" }}
- --secure-port={{ .Values.webhook.securePort }}
- --dynamic-serving-ca-secret-namespace=$(POD_NAMESPACE)
- --dynamic-serving-ca-secret-name={{ include "fullname" . }}-webhook-ca
{{- end }}

{{- define "args.cainjector" }}
- --leader-election-namespace={{ .Values.global.leaderElection.namespace }}
{{- end }}

{{- define "args.startupapicheck" }}
- check
- api
- --wait={{ .Values.startupapicheck.timeout }}
{{- end }}

{{- define "ports" -}}
{{- if eq .role "controller" -}}
- {name: http-metrics, containerPort: 9402, protocol: TCP}
- {name: http-healthz, containerPort: 9403, protocol: TCP}
{{- else if eq .role "webhook" -}}
- {name: https, containerPort: {{ .values.securePort }}, protocol: TCP}
- {name: healthcheck, containerPort: 6080, protocol: TCP}
{{- if .root.Values.prometheus.enabled }}
- {name: http-metrics, containerPort: 9402, protocol: TCP}
{{- end }}
{{- else if and (eq .role "cainjector") .root.Values.prometheus.enabled -}}
- {name: http-metrics, containerPort: 9402, protocol: TCP}
{{- end }}
{{- end }}

{{/* The pod template of every part. */}}
{{- define "pod" -}}
{{- $global := .root.Values.global }}
metadata:
  labels: {{- include "labels" . | nindent 4 }}
    {{- with .values.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
  {{- with .values.podAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "serviceAccountName" . }}
  {{- if eq .role "startupapicheck" }}
  restartPolicy: OnFailure
  {{- end }}
  {{- if or (not .values.serviceAccount.create) (eq .role "startupapicheck") }}
  {{- with $global.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  {{- if hasKey .values "automountServiceAccountToken" }}
  automountServiceAccountToken: {{ .values.automountServiceAccountToken }}
  {{- end }}
  enableServiceLinks: {{ .values.enableServiceLinks }}
  {{- with $global.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .values.runtimeClassName | default $global.runtimeClassName }}
  runtimeClassName: {{ . }}
  {{- end }}
  {{- with merge (dict) ($global.nodeSelector | default dict) (.values.nodeSelector | default dict) }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .values.hostNetwork }}
  hostNetwork: true
  {{- end }}
  {{- range $key := list "securityContext" "affinity" "tolerations" "topologySpreadConstraints" "volumes" }}
  {{- with get $.values $key }}
  {{ $key }}: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  containers:
  - name: {{ .root.Chart.Name }}-{{ .role }}
    image: {{ include "image" (dict "root" .root "image" .values.image) }}
    imagePullPolicy: {{ .values.image.pullPolicy }}
    args:
    - --v={{ $global.logLevel }}
    {{- include (printf "args.%s" .role) .root | trim | nindent 4 }}
    {{- with .values.extraArgs }}{{ toYaml . | nindent 4 }}{{ end }}
    env:
    - {name: POD_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
    {{- with .values.extraEnv }}{{ toYaml . | nindent 4 }}{{ end }}
    {{- with include "ports" . }}
    ports: {{- . | nindent 4 }}
    {{- end }}
    {{- with .values.containerSecurityContext }}
    securityContext: {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with .values.resources }}
    resources: {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with .values.volumeMounts }}
    volumeMounts: {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
