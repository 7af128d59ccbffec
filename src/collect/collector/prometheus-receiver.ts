import type { ComponentKind } from '../../ingest/collector/component.ts'
import type { FaultList } from '../../yaml/fault.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { readPrometheusConfig } from '../config/prometheus-config.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import type { ReceiverSpec } from './receiver-kinds.ts'

export interface PrometheusReceiverSource {
  readonly faults: FaultList
  /** That of the file. */
  readonly folder: string
}

/** `prometheus`: jobs of the program's own scraper. What is scraped goes through the processors of the pipeline as points under its own names. */
export function prometheusReceiver(source: PrometheusReceiverSource): ComponentKind<ReceiverSpec> {
  return {
    name: 'prometheus',
    signals: ['metrics'],
    read: (node) => readPrometheusReceiver(node, source),
  }
}

function readPrometheusReceiver(
  node: YamlNode,
  source: PrometheusReceiverSource,
): ReceiverSpec | undefined {
  const map = node.asMap()
  const config = map?.key('config')
  if (map === undefined || config === undefined || config.isEmpty) {
    return node.errorAtKey('config must be set, with scrape_configs as in a prometheus.yml')
  }
  const allocator = map.key('target_allocator')
  if (allocator.isPresent) allocator.errorAtKey('is not supported: write the jobs into config')
  for (const name of ['trim_metric_suffixes', 'use_start_time_metric', 'start_time_metric_regex']) {
    const key = map.key(name)
    if (key.isPresent) key.warnAtKey('has no effect: samples are stored as they are scraped')
  }
  for (const name of ['report_extra_scrape_metrics', 'api_server', 'ignore_metadata']) map.key(name)
  map.finish()
  const jobs: readonly ScrapeConfig[] = readPrometheusConfig(config, source).scrapeConfigs
  return { kind: 'scrape', jobs }
}
