{{/* (dict "root" . "image" <image values> "suffix" <what follows the tag>) */}}
{{- define "image" -}}
{{- $v := .root.Values }}
{{- $name := join "/" (compact (list (.image.registry | default $v.defaultImageRegistry) (.image.repository | default $v.defaultImageRepository) .image.name)) }}
{{- if .image.digest }}{{ $name }}@{{ .image.digest }}
{{- else if .image.tag }}{{ $name }}:{{ .image.tag }}
{{- else }}{{ $name }}:{{ .image.tagPrefix | default $v.defaultImageTag }}{{ .suffix }}{{ end }}
{{- end }}

{{- define "labels" -}}
app: strimzi
chart: {{ .Chart.Name }}-{{ .Chart.Version }}
release: {{ .Release.Name }}
heritage: {{ .Release.Service }}
{{- end }}

{{- define "watched" }}{{ append (.Values.watchNamespaces | default list) .Release.Namespace | sortAlpha | uniq | toYaml }}{{ end }}

{{- define "versions" -}}["4.2.0", "4.2.1", "4.3.0", "4.3.1"]{{ end }}

{{/* One image per version of Kafka: (dict "root" . "image" <image values>) */}}
{{- define "images" }}
{{- range include "versions" . | fromJsonArray }}
{{ . }}={{ include "image" (dict "root" $.root "image" $.image "suffix" (printf "-kafka-%s" .)) }}
{{- end }}
{{- end }}
