import type { Labels } from '../model/labels.ts'
import { OPEN_GATE, type ArchiveGate } from './archive-gate.ts'
import { Problem } from '../model/problem.ts'
import type { SpanAppendResult, SpanBatch, SpanSink } from '../model/spans.ts'
import type {
  ReadSpansOptions,
  SpanCondition,
  SpanRange,
  SpanRows,
  SpansSource,
} from './spans-source.ts'
import type { SpanTally, SpanTallyRequest } from './span-tally.ts'
import type { SpansStore } from './spans-store.ts'

const NS_PER_MS = 1_000_000n

/** Stands for the store of spans while it opens, as `LateStore` does for that of metrics. */
export class LateSpans implements SpansSource, SpanSink {
  #store: SpansStore | undefined
  #archive = OPEN_GATE

  open(store: SpansStore): void {
    this.#store = store
  }

  get opened(): SpansStore | undefined {
    return this.#store
  }

  /** What `archive` refuses is refused from now on. */
  guard(archive: ArchiveGate): void {
    this.#archive = archive
  }

  async append(batch: SpanBatch): Promise<SpanAppendResult> {
    return this.#ready().append(batch)
  }

  findTraces(
    condition: SpanCondition,
    range: SpanRange,
    options: { readonly signal: AbortSignal; readonly enough: number },
  ): AsyncIterable<readonly string[]> {
    this.#refuse(range)
    return this.#ready().findTraces(condition, range, options)
  }

  async readTraces(traceIds: readonly string[], options: ReadSpansOptions): Promise<SpanRows> {
    const rows = await this.#ready().readTraces(traceIds, options)
    // Where the spans of an id are is not known here: a trace that is not found may be any time's.
    if (rows.length === 0 && traceIds.length > 0)
      this.#archive.refuse('traces', 0, Number.MAX_SAFE_INTEGER)
    return rows
  }

  resources(range: SpanRange): readonly Labels[] {
    return this.#ready().resources(range)
  }

  async attributeNames(range: SpanRange, signal: AbortSignal): Promise<readonly string[]> {
    this.#refuse(range)
    return this.#ready().attributeNames(range, signal)
  }

  async values(
    of: { readonly attribute: string } | { readonly column: 'name' | 'message' },
    range: SpanRange,
    options: { readonly signal: AbortSignal; readonly limit: number },
  ): Promise<readonly string[]> {
    this.#refuse(range)
    return this.#ready().values(of, range, options)
  }

  async tally(request: SpanTallyRequest, signal: AbortSignal): Promise<SpanTally | undefined> {
    this.#refuse({
      startNs: request.startNs,
      endNs: request.startNs + request.stepNs * BigInt(request.count),
    })
    return this.#ready().tally(request, signal)
  }

  #refuse({ startNs, endNs }: SpanRange): void {
    this.#archive.refuse('traces', Number(startNs / NS_PER_MS), Number(endNs / NS_PER_MS))
  }

  #ready(): SpansStore {
    if (this.#store) return this.#store
    throw new Problem('unavailable', 'the store of traces is starting: try again')
  }
}
