import type { Labels } from '../../model/labels.ts'
import { lineStart, type LogBatch } from '../../model/lines.ts'
import { decodeUtf8, encodeUtf8 } from '../text-codec.ts'

/** Lines as the body of a push in Loki's JSON, with structured metadata. */
export function encodeLines(batch: LogBatch): Uint8Array {
  const values = new Map<number, unknown[]>()
  for (let row = 0; row < batch.ends.length; row++) {
    const stream = batch.streamIndex[row] as number
    const line = decodeUtf8(batch.bytes, lineStart(batch, row), batch.ends[row] as number)
    const metadata = batch.metadata[batch.metadataIndex[row] ?? 0]
    const value = [String(batch.timestampsNs[row]), line, ...objectOf(metadata)]
    const known = values.get(stream)
    if (known === undefined) values.set(stream, [value])
    else known.push(value)
  }
  const streams = [...values].map(([stream, lines]) => ({
    stream: batch.streams[stream]?.toObject() ?? {},
    values: lines,
  }))
  return encodeUtf8(JSON.stringify({ streams }))
}

/** Nothing for an empty set. */
function objectOf(labels: Labels | undefined): Readonly<Record<string, string>>[] {
  return labels === undefined || labels.size === 0 ? [] : [labels.toObject()]
}
