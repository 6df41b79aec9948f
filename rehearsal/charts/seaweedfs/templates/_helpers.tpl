{{- define "fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride }}
{{- else if contains "seaweedfs" .Release.Name }}{{ .Release.Name }}
{{- else }}{{ .Release.Name }}-seaweedfs{{ end -}}
{{- end }}

{{/* (dict "root" . "part" <component>) */}}
{{- define "selector" -}}
app.kubernetes.io/name: seaweedfs
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "labels" -}}
app.kubernetes.io/name: seaweedfs
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "image" -}}
{{- $name := .Values.image.repository | default .Values.global.seaweedfs.image.name }}
{{- join "/" (compact (list (.Values.global.imageRegistry | default .Values.image.registry) $name)) }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "securityConfigured" -}}
{{- $jwt := .Values.global.seaweedfs.securityConfig.jwtSigning }}
{{- if or .Values.global.seaweedfs.enableSecurity $jwt.volumeRead $jwt.filerWrite $jwt.filerRead }}true{{ end }}
{{- end }}

{{/* (dict "root" . "values" <a part's values>): the environment of a part wins over the one of all. */}}
{{- define "environment" -}}
{{- $merged := merge (dict) (.values.extraEnvironmentVars | default dict) .root.Values.global.seaweedfs.extraEnvironmentVars }}
{{- range $key, $value := $merged }}
{{- if kindIs "string" $value }}
- {name: {{ $key }}, value: {{ tpl $value $.root | quote }}}
{{- else }}
- {name: {{ $key }}, valueFrom: {{ toJson $value }}}
{{- end }}
{{- end }}
{{- end }}

{{/* (dict "prefix" "-logdir" ...): the arguments of weed, a line each. */}}
{{- define "arguments" -}}
{{- $v := .values }}
{{- $sw := .root.Values.global.seaweedfs }}
{{- $full := include "fullname" .root }}
{{- $masters := list }}
{{- range $i := until (int .root.Values.master.replicas) }}
{{- $masters = append $masters (printf "%s-master-%d.%s-master.%s:%v" $full $i $full $.root.Release.Namespace $.root.Values.master.port) }}
{{- end }}
{{- $masters = $sw.masterServer | default (join "," $masters) }}
{{- if eq .part "master" }}
master -port={{ $v.port }} -mdir=/data -volumeSizeLimitMB={{ $v.volumeSizeLimitMB }} -peers={{ $masters }}
-defaultReplication={{ ternary $sw.replicationPlacement $v.defaultReplication $sw.enableReplication }}
{{- if $v.disableHttp }}
-disableHttp
{{- end }}
{{- else if eq .part "volume" }}
volume -port={{ $v.port }} -master={{ $masters }}
{{- range $v.dataDirs }}
-dir=/{{ .name }}
{{- end }}
{{- else if eq .part "filer" }}
filer -port={{ $v.port }} -master={{ $masters }}
-defaultReplicaPlacement={{ ternary $sw.replicationPlacement $v.defaultReplicaPlacement $sw.enableReplication }}
{{- range list "disableHttp" "disableDirListing" "encryptVolumeData" }}
{{- if get $v . }}
-{{ . }}
{{- end }}
{{- end }}
{{- else }}
s3 -port={{ $v.port }} -filer={{ $full }}-filer-client.{{ .root.Release.Namespace }}:{{ .root.Values.filer.port }}
{{- if and $sw.enableSecurity $v.httpsPort }}
-port.https={{ $v.httpsPort }}
{{- end }}
{{- if $v.enableAuth }}
-config=/etc/sw/seaweedfs_s3_config
{{- end }}
{{- end }}
{{- with $v.metricsPort }}
-metricsPort={{ . }}
{{- end }}
{{- range $v.extraArgs }}
{{ . }}
{{- end }}
{{- end }}

{{/* A probe: (dict "probe" <values> "port" <number>) */}}
{{- define "probe" -}}
{{- if .probe.tcpSocket -}}
tcpSocket: {port: {{ .probe.tcpSocket.port }}}
{{- else -}}
httpGet: {path: {{ .probe.httpGet.path }}, port: {{ .port }}, scheme: {{ .probe.httpGet.scheme }}}
{{- end }}
{{- end }}

{{/* Where a volume lives that is no claim: (dict "name" "at" <host path> "volume" <values>) */}}
{{- define "volume" -}}
{{- $type := .volume.type | default "" }}
{{- if eq $type "hostPath" }}
- {name: {{ .name }}, hostPath: {path: "{{ .volume.hostPathPrefix }}/{{ .at }}", type: DirectoryOrCreate}}
{{- else if eq $type "emptyDir" }}
- {name: {{ .name }}, emptyDir: {}}
{{- else if eq $type "existingClaim" }}
- {name: {{ .name }}, persistentVolumeClaim: {claimName: {{ .volume.claimName }}}}
{{- end }}
{{- end }}

{{- define "claim" -}}
{{- if eq (.volume.type | default "") "persistentVolumeClaim" }}
- metadata:
    name: {{ .name }}
    {{- with .volume.annotations }}
    annotations: {{- toYaml . | nindent 6 }}
    {{- end }}
  spec:
    accessModes: [ReadWriteOnce]
    storageClassName: {{ .volume.storageClass }}
    resources: {requests: {storage: {{ .volume.size }}}}
{{- end }}
{{- end }}
