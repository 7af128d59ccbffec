import { OWN_PROBES_ADDRESS } from '../aliases.ts'
import { readLabelSet } from '../config/label-set.ts'
import { formatDurationMs } from '../../model/duration.ts'
import type { FaultList } from '../../yaml/fault.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { readPrometheusConfig, type PrometheusConfig } from '../config/prometheus-config.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import type { ProbeModules } from './probe-module.ts'

/** One item of `probes:` of vedette.yml. */
interface ProbeJob {
  /** The job of its series. */
  readonly name: string
  readonly module: string
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  /** Undefined: as other jobs. In the notation of Prometheus. */
  readonly interval: string | undefined
  readonly timeout: string | undefined
}

export interface ProbesSource {
  readonly node: YamlNode | undefined
  readonly modules: ProbeModules
  /** What is scraped besides. */
  readonly prometheus: PrometheusConfig
  readonly faults: FaultList
  readonly folder: string
}

/** The jobs of `probes:` as jobs of a prometheus.yml, which go through the same scraper. */
export function readProbeJobs(source: ProbesSource): readonly ScrapeConfig[] {
  const { node, modules, prometheus, faults, folder } = source
  const taken = new Set(prometheus.scrapeConfigs.map(({ jobName }) => jobName))
  const jobs = readProbesSection(node, modules, taken)
  if (jobs.length === 0 || faults.hasErrors) return []
  const { intervalMs, timeoutMs } = prometheus.global
  const text = JSON.stringify({
    global: {
      scrape_interval: formatDurationMs(intervalMs),
      scrape_timeout: formatDurationMs(timeoutMs),
    },
    scrape_configs: jobs.map(scrapeJobOf),
  })
  // What is JSON is YAML.
  const made = parseYaml(text, { faults, file: node?.file ?? 'probes' })
  if (made === undefined) throw new Error('the jobs of probes are not YAML')
  return readPrometheusConfig(made, { faults, folder }).scrapeConfigs
}

/** Reads `probes: [{name, module, targets, labels, interval, timeout}]`; an item without a name belongs to the job `probe`. */
function readProbesSection(
  node: YamlNode | undefined,
  modules: ProbeModules,
  taken: ReadonlySet<string>,
): readonly ProbeJob[] {
  const jobs: ProbeJob[] = []
  for (const item of node?.asList() ?? []) {
    const job = readProbeJob(item, modules)
    if (job === undefined) continue
    if (taken.has(job.name) || jobs.some(({ name }) => name === job.name))
      item.error(`there is another job ${job.name}: give this one a name of its own`)
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
  const [most, own] = [interval.durationMs(), timeout.durationMs()]
  if (most !== undefined && own !== undefined && own > most)
    timeout.error(`is longer than the interval, ${job.interval}`)
  if (job.targets.length === 0) {
    if (targets.isPresent) targets.error('must hold at least one target')
    else node.error('targets must be set')
  }
  map.finish()
  return job
}

/** The job of a prometheus.yml that probes the same. */
function scrapeJobOf(job: ProbeJob): object {
  return {
    job_name: job.name,
    metrics_path: '/probe',
    params: { module: [job.module] },
    ...(job.interval === undefined ? {} : { scrape_interval: job.interval }),
    ...(job.timeout === undefined ? {} : { scrape_timeout: job.timeout }),
    static_configs: [{ targets: job.targets, labels: job.labels }],
    relabel_configs: [
      { source_labels: ['__address__'], target_label: '__param_target' },
      { source_labels: ['__param_target'], target_label: 'instance' },
      { target_label: '__address__', replacement: OWN_PROBES_ADDRESS },
    ],
  }
}
