import { uncompressSync } from 'snappy'
import { bench, describe } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { decodeSnappy, SnappyScratch } from '../snappy/decode.ts'
import { encodeCompressedWriteRequest } from './encode.ts'
import { decodeWriteRequestToBatch, PushDecoder } from './push-decoder.ts'

const SERIES = 5000
const MAX_BYTES = 32 << 20

/** One sample of each of 5,000 series of ten labels, as a node_exporter behind a relabelling sender gives them. */
function request(scale: number): Uint8Array {
  const series = Array.from({ length: SERIES }, (_, i) =>
    Labels.from({
      __name__: `node_cpu_scaling_metric_${i % 50}_total`,
      cluster: 'production-eu-central-1',
      cpu: String(Math.floor(i / 50) % 32),
      environment: 'production',
      instance: `host-${Math.floor(i / 1600)}.example.net:9100`,
      job: 'node-exporter',
      mode: ['idle', 'user', 'system', 'iowait'][i % 4] ?? '',
      namespace: 'monitoring',
      pod: `node-exporter-${Math.floor(i / 1600)}-x7k2p`,
      region: 'eu-central-1',
    }),
  )
  return encodeCompressedWriteRequest({
    series,
    seriesIndex: Uint32Array.from(series, (_, i) => i),
    timestampsMs: new Float64Array(SERIES).fill(1_700_000_000_000 + scale * 15_000),
    values: Float64Array.from(series, (_, i) => i * scale * 1.1),
  })
}

const first = request(1)
const second = request(2)

describe('5,000 one-sample series of ten labels', () => {
  const known = new PushDecoder({ maxBytes: MAX_BYTES })
  known.decode(first)
  const scratch = new SnappyScratch()
  const buffer = Buffer.from(second)

  bench('series known', () => {
    known.decode(second)
  })
  bench('series new', () => {
    decodeWriteRequestToBatch(second, MAX_BYTES)
  })
  bench('snappy alone', () => {
    decodeSnappy(second, MAX_BYTES, scratch)
  })
  bench('snappy alone, native binding', () => {
    uncompressSync(buffer)
  })
})
