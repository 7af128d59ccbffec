{{- define "vedette.server-files" -}}
vedette.yml: |
  storage:
    path: /var/lib/vedette/data
    retention_time: {{ .Values.retention.metrics }}
    {{- if not .Values.clickhouse.url }}
    disk_budget: {{ .Values.server.storage.diskBudget }}
    disk_shares:
      metrics: {{ .Values.server.storage.shares.metrics }}
      logs: {{ .Values.server.storage.shares.logs }}
      traces: {{ .Values.server.storage.shares.traces }}
    {{- end }}
  {{- if .Values.clickhouse.url }}
  clickhouse:
    url: {{ .Values.clickhouse.url }}
    {{- with .Values.clickhouse.username }}
    username: {{ include "vedette.text" . }}
    {{- end }}
    password: ${CLICKHOUSE_PASSWORD:-}
  metadata:
    url: ${METADATA_URL}
  {{- end }}
  memory:
    budget: {{ .Values.server.memoryBudget }}
  loki:
    limits_config:
      retention_period: {{ .Values.retention.logs }}
  tempo:
    compactor:
      compaction:
        block_retention: {{ .Values.retention.traces }}
  listen:
    ui: 0.0.0.0:3000
    prometheus: 0.0.0.0:9090
    alertmanager: 0.0.0.0:9093
    loki: 0.0.0.0:3100
    tempo: 0.0.0.0:3200
    otlp-grpc: 0.0.0.0:4317
    otlp-http: 0.0.0.0:4318
  access:
    required: true
    hosts:
      - {{ .Release.Name }}.{{ .Release.Namespace }}
      - "*.{{ .Release.Namespace }}.svc"
      - "*.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}"
      {{- if .Values.ingress.enabled }}
      - {{ .Values.ingress.hosts.ui }}
      - {{ .Values.ingress.hosts.prometheus }}
      - {{ .Values.ingress.hosts.loki }}
      - {{ .Values.ingress.hosts.tempo }}
      {{- end }}
    {{- if .Values.otlp.networks }}
    trusted:
      {{- range .Values.otlp.networks }}
      - { cidr: {{ . | quote }}, listener: otlp-grpc, write: true }
      {{- end }}
      {{- range .Values.otlp.networks }}
      - { cidr: {{ . | quote }}, listener: otlp-http, write: true }
      {{- end }}
    {{- else }}
    trusted: []
    {{- end }}
    {{- with .Values.ingress.proxies }}
    proxies:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  kubernetes:
    scrape_interval: 30s
    operator:
      deny_files: true
      {{- if .Values.serviceMonitor.enabled }}
      selector: app.kubernetes.io/name!=vedette
      {{- end }}
  {{- if .Values.ingress.enabled }}
  flags:
    web.external-url: https://{{ .Values.ingress.hosts.prometheus }}/
  {{- end }}
  {{- with .Values.config }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
prometheus.yml: |
  global:
    scrape_interval: 30s
    {{- if or .Values.cluster .Values.environment }}
    external_labels:
      {{- with .Values.cluster }}
      cluster: {{ include "vedette.text" . }}
      {{- end }}
      {{- with .Values.environment }}
      environment: {{ include "vedette.text" . }}
      {{- end }}
    {{- end }}
  scrape_configs:
    - job_name: vedette
      static_configs:
        - targets: ['localhost:9090']
    - job_name: pods
      kubernetes_sd_configs:
        - role: pod
      relabel_configs:
        - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape]
          action: keep
          regex: 'true'
        - source_labels: [__meta_kubernetes_pod_phase]
          action: drop
          regex: Pending|Succeeded|Failed
        - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scheme]
          regex: (https?)
          target_label: __scheme__
        - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_path]
          regex: (.+)
          target_label: __metrics_path__
        - source_labels: [__meta_kubernetes_pod_ip, __meta_kubernetes_pod_annotation_prometheus_io_port]
          regex: ([0-9.]+);([0-9]+)
          replacement: $1:$2
          target_label: __address__
        - source_labels: [__meta_kubernetes_namespace]
          target_label: namespace
        - source_labels: [__meta_kubernetes_pod_name]
          target_label: pod
        - source_labels: [__meta_kubernetes_pod_container_name]
          target_label: container
        - source_labels: [__meta_kubernetes_pod_node_name]
          target_label: node
{{- with .Values.alerts.slackChannel }}
alertmanager.yml: |
  route:
    receiver: slack
    group_by: [namespace, alertname]
    routes:
      - receiver: nobody
        matchers: ['alertname =~ "InfoInhibitor|Watchdog"']
  receivers:
    - name: nobody
    - name: slack
      slack_configs:
        - channel: {{ include "vedette.text" . }}
          api_url_file: /etc/vedette-secrets/slack-webhook-url
          send_resolved: true
{{- end }}
{{- if or .Values.cluster .Values.environment }}
otel-collector.yml: |
  receivers:
    otlp:
      protocols:
        grpc: { endpoint: '0.0.0.0:4317' }
        http: { endpoint: '0.0.0.0:4318' }
  processors:
    resource:
      attributes:
        {{- with .Values.cluster }}
        - { key: cluster, value: {{ include "vedette.text" . }}, action: upsert }
        {{- end }}
        {{- with .Values.environment }}
        - { key: environment, value: {{ include "vedette.text" . }}, action: upsert }
        {{- end }}
  exporters:
    otlp/tempo: { endpoint: 'tempo:4317', tls: { insecure: true } }
    otlphttp/loki: { endpoint: 'http://loki:3100/otlp' }
    prometheusremotewrite: { endpoint: 'http://prometheus:9090/api/v1/write' }
  service:
    pipelines:
      traces: { receivers: [otlp], processors: [resource], exporters: [otlp/tempo] }
      metrics: { receivers: [otlp], processors: [resource], exporters: [prometheusremotewrite] }
      logs: { receivers: [otlp], processors: [resource], exporters: [otlphttp/loki] }
{{- end }}
{{- end }}
