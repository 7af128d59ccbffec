{{- define "vedette.agent-files" -}}
vedette.yml: |
  agent:
    server: http://{{ include "vedette.host" . }}:9090
    token_file: /etc/vedette-token/token
  listen:
    otlp-grpc: false
    otlp-http: false
  host:
    path:
      rootfs: /host/root
      procfs: /host/proc
      sysfs: /host/sys
      udev.data: /host/root/run/udev/data
  {{- if .Values.agent.containers }}
  containers:
    cgroup_root: /host/sys/fs/cgroup
    proc_root: /host/proc
    rootfs: /host/root
    containerd: unix:///run/containerd/containerd.sock
  {{- end }}
prometheus.yml: |
  global:
    scrape_interval: 30s
  scrape_configs:
    - job_name: node-exporter
      static_configs:
        - targets: ['localhost:9100']
          labels:
            node: ${NODE_NAME}
promtail.yml: |
  scrape_configs:
    - job_name: pods
      pipeline_stages:
        - cri: {}
        {{- with .Values.logs.drop }}
        - drop:
            expression: {{ . | quote }}
            drop_counter_reason: probe
        {{- end }}
        - json:
            expressions:
              level: level
        - labels:
            level: level
        {{- if or .Values.cluster .Values.environment .Values.team }}
        - static_labels:
            {{- with .Values.cluster }}
            cluster: {{ include "vedette.text" . }}
            {{- end }}
            {{- with .Values.environment }}
            environment: {{ include "vedette.text" . }}
            {{- end }}
            {{- with .Values.team }}
            team: {{ include "vedette.text" . }}
            {{- end }}
        {{- end }}
      kubernetes_sd_configs:
        - role: pod
          selectors:
            - role: pod
              field: spec.nodeName=${NODE_NAME}
      relabel_configs:
        - source_labels: [__meta_kubernetes_pod_node_name]
          target_label: __host__
        - source_labels: [__meta_kubernetes_pod_node_name]
          target_label: node_name
        - source_labels: [__meta_kubernetes_namespace]
          target_label: namespace
        - source_labels: [__meta_kubernetes_pod_name]
          target_label: pod
        - source_labels: [__meta_kubernetes_pod_container_name]
          target_label: container
        - source_labels:
            - __meta_kubernetes_pod_label_app_kubernetes_io_name
            - __meta_kubernetes_pod_label_app
            - __meta_kubernetes_pod_name
          regex: ;*([^;]+)(;.*)?
          target_label: app
        - source_labels: [__meta_kubernetes_pod_uid, __meta_kubernetes_pod_container_name]
          separator: /
          replacement: /var/log/pods/*$1/*.log
          target_label: __path__
        # Folders of pods that a node runs by itself, such as the API server, have another id.
        - source_labels:
            - __meta_kubernetes_pod_annotation_kubernetes_io_config_hash
            - __meta_kubernetes_pod_container_name
          separator: /
          regex: (.+/.+)
          replacement: /var/log/pods/*$1/*.log
          target_label: __path__
{{- end }}
