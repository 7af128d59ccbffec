import type { ScrapeManager } from './collect/scrape/scrape-manager.ts'
import type { MemoryJson } from './contract/memory.ts'
import type { Core } from './core.ts'
import { LokiPushDecoder } from './formats/loki-push/push-decoder.ts'
import { encodeText } from './formats/prometheus-text/encode.ts'
import { PushDecoder } from './formats/remote-write/push-decoder.ts'
import { agentRoutes, type AgentDoors } from './http/agent-routes.ts'
import { urlOf } from './http/listener-url.ts'
import type { Listener } from './http/listener.ts'
import { MAX_PUSH_BYTES } from './http/loki/push.ts'
import { createPrometheusListener } from './http/prometheus.ts'
import type { PrometheusDoors } from './http/prometheus/doors.ts'
import { createStatusView } from './http/prometheus/views/status-view.ts'
import { createTargetsView } from './http/prometheus/views/targets-view.ts'
import { limitLabels } from './ingest/samples.ts'
import { Problem } from './model/problem.ts'
import type { RunningCluster } from './start-cluster.ts'
import type { PromqlEngine } from './query/promql/engine.ts'
import type { MetricsStore } from './store/metrics-store.ts'

/** Series that no push named for so long are forgotten by the decoder. Few senders take longer between two samples; their series are decoded anew. */
const FORGET_INTERVAL_MS = 2 * 60_000
const MAX_WRITE_BYTES = 64 * 1024 * 1024
export const MAX_QUERY_SERIES = 500_000

/** What the rest of the program tells the Prometheus API. */
export interface PrometheusParts extends Pick<
  PrometheusDoors,
  'rules' | 'alertmanagers' | 'readiness' | 'webUi' | 'receiveMetrics'
> {
  readonly promql: PromqlEngine
  readonly scraper: ScrapeManager
  /** The cluster that this program is a member of. */
  readonly cluster: Pick<RunningCluster, 'describe' | 'views'> | undefined
  readonly memory: () => MemoryJson
  readonly flags: Readonly<Record<string, string>>
  readonly lastReload: () => { readonly succeeded: boolean; readonly atMs: number }
  readonly reload: () => Promise<readonly string[]>
  readonly quit: () => void
}

/** The doors of the Prometheus API: its listener opens them, and so does the web UI's. */
export function createPrometheusDoors(core: Core, parts: PrometheusParts): PrometheusDoors {
  const { query, web, storage, listen } = core.config()
  const own = listen.prometheus ?? { host: 'localhost', port: 9090 }
  const decoder = new PushDecoder({ maxBytes: MAX_WRITE_BYTES, maxSeries: storage.maxSeries })
  const forgetting = setInterval(() => decoder.forgetUnseen(), FORGET_INTERVAL_MS)
  core.ends.push(() => clearInterval(forgetting.unref()))
  const { cluster } = parts
  const targets = createTargetsView(parts.scraper)
  return {
    engine: parts.promql,
    source: core.late,
    sink: limitLabels(core.late),
    writeDecoder: decoder,
    receiveMetrics: parts.receiveMetrics,
    targets: cluster?.views.targets(targets) ?? targets,
    status: createStatusView({
      startedMs: core.startedMs,
      config: core.config,
      flags: () => parts.flags,
      lastReload: parts.lastReload,
      store: () => core.late.opened,
      features: core.config().features,
      disk: () => core.disk.describe(),
    }),
    rules: cluster?.views.rules(parts.rules) ?? parts.rules,
    cluster: () => cluster?.describe(),
    memory: parts.memory,
    alertmanagers: parts.alertmanagers,
    ...(web.adminApi ? { admin: createAdmin(core) } : {}),
    ...(web.lifecycle
      ? { lifecycle: { reload: () => parts.reload(), quit: () => parts.quit() } }
      : {}),
    readiness: parts.readiness,
    ...(parts.webUi === undefined ? {} : { webUi: parts.webUi }),
    selfMetrics: async () => encodeText(core.registry.families()),
    registry: core.registry,
    log: core.log,
    limits: { maxSeries: MAX_QUERY_SERIES, maxSamples: query.maxSamples },
    externalUrl: new URL(urlOf(own, own.port)),
    nowMs: Date.now,
  }
}

/** The listener of the Prometheus API, with what agents send besides metrics; undefined when it is off. */
export function createPrometheus(
  core: Core,
  doors: PrometheusDoors,
  forwarded: Pick<AgentDoors, 'ingest' | 'logs' | 'spans'>,
): Listener | undefined {
  const { listen } = core.config()
  const address = listen.prometheus
  if (address === undefined) return undefined
  const { registry, log } = core
  const decoder = new LokiPushDecoder(MAX_PUSH_BYTES)
  const others = agentRoutes({ ...forwarded, decoder, registry, log })
  return createPrometheusListener(doors, { address, access: core.access() }, others)
}

function createAdmin({ late }: Core) {
  return {
    deleteSeries: async (...args: Parameters<MetricsStore['deleteSeries']>) => {
      const store = late.opened
      if (store === undefined)
        throw new Problem('unavailable', 'the store is starting: try again in a moment')
      await store.deleteSeries(...args)
    },
    // Deleted samples are gone from answers at once; the engine frees their space when it merges.
    cleanTombstones: () => Promise.resolve(),
  }
}
