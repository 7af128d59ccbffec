import { expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import type { LogBatch } from '../../model/lines.ts'
import { encodeSnappy } from '../snappy/encode.ts'
import { encodeProtobufPush } from './encode-protobuf.ts'
import { LokiPushDecoder } from './push-decoder.ts'

const LINES = ['first', '', 'zwölf Boxkämpfer', 'last']

function batchOf(timesNs: readonly bigint[]): LogBatch {
  const texts = LINES.map((line) => new TextEncoder().encode(line))
  // Not UTF-8, as a log file may hold.
  texts[1] = Uint8Array.of(0xff, 0xfe, 0x0a)
  let end = 0
  return {
    streams: [Labels.from({ job: 'app', path: 'C:\\"x"' }), Labels.from({ job: 'other' })],
    streamIndex: Uint32Array.of(0, 1, 0, 1),
    timestampsNs: BigInt64Array.from(timesNs),
    bytes: Buffer.concat(texts),
    ends: Uint32Array.from(texts, ({ length }) => (end += length)),
    metadata: [Labels.EMPTY, Labels.from({ trace_id: 'abc', level: 'warn' })],
    metadataIndex: Uint32Array.of(0, 0, 1, 0),
  }
}

it.each([
  ['of today', [1_700_000_000_123_456_789n, 0n, 5n, 1_999_999_999n]],
  ['before 1970', [-2_000_000_000n, -1_000_000_000n, 1n, 2n]],
])('writes lines that are read back as they were, with times %s', (_what, timesNs) => {
  const batch = batchOf(timesNs)
  const read = new LokiPushDecoder(1_000_000).protobuf(encodeSnappy(encodeProtobufPush(batch)))
  const rowsOf = ({ streams, streamIndex, timestampsNs, bytes, ends, ...rest }: LogBatch) =>
    Array.from(ends, (end, row) => ({
      stream: streams[streamIndex[row] ?? -1]?.toString(),
      timeNs: timestampsNs[row],
      line: Buffer.from(bytes.subarray(ends[row - 1] ?? 0, end)).toString('hex'),
      metadata: rest.metadata[rest.metadataIndex[row] ?? -1]?.toObject(),
    }))
  const [a, b, c, d] = rowsOf(batch)
  // Stream by stream.
  expect(rowsOf(read)).toEqual([a, c, b, d])
})

it('makes requests that are one when they stand one behind the other', () => {
  const one = encodeProtobufPush(batchOf([1n, 2n, 3n, 4n]))
  const two = encodeProtobufPush(batchOf([5n, 6n, 7n, 8n]))
  const read = new LokiPushDecoder(1_000_000).protobuf(encodeSnappy(Buffer.concat([one, two])))
  expect([...read.timestampsNs]).toEqual([1n, 3n, 2n, 4n, 5n, 7n, 6n, 8n])
})
