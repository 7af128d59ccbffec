import { isRecord, parse } from '../positions/position-record.ts'

/** An entry of the systemd journal. */
export interface JournalEntry {
  readonly cursor: string
  /** Unix nanoseconds. The journal counts microseconds; entries of one are told apart by their number. */
  readonly timestampNs: bigint
  /** Without the addresses (`__CURSOR`, `__REALTIME_TIMESTAMP`, …); of a field that stands several times the last. */
  readonly fields: ReadonlyMap<string, string>
}

/** Reads a line of `journalctl -o json`; undefined when it is none. */
export function readJournalEntry(line: string): JournalEntry | undefined {
  const value = parse(line)
  if (!isRecord(value)) return undefined
  const cursor = value['__CURSOR']
  const micros = value['__REALTIME_TIMESTAMP']
  if (typeof cursor !== 'string' || typeof micros !== 'string') return undefined
  if (!/^\d{1,16}$/.test(micros)) return undefined
  const fields = new Map<string, string>()
  for (const [name, field] of Object.entries(value)) {
    if (name.startsWith('__')) continue
    const text = textOf(field)
    if (text !== undefined) fields.set(name, text)
  }
  const timestampNs = BigInt(micros) * 1000n + (numberOf(cursor) % 1000n)
  return { cursor, timestampNs, fields }
}

/** `i=` of a cursor: the number of the entry in its file of the journal. */
function numberOf(cursor: string): bigint {
  const digits = /(?:^|;)i=([0-9a-f]{1,16})(?:;|$)/.exec(cursor)?.[1]
  return digits === undefined ? 0n : BigInt(`0x${digits}`)
}

/** A field is a text, a list of bytes where it is not plain UTF-8, a list of those where it stands several times, or null when it is too long. */
function textOf(field: unknown): string | undefined {
  if (typeof field === 'string') return field
  if (!Array.isArray(field)) return undefined
  const items: readonly unknown[] = field
  if (items.every((item) => typeof item === 'number')) {
    return Buffer.from(items).toString('utf8')
  }
  return textOf(items.at(-1))
}

const PRIORITIES = ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug']

/** What relabelling sees of a field: `__journal_` and its name in small letters. */
export function journalLabel(field: string): string {
  return `__journal_${field.toLowerCase()}`
}

/** promtail's word for a value of `PRIORITY`. */
export function priorityKeyword(priority: string): string {
  return /^[0-7]$/.test(priority) ? (PRIORITIES[Number(priority)] ?? priority) : priority
}
