import { formatDurationMs, parseDurationMs } from '../../model/duration.ts'
import type { Labels } from '../../model/labels.ts'
import { targetUrl } from './target-url.ts'

/** What a job gives to each of its targets. */
export interface JobDefaults {
  readonly jobName: string
  readonly scrapeIntervalMs: number
  readonly scrapeTimeoutMs: number
  readonly metricsPath: string
  readonly scheme: string
  readonly params: Readonly<Record<string, readonly string[]>>
  readonly relabel: (labels: Labels) => Labels | undefined
  /** What stands for an address as `instance`; without it, the address. */
  readonly instanceOf?: (address: string) => string
}

/** A target as it will be scraped. */
export interface TargetSpec {
  /** Before relabelling: what discovery and the job gave. Shown by the targets API. */
  readonly discovered: Labels
  /** What every series of the target carries. */
  readonly labels: Labels
  readonly url: string
  /** `host:port` as relabelling left it, for aliases. */
  readonly address: string
  readonly intervalMs: number
  readonly timeoutMs: number
}

export type TargetDecision =
  | { readonly kind: 'keep'; readonly target: TargetSpec }
  | { readonly kind: 'drop'; readonly discovered: Labels }
  | { readonly kind: 'fault'; readonly discovered: Labels; readonly message: string }

/**
 * From the labels that discovery found to a target, by the rules of Prometheus's scrape.PopulateLabels: defaults of the job,
 * relabelling, checks, `instance` from the address; labels that begin with `__` do not reach the series.
 */
export function decideTarget(found: Labels, job: JobDefaults): TargetDecision {
  const discovered = withDefaults(found, job)
  const relabeled = job.relabel(discovered)
  if (relabeled === undefined) return { kind: 'drop', discovered }
  const fault = (message: string): TargetDecision => ({ kind: 'fault', discovered, message })
  const address = relabeled.get('__address__')
  if (address === '') return fault('no address')
  if (address.includes('/')) return fault(`${JSON.stringify(address)} is not a valid hostname`)
  const interval = readDuration(relabeled, 'interval')
  if (typeof interval === 'string') return fault(interval)
  const timeout = readDuration(relabeled, 'timeout')
  if (typeof timeout === 'string') return fault(timeout)
  if (timeout > interval) {
    const [shownTimeout, shownInterval] = ['__scrape_timeout__', '__scrape_interval__'].map(
      (label) => JSON.stringify(relabeled.get(label)),
    )
    return fault(
      `scrape timeout cannot be greater than scrape interval (${shownTimeout} > ${shownInterval})`,
    )
  }
  const url = targetUrl(relabeled, job.params)
  const labels = publicLabels(relabeled, job.instanceOf?.(address) ?? address)
  return {
    kind: 'keep',
    target: { discovered, labels, url, address, intervalMs: interval, timeoutMs: timeout },
  }
}

function withDefaults(found: Labels, job: JobDefaults): Labels {
  const defaults: Record<string, string> = {
    job: job.jobName,
    __scrape_interval__: formatDurationMs(job.scrapeIntervalMs),
    __scrape_timeout__: formatDurationMs(job.scrapeTimeoutMs),
    __metrics_path__: job.metricsPath,
    __scheme__: job.scheme,
  }
  for (const [name, values] of Object.entries(job.params)) {
    if (values[0] !== undefined) defaults[`__param_${name}`] = values[0]
  }
  for (const name of Object.keys(defaults)) if (found.has(name)) delete defaults[name]
  return found.with(defaults)
}

/** Milliseconds, or what is wrong with the label. */
function readDuration(labels: Labels, what: 'interval' | 'timeout'): number | string {
  const text = labels.get(`__scrape_${what}__`)
  const durationMs = parseDurationMs(text)
  if (durationMs === 0) return `scrape ${what} cannot be 0`
  if (durationMs !== undefined) return durationMs
  const reason =
    text === '' ? 'empty duration string' : `not a valid duration string: ${JSON.stringify(text)}`
  return `error parsing scrape ${what}: ${reason}`
}

function publicLabels(relabeled: Labels, instance: string): Labels {
  const labels = relabeled.has('instance') ? relabeled : relabeled.with({ instance })
  const reserved = new Set<string>()
  for (let i = 0; i < labels.flat.length; i += 2) {
    const name = labels.flat[i] as string
    if (name.startsWith('__')) reserved.add(name)
  }
  return labels.without(reserved)
}
