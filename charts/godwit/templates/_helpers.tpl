{{- define "godwit.labels" -}}
app.kubernetes.io/name: godwit
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}

{{- define "godwit.selector" -}}
app.kubernetes.io/name: godwit
app.kubernetes.io/component: {{ . }}
{{- end }}

{{- define "godwit.version" -}}
{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "godwit.image" -}}
{{- with .Values.image.digest -}}
{{ $.Values.image.repository }}@{{ . }}
{{- else -}}
{{ .Values.image.repository }}:{{ include "godwit.version" . }}
{{- end }}
{{- end }}

{{/* The name by which the API server knows a service account of the release's namespace. */}}
{{- define "godwit.username" -}}
system:serviceaccount:{{ .context.Release.Namespace }}:{{ .account }}
{{- end }}

{{/* Red only when a restart helps, so both get time: a starting process lists first, a busy one answers late. */}}
{{- define "godwit.probes" -}}
livenessProbe:
  httpGet: {path: /healthz, port: metrics}
  initialDelaySeconds: 20
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /readyz, port: metrics}
  periodSeconds: 2
  timeoutSeconds: 2
{{- end }}
