import { expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import type { LogBatch } from '../../model/lines.ts'
import { LiveTail } from './live-tail.ts'
import { parseLinesQuery, planLines } from './plan-lines.ts'

const NOW_MS = Date.UTC(2026, 4, 10, 12)

function batchOf(text: string): LogBatch {
  const bytes = new Uint8Array(Buffer.from(text))
  return {
    streams: [Labels.from({ app: 'web' })],
    streamIndex: Uint32Array.of(0),
    timestampsNs: BigInt64Array.of(BigInt(NOW_MS) * 1_000_000n),
    bytes,
    ends: Uint32Array.of(bytes.length),
    metadata: [Labels.EMPTY],
    metadataIndex: Uint32Array.of(0),
  }
}

it('keeps lines that come while the backlog is read, whatever becomes of the memory they came in', async () => {
  let tell: ((batch: LogBatch, rows: Uint32Array) => void) | undefined
  let endBacklog: (() => void) | undefined
  const failures: unknown[] = []
  const tail = new LiveTail(
    {
      onDurable: (listener) => {
        tell = listener
        return () => undefined
      },
      async *lines() {
        await new Promise<void>((resolve) => (endBacklog = resolve))
        yield batchOf('old')
      },
    },
    {
      plan: planLines(parseLinesQuery('{app="web"}')),
      ...{ limit: 10, startNs: 0n, delayMs: 0, maxStreams: 10, nowMs: () => NOW_MS },
      onReady: () => undefined,
      onFailed: (thrown) => failures.push(thrown),
    },
  )
  const started = tail.start()
  const fresh = batchOf('new')
  tell?.(fresh, Uint32Array.of(0))
  fresh.bytes.fill(0)
  while (endBacklog === undefined) await new Promise(setImmediate)
  endBacklog()
  await started
  const lines: string[] = []
  while (lines.length < 2 && failures.length === 0) {
    lines.push(...(tail.take(10)?.entries ?? []).map(({ line }) => line))
    await new Promise(setImmediate)
  }
  tail.end()
  expect(lines.toSorted()).toEqual(['new', 'old'])
})
