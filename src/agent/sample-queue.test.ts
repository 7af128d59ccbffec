import { expect, it } from 'vitest'
import { PushDecoder } from '../formats/remote-write/push-decoder.ts'
import { encodeSnappy } from '../formats/snappy/encode.ts'
import { Labels } from '../model/labels.ts'
import type { SampleBatch } from '../model/samples.ts'
import { isStale, wordsOf, writeStale } from '../model/stale.ts'
import { createLog } from '../self/log.ts'
import { SampleQueue } from './sample-queue.ts'

/** A queue in memory that does what it is told. */
class FakeQueue {
  readonly bodies: Uint8Array[] = []
  isFull = false
  isBroken = false
  isDropping = false
  dropped = 0

  push(body: Uint8Array): Promise<boolean> {
    if (!this.isFull) this.bodies.push(body)
    return Promise.resolve(!this.isFull)
  }

  pushOverOldest(body: Uint8Array): Promise<boolean> {
    if (this.isBroken) return Promise.reject(new Error('ENOSPC: no space left on device'))
    this.bodies.push(body)
    return Promise.resolve(this.isDropping)
  }

  countDropped(_reason: 'disk', bodies: number): void {
    this.dropped += bodies
  }
}

function sampleQueue(queue: FakeQueue, external: Readonly<Record<string, string>> = {}) {
  const said: string[] = []
  const log = createLog({ write: (line) => said.push(line) })
  return { said, samples: new SampleQueue({ queue, externalLabels: () => external, log }) }
}

function read(bodies: readonly Uint8Array[]): SampleBatch {
  const decoder = new PushDecoder({ maxBytes: 1e9 })
  return decoder.decode(encodeSnappy(Buffer.concat(bodies))).batch
}

function batch(rows: number, more: Partial<SampleBatch> = {}): SampleBatch {
  return {
    series: [Labels.from({ __name__: 'a' }), Labels.from({ __name__: 'b', site: 'own' })],
    seriesIndex: Uint32Array.from({ length: rows }, (_, i) => i % 2),
    timestampsMs: Float64Array.from({ length: rows }, (_, i) => 1000 + i),
    values: Float64Array.from({ length: rows }, (_, i) => i),
    ...more,
  }
}

it('writes what is scraped as one body, with types, exemplars, markers and external labels', async () => {
  const queue = new FakeQueue()
  const { samples } = sampleQueue(queue, { site: 'north', zone: '1' })
  const [series = Labels.EMPTY] = batch(0).series
  const exemplar = { series, labels: Labels.from({ trace_id: 'x' }), value: 1, timestampMs: 1000 }
  const first = batch(2, {
    exemplars: [exemplar],
    metadata: [{ family: 'a', type: 'counter', help: 'of a', unit: '' }],
  })
  writeStale(wordsOf(first.values), 1)
  expect(samples.offer(first)).toMatchObject({ accepted: 2, rejectedCount: 0 })
  // Scraped columns are used again.
  first.timestampsMs.fill(0)
  samples.offer(batch(1, { timestampsMs: Float64Array.of(5000) }))
  await samples.stop()
  expect(queue.bodies).toHaveLength(1)
  const found = read(queue.bodies)
  expect(found.series.map(String)).toEqual(['a{site="north", zone="1"}', 'b{site="own", zone="1"}'])
  expect([...found.timestampsMs]).toEqual([1000, 1001, 5000])
  expect(isStale(found.values, wordsOf(found.values), 1)).toBe(true)
  expect(found.metadata).toEqual(first.metadata)
  expect(found.exemplars).toMatchObject([{ value: 1, timestampMs: 1000 }])
})

it('writes large batches in parts', async () => {
  const queue = new FakeQueue()
  const { samples } = sampleQueue(queue)
  const rows = 150_000
  await samples.append(batch(rows))
  expect(queue.bodies.length).toBeGreaterThan(5)
  const found = read(queue.bodies)
  expect(found.values.toSorted()).toEqual(batch(rows).values)
})

it('refuses a push when the queue is full', async () => {
  const queue = new FakeQueue()
  queue.isFull = true
  const { samples } = sampleQueue(queue)
  await expect(samples.append(batch(2))).rejects.toMatchObject({ code: 'unavailable' })
})

it('holds samples that the disk does not take, within a bound, and says so once', async () => {
  const queue = new FakeQueue()
  queue.isBroken = true
  const { samples, said } = sampleQueue(queue)
  samples.offer(batch(1))
  await samples.stop()
  for (let i = 0; i < 40; i++) samples.offer(batch(20_000))
  await samples.stop()
  expect(queue.dropped).toBeGreaterThan(0)
  expect(said.filter((line) => line.includes('held in memory'))).toHaveLength(1)
  queue.isBroken = false
  await samples.stop()
  expect(queue.bodies.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(1_000_000)
  expect(said.at(-1)).toContain('the disk takes samples again')
})

it('tells types and help again after something was dropped', async () => {
  const queue = new FakeQueue()
  const { samples } = sampleQueue(queue)
  const metadata = [{ family: 'a', type: 'gauge' as const, help: 'of a', unit: '' }]
  queue.isDropping = true
  samples.offer(batch(1, { metadata }))
  await samples.stop()
  queue.isDropping = false
  queue.bodies.length = 0
  for (let i = 0; i < 2; i++) {
    samples.offer(batch(1))
    await samples.stop()
  }
  const [second = [], third = []] = queue.bodies.map((body) => read([body]).metadata ?? [])
  expect(second).toEqual(metadata)
  expect(third).toEqual([])
})
