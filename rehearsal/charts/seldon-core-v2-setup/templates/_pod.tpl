{{/* (dict "ctx" <what the container's define gets> "name" <container> "v" <its image and resources>) */}}
{{- define "container" }}
{{- $spec := include (printf "container.%s" .name) .ctx | fromYaml }}
{{- if hasKey $spec "Error" }}{{ fail (printf "container.%s: %s" .name $spec.Error) }}{{ end }}
- name: {{ .name }}
  image: {{ .v.image.registry }}/{{ .v.image.repository }}:{{ .v.image.tag }}
  imagePullPolicy: {{ .v.image.pullPolicy }}
  {{- range $key := list "command" "args" "lifecycle" "securityContext" }}
  {{- with get $spec $key }}
  {{ $key }}: {{ toJson . }}
  {{- end }}
  {{- end }}
  {{- with $spec.probes }}{{ toYaml . | nindent 2 }}{{ end }}
  env:
  {{- range $name, $value := $spec.env }}
  - {name: {{ $name }}, value: {{ $value | toString | quote }}}
  {{- end }}
  {{- range $name, $path := $spec.fields }}
  - {name: {{ $name }}, valueFrom: {fieldRef: {fieldPath: {{ $path }}}}}
  {{- end }}
  {{- range $name, $ref := $spec.secrets }}
  - {name: {{ $name }}, valueFrom: {secretKeyRef: {{ toJson $ref }}}}
  {{- end }}
  {{- with $spec.ports }}
  ports:
  {{- range $name, $port := . }}
  - {name: {{ $name }}, containerPort: {{ $port }}, protocol: TCP}
  {{- end }}
  {{- end }}
  resources:
    requests: {cpu: {{ .v.resources.cpu }}, memory: {{ .v.resources.memory }}}
    limits: {memory: {{ (.v.resources.limits).memory | default .v.resources.memory }}}
  {{- with $spec.mounts }}
  volumeMounts: {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* What every pod spec has besides containers and volumes: (dict "root" . "securityContext" .. "account" .. "grace" ..) */}}
{{- define "pod" }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 0 }}
{{- end }}
securityContext: {{- toYaml .securityContext | nindent 2 }}
{{- with .account }}
serviceAccountName: {{ . }}
{{- end }}
terminationGracePeriodSeconds: {{ .grace }}
{{- end }}
