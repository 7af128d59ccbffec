import type { SpanAppendResult, SpanBatch, SpanSink } from '../model/spans.ts'

/** Learns of spans that were stored. It is told at once and must not take long; what it throws is a defect. */
export interface SpanObserver {
  /** `rows` are those of the batch that were stored; undefined: all. The batch is never changed. */
  observe(batch: SpanBatch, rows: Uint32Array | undefined): void
}

/**
 * Stands before the store of spans: a batch goes there, and what was accepted of it to the observers, once it is durable. So what a sender
 * is told to send again is not counted twice.
 */
export class SpanIngest implements SpanSink {
  readonly #sink: SpanSink
  readonly #observers: () => readonly SpanObserver[]

  constructor(sink: SpanSink, observers: () => readonly SpanObserver[]) {
    this.#sink = sink
    this.#observers = observers
  }

  async append(batch: SpanBatch): Promise<SpanAppendResult> {
    const result = await this.#sink.append(batch)
    if (result.accepted > 0)
      for (const observer of this.#observers()) observer.observe(batch, result.rows)
    return result
  }
}
