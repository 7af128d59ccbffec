import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { FaultList } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { printPrometheusConfig } from './print.ts'
import { readPrometheusConfig, type PrometheusConfig } from './prometheus-config.ts'

function read(text: string): PrometheusConfig {
  const faults = new FaultList()
  const node = parseYaml(text, { file: 'p.yml', faults })
  if (!node) throw new Error('not YAML')
  const config = readPrometheusConfig(node, { faults, folder: '/conf' })
  expect(faults.items.filter((fault) => fault.severity === 'error')).toEqual([])
  return config
}

const print = (config: PrometheusConfig): string => printPrometheusConfig(config, 'p.yml')

const FULL = `
global: {scrape_interval: 15s, rule_query_offset: 1m, external_labels: {a: "yes", b: "1"}, body_size_limit: 1MB}
rule_files: [rules/*.yml]
scrape_configs:
  - job_name: "on"
    honor_labels: true
    params: {"match[]": [a, b]}
    basic_auth: {username: u, password: topsecret}
    tls_config: {ca_file: ca.pem, key: topsecret, cert: c}
    http_headers: {x: {values: [v], secrets: [topsecret], files: [f]}}
    proxy_url: http://u:topsecret@proxy:1
    proxy_connect_header: {h: [topsecret]}
    relabel_configs:
      - {source_labels: [a, b], regex: "", target_label: "c", replacement: "\${1}x"}
      - {action: hashmod, source_labels: [a], target_label: m, modulus: 18446744073709551615}
    static_configs: [{targets: ["h:1"], labels: {x: "no"}}]
    file_sd_configs: [{files: ["*.json"]}]
    consul_sd_configs: [{server: "c:1", token: topsecret}]
alerting:
  alertmanagers: [{authorization: {credentials: topsecret}, path_prefix: /am, static_configs: [{targets: ["am:9093"]}]}]
remote_write: [{url: "http://u:topsecret@h/w", sigv4: {access_key: a, secret_key: topsecret}, queue_config: {capacity: 5}}]
remote_read: [{url: "http://h/r", oauth2: {client_id: c, client_secret: topsecret, token_url: "http://t"}}]
storage: {tsdb: {retention: {time: 30d, size: 5GB}, out_of_order_time_window: 30m}, exemplars: {max_exemplars: 5}}
tracing: {endpoint: "t:4317", timeout: 5s}
otlp: {promote_resource_attributes: [a], label_name_underscore_sanitization: false}
runtime: {gogc: 50}
`

describe('printPrometheusConfig', () => {
  it('shows defaults in the order of Prometheus', () => {
    const text = print(
      read('scrape_configs: [{job_name: a, static_configs: [{targets: ["h:1"]}]}]'),
    )
    expect(text).toBe(`global:
  scrape_interval: 1m
  scrape_timeout: 10s
  evaluation_interval: 1m
  metric_name_validation_scheme: utf8
  scrape_native_histograms: false
  extra_scrape_metrics: false
scrape_configs:
- job_name: a
  honor_timestamps: true
  track_timestamps_staleness: false
  scrape_interval: 1m
  scrape_timeout: 10s
  scrape_protocols:
  - OpenMetricsText1.0.0
  - OpenMetricsText0.0.1
  - PrometheusText1.0.0
  - PrometheusText0.0.4
  scrape_native_histograms: false
  always_scrape_classic_histograms: false
  convert_classic_histograms_to_nhcb: false
  metrics_path: /metrics
  scheme: http
  enable_compression: true
  metric_name_validation_scheme: utf8
  metric_name_escaping_scheme: allow-utf-8
  extra_scrape_metrics: false
  follow_redirects: true
  enable_http2: true
  static_configs:
  - targets:
    - h:1
otlp:
  translation_strategy: UnderscoreEscapingWithSuffixes
`)
  })
  it('can be read again and means the same', () => {
    const text = print(read(FULL))
    expect(print(read(text))).toBe(text)
    expect(text).toContain('source_labels: [a, b]')
    expect(text).toContain('modulus: 18446744073709551615')
    expect(text).toContain('job_name: "on"')
    expect(text).toContain('a: "yes"')
    expect(text).toContain(`- ${path.join('/conf', 'rules/*.yml')}`)
  })
  it('hides every secret', () => {
    const text = print(read(FULL))
    expect(text).not.toContain('topsecret')
    expect(text.match(/<secret>/g)).toHaveLength(8)
    expect(text.match(/u:xxxxx@/g)).toHaveLength(2)
  })
  it('leaves out jobs of other files', () => {
    const config = read('scrape_configs: [{job_name: a}]')
    expect(printPrometheusConfig(config, 'other.yml')).not.toContain('job_name')
  })
})
