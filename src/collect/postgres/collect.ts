import { setTimeout as sleep } from 'node:timers/promises'
import type { MetricFamily } from '../../model/metric-family.ts'
import type { PostgresSettings } from './postgres-settings.ts'
import { scrapePage, type PageState } from './scrape-page.ts'
import { ServerScraper, type ServerResult } from './scrape-server.ts'
import { addressKey } from './server-address.ts'
import { ToldFaults, type FaultTeller } from './told-faults.ts'

/** The metrics of PostgreSQL servers. */
export interface PostgresCollector {
  /**
   * Asks every server at the same time, and answers before `waitMs` are over. Never rejects but when the signal is aborted: what could not be read is told by `pg_up`,
   * `pg_scrape_collector_success` and `pg_exporter_last_scrape_error`.
   */
  collect(signal: AbortSignal, waitMs?: number): Promise<MetricFamily[]>
  /** Closes the connections. */
  stop(): Promise<void>
}

/** How long the others' answers wait for a server that did not answer in time before. */
const GRACE_MS = 250

/** Of what whoever asks is ready to wait: a page has to be written and read, too. */
const WAIT_SHARE = 0.9

interface AskedServer {
  readonly scraper: ServerScraper
  /** The scrape that goes on. */
  running: Promise<ServerResult> | undefined
  /** What came after the page had gone without it. */
  late: ServerResult | undefined
  wasLate: boolean
}

export interface CollectorOptions {
  readonly settings: () => PostgresSettings
  readonly tell: FaultTeller
  /** What else is known from a server's answer. Must not reject. */
  readonly enrich?: (scraper: ServerScraper, result: ServerResult) => Promise<MetricFamily[]>
}

/** Makes a collector. Servers of the settings that are in force at a scrape are asked; connections to others are closed. */
export function createPostgresCollector(options: CollectorOptions): PostgresCollector {
  const { settings, tell, enrich } = options
  const faults = new ToldFaults(tell)
  const servers = new Map<string, AskedServer>()
  const state: PageState = { scrapes: 0 }
  return {
    async collect(signal, waitMs = Number.POSITIVE_INFINITY) {
      const startedMs = performance.now()
      const inForce = settings()
      const leftMs = Math.max(waitMs * WAIT_SHARE - 2 * GRACE_MS, GRACE_MS)
      const now = { ...inForce, timeoutMs: Math.min(inForce.timeoutMs, leftMs) }
      await keepServers(servers, now, faults)
      const asked = [...servers.values()]
      const isOnly = asked.length === 1
      for (const one of asked) begin(one, now, isOnly)
      const results = await gather(asked, now.timeoutMs, signal)
      signal.throwIfAborted()
      state.scrapes++
      const seconds = (performance.now() - startedMs) / 1000
      const parts = await Promise.all(
        asked.map(async ({ scraper }, i) => {
          const result = results[i]
          const more = result === undefined ? [] : ((await enrich?.(scraper, result)) ?? [])
          return { label: scraper.label, result, more }
        }),
      )
      return scrapePage(parts, now, { ...state, seconds })
    },
    async stop() {
      const open = [...servers.values()]
      servers.clear()
      await Promise.all(open.map(({ scraper }) => scraper.close()))
    },
  }
}

async function keepServers(
  servers: Map<string, AskedServer>,
  settings: PostgresSettings,
  faults: ToldFaults,
): Promise<void> {
  const wanted = new Map(settings.servers.map((address) => [addressKey(address), address]))
  const gone = [...servers].filter(([key]) => !wanted.has(key))
  for (const [key] of gone) servers.delete(key)
  await Promise.all(gone.map(([, { scraper }]) => scraper.close()))
  for (const [key, address] of wanted) {
    if (servers.has(key)) continue
    const scraper = new ServerScraper(address, faults)
    servers.set(key, { scraper, running: undefined, late: undefined, wasLate: false })
  }
  faults.keepOnly(new Set([...servers.values()].map(({ scraper }) => scraper.label)))
}

/** Starts a scrape unless one goes on. */
function begin(server: AskedServer, settings: PostgresSettings, isOnly: boolean): void {
  if (server.running !== undefined) return
  const running = server.scraper.scrape(settings, isOnly).then((result) => {
    server.running = undefined
    server.late = result
    return result
  })
  server.running = running
}

/**
 * The results that are there in time, in the order of the servers. One that was late before gets little more time than the others
 * take; what it answers after that is in the next page.
 */
async function gather(
  asked: readonly AskedServer[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<(ServerResult | undefined)[]> {
  const patienceMs = timeoutMs + GRACE_MS
  const slow = asked.filter(({ wasLate }) => wasLate)
  await waitFor(
    asked.filter(({ wasLate }) => !wasLate),
    patienceMs,
    signal,
  )
  await waitFor(slow, asked.length === 1 ? patienceMs : GRACE_MS, signal)
  return asked.map((server) => {
    const { late } = server
    server.wasLate = server.running !== undefined || late?.isLate === true
    server.late = undefined
    return late
  })
}

/** Waits for scrapes that go on, but not for ever. */
async function waitFor(
  servers: readonly AskedServer[],
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  const running = servers.flatMap((one) => (one.running === undefined ? [] : [one.running]))
  if (running.length === 0) return
  const done = new AbortController()
  const pause = sleep(ms, undefined, { signal: AbortSignal.any([signal, done.signal]) })
  await Promise.race([Promise.all(running), pause.catch(() => undefined)])
  done.abort()
}
