import { createHash, randomUUID } from 'node:crypto'
import path from 'node:path'
import { groupIdentity } from './alert/rules/rule-config.ts'
import { TELLING } from './alert/telling.ts'
import { describeCluster } from './cluster/describe-cluster.ts'
import { ownLeaseClock } from './cluster/lease-clock.ts'
import { leaseTableIn } from './cluster/lease-table.ts'
import { Leases } from './cluster/leases.ts'
import { buildAliases, type BuiltInPart } from './collect/aliases.ts'
import { printPrometheusConfig } from './collect/config/print.ts'
import { isLocal as isLocalServer } from './collect/postgres/server-address.ts'
import type { ScrapeWork } from './collect/scrape/scrape-pool.ts'
import type { VedetteConfig } from './config.ts'
import type { ClusterJson } from './contract/cluster.ts'
import type { Core } from './core.ts'
import { isLoopbackHost } from './http/authenticate-network.ts'
import type { LineIngest } from './ingest/lines.ts'
import type { MetricFamily } from './model/metric-family.ts'
import { Problem } from './model/problem.ts'
import { placeOfMetadata } from './start-metadata.ts'
import type { WorkShare } from './model/work-share.ts'
import { VERSION } from './self/version.ts'
import { createSharedViews, type SharedViews } from './start-cluster-views.ts'
import type { ClusterMember } from './store/metadata/cluster-leases.ts'
import type { Metadata } from './store/metadata/metadata.ts'
import { openMetadata } from './store/metadata/open.ts'

/** The part of a cluster that this program is. */
export interface RunningCluster {
  /** Which of the shared work is its own: nothing before `start`. */
  readonly work: WorkShare
  /** The targets among it, and what stands for this machine as `instance`. */
  readonly scrape: { readonly work: ScrapeWork; readonly instanceOf: (address: string) => string }
  /** Where events go that every member is told alike: one stores them. */
  shareEvents(ingest: Pick<LineIngest, 'push'>): Pick<LineIngest, 'push'>
  /** To be called as soon as the metadata is open: what it ends then ends after all that works. Rejects with a `Problem`. */
  open(metadata: Metadata, url: () => string): Promise<void>
  /** Becomes a member; to be called when everything is there that the work needs. */
  start(): Promise<void>
  describe(): ClusterJson | undefined
  /** How the work of all members is, as far as they tell. */
  readonly views: SharedViews
}

interface Opened {
  readonly metadata: Metadata
  /** The same database, for leases alone. */
  readonly leases: Metadata
  readonly url: () => string
}

/** Events of Kubernetes, as a piece of shared work. */
const EVENTS_KEY = 'events of Kubernetes'

/** Undefined without a cluster: all work is this program's own. */
export function createCluster(core: Core): RunningCluster | undefined {
  const settings = core.config().cluster
  if (settings === undefined) return undefined
  const id = randomUUID()
  const hash = createConfigHash()
  let opened: Opened | undefined
  const me = (): ClusterMember => ({
    ...{ id, name: settings.name, version: VERSION, url: opened?.url() ?? '' },
    ...{ configHash: hash(core.config()), startedMs: core.startedMs },
  })
  const leases = new Leases({
    table: leaseTableIn(() => {
      if (opened === undefined) throw new Problem('unavailable', 'the metadata is not open')
      return opened.leases
    }),
    me,
    clock: ownLeaseClock,
    log: core.log.child({ component: 'cluster' }),
  })
  core.registry.collect(() => familiesOf(leases))
  const views = createSharedViews(core, id)
  return {
    work: leases,
    scrape: shareTargets(core, leases, settings.name),
    shareEvents: (ingest) => ({
      push: async (batch) =>
        leases.isMine(EVENTS_KEY) ? ingest.push(batch) : { kind: 'stored', lines: 0 },
    }),
    async open(metadata, url) {
      const log = core.log.child({ component: 'cluster' })
      // Connections of their own: leases must not wait for a storm of alerts to be written.
      const own = await openMetadata(placeOfMetadata(core.config()), log)
      core.ends.push(() => own.close())
      opened = { metadata, leases: own, url }
      core.ends.push(() => leases.stop())
    },
    async start() {
      await leases.start()
      if (opened !== undefined) views.start(opened.metadata)
    },
    views,
    describe: () => describeCluster(leases, me(), TELLING),
  }
}

/**
 * What the configuration says about shared work, as a short text that is the same in every member that was told the same. Folders
 * may differ.
 */
function createConfigHash(): (config: VedetteConfig) => string {
  let last: { readonly config: VedetteConfig; readonly hash: string } | undefined
  return (config) => {
    if (last?.config === config) return last.hash
    const { prometheus, prometheusFile, rules, logs, alertmanager, packs } = config
    const groups = [...rules.groups, ...logs.ruler.groups].map((group) =>
      groupIdentity({ ...group, file: path.basename(group.file) }),
    )
    const said = [
      printPrometheusConfig(prometheus, prometheusFile).replaceAll(
        path.dirname(prometheusFile),
        '',
      ),
      ...groups.sort(),
      JSON.stringify(alertmanager?.config ?? null),
      JSON.stringify(packs.packs.map(({ manifest, mode }) => [manifest.name, mode])),
    ]
    const hash = createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 16)
    last = { config, hash }
    return hash
  }
}

/** Parts that look at something that is the same from everywhere. */
const SHARED_PARTS: ReadonlySet<BuiltInPart> = new Set(['blackbox', 'kube-state'])
const PROBE = /^https?:\/\/[^/?]*\/probe(?:\?|$)/

/**
 * Which targets members divide. What stands behind a loopback address is another thing on each machine, and so is what a part of
 * this program plays for its own machine: each member scrapes its own, and its name stands for the machine in `instance`.
 */
function shareTargets(core: Core, work: WorkShare, name: string): RunningCluster['scrape'] {
  const aliases = buildAliases(core.config().aliases)
  const isOwnAddress = (address: string): boolean => {
    const part = aliases.find(address)
    if (part === 'postgres') {
      const servers = core.config().collectors.postgres?.servers ?? []
      return servers.some((server) => isLocalServer(server))
    }
    if (part !== undefined) return !SHARED_PARTS.has(part)
    return isLoopbackHost(hostOf(address))
  }
  return {
    work: {
      isMine: (key) => work.isMine(key),
      idleMs: (key) => work.idleMs(key),
      onChange: (listener) => work.onChange(listener),
      isOwn: ({ address, url }) => !PROBE.test(url) && isOwnAddress(address),
    },
    instanceOf: (address) =>
      isOwnAddress(address) ? `${name}${address.slice(hostPartOf(address).length)}` : address,
  }
}

/** `[::1]` of `[::1]:9100`. */
function hostPartOf(address: string): string {
  return /^(?:\[[^\]]*\]|[^:]*)/.exec(address)?.[0] ?? address
}

function hostOf(address: string): string {
  return hostPartOf(address).replace(/^\[|\]$/g, '')
}

function familiesOf(leases: Leases): readonly MetricFamily[] {
  const one = (
    type: 'gauge' | 'counter',
    name: string,
    help: string,
    value: number,
  ): MetricFamily => ({ name, help, type, metrics: [{ suffix: '', labels: [], value }] })
  const { takenOver, handedOver, failedRounds } = leases.counts
  return [
    one('gauge', 'vedette_cluster_members', 'Members that live.', leases.living.length),
    one('gauge', 'vedette_cluster_shards_held', 'Shards of the shared work.', leases.heldCount),
    one(
      'counter',
      'vedette_cluster_takeovers_total',
      'Shards taken from members that gave no sign of life.',
      takenOver,
    ),
    one(
      'counter',
      'vedette_cluster_handovers_total',
      'Shards given to other members in order.',
      handedOver,
    ),
    one(
      'counter',
      'vedette_cluster_rounds_failed_total',
      'Times that the metadata database could not be asked who does what.',
      failedRounds,
    ),
  ]
}
