/** The files that commands of the documentation name, by their paths below the folder that stands for `/etc`; `RECEIVER` is where webhooks are taken. */

const prometheus = `scrape_configs:
  - job_name: node
    scrape_interval: 1s
    static_configs: [{targets: ['localhost:9100']}]
  - job_name: prometheus
    scrape_interval: 1s
    static_configs: [{targets: ['localhost:9090']}]
rule_files: [rules/*.yml]
`

const rules = `groups:
  - name: demo
    interval: 1s
    rules:
      - alert: LoadHigh
        expr: vector(4) > 0.01
        labels: {severity: critical, instance: db1}
        annotations: {summary: 'load is {{ $value }}'}
`

const alertmanager = `route: {receiver: hook}
receivers:
  - name: hook
    webhook_configs: [{url: 'RECEIVER'}]
  - name: ops
    webhook_configs: [{url: 'http://127.0.0.1:9/'}]
`

const promtail = `clients: [{url: 'http://loki:3100/loki/api/v1/push'}]
scrape_configs:
  - job_name: app
    pipeline_stages:
      - json: {expressions: {level: level, msg: msg}}
      - labels: {level: null}
      - output: {source: msg}
    static_configs: [{targets: [localhost], labels: {job: app, __path__: app.log}}]
`

const ruleTest = `rule_files: [rules/demo.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    alert_rule_test:
      - {eval_time: 1m, alertname: LoadHigh, exp_alerts: [{exp_labels: {severity: critical, instance: db1}, exp_annotations: {summary: load is 4}}]}
`

const compose = `services:
  prometheus:
    image: prom/prometheus:v2.53.0
    volumes: ['../prometheus.yml:/etc/prometheus/prometheus.yml:ro', '../rules:/etc/prometheus/rules:ro']
    ports: ['9090:9090']
  grafana:
    image: grafana/grafana:11.0.0
    ports: ['3000:3000']
`

const environment = `VEDETTE_IMAGE="registry.example.org/vedette:0.1.0"
ENV_NAME="dev"
CLUSTER_NAME="shop"
`

export const documentedFiles: Readonly<Record<string, string>> = {
  'prometheus.yml': prometheus,
  'rules/demo.yml': rules,
  'rules.yml': rules,
  'rules-test.yml': ruleTest,
  'alertmanager.yml': alertmanager,
  'promtail.yml': promtail,
  'app.log': '{"level":"error","ts":"2026-11-21T10:03:26Z","msg":"disk full"}\n',
  'loki.yml': 'limits_config: {retention_period: 168h}\n',
  password: 'a-long-enough-password\n',
  'prometheus/prometheus.yml': prometheus,
  'prometheus/alertmanager.yml': alertmanager,
  'prometheus/rules/demo.yml': rules,
  'promtail/promtail.yml': promtail,
  'promtail/config.yml': promtail,
  'vedette/prometheus.yml': prometheus,
  'vedette/rules/demo.yml': rules,
  'vedette/backup.key': 'a-long-enough-passphrase\n',
  'environments/dev/shop.env': environment,
  'agent/.keep': '',
  'backups/.keep': '',
  '.config/fish/completions/.keep': '',
  'monitoring/docker-compose.yml': compose,
}
