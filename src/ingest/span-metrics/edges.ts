import { EdgeSlots, type EdgeKey } from './edge-slots.ts'

const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8

/** Kinds of connections, in Tempo's words. */
export const CONNECTION_TYPES = ['', 'messaging_system', 'database', 'virtual_node'] as const
export const MESSAGING = 1
export const DATABASE = 2
export const VIRTUAL = 3

/**
 * Calls of which one side came and the other is waited for, in columns. What is in a slot is of its edge until it is removed.
 */
export class Edges {
  readonly slots = new EdgeSlots()
  /** Labels from attributes: so many a slot. */
  readonly #dimensionCount: number
  clients: string[] = []
  servers: string[] = []
  peers: string[] = []
  dimensions: string[] = []
  clientS = new Float64Array(0)
  serverS = new Float64Array(0)
  /** When the side that sends a message had ended, and when the side that takes it began: Unix milliseconds. */
  clientEndMs = new Float64Array(0)
  serverStartMs = new Float64Array(0)
  weights = new Float64Array(0)
  expiresMs = new Float64Array(0)
  types = new Uint8Array(0)
  kinds = new Uint8Array(0)
  hasFailed = new Uint8Array(0)
  traceIds = new Uint8Array(0)
  spanIds = new Uint8Array(0)

  constructor(dimensionCount: number) {
    this.#dimensionCount = dimensionCount
  }

  /** An empty edge. */
  add(key: EdgeKey, expiresMs: number): number {
    const slot = this.slots.add(key)
    if (slot >= this.types.length) this.#grow()
    this.clients[slot] = ''
    this.servers[slot] = ''
    this.peers[slot] = ''
    const at = slot * this.#dimensionCount
    for (let i = at; i < at + this.#dimensionCount; i++) this.dimensions[i] = ''
    this.clientS[slot] = 0
    this.serverS[slot] = 0
    this.clientEndMs[slot] = 0
    this.serverStartMs[slot] = 0
    this.weights[slot] = 1
    this.types[slot] = 0
    this.hasFailed[slot] = 0
    this.expiresMs[slot] = expiresMs
    return slot
  }

  isComplete(slot: number): boolean {
    return this.clients[slot] !== '' && this.servers[slot] !== ''
  }

  /** The ids of the span that is shown for it. */
  setIds(slot: number, traceIds: Uint8Array, spanIds: Uint8Array, row: number): void {
    const trace = row * TRACE_ID_BYTES
    this.traceIds.set(traceIds.subarray(trace, trace + TRACE_ID_BYTES), slot * TRACE_ID_BYTES)
    const span = row * SPAN_ID_BYTES
    this.spanIds.set(spanIds.subarray(span, span + SPAN_ID_BYTES), slot * SPAN_ID_BYTES)
  }

  /** Texts are let go of: they may be the last to hold those of a batch. */
  remove(slot: number): void {
    this.clients[slot] = ''
    this.servers[slot] = ''
    this.peers[slot] = ''
    this.slots.remove(slot)
  }

  #grow(): void {
    const { capacity } = this.slots
    this.clientS = grown(this.clientS, capacity)
    this.serverS = grown(this.serverS, capacity)
    this.clientEndMs = grown(this.clientEndMs, capacity)
    this.serverStartMs = grown(this.serverStartMs, capacity)
    this.weights = grown(this.weights, capacity)
    this.expiresMs = grown(this.expiresMs, capacity)
    this.types = grownBytes(this.types, capacity)
    this.kinds = grownBytes(this.kinds, capacity)
    this.hasFailed = grownBytes(this.hasFailed, capacity)
    this.traceIds = grownBytes(this.traceIds, capacity * TRACE_ID_BYTES)
    this.spanIds = grownBytes(this.spanIds, capacity * SPAN_ID_BYTES)
  }
}

function grown(column: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const next = new Float64Array(length)
  next.set(column)
  return next
}

function grownBytes(column: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(length)
  next.set(column)
  return next
}
