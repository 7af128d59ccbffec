import type { SpanAppendResult, SpanBatch, SpanSink } from '../../../model/spans.ts'
import { SpanEditor } from '../editor.ts'
import { selectSpans } from '../../../model/select-rows.ts'
import type { Policy } from './policies.ts'
import type { WaitedTrace } from './trace-test.ts'

export interface TailSamplingSettings {
  /** How long a trace waits for its spans, from the first on. */
  readonly decisionWaitMs: number
  /** Traces that wait at once; past it the oldest are decided early. */
  readonly maxTraces: number
  readonly policies: readonly Policy[]
  /** Decisions that are remembered for spans that come late. */
  readonly maxDecisions: number
}

/** What is counted. */
export interface SamplingCounts {
  readonly decided: (policy: string, isSampled: boolean) => void
  readonly early: () => void
  readonly late: (spans: number) => void
  readonly fault: (thrown: unknown, spans: number) => void
}

interface Waiting {
  readonly sinceMs: number
  readonly parts: { readonly batch: SpanBatch; readonly rows: number[] }[]
}

/** Batches that are given on at once. */
const MAX_PARTS = 64
/** Spans that wait at once, whatever `num_traces` says: they are in memory. Past it a tenth of the traces is decided early. */
const MAX_SPANS = 200_000

/**
 * Holds spans until their trace is decided on: sampled when one of the policies says so and none says drop. Spans that come after that
 * follow the decision as long as it is remembered.
 */
export class WaitingTraces {
  readonly #settings: TailSamplingSettings
  readonly #next: SpanSink
  readonly #counts: SamplingCounts
  readonly #nowMs: () => number
  /** By trace id, the oldest first. */
  readonly #waiting = new Map<string, Waiting>()
  readonly #decided = new Map<string, boolean>()
  #spans = 0

  constructor(
    settings: TailSamplingSettings,
    next: SpanSink,
    counts: SamplingCounts,
    nowMs: () => number,
  ) {
    this.#settings = settings
    this.#next = next
    this.#counts = counts
    this.#nowMs = nowMs
  }

  /** Traces that wait. */
  get size(): number {
    return this.#waiting.size
  }

  /** Takes a batch: it is held in memory, as in the collector, and was accepted. Late spans of sampled traces go on at once. */
  async add(batch: SpanBatch): Promise<SpanAppendResult> {
    const nowMs = this.#nowMs()
    const late: number[] = []
    let away = 0
    for (const [id, rows] of rowsByTrace(batch)) {
      const isSampled = this.#decided.get(id)
      if (isSampled !== undefined) {
        this.#counts.late(rows.length)
        if (isSampled) late.push(...rows)
        else away += rows.length
        continue
      }
      const waiting = this.#waiting.get(id)
      if (waiting === undefined) this.#waiting.set(id, { sinceMs: nowMs, parts: [{ batch, rows }] })
      else waiting.parts.push({ batch, rows })
    }
    const held = batch.startsNs.length - late.length - away
    this.#spans += held
    const over = this.#waiting.size - this.#settings.maxTraces
    const early = this.#spans > MAX_SPANS ? Math.ceil(this.#waiting.size / 10) : 0
    if (over > 0 || early > 0) void this.#decideOldest(Math.max(over, early))
    if (late.length === 0) return { accepted: held + away, outOfBounds: 0, refused: 0 }
    const rows = Uint32Array.from(late.sort((a, b) => a - b))
    const { accepted, outOfBounds, refused } = await this.#next.append(selectSpans(batch, rows))
    return { accepted: accepted + held + away, outOfBounds, refused }
  }

  /** Decides on the traces that have waited long enough. */
  async decideDue(): Promise<void> {
    const until = this.#nowMs() - this.#settings.decisionWaitMs
    const due: [string, Waiting][] = []
    for (const [id, waiting] of this.#waiting) {
      // They came in this order.
      if (waiting.sinceMs > until) break
      due.push([id, waiting])
    }
    await this.#decide(due)
  }

  /** Decides on all, for the end. */
  async decideAll(): Promise<void> {
    await this.#decide([...this.#waiting])
  }

  async #decideOldest(count: number): Promise<void> {
    const oldest = [...this.#waiting].slice(0, count)
    for (let i = 0; i < oldest.length; i++) this.#counts.early()
    await this.#decide(oldest)
  }

  async #decide(traces: readonly [string, Waiting][]): Promise<void> {
    const sampled = new Map<SpanBatch, number[]>()
    for (const [id, { parts }] of traces) {
      this.#waiting.delete(id)
      for (const { rows } of parts) this.#spans -= rows.length
      const isSampled = this.#isSampled(parts)
      this.#remember(id, isSampled)
      if (!isSampled) continue
      for (const { batch, rows } of parts) {
        const known = sampled.get(batch)
        if (known === undefined) sampled.set(batch, [...rows])
        else known.push(...rows)
      }
    }
    const all = [...sampled]
    for (let at = 0; at < all.length; at += MAX_PARTS) {
      await Promise.all(
        all.slice(at, at + MAX_PARTS).map(([batch, rows]) => this.#giveOn(batch, rows)),
      )
    }
  }

  /** Nobody waits for these spans any more: that they could not be stored is told by the log. */
  async #giveOn(batch: SpanBatch, rows: number[]): Promise<void> {
    try {
      await this.#next.append(selectSpans(batch, Uint32Array.from(rows.sort((a, b) => a - b))))
    } catch (thrown) {
      this.#counts.fault(thrown, rows.length)
    }
  }

  #isSampled(parts: Waiting['parts']): boolean {
    const trace: WaitedTrace = {
      parts: parts.map(({ batch, rows }) => ({
        editor: new SpanEditor(batch),
        rows: Uint32Array.from(rows),
      })),
    }
    let found = false
    const nowMs = this.#nowMs()
    for (const { name, decide } of this.#settings.policies) {
      const decision = decide(trace, nowMs)
      this.#counts.decided(name, decision === 'sample')
      if (decision === 'drop') return false
      if (decision === 'sample') found = true
    }
    return found
  }

  #remember(id: string, isSampled: boolean): void {
    this.#decided.set(id, isSampled)
    if (this.#decided.size <= this.#settings.maxDecisions) return
    const oldest = this.#decided.keys().next()
    if (oldest.done !== true) this.#decided.delete(oldest.value)
  }
}

function rowsByTrace({ traceIds, startsNs }: SpanBatch): ReadonlyMap<string, number[]> {
  const found = new Map<string, number[]>()
  for (let row = 0; row < startsNs.length; row++) {
    const id = Buffer.from(traceIds.buffer, traceIds.byteOffset + row * 16, 16).toString('latin1')
    const rows = found.get(id)
    if (rows === undefined) found.set(id, [row])
    else rows.push(row)
  }
  return found
}
