/**
 * A value of OpenTelemetry (`AnyValue`), told apart by its JavaScript type: integers are `bigint`, doubles `number`, bytes
 * `Uint8Array`, lists arrays, maps `Map`s; null is a value that was not set. Of a key that a map holds twice the last one counts.
 */
export type AnyValue =
  | string
  | boolean
  | bigint
  | number
  | Uint8Array
  | null
  | readonly AnyValue[]
  | AnyMap

export type AnyMap = ReadonlyMap<string, AnyValue>

/** Attributes of a resource, a scope or a record, in the order in which they were sent. */
export type Attributes = readonly (readonly [key: string, value: AnyValue])[]

/** What made records: an instrumentation scope. */
export interface Scope {
  readonly name: string
  readonly version: string
  readonly attributes: Attributes
  readonly droppedAttributes: number
}

export const NO_SCOPE: Scope = { name: '', version: '', attributes: [], droppedAttributes: 0 }

/** Maps and lists nested deeper than this are refused. (JSON, which takes four brackets a level, ends at 64 brackets.) */
export const MAX_DEPTH = 32

export function isMap(value: AnyValue): value is AnyMap {
  return value instanceof Map
}

/**
 * A value as text, as OpenTelemetry's own `AsString` writes it (collector, pdata/pcommon): texts as they are, bytes in base64, maps
 * (with sorted keys) and lists as JSON, an unset value as nothing.
 */
export function anyText(value: AnyValue): string {
  if (typeof value === 'string') return value
  if (value === null) return ''
  if (typeof value === 'number') return doubleText(value)
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return base64(value)
  return jsonText(value)
}

/** The shortest digits that give the same double, which is what both Go and JavaScript write. */
function doubleText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value)
  const shown = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
  return `json: unsupported value: ${shown}`
}

function jsonText(value: AnyValue): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null'
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return `"${base64(value)}"`
  if (isMap(value)) {
    const keys = [...value.keys()].sort()
    const parts = keys.map((key) => `${JSON.stringify(key)}:${jsonText(value.get(key) ?? null)}`)
    return `{${parts.join(',')}}`
  }
  return `[${value.map(jsonText).join(',')}]`
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function base64(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i
    const three = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    parts.push(
      BASE64[three >>> 18] as string,
      BASE64[(three >>> 12) & 63] as string,
      left > 1 ? (BASE64[(three >>> 6) & 63] as string) : '=',
      left > 2 ? (BASE64[three & 63] as string) : '=',
    )
  }
  return parts.join('')
}

const DIGITS = new Uint8Array(128).fill(255)
for (let i = 0; i < 64; i++) DIGITS[BASE64.charCodeAt(i)] = i
// The URL-safe alphabet is read too, as every receiver of OTLP's JSON does.
DIGITS[0x2d] = 62
DIGITS[0x5f] = 63

/** The bytes that a base64 text writes, padded or not; undefined when it is none. */
export function fromBase64(text: string): Uint8Array | undefined {
  const digits = text.replace(/={1,2}$/, '')
  if (digits.length % 4 === 1) return undefined
  const out = new Uint8Array(Math.floor((digits.length * 3) / 4))
  let bits = 0
  let held = 0
  let at = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = DIGITS[digits.charCodeAt(i)] ?? 255
    if (digit === 255) return undefined
    held = ((held << 6) | digit) & 0xffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    out[at++] = held >>> bits
  }
  return out
}
