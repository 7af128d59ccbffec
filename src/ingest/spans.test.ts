import { expect, it } from 'vitest'
import type { SpanAppendResult, SpanBatch } from '../model/spans.ts'
import { makeBatch } from './span-metrics/testing/make-batch.ts'
import { SpanIngest } from './spans.ts'

const batch = makeBatch([{ span: 1, service: 'a', startMs: 0, durationMs: 1 }])

function ingestOf(answer: () => Promise<SpanAppendResult>) {
  const seen: (readonly [SpanBatch, Uint32Array | undefined])[] = []
  const faults: unknown[] = []
  const failing = {
    observe: () => {
      throw new Error('a defect')
    },
  }
  const observers = [
    failing,
    { observe: (given: SpanBatch, rows: Uint32Array | undefined) => void seen.push([given, rows]) },
  ]
  const ingest = new SpanIngest(
    { append: answer },
    () => observers,
    (thrown) => faults.push(thrown),
  )
  return { ingest, seen, faults }
}

it('tells observers of what was stored, and the sender whatever becomes of that', async () => {
  const rows = Uint32Array.of(0)
  const result = { accepted: 1, outOfBounds: 0, refused: 0, rows }
  const { ingest, seen, faults } = ingestOf(() => Promise.resolve(result))
  expect(await ingest.append(batch)).toBe(result)
  expect(seen).toEqual([[batch, rows]])
  expect(faults).toHaveLength(1)
})

it('tells nobody of what was not', async () => {
  const none = ingestOf(() => Promise.resolve({ accepted: 0, outOfBounds: 1, refused: 0 }))
  await none.ingest.append(batch)
  expect(none.seen).toEqual([])
  const away = ingestOf(() => Promise.reject(new Error('away')))
  await expect(away.ingest.append(batch)).rejects.toThrow('away')
  expect(away.seen).toEqual([])
})
