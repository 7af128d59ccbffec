import { encodeRecordExport, encodeSpanExport } from '../formats/otlp/encode-export.ts'
import type { LogRecordBatch, LogRecordSink } from '../model/log-records.ts'
import { Problem } from '../model/problem.ts'
import type { SpanSink } from '../model/spans.ts'
import type { SignalQueue } from './signal-queue.ts'

type Queue = Pick<SignalQueue, 'push'>

const NS_PER_MS = 1_000_000n

/** Takes spans into a queue. */
export function spanSinkOf(queue: Queue): SpanSink {
  return {
    append: async (batch) => {
      await pushOrRefuse(queue, encodeSpanExport(batch), 'spans')
      return { accepted: batch.startsNs.length, outOfBounds: 0, refused: 0 }
    },
  }
}

/** Takes log records into a queue. One without any time gets that of its coming, so that it is the same line when it is sent twice. */
export function recordSinkOf(queue: Queue, nowMs: () => number): LogRecordSink {
  return {
    append: async (batch) => {
      const body = encodeRecordExport(observed(batch, BigInt(nowMs()) * NS_PER_MS))
      await pushOrRefuse(queue, body, 'log records')
      return { accepted: batch.timesNs.length, rejected: 0, message: '' }
    },
  }
}

async function pushOrRefuse(queue: Queue, body: Uint8Array, what: string): Promise<void> {
  if (await queue.push(body)) return
  throw new Problem(
    'unavailable',
    `the queue of ${what} is full: nothing of this request was taken, try again`,
  )
}

function observed(batch: LogRecordBatch, nowNs: bigint): LogRecordBatch {
  const { timesNs, observedNs } = batch
  const isTimeless = (row: number): boolean => timesNs[row] === 0n && observedNs[row] === 0n
  if (!timesNs.some((_, row) => isTimeless(row))) return batch
  return { ...batch, observedNs: observedNs.map((ns, row) => (isTimeless(row) ? nowNs : ns)) }
}
