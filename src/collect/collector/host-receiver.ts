import type { ComponentKind } from '../../ingest/collector/component.ts'
import { readGoDuration } from '../../yaml/go-duration.ts'
import type { FaultList } from '../../yaml/fault.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { readPrometheusConfig } from '../config/prometheus-config.ts'
import type { ReceiverSpec } from './receiver-kinds.ts'

const DEFAULT_INTERVAL_MS = 60_000

/**
 * `hostmetrics`: a job that reads this host, unless one of a prometheus.yml does already. The metrics have the names of node_exporter, not
 * OpenTelemetry's `system.…`, which is said.
 */
export function hostReceiver(faults: FaultList): ComponentKind<ReceiverSpec> {
  return { name: 'hostmetrics', signals: ['metrics'], read: (node) => readHost(node, faults) }
}

function readHost(node: YamlNode, faults: FaultList): ReceiverSpec | undefined {
  const map = node.asMap()
  const intervalMs = (map && readGoDuration(map.key('collection_interval'))) ?? DEFAULT_INTERVAL_MS
  map?.key('initial_delay').asString()
  const root = map?.key('root_path')
  if (root?.isEmpty === false) root.warnAtKey('has no effect: host.path of vedette.yml says where')
  const scrapers = map?.key('scrapers').asMap()?.entries() ?? []
  if (scrapers.length === 0) node.errorAtKey('scrapers must be set, such as cpu and memory')
  map?.finish()
  node.warnAtKey(
    'this host is measured under the names of node_exporter (node_cpu_seconds_total, …), not as system.…; host.collector of vedette.yml says what',
  )
  const text = `scrape_configs: [{job_name: hostmetrics, scrape_interval: ${Math.max(1000, Math.round(intervalMs))}ms, scrape_timeout: ${Math.min(10_000, Math.max(1000, Math.round(intervalMs)))}ms, static_configs: [{targets: ['localhost:9100']}]}]`
  const job = parseYaml(text, { file: 'built-in job', faults })
  if (job === undefined) throw new Error('the job of this host is not YAML')
  const [config] = readPrometheusConfig(job, { faults, folder: '/' }).scrapeConfigs
  return config && { kind: 'host', job: config }
}
