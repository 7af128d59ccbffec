import { escapeBytes, type DnsReader } from './dns-reader.ts'

interface RecordData {
  readonly text: string
  /** Of an SOA record. */
  readonly serial?: number
}

/** The data of a record in the notation of zone files; that of types which are not known here as RFC 3597 writes it. */
export function formatRecordData(reader: DnsReader, type: number, sizeBytes: number): RecordData {
  const end = reader.at + sizeBytes
  const data = formatKnown(reader, type, end)
  if (data === undefined) return { text: formatUnknown(reader.take(sizeBytes)) }
  if (reader.at !== end)
    throw new RangeError('a record of the DNS message has not the length it says')
  return data
}

function formatKnown(reader: DnsReader, type: number, end: number): RecordData | undefined {
  switch (type) {
    case 1:
      return { text: [...reader.take(4)].join('.') }
    case 28:
      return { text: formatIpv6(reader) }
    case 2:
    case 5:
    case 12:
    case 39:
      return { text: reader.name() }
    case 6:
      return formatSoa(reader)
    case 15:
      return { text: `${reader.uint16()} ${reader.name()}` }
    case 16:
    case 99:
      return { text: formatTexts(reader, end) }
    case 33:
      return { text: `${reader.uint16()} ${reader.uint16()} ${reader.uint16()} ${reader.name()}` }
    case 257:
      return { text: formatCaa(reader, end) }
    default:
      return undefined
  }
}

function formatSoa(reader: DnsReader): RecordData {
  const names = `${reader.name()} ${reader.name()}`
  const serial = reader.uint32()
  const rest = [reader.uint32(), reader.uint32(), reader.uint32(), reader.uint32()]
  return { text: `${names} ${serial} ${rest.join(' ')}`, serial }
}

function formatTexts(reader: DnsReader, end: number): string {
  const texts: string[] = []
  while (reader.at < end) texts.push(quote(reader.take(reader.byte())))
  return texts.join(' ')
}

function formatCaa(reader: DnsReader, end: number): string {
  const flags = reader.byte()
  const tag = escapeBytes(reader.take(reader.byte()), /[\\"]/)
  return `${flags} ${tag} ${quote(reader.take(end - reader.at))}`
}

function quote(bytes: Uint8Array): string {
  return `"${escapeBytes(bytes, /[\\"]/)}"`
}

function formatUnknown(bytes: Uint8Array): string {
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return `\\# ${bytes.length} ${hex}`.trimEnd()
}

/** The longest run of zeros is left out (RFC 5952). */
function formatIpv6(reader: DnsReader): string {
  const groups = Array.from({ length: 8 }, () => reader.uint16().toString(16))
  let best = { start: -1, length: 1 }
  for (let i = 0; i < 8; i++) {
    let length = 0
    while (groups[i + length] === '0') length++
    if (length > best.length) best = { start: i, length }
  }
  if (best.start < 0) return groups.join(':')
  const before = groups.slice(0, best.start).join(':')
  return `${before}::${groups.slice(best.start + best.length).join(':')}`
}
