import { expect, it } from 'vitest'
import { LokiPushDecoder } from '../formats/loki-push/push-decoder.ts'
import { encodeSnappy } from '../formats/snappy/encode.ts'
import { Labels } from '../model/labels.ts'
import type { LogBatch } from '../model/lines.ts'
import { LineQueue } from './line-queue.ts'

function batchOf(...streams: readonly Readonly<Record<string, string>>[]): LogBatch {
  return {
    streams: streams.map((labels) => Labels.from({ ...labels })),
    streamIndex: Uint32Array.from(streams, (_, i) => i),
    timestampsNs: BigInt64Array.from(streams, (_, i) => BigInt(i + 1)),
    bytes: new TextEncoder().encode('x'.repeat(streams.length)),
    ends: Uint32Array.from(streams, (_, i) => i + 1),
    metadata: [Labels.EMPTY],
    metadataIndex: new Uint32Array(streams.length),
  }
}

it('names the host of streams that nothing tells apart from those of other hosts', async () => {
  const bodies: Uint8Array[] = []
  const push = (body: Uint8Array): Promise<boolean> => {
    bodies.push(body)
    return Promise.resolve(true)
  }
  const queue = new LineQueue({ push }, 'web-1')
  const batch = batchOf({ job: 'app' }, { job: 'app', host: 'own' }, { job: 'j', hostname: 'h' })
  expect(await queue.push(batch)).toEqual({ kind: 'stored', lines: 3 })
  const [body = new Uint8Array(0)] = bodies
  const { streams } = new LokiPushDecoder(1000).protobuf(encodeSnappy(body))
  expect(streams.map(String)).toEqual([
    '{hostname="web-1", job="app"}',
    '{host="own", job="app"}',
    '{hostname="h", job="j"}',
  ])
  expect(await queue.push(batchOf())).toEqual({ kind: 'stored', lines: 0 })
  expect(bodies).toHaveLength(1)
})

it('has who reads files wait when the queue is full', async () => {
  const queue = new LineQueue({ push: () => Promise.resolve(false) }, 'web-1')
  await expect(queue.push(batchOf({ job: 'app' }))).rejects.toMatchObject({ code: 'unavailable' })
})
