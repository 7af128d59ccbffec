import { ByteWriter } from '../byte-writer.ts'
import { writeTag } from '../proto-writer.ts'

const STALE_LOW = 0x00000002
const STALE_HIGH = 0x7ff00000

/** The end of a series of native histograms, as the bytes of a `prometheus.Histogram`: its sum is the staleness marker. */
export function encodeStaleHistogram(timestampMs: number): Uint8Array {
  const out = new ByteWriter(32)
  writeTag(out, 3, 1)
  out.words(STALE_LOW, STALE_HIGH)
  writeTag(out, 15, 0)
  out.int64(timestampMs)
  return out.finish().slice()
}
