import { Labels } from '../../model/labels.ts'
import { attributeText } from './attribute-text.ts'
import type { BatchView } from './batch-view.ts'
import { CONNECTION_TYPES, DATABASE, Edges, MESSAGING, VIRTUAL } from './edges.ts'
import { KIND_NAMES, passesFilters } from './filter-policies.ts'
import { sanitizeLabel } from './label-name.ts'
import { multiplierOf } from './span-multiplier.ts'
import type { SeriesBudget } from './series-budget.ts'
import { SeriesTable } from './series-table.ts'
import type { ServiceGraphSettings } from './settings.ts'
import { cut } from './span-labels.ts'

const SERVER = 2
const CLIENT = 3
const PRODUCER = 4
const CONSUMER = 5
const ERROR = 2
/** Who calls where no span says it. */
const UNKNOWN_CLIENT = 'user'

const REQUESTS = 0
const FAILED = 1
const SERVER_S = 0
const CLIENT_S = 1
const MESSAGING_S = 2

/** What happened that metrics of edges do not tell. */
export interface ServiceGraphFigures {
  /** A side that had to wait found no place: there are `max_items` already. */
  readonly onDropped: () => void
  readonly onEdge: () => void
  /** The other side never came, and nothing tells who it is. */
  readonly onExpired: (unmatchedKind: string) => void
  readonly onFiltered: () => void
}

export interface ServiceGraphParts {
  readonly budget: SeriesBudget
  readonly external: Labels
  readonly maxLabelLength: number
  readonly figures: ServiceGraphFigures
}

/**
 * Who calls whom: a span of a client and the span of the server below it are one request (modules/generator/processor/servicegraphs of
 * Tempo). A side waits for the other for a while; what then has no other side is a virtual node where an attribute names it.
 */
export class ServiceGraph {
  readonly #settings: ServiceGraphSettings
  readonly #parts: ServiceGraphParts
  readonly #edges: Edges
  readonly #table: SeriesTable
  /** The label of each column of `Edges.dimensions`. */
  readonly #labels: readonly string[]

  constructor(settings: ServiceGraphSettings, parts: ServiceGraphParts) {
    this.#settings = settings
    this.#parts = parts
    const { dimensions, prefixesDimensions, buckets, exemplars } = settings
    this.#labels = prefixesDimensions
      ? dimensions.flatMap((name) => [`client_${name}`, `server_${name}`].map(sanitizeLabel))
      : dimensions.map(sanitizeLabel)
    this.#edges = new Edges(this.#labels.length)
    const counted = [
      'traces_service_graph_request_total',
      'traces_service_graph_request_failed_total',
    ]
    const measured = [
      'traces_service_graph_request_server_seconds',
      'traces_service_graph_request_client_seconds',
      ...(settings.hasMessagingHistogram
        ? ['traces_service_graph_request_messaging_system_seconds']
        : []),
    ]
    this.#table = new SeriesTable(
      {
        counters: settings.countsRequests ? counted : [],
        histograms: settings.measuresDurations ? measured : [],
        buckets,
        exemplars,
      },
      parts.budget,
      parts.external,
    )
  }

  get tables(): readonly SeriesTable[] {
    return [this.#table]
  }

  /** Sides of requests that wait for the other. */
  get waiting(): number {
    return this.#edges.slots.size
  }

  observe(view: BatchView, rows: Iterable<number>, nowMs: number): void {
    const { kinds } = view.batch
    for (const row of rows) {
      const kind = kinds[row] ?? 0
      if (kind < SERVER || !view.factsOf(row).hasService) continue
      if (!passesFilters(this.#settings.filters, view, row)) {
        this.#parts.figures.onFiltered()
        continue
      }
      const isClient = kind === CLIENT || kind === PRODUCER
      const slot = this.#slotOf(view, row, isClient, nowMs)
      if (slot < 0) continue
      if (isClient) this.#takeClient(slot, view, row)
      else this.#takeServer(slot, view, row)
      if (!this.#edges.isComplete(slot)) continue
      this.#complete(slot, nowMs, '')
      this.#edges.remove(slot)
    }
  }

  /** Gives up on sides that have waited long enough. */
  expire(nowMs: number): void {
    const { slots, expiresMs } = this.#edges
    for (let slot = slots.oldest; slot >= 0; slot = slots.oldest) {
      if ((expiresMs[slot] ?? 0) > nowMs) return
      this.#expire(slot, nowMs)
      this.#edges.remove(slot)
    }
  }

  /** The edge of a row; -1 where there is no room for another. */
  #slotOf(view: BatchView, row: number, isClient: boolean, nowMs: number): number {
    const { traceIds, spanIds, parentIds } = view.batch
    const key = { traceIds, spanIds: isClient ? spanIds : parentIds, row }
    const known = this.#edges.slots.find(key)
    if (known >= 0) return known
    if (this.#edges.slots.size >= this.#settings.maxItems) this.expire(nowMs)
    if (this.#edges.slots.size >= this.#settings.maxItems) {
      this.#parts.figures.onDropped()
      return -1
    }
    this.#parts.figures.onEdge()
    return this.#edges.add(key, nowMs + this.#settings.waitMs)
  }

  #takeClient(slot: number, view: BatchView, row: number): void {
    const edges = this.#edges
    const { batch } = view
    edges.types[slot] = batch.kinds[row] === PRODUCER ? MESSAGING : 0
    edges.clients[slot] = this.#cut(view.factsOf(row).service)
    edges.clientS[slot] = view.durationNs(row) / 1e9
    edges.clientEndMs[slot] = view.endMs(row)
    edges.setIds(slot, batch.traceIds, batch.spanIds, row)
    this.#takeCommon(slot, view, row, 0)
    this.#takeDatabase(slot, view, row)
  }

  #takeServer(slot: number, view: BatchView, row: number): void {
    const edges = this.#edges
    const { batch } = view
    edges.types[slot] = batch.kinds[row] === CONSUMER ? MESSAGING : 0
    edges.servers[slot] = this.#cut(view.factsOf(row).service)
    edges.serverS[slot] = view.durationNs(row) / 1e9
    edges.serverStartMs[slot] = view.startMs(row)
    if (edges.clients[slot] === '') edges.setIds(slot, batch.traceIds, batch.spanIds, row)
    this.#takeCommon(slot, view, row, 1)
  }

  #takeCommon(slot: number, view: BatchView, row: number, side: 0 | 1): void {
    const edges = this.#edges
    const { dimensions, prefixesDimensions, multiplier, peerAttributes } = this.#settings
    edges.kinds[slot] = view.batch.kinds[row] ?? 0
    if (view.batch.statuses[row] === ERROR) edges.hasFailed[slot] = 1
    edges.weights[slot] = multiplierOf(multiplier, view, row)
    const first = slot * this.#labels.length
    for (const [i, name] of dimensions.entries()) {
      const text = view.textOf(row, name, 'resource')
      if (text === undefined) continue
      edges.dimensions[first + (prefixesDimensions ? i * 2 + side : i)] = this.#cut(text)
    }
    for (const name of peerAttributes) {
      const typed = view.ofSpan(row, name)
      if (typed === undefined) continue
      edges.peers[slot] = this.#cut(attributeText(typed))
      return
    }
  }

  /** A database has no span of its own: the call is whole with the client's. */
  #takeDatabase(slot: number, view: BatchView, row: number): void {
    const edges = this.#edges
    const textOf = (name: string): string | undefined => view.textOf(row, name, 'resource')
    const named = this.#settings.databaseAttributes.map(textOf).find((name) => name !== undefined)
    if (named === undefined) return
    edges.types[slot] = DATABASE
    edges.serverS[slot] = view.durationNs(row) / 1e9
    const host = textOf('network.peer.address')
    const port = textOf('network.peer.port')
    const peer = host === undefined || port === undefined ? host : `${host}:${port}`
    const server = textOf('peer.service') ?? textOf('server.address') ?? peer ?? named
    if (server !== '') edges.servers[slot] = this.#cut(server)
  }

  #expire(slot: number, nowMs: number): void {
    const edges = this.#edges
    const peer = edges.peers[slot] ?? ''
    edges.types[slot] = VIRTUAL
    if (edges.clients[slot] === '' && edges.slots.hasZeroSpan(slot)) {
      edges.clients[slot] = peer === '' ? UNKNOWN_CLIENT : peer
      this.#complete(slot, nowMs, 'client')
    } else if (edges.clients[slot] !== '' && edges.servers[slot] === '' && peer !== '') {
      edges.servers[slot] = peer
      this.#complete(slot, nowMs, 'server')
    } else this.#parts.figures.onExpired(KIND_NAMES[edges.kinds[slot] ?? 0] ?? KIND_NAMES[0])
  }

  #complete(slot: number, nowMs: number, virtualNode: '' | 'client' | 'server'): void {
    const edges = this.#edges
    const settings = this.#settings
    const first = slot * this.#labels.length
    const pairs: [string, string][] = this.#labels.map((label, i) => [
      label,
      edges.dimensions[first + i] ?? '',
    ])
    const type = edges.types[slot] ?? 0
    pairs.push(['client', edges.clients[slot] ?? ''], ['server', edges.servers[slot] ?? ''])
    pairs.push(['connection_type', CONNECTION_TYPES[type] ?? ''])
    if (settings.hasVirtualNodeLabel) pairs.push(['virtual_node', virtualNode])
    const place = this.#table.placeOf(Labels.fromPairs(pairs))
    const weight = edges.weights[slot] ?? 1
    if (settings.countsRequests) {
      this.#table.count(place, REQUESTS, weight, nowMs)
      if (edges.hasFailed[slot] === 1) this.#table.count(place, FAILED, weight, nowMs)
    }
    if (!settings.measuresDurations) return
    this.#observe(place, SERVER_S, edges.serverS[slot] ?? 0, slot, nowMs)
    this.#observe(place, CLIENT_S, edges.clientS[slot] ?? 0, slot, nowMs)
    if (!settings.hasMessagingHistogram || type !== MESSAGING) return
    const underWayMs = (edges.serverStartMs[slot] ?? 0) - (edges.clientEndMs[slot] ?? 0)
    // Clocks that differ make it negative: that is no time.
    if (underWayMs > 0) this.#observe(place, MESSAGING_S, underWayMs / 1000, slot, nowMs)
  }

  #observe(place: number, histogram: number, value: number, slot: number, nowMs: number): void {
    const { traceIds, spanIds, weights } = this.#edges
    this.#table.observe(place, histogram, value, weights[slot] ?? 1, nowMs)
    this.#table.keepExemplar(place, histogram, value, { traceIds, spanIds, row: slot })
  }

  #cut(text: string): string {
    return cut(text, this.#parts.maxLabelLength)
  }
}
