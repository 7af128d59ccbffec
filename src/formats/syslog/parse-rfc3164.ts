import { decodeUtf8 } from '../text-codec.ts'
import { readPriority, type SyslogFault, type SyslogMessage } from './message.ts'

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const CLASSIC = /^([A-Z][a-z]{2}) ([ \d]\d) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?:? /
/** What rsyslog's traditional forward format has instead. */
const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) /
/** A tag with or without the process, which a colon or a space ends: `sshd[712]: `, `kernel: `. */
const TAG = /^([^\s:[\]]{1,128})(?:\[([^\]\s]{1,128})\])?:(?: |$)/
const HOST = /^([^\s:[\]]{1,255}|\[[0-9a-fA-F:.]+\]|[0-9a-fA-F]{1,4}:[0-9a-fA-F:.]+) /
/** No header is longer. */
const MOST_HEADER_BYTES = 600

const USER_NOTICE = 13

/**
 * Parses `bytes[start..end)` in the older form (RFC 3164): `<PRI>Mmm dd hh:mm:ss HOST TAG[PID]: MSG`, and with the time as RFC 3339 has
 * it, which rsyslog writes. The form has neither year nor time zone: times are local ones (`nowMs` tells of which year), the nearest to
 * now. Unless `isStrict`, what is not of this form is a message as a whole, as section 4.3 wants it.
 */
export function parseRfc3164(
  bytes: Uint8Array,
  start: number,
  end: number,
  options: { readonly nowMs: number; readonly isStrict: boolean },
): SyslogMessage | SyslogFault {
  const priority = readPriority(bytes, start, end)
  const at = priority?.at ?? start
  if (priority === undefined && options.isStrict) {
    return { fault: 'expecting a priority value within angle brackets' }
  }
  const head = latin1(bytes, at, Math.min(end, at + MOST_HEADER_BYTES))
  const time = priority === undefined ? undefined : readTime(head, options.nowMs)
  if (time === undefined && options.isStrict) return { fault: 'expecting a Stamp timestamp' }
  const both = priority?.priority ?? USER_NOTICE
  const rest = head.slice(time?.length ?? 0)
  const { hostname, tag, procId, length } =
    priority === undefined ? NO_TAG : readNames(rest, time !== undefined)
  const messageStart = at + (time?.length ?? 0) + length
  return {
    facility: both >> 3,
    severity: both & 7,
    timestampNs: time?.timestampNs,
    hostname,
    appName: tag,
    procId,
    msgId: '',
    structuredData: [],
    start: messageStart,
    end,
  }
}

interface Names {
  readonly hostname: string
  readonly tag: string
  readonly procId: string
  /** Of all of it, in bytes. */
  readonly length: number
}

const NO_TAG: Names = { hostname: '', tag: '', procId: '', length: 0 }

/** Messages of the same machine come without a host: then a tag follows the time. */
function readNames(text: string, hasTime: boolean): Names {
  const own = TAG.exec(text)
  if (own !== null) return namesOf('', own, 0)
  const host = hasTime ? HOST.exec(text) : null
  if (host === null) return NO_TAG
  const [whole, hostname = ''] = host
  const tag = TAG.exec(text.slice(whole.length))
  if (tag !== null) return namesOf(hostname, tag, whole.length)
  return { hostname, tag: '', procId: '', length: whole.length }
}

function namesOf(hostname: string, tag: RegExpExecArray, before: number): Names {
  return { hostname, tag: tag[1] ?? '', procId: tag[2] ?? '', length: before + tag[0].length }
}

function readTime(
  text: string,
  nowMs: number,
): { readonly timestampNs: bigint; readonly length: number } | undefined {
  const iso = RFC3339.exec(text)
  if (iso !== null) {
    const timestampMs = Date.parse(`${iso[1]}${iso[3]}`)
    if (Number.isNaN(timestampMs)) return undefined
    return { timestampNs: toNs(timestampMs, iso[2]), length: iso[0].length }
  }
  const found = CLASSIC.exec(text)
  const month = MONTHS.indexOf((found?.[1] ?? '').toLowerCase())
  if (found === null || month < 0) return undefined
  const [whole, , day, year, hour, minute, second, fraction] = found
  const at = (ofYear: number): number =>
    new Date(ofYear, month, Number(day), Number(hour), Number(minute), Number(second)).getTime()
  const thisYear = new Date(nowMs).getFullYear()
  const years = year === undefined ? [thisYear - 1, thisYear, thisYear + 1] : [Number(year)]
  const times = years.map(at).sort((a, b) => Math.abs(a - nowMs) - Math.abs(b - nowMs))
  return { timestampNs: toNs(times[0] ?? nowMs, fraction), length: whole.length }
}

function toNs(timestampMs: number, fraction = ''): bigint {
  return BigInt(timestampMs) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
}

/** A character a byte, so that places in the text are places in the bytes. */
function latin1(bytes: Uint8Array, start: number, end: number): string {
  if (isAscii(bytes, start, end)) return decodeUtf8(bytes, start, end)
  let text = ''
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] as number)
  return text
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((bytes[i] as number) >= 0x80) return false
  return true
}
