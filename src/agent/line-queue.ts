import { encodeProtobufPush } from '../formats/loki-push/encode-protobuf.ts'
import type { PushOutcome } from '../ingest/lines.ts'
import type { Labels } from '../model/labels.ts'
import type { LogBatch } from '../model/lines.ts'
import { Problem } from '../model/problem.ts'
import type { SignalQueue } from './signal-queue.ts'

/** A label that tells hosts apart; lines that have one of them need no other. */
const HOST_LABELS = ['hostname', 'host', 'instance', 'node_name', 'nodename'] as const

/**
 * Takes collected lines into the queue: `push` resolves once they are durable. Rejects with a `Problem` when the queue is full or the
 * disk does not take them; who reads files then waits, because the lines are safe in these.
 */
export class LineQueue {
  readonly #queue: Pick<SignalQueue, 'push'>
  readonly #host: string

  /** `host` becomes the label `hostname` of streams that nothing tells apart from those of other hosts. */
  constructor(queue: Pick<SignalQueue, 'push'>, host: string) {
    this.#queue = queue
    this.#host = host
  }

  async push(batch: LogBatch): Promise<PushOutcome> {
    const lines = batch.ends.length
    const streams = batch.streams.map((labels) => this.#named(labels))
    if (lines > 0 && !(await this.#queue.push(encodeProtobufPush({ ...batch, streams })))) {
      throw new Problem('unavailable', 'the queue of log lines is full')
    }
    return { kind: 'stored', lines }
  }

  #named(labels: Labels): Labels {
    if (HOST_LABELS.some((name) => labels.has(name))) return labels
    return labels.with({ hostname: this.#host })
  }
}
