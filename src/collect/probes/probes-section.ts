import { readLabelSet } from '../config/label-set.ts'
import type { YamlNode } from '../../yaml/node.ts'
import type { ProbeModules } from './probe-module.ts'

/** One item of `probes:` of vedette.yml. */
export interface ProbeJob {
  /** The job of its series. */
  readonly name: string
  readonly module: string
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  /** Undefined: as other jobs. In the notation of Prometheus. */
  readonly interval: string | undefined
  readonly timeout: string | undefined
}

/** Reads `probes: [{name, module, targets, labels, interval, timeout}]`; an item without a name belongs to the job `probe`. */
export function readProbesSection(
  node: YamlNode | undefined,
  modules: ProbeModules,
): readonly ProbeJob[] {
  const jobs: ProbeJob[] = []
  for (const item of node?.asList() ?? []) {
    const job = readProbeJob(item, modules)
    if (job === undefined) continue
    if (jobs.some(({ name }) => name === job.name))
      item.error(`another item is named ${job.name} too: give each a name of its own`)
    jobs.push(job)
  }
  return jobs
}

function readProbeJob(node: YamlNode, modules: ProbeModules): ProbeJob | undefined {
  if (node.isEmpty) return node.error('an empty item: targets must be set')
  const map = node.asMap()
  if (!map) return undefined
  const place = map.key('module')
  const module = place.asString() ?? 'http_2xx'
  if (!modules.has(module)) place.asOneOf([...modules.keys()])
  const targets = map.key('targets')
  const interval = map.key('interval')
  const timeout = map.key('timeout')
  const job: ProbeJob = {
    name: map.key('name').asString() ?? 'probe',
    module,
    targets: targets.asStrings() ?? [],
    labels: readLabelSet(map.key('labels'), 'utf8'),
    interval: interval.durationMs() === undefined ? undefined : interval.asString(),
    timeout: timeout.durationMs() === undefined ? undefined : timeout.asString(),
  }
  if (job.targets.length === 0) {
    if (targets.isPresent) targets.error('must hold at least one target')
    else node.error('targets must be set')
  }
  map.finish()
  return job
}

/** Where blackbox_exporter answers, and this program in its place. */
export const BLACKBOX_ADDRESS = 'blackbox-exporter:9115'

/** The job of a prometheus.yml that probes the same, as JSON (which is YAML). */
export function scrapeJobOf(job: ProbeJob): string {
  return JSON.stringify({
    job_name: job.name,
    metrics_path: '/probe',
    params: { module: [job.module] },
    ...(job.interval === undefined ? {} : { scrape_interval: job.interval }),
    ...(job.timeout === undefined ? {} : { scrape_timeout: job.timeout }),
    static_configs: [{ targets: job.targets, labels: job.labels }],
    relabel_configs: [
      { source_labels: ['__address__'], target_label: '__param_target' },
      { source_labels: ['__param_target'], target_label: 'instance' },
      { target_label: '__address__', replacement: BLACKBOX_ADDRESS },
    ],
  })
}
