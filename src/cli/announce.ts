import { existsSync } from 'node:fs'
import type { FirstAdmin } from '../access/first-admin.ts'
import type { VedetteConfig } from '../config.ts'
import { formatDurationMs } from '../model/duration.ts'
import { VERSION } from '../self/version.ts'
import { DEFAULT_URL } from './api-client.ts'
import { printable, truncate } from './printable.ts'

export interface Announcement {
  readonly config: VedetteConfig
  /** Undefined when its listener is off. */
  readonly prometheusUrl: string | undefined
  /** The web UI; undefined when its listener is off. */
  readonly uiUrl: string | undefined
  readonly tookMs: number
  /** There was nothing in the data directory before. */
  readonly isNew: boolean
  /** What could be watched and is not, a line each. */
  readonly found: readonly string[]
  /** How this program is called from where it was started. */
  readonly program: string
}

/** `bin/vedette` in a checkout, otherwise the name on the PATH. */
export function ownProgramName(): string {
  return existsSync('bin/vedette') ? 'bin/vedette' : 'vedette'
}

/** What a person who has just started the server wants to know: what it watches and where to look. */
export function announce(told: Announcement): string {
  const { config, prometheusUrl, uiUrl, tookMs, program } = told
  const lines = [
    '',
    `Vedette ${VERSION} is ready after ${(tookMs / 1000).toFixed(1)} s.`,
    '',
    `  watches  ${describeWatched(config)}`,
    ...(config.tail === undefined ? [] : [`  reads    ${describeLogs(config.tail)}`]),
    ...told.found.map((line) => `  found    ${line}`),
    `  keeps    ${describeStore(told)}`,
    `  answers  ${prometheusUrl === undefined ? 'nobody: the listener is off' : `${prometheusUrl} as Prometheus does`}`,
    ...(uiUrl === undefined ? [] : [`  shows    ${uiUrl} in a browser`]),
    '',
  ]
  if (prometheusUrl !== undefined) lines.push(...describeFirstLook(prometheusUrl, program))
  return `${lines.join('\n')}\n`
}

/** Shown at the first start and never again, since only a hash of the password is kept. */
export function describeFirstAdmin(
  { login, generatedPassword }: FirstAdmin,
  program: string,
): string {
  if (generatedPassword === undefined) {
    return `\n  The first user is ${login}, with the password of the environment.\n\n`
  }
  return [
    '',
    '  The first user of the web UI. The password is shown this once:',
    '',
    `    user      ${login}`,
    `    password  ${generatedPassword}`,
    '',
    `  (lost: ${program} user passwd ${login})`,
    '',
    '',
  ].join('\n')
}

function describeFirstLook(url: string, program: string): string[] {
  const at = url === DEFAULT_URL ? '' : ` --url ${url}`
  return [
    'In another terminal, in half a minute (a rate needs two scrapes):',
    '',
    `  ${program} status${at}`,
    `  ${program} query${at} 'sum by (mode) (rate(node_cpu_seconds_total[1m]))'`,
    `  curl '${url}/api/v1/query?query=up'`,
    '',
  ]
}

const MOST_NAMES_WIDTH = 80

function describeWatched({ files, prometheus }: VedetteConfig): string {
  if (files.length === 0) {
    const every = formatDurationMs(prometheus.scrapeConfigs[0]?.intervalMs ?? 0)
    return `this host and itself, every ${every} (no configuration was given; --config names one)`
  }
  const jobs = prometheus.scrapeConfigs
  if (jobs.length === 0) return `nothing: ${printable(files.join(', '))} has no scrape_configs`
  const names = truncate(printable(jobs.map(({ jobName }) => jobName).join(', ')), MOST_NAMES_WIDTH)
  return `${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'} of ${printable(files.join(', '))}: ${names}`
}

function describeLogs({ file, config: { jobs } }: NonNullable<VedetteConfig['tail']>): string {
  if (file === undefined) return 'the logs of this host: its journal, and text files under /var/log'
  const names = truncate(printable(jobs.map(({ jobName }) => jobName).join(', ')), MOST_NAMES_WIDTH)
  return `logs of ${printable(file)}: ${names === '' ? 'none' : names}`
}

function describeStore({ config, isNew }: Announcement): string {
  const { retention, clickhouse, dataFolder } = config
  const bounds = [formatDurationMs(retention.timeMs)]
  if (retention.sizeBytes > 0)
    bounds.push(`at most ${(retention.sizeBytes / 2 ** 30).toFixed(1)} GiB`)
  const where = clickhouse === undefined ? `${dataFolder}${isNew ? ' (new)' : ''}` : clickhouse.url
  return `${bounds.join(', ')} in ${printable(where)}`
}
