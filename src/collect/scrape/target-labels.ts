import { formatDurationMs, parseDurationMs } from '../../model/duration.ts'
import { Labels } from '../../model/labels.ts'

/** What a job gives to each of its targets. */
export interface JobDefaults {
  readonly jobName: string
  readonly scrapeIntervalMs: number
  readonly scrapeTimeoutMs: number
  readonly metricsPath: string
  readonly scheme: string
  readonly params: Readonly<Record<string, readonly string[]>>
  readonly relabel: (labels: Labels) => Labels | undefined
}

/** A target as it will be scraped. */
export interface TargetSpec {
  /** Before relabelling: what discovery and the job gave. Shown by the targets API. */
  readonly discovered: Labels
  /** What every series of the target carries. */
  readonly labels: Labels
  readonly url: string
  /** `host:port`, for aliases. */
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
  if (relabeled === undefined || relabeled.size === 0) return { kind: 'drop', discovered }
  const fault = (message: string): TargetDecision => ({ kind: 'fault', discovered, message })
  const address = relabeled.get('__address__')
  if (address === '') return fault('no address')
  if (address.includes('/')) return fault(`${JSON.stringify(address)} is not a valid hostname`)
  const scheme = relabeled.get('__scheme__') || 'http'
  if (scheme !== 'http' && scheme !== 'https') return fault(`scheme ${JSON.stringify(scheme)} is neither http nor https`)
  const intervalMs = parseDurationMs(relabeled.get('__scrape_interval__'))
  if (intervalMs === undefined || intervalMs === 0) return fault('scrape interval is not a duration above 0')
  const timeoutMs = parseDurationMs(relabeled.get('__scrape_timeout__'))
  if (timeoutMs === undefined || timeoutMs === 0) return fault('scrape timeout is not a duration above 0')
  if (timeoutMs > intervalMs) {
    return fault(
      `scrape timeout cannot be greater than scrape interval (${relabeled.get('__scrape_timeout__')} > ${relabeled.get('__scrape_interval__')})`,
    )
  }
  const url = targetUrl(relabeled, scheme, address, job.params)
  if (url === undefined) return fault(`${JSON.stringify(address)} is not a valid address`)
  const labels = relabeled.has('instance') ? relabeled : relabeled.with({ instance: address })
  const reserved = new Set<string>()
  for (let i = 0; i < labels.flat.length; i += 2) {
    const name = labels.flat[i] as string
    if (name.startsWith('__')) reserved.add(name)
  }
  return {
    kind: 'keep',
    target: { discovered, labels: labels.without(reserved), url, address, intervalMs, timeoutMs },
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

function targetUrl(
  labels: Labels,
  scheme: string,
  address: string,
  params: JobDefaults['params'],
): string | undefined {
  const path = labels.get('__metrics_path__') || '/'
  const query = new URLSearchParams()
  const flat = labels.flat
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string
    if (!name.startsWith('__param_')) continue
    const parameter = name.slice('__param_'.length)
    query.append(parameter, flat[i + 1] as string)
    // Values beyond the first do not pass through labels.
    for (const value of params[parameter]?.slice(1) ?? []) query.append(parameter, value)
  }
  try {
    const url = new URL(`${scheme}://${address}`)
    const [pathname, ownQuery] = path.split('?', 2)
    url.pathname = pathname as string
    const text = [ownQuery ?? '', query.toString()].filter((part) => part !== '').join('&')
    return `${url.href}${text === '' ? '' : `?${text}`}`
  } catch {
    return undefined
  }
}
