import { lineStart, type LogBatch } from '../model/lines.ts'

/** What longer lines become. */
export interface LineCut {
  readonly maxLineBytes: number
  /** What a line that was cut ends with. */
  readonly suffix: string
}

/** A batch of some rows of another, with lines cut that are too long. The tables of streams and metadata stay as they are. */
export function selectLines(
  batch: LogBatch,
  rows: Uint32Array,
  cut: LineCut | undefined,
): LogBatch {
  const count = rows.length
  const streamIndex = new Uint32Array(count)
  const timestampsNs = new BigInt64Array(count)
  const ends = new Uint32Array(count)
  const metadataIndex = new Uint32Array(count)
  const bytes = new Uint8Array(batch.bytes.length)
  const suffix = Buffer.from(cut?.suffix ?? '')
  let size = 0
  for (let i = 0; i < count; i++) {
    const row = rows[i] as number
    const start = lineStart(batch, row)
    const end = batch.ends[row] as number
    const shortTo = cut === undefined ? 0 : cut.maxLineBytes - suffix.length
    // As in Loki, a suffix that leaves no room cuts nothing.
    const isLong = cut !== undefined && end - start > cut.maxLineBytes && shortTo > 0
    const stop = isLong ? wholeCharacters(batch.bytes, start, start + shortTo) : end
    bytes.set(batch.bytes.subarray(start, stop), size)
    size += stop - start
    if (isLong) {
      bytes.set(suffix, size)
      size += suffix.length
    }
    streamIndex[i] = batch.streamIndex[row] as number
    timestampsNs[i] = batch.timestampsNs[row] as bigint
    ends[i] = size
    metadataIndex[i] = batch.metadataIndex[row] as number
  }
  const { streams, metadata } = batch
  const text = bytes.subarray(0, size)
  return { streams, streamIndex, timestampsNs, bytes: text, ends, metadata, metadataIndex }
}

/** The end at or before `end` that does not divide a character. */
function wholeCharacters(bytes: Uint8Array, start: number, end: number): number {
  let at = end
  while (at > start && end - at < 4 && ((bytes[at] as number) & 0xc0) === 0x80) at--
  return ((bytes[at] as number) & 0xc0) === 0x80 ? end : at
}
