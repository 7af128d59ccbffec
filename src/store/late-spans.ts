import type { Labels } from '../model/labels.ts'
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

/** Stands for the store of spans while it opens, as `LateStore` does for that of metrics. */
export class LateSpans implements SpansSource, SpanSink {
  #store: SpansStore | undefined

  open(store: SpansStore): void {
    this.#store = store
  }

  get opened(): SpansStore | undefined {
    return this.#store
  }

  async append(batch: SpanBatch): Promise<SpanAppendResult> {
    return this.#ready().append(batch)
  }

  findTraces(
    condition: SpanCondition,
    range: SpanRange,
    options: { readonly signal: AbortSignal; readonly enough: number },
  ): AsyncIterable<readonly string[]> {
    return this.#ready().findTraces(condition, range, options)
  }

  async readTraces(traceIds: readonly string[], options: ReadSpansOptions): Promise<SpanRows> {
    return this.#ready().readTraces(traceIds, options)
  }

  resources(range: SpanRange): readonly Labels[] {
    return this.#ready().resources(range)
  }

  async attributeNames(range: SpanRange, signal: AbortSignal): Promise<readonly string[]> {
    return this.#ready().attributeNames(range, signal)
  }

  async values(
    of: { readonly attribute: string } | { readonly column: 'name' | 'message' },
    range: SpanRange,
    options: { readonly signal: AbortSignal; readonly limit: number },
  ): Promise<readonly string[]> {
    return this.#ready().values(of, range, options)
  }

  async tally(request: SpanTallyRequest, signal: AbortSignal): Promise<SpanTally | undefined> {
    return this.#ready().tally(request, signal)
  }

  #ready(): SpansStore {
    if (this.#store) return this.#store
    throw new Problem('unavailable', 'the store of traces is starting: try again')
  }
}
