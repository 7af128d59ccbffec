import { readFileSync } from 'node:fs'

/** `CET-1CEST,M3.5.0,M10.5.0/3`, `<+03>-3`, `UTC0` (POSIX.1-2017, 8.3, environment variable TZ). */
const POSIX_ZONE =
  /^(<[^>]+>|[A-Za-z]+)([+-]?\d+(?::\d+){0,2})(?:(<[^>]+>|[A-Za-z]+)([+-]?\d+(?::\d+){0,2})?)?(?:,|$)/

interface PosixZone {
  readonly standard: string
  readonly standardOffsetSeconds: number
  readonly summer: string
}

/** `-1` and `-5:30` count westwards, so that the offset is their opposite. */
function offsetOf(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.replace(/^[+-]/, '').split(':').map(Number)
  const size = hours * 3600 + minutes * 60 + seconds
  return text.startsWith('-') ? size : 0 - size
}

/** Reads a POSIX zone; undefined when the text is none. */
export function parsePosixZone(text: string): PosixZone | undefined {
  const found = POSIX_ZONE.exec(text)
  if (!found) return undefined
  const bare = (name: string | undefined): string => (name ?? '').replace(/^<|>$/g, '')
  return {
    standard: bare(found[1]),
    standardOffsetSeconds: offsetOf(found[2] as string),
    summer: bare(found[3]),
  }
}

/** The last line of a TZif file of version 2 or later is the rule in force after its table ends (RFC 8536, 3.3). */
function readFooter(path: string): string | undefined {
  const bytes = readFileSync(path)
  if (bytes.toString('latin1', 0, 4) !== 'TZif' || bytes[4] === 0) return undefined
  const end = bytes.lastIndexOf(10)
  const start = bytes.lastIndexOf(10, end - 1)
  return start < 0 ? undefined : bytes.toString('latin1', start + 1, end)
}

function zonePath(): string {
  const zone = process.env['TZ']?.replace(/^:/, '')
  if (zone === undefined) return '/etc/localtime'
  return zone.startsWith('/') ? zone : `/usr/share/zoneinfo/${zone === '' ? 'UTC' : zone}`
}

const names = new Map<number, string>()

/**
 * What the machine's time zone is called while its offset from UTC is this (`CET`, `CEST`): the names that Go prints. From the
 * zone file's rule; an offset that the rule does not know is called as JavaScript calls it (`GMT+2`).
 */
export function zoneName(offsetSeconds: number): string {
  let name = names.get(offsetSeconds)
  if (name === undefined) names.set(offsetSeconds, (name = findName(offsetSeconds)))
  return name
}

function findName(offsetSeconds: number): string {
  let zone: PosixZone | undefined
  try {
    zone = parsePosixZone(readFooter(zonePath()) ?? '')
  } catch {
    // No zone file (a minimal container): UTC, unless JavaScript knows better.
  }
  if (zone?.standardOffsetSeconds === offsetSeconds) return zone.standard
  if (zone && zone.summer !== '') return zone.summer
  if (offsetSeconds === 0) return 'UTC'
  const parts = new Intl.DateTimeFormat('en', { timeZoneName: 'short' }).formatToParts(new Date())
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? ''
}
