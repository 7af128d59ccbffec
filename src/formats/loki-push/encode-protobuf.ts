import type { Labels } from '../../model/labels.ts'
import { lineStart, type LogBatch } from '../../model/lines.ts'
import { ByteWriter } from '../byte-writer.ts'

const NS_PER_S = 1_000_000_000n
/** Tags of fields that are messages, texts or bytes. */
const FIRST = 0x0a
const SECOND = 0x12
const THIRD = 0x1a

/**
 * Lines as a `logproto.PushRequest` (Loki's push.proto), not compressed, with structured metadata. Lines are written as they are, also
 * when they are not valid UTF-8. Two requests one behind the other are one request.
 */
export function encodeProtobufPush(batch: LogBatch): Uint8Array {
  const out = new ByteWriter(batch.bytes.length + batch.ends.length * 24 + 1024)
  const stream = new ByteWriter()
  const scratch = new Scratch()
  for (const [place, rows] of rowsByStream(batch)) {
    stream.clear()
    stream.byte(FIRST)
    stream.text(batch.streams[place]?.toString() ?? '{}')
    for (const row of rows) writeEntry(stream, scratch, batch, row)
    writeField(out, FIRST, stream)
  }
  return out.finish()
}

/** Working space for messages in messages. */
class Scratch {
  readonly entry = new ByteWriter()
  readonly part = new ByteWriter(64)
}

function writeEntry(out: ByteWriter, { entry, part }: Scratch, batch: LogBatch, row: number): void {
  entry.clear()
  const timeNs = batch.timestampsNs[row] as bigint
  // Nanoseconds are never negative: before 1970 the seconds are those below.
  const seconds = timeNs >= 0n ? timeNs / NS_PER_S : (timeNs - NS_PER_S + 1n) / NS_PER_S
  part.clear()
  part.byte(0x08)
  part.int64(Number(seconds))
  part.byte(0x10)
  part.varint(Number(timeNs - seconds * NS_PER_S))
  writeField(entry, FIRST, part)
  entry.byte(SECOND)
  const start = lineStart(batch, row)
  const end = batch.ends[row] as number
  entry.varint(end - start)
  entry.bytes(batch.bytes.subarray(start, end))
  const metadata = batch.metadata[batch.metadataIndex[row] as number]
  if (metadata !== undefined && metadata.size > 0) writeMetadata(entry, part, metadata)
  writeField(out, SECOND, entry)
}

function writeMetadata(out: ByteWriter, part: ByteWriter, { flat }: Labels): void {
  for (let i = 0; i < flat.length; i += 2) {
    part.clear()
    part.byte(FIRST)
    part.text(flat[i] as string)
    part.byte(SECOND)
    part.text(flat[i + 1] as string)
    writeField(out, THIRD, part)
  }
}

function writeField(out: ByteWriter, tag: number, content: ByteWriter): void {
  out.byte(tag)
  out.varint(content.length)
  out.bytes(content.finish())
}

function rowsByStream({ streamIndex }: LogBatch): ReadonlyMap<number, readonly number[]> {
  const rows = new Map<number, number[]>()
  for (const [row, stream] of streamIndex.entries()) {
    const known = rows.get(stream)
    if (known === undefined) rows.set(stream, [row])
    else known.push(row)
  }
  return rows
}
