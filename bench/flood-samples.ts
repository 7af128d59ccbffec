import http from 'node:http'
import snappy from 'snappy'
import { ByteWriter } from '../src/formats/byte-writer.ts'
import { keepPace } from './flood-lines.ts'
import { post, type Tally } from './flood-tally.ts'

const SERIES = 2000
const EVERY_MS = 1000

export interface SamplePace {
  readonly newSeriesPerSecond: number
  /** By `Date.now`. */
  readonly untilMs: number
}

/** Every second a sample of each of 2,000 series and one of each of some series that were never seen, by remote write. */
export async function floodSamples(
  url: string,
  { steady, fresh }: { readonly steady: Tally; readonly fresh: Tally },
  { newSeriesPerSecond, untilMs }: SamplePace,
): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 2 })
  const headers = {
    'content-type': 'application/x-protobuf',
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': '0.1.0',
  }
  const begunMs = performance.now()
  const startMs = Math.floor(Date.now() / EVERY_MS) * EVERY_MS + 500
  const to = `${url}/api/v1/write`
  for (let round = 0; Date.now() < untilMs; round++) {
    // Never a whole second: a window that ends with a minute then holds exactly the samples of that minute.
    const timeMs = startMs + round * EVERY_MS
    const common = { agent, headers, untilMs, minute: Math.floor(timeMs / 60_000) }
    const known = encode('flood_steady_total', SERIES, 'known', timeMs, round)
    const unseen = encode('flood_fresh_total', newSeriesPerSecond, String(round), timeMs, 1)
    await Promise.all([
      post(to, known, { ...common, tally: steady, items: SERIES }),
      post(to, unseen, { ...common, tally: fresh, items: newSeriesPerSecond }),
    ])
    await keepPace(begunMs, ((round + 1) * EVERY_MS) / 1000)
  }
  agent.destroy()
}

/** A WriteRequest of so many series with one sample each. */
function encode(
  name: string,
  count: number,
  round: string,
  timeMs: number,
  value: number,
): Uint8Array {
  const out = new ByteWriter(1 << 18)
  for (let i = 0; i < count; i++) {
    const series = new ByteWriter(256)
    const labels = [
      ['__name__', name],
      ['instance', `host-${i % 100}:8080`],
      ['job', 'flood'],
      ['part', String(i)],
      ['round', round],
    ] as const
    for (const label of labels) {
      const pair = new ByteWriter(64)
      for (const [at, text] of label.entries()) field(pair, at + 1, Buffer.from(text))
      field(series, 1, pair.finish())
    }
    const sample = new ByteWriter(32)
    sample.varint(9)
    sample.bytes(new Uint8Array(new Float64Array([value]).buffer))
    sample.varint(16)
    sample.int64(timeMs)
    field(series, 2, sample.finish())
    field(out, 1, series.finish())
  }
  return snappy.compressSync(Buffer.from(out.finish()))
}

function field(out: ByteWriter, number: number, bytes: Uint8Array): void {
  out.varint((number << 3) | 2)
  out.varint(bytes.length)
  out.bytes(bytes)
}
