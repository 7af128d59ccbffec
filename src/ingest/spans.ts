import type { SpanAppendResult, SpanBatch, SpanSink } from '../model/spans.ts'

/** Learns of spans that were stored. It is told at once and must not take long. */
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
  readonly #onFault: (thrown: unknown) => void

  /** `onFault` is told what an observer throws: the spans are stored all the same, and so is the sender told. */
  constructor(
    sink: SpanSink,
    observers: () => readonly SpanObserver[],
    onFault: (thrown: unknown) => void,
  ) {
    this.#sink = sink
    this.#observers = observers
    this.#onFault = onFault
  }

  async append(batch: SpanBatch): Promise<SpanAppendResult> {
    const result = await this.#sink.append(batch)
    if (result.accepted > 0)
      for (const observer of this.#observers()) this.#tell(observer, batch, result)
    return result
  }

  #tell(observer: SpanObserver, batch: SpanBatch, { rows }: SpanAppendResult): void {
    try {
      observer.observe(batch, rows)
    } catch (thrown) {
      this.#onFault(thrown)
    }
  }
}
