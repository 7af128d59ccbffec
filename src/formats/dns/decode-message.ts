import { nameOf, RECORD_CLASSES, RECORD_TYPES } from './names.ts'
import { formatRecordData } from './record-data.ts'
import { DnsReader } from './dns-reader.ts'

/** A record as zone files write it. */
export interface DnsRecord {
  /** `example.org.\t300\tIN\tA\t192.0.2.1`, as miekg/dns prints it: patterns of blackbox_exporter are written for that. */
  readonly text: string
  readonly type: number
  /** Of an SOA record. */
  readonly serial?: number
}

/** An answer of a server. */
export interface DnsMessage {
  readonly id: number
  readonly isResponse: boolean
  /** The answer did not fit: the same is to be asked over TCP. */
  readonly isTruncated: boolean
  readonly rcode: number
  readonly answer: readonly DnsRecord[]
  readonly authority: readonly DnsRecord[]
  readonly additional: readonly DnsRecord[]
}

/** Decodes a message (RFC 1035, 4.1). Throws a RangeError for bytes that are none. */
export function decodeDnsMessage(bytes: Uint8Array): DnsMessage {
  const reader = new DnsReader(bytes)
  const id = reader.uint16()
  const flags = reader.uint16()
  const counts = [reader.uint16(), reader.uint16(), reader.uint16(), reader.uint16()] as const
  for (let i = 0; i < counts[0]; i++) {
    reader.name()
    reader.skip(4)
  }
  return {
    id,
    isResponse: (flags & 0x8000) !== 0,
    isTruncated: (flags & 0x0200) !== 0,
    rcode: flags & 0x000f,
    answer: readRecords(reader, counts[1]),
    authority: readRecords(reader, counts[2]),
    additional: readRecords(reader, counts[3]),
  }
}

function readRecords(reader: DnsReader, count: number): readonly DnsRecord[] {
  const records: DnsRecord[] = []
  for (let i = 0; i < count; i++) records.push(readRecord(reader))
  return records
}

function readRecord(reader: DnsReader): DnsRecord {
  const name = reader.name()
  const type = reader.uint16()
  const cls = reader.uint16()
  const ttlSeconds = reader.uint32()
  const sizeBytes = reader.uint16()
  const { text, serial } = formatRecordData(reader, type, sizeBytes)
  const shownClass = nameOf(RECORD_CLASSES, cls, 'CLASS')
  const shownType = nameOf(RECORD_TYPES, type, 'TYPE')
  return {
    text: `${name}\t${ttlSeconds}\t${shownClass}\t${shownType}\t${text}`,
    type,
    ...(serial === undefined ? {} : { serial }),
  }
}
