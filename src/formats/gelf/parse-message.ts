import { decodeUtf8 } from '../text-codec.ts'

/** A GELF message, as promtail reads it (grafana/go-gelf). */
export interface GelfMessage {
  readonly version: string
  readonly host: string
  readonly facility: string
  /** A severity of syslog; 0 where there is none. */
  readonly level: number
  /** Unix nanoseconds; undefined when there is none. */
  readonly timestampNs: bigint | undefined
  /** The message as JSON with its fields in promtail's order. */
  readonly line: string
}

const TEXTS = ['version', 'host', 'short_message', 'full_message', 'facility'] as const

/** Parses one message, decompressed. Answers the reason when it is none. */
export function parseGelf(bytes: Uint8Array): GelfMessage | { readonly fault: string } {
  const fields = parseObject(decodeUtf8(bytes, 0, bytes.length))
  if (fields === undefined) return { fault: 'no JSON object' }
  for (const name of TEXTS) {
    if (fields.has(name) && typeof fields.get(name) !== 'string') return invalid(name)
  }
  const level = fields.get('level') ?? 0
  if (typeof level !== 'number') return invalid('level')
  const timestampS = Number(fields.get('timestamp') ?? 0)
  if (!Number.isFinite(timestampS)) return invalid('timestamp')
  const text = (name: (typeof TEXTS)[number]): string => {
    const value = fields.get(name)
    return typeof value === 'string' ? value : ''
  }
  return {
    version: text('version'),
    host: text('host'),
    facility: text('facility'),
    level,
    // A double has microseconds of today's times, and not much more.
    timestampNs: timestampS === 0 ? undefined : BigInt(Math.round(timestampS * 1e6)) * 1000n,
    line: JSON.stringify(inOrder(fields, timestampS)),
  }
}

function parseObject(text: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return new Map(Object.entries(value))
  } catch {
    return undefined
  }
}

function invalid(name: string): { readonly fault: string } {
  return { fault: `invalid type for field ${name}` }
}

/** What GELF names, then the fields of the sender, sorted. Fields that are neither are left away. */
function inOrder(fields: ReadonlyMap<string, unknown>, timestampS: number): object {
  const out: [string, unknown][] = []
  for (const name of ['version', 'host', 'short_message'] as const) {
    out.push([name, fields.get(name) ?? ''])
  }
  if (fields.get('full_message')) out.push(['full_message', fields.get('full_message')])
  out.push(['timestamp', timestampS])
  for (const name of ['level', 'facility'] as const) {
    if (fields.get(name)) out.push([name, fields.get(name)])
  }
  const own = [...fields.keys()].filter((name) => name.startsWith('_')).sort()
  for (const name of own) out.push([name, fields.get(name)])
  return Object.fromEntries(out)
}
