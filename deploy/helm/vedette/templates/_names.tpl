{{- define "vedette.labels" -}}
app.kubernetes.io/name: vedette
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "vedette.server-labels" -}}
{{ include "vedette.labels" . }}
app.kubernetes.io/component: server
{{- end }}

{{- define "vedette.agent-labels" -}}
{{ include "vedette.labels" . }}
app.kubernetes.io/component: agent
{{- end }}

{{- define "vedette.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "vedette.server-secret" -}}
{{ .Values.secrets.server | default .Release.Name }}
{{- end }}

{{- define "vedette.agent-secret" -}}
{{ .Values.secrets.agent | default (printf "%s-agent" .Release.Name) }}
{{- end }}

{{- define "vedette.metrics-secret" -}}
{{ .Values.secrets.metrics | default (printf "%s-metrics" .Release.Name) }}
{{- end }}

{{- define "vedette.host" -}}
{{ .Release.Name }}.{{ .Release.Namespace }}.svc
{{- end }}

{{- /* A text of a person in a file whose variables are filled in. */ -}}
{{- define "vedette.text" -}}
{{ . | replace "${" "$${" | quote }}
{{- end }}
