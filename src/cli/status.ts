import type {
  ActiveTargetJson,
  BuildInfoJson,
  RuntimeInfoJson,
  TargetsJson,
  TsdbStatusJson,
} from '../contract/prometheus.ts'
import type { ClusterJson } from '../contract/cluster.ts'
import { age } from './age.ts'
import { createApiClient, type ApiClient } from './api-client.ts'
import type { DiskJson } from '../contract/disk.ts'
import type { MemoryJson } from '../contract/memory.ts'
import { padRight, printable } from './printable.ts'
import { clusterFaults, clusterRows, readClusterStatus } from './status-cluster.ts'
import { readAgents, type AgentSeen } from './status-agents.ts'
import { describeDisk, readDisk } from './status-disk.ts'
import { describeMemory, readMemory } from './status-memory.ts'
import type { Terminal } from './terminal.ts'

interface Seen {
  readonly build: BuildInfoJson
  readonly runtime: RuntimeInfoJson
  readonly targets: readonly ActiveTargetJson[]
  readonly agents: readonly AgentSeen[]
  readonly series: number
  readonly disk: DiskJson | null
  readonly memory: MemoryJson | null
  readonly cluster: ClusterJson | null
  readonly isReady: boolean
  /** Of `/-/ready`: says what is missing. */
  readonly readiness: string
}

/**
 * `vedette status`: what runs, what is watched, and what is wrong. Resolves to the exit code: 0 when the server is ready and no
 * target is down. Throws `ApiError`.
 */
export async function runStatus(url: string, terminal: Terminal): Promise<number> {
  const client = createApiClient(url)
  try {
    const seen = await look(client)
    const down = seen.targets.filter(({ health }) => health === 'down')
    const nowMs = terminal.nowMs()
    const parts = [
      describeServer(client.url, seen, nowMs),
      describeJobs(seen.targets, nowMs),
      describeAgents(seen.agents, nowMs),
      describeMembers(seen.cluster),
    ]
    if (down.length > 0) parts.push(down.map(describeDown).join('\n'))
    terminal.write(`${parts.filter((part) => part !== '').join('\n\n')}\n`)
    return seen.isReady && down.length === 0 ? 0 : 1
  } finally {
    await client.close()
  }
}

async function look(client: ApiClient): Promise<Seen> {
  const [build, runtime, targets, tsdb, ready, agents, disk, cluster, memory] = await Promise.all([
    client.call<BuildInfoJson>('/api/v1/status/buildinfo'),
    client.call<RuntimeInfoJson>('/api/v1/status/runtimeinfo'),
    client.call<TargetsJson>('/api/v1/targets?state=active'),
    client.call<TsdbStatusJson>('/api/v1/status/tsdb?limit=1'),
    client.get('/-/ready'),
    readAgents(client),
    readDisk(client),
    readClusterStatus(client),
    readMemory(client),
  ])
  return {
    build: build.data,
    runtime: runtime.data,
    targets: targets.data.activeTargets,
    agents,
    disk,
    cluster,
    memory,
    series: tsdb.data.headStats.numSeries,
    isReady: ready.status === 200,
    readiness: printable(ready.text.trim().replace(/^Service Unavailable: /, '')),
  }
}

function describeServer(url: string, seen: Seen, nowMs: number): string {
  const { runtime, targets } = seen
  const up = targets.filter(({ health }) => health === 'up').length
  const down = targets.filter(({ health }) => health === 'down').length
  const waiting = targets.length - up - down
  const reload = runtime.reloadConfigSuccess
    ? ''
    : '; the last reload was refused, see the log of the server'
  const rows: [string, string][] = [
    ['running', `since ${localTime(runtime.startTime)} on ${printable(runtime.hostname)}`],
    ['configuration', `loaded ${localTime(runtime.lastConfigTime)}${reload}`],
    ['retention', printable(runtime.storageRetention)],
    ...describeDisk(seen.disk, nowMs),
    ...describeMemory(seen.memory),
    ['series', seen.series.toLocaleString('en-US')],
    [
      'targets',
      `${up} of ${targets.length} up${waiting === 0 ? '' : `, ${waiting} not asked yet`}`,
    ],
  ]
  const state = seen.isReady ? 'is ready' : `is not ready: ${seen.readiness}`
  return [
    `${productOf(seen.build)} at ${url} ${state}`,
    ...rows.map(([name, text]) => `  ${padRight(name, 13)}  ${text}`),
  ].join('\n')
}

/** `buildinfo` has the version of Prometheus that is answered as, and ours in the revision. */
function productOf({ version, revision }: BuildInfoJson): string {
  const own = /^vedette-(.+)$/.exec(revision)?.[1]
  return printable(own === undefined ? `Prometheus ${version}` : `Vedette ${own}`)
}

function describeJobs(targets: readonly ActiveTargetJson[], nowMs: number): string {
  const jobs = new Map<string, ActiveTargetJson[]>()
  for (const target of targets) {
    jobs.set(target.scrapePool, [...(jobs.get(target.scrapePool) ?? []), target])
  }
  if (jobs.size === 0) return '  nothing is scraped'
  const rows = [...jobs].map(([job, of]) => {
    const up = of.filter(({ health }) => health === 'up').length
    const scraped = of
      .map(({ lastScrape }) => Date.parse(lastScrape))
      .filter((timeMs) => timeMs > 0)
    const last = scraped.length === 0 ? 'never' : `${age(nowMs - Math.max(...scraped))} ago`
    const slowest = Math.max(...of.map(({ lastScrapeDuration }) => lastScrapeDuration))
    return [printable(job), `${up}/${of.length}`, last, `${Math.round(slowest * 1000)} ms`]
  })
  return describeTable([['job', 'up', 'last scrape', 'slowest'], ...rows])
}

function describeMembers(cluster: ClusterJson | null): string {
  const rows = clusterRows(cluster)
  if (rows.length === 0) return ''
  return [describeTable(rows), ...clusterFaults(cluster).map((fault) => `  ${fault}`)].join('\n')
}

/** Nothing where there are none. */
function describeAgents(agents: readonly AgentSeen[], nowMs: number): string {
  if (agents.length === 0) return ''
  const rows = agents.map(({ hostname, version, heardMs }) => [
    printable(hostname),
    printable(version),
    `${age(nowMs - heardMs)} ago`,
  ])
  return describeTable([['agent', 'version', 'last heard'], ...rows])
}

function describeTable(all: readonly (readonly string[])[]): string {
  const widths = (all[0] ?? []).map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)))
  return all
    .map((row) =>
      `  ${row.map((cell, at) => padRight(cell, widths[at] ?? 0)).join('  ')}`.trimEnd(),
    )
    .join('\n')
}

function describeDown({ scrapePool, scrapeUrl, lastError }: ActiveTargetJson): string {
  return `  down: ${printable(scrapePool)} ${printable(scrapeUrl)}\n        ${printable(lastError)}`
}

function localTime(text: string): string {
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) return printable(text)
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 19).replace('T', ' ')
}
