import type { ResourceSpansJson, SpanJson } from '../../../../src/model/trace-json.ts'
import { toTrace, type Trace } from '../trace-model.ts'

/** Unix nanoseconds of the time 0 of the notation. */
const ORIGIN_NS = 1_760_000_000_000_000_000n

interface WrittenSpan {
  readonly depth: number
  readonly name: string
  readonly startNs: number
  readonly endNs: number
  readonly service: string
  readonly words: readonly string[]
}

/**
 * A trace as a picture: one span a line, what is below it indented by two more blanks, with its times in nanoseconds, its service
 * and words: a kind, `error`, `orphan` (it names a parent that is not there).
 *
 *     root 0-100 gateway server
 *       child 10-90 orders client error
 */
export function makeTrace(picture: string): Trace {
  return toTrace('0'.repeat(31) + '1', toResourceSpans(readLines(picture)))
}

function readLines(picture: string): readonly WrittenSpan[] {
  const lines = picture.split('\n').filter((line) => line.trim() !== '')
  const margin = Math.min(...lines.map((line) => line.search(/\S/)))
  return lines.map((line) => {
    const [name = '', times = '', service = 'api', ...words] = line.trim().split(/\s+/)
    const [startNs = 0, endNs = 0] = times.split('-').map(Number)
    return { depth: (line.search(/\S/) - margin) / 2, name, startNs, endNs, service, words }
  })
}

/** The id is the number of the line. */
function toResourceSpans(lines: readonly WrittenSpan[]): readonly ResourceSpansJson[] {
  const above: string[] = []
  return lines.map(({ depth, service, ...written }, i) => {
    const spanId = idOf(i + 1)
    above[depth] = spanId
    const parent = written.words.includes('orphan') ? idOf(60_000 + i) : (above[depth - 1] ?? '')
    const span = toSpan(written, spanId, parent)
    return {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
      scopeSpans: [{ scope: {}, spans: [span] }],
    }
  })
}

function toSpan(
  { name, startNs, endNs, words }: Omit<WrittenSpan, 'depth' | 'service'>,
  spanId: string,
  parentSpanId: string,
): SpanJson {
  const kind = words.find((word) => word !== 'error' && word !== 'orphan') ?? 'internal'
  return {
    ...{ traceId: btoa('\0'.repeat(15) + '\u0001'), spanId, name },
    ...(parentSpanId !== '' && { parentSpanId }),
    kind: `SPAN_KIND_${kind.toUpperCase()}`,
    startTimeUnixNano: String(ORIGIN_NS + BigInt(startNs)),
    endTimeUnixNano: String(ORIGIN_NS + BigInt(endNs)),
    status: words.includes('error') ? { code: 'STATUS_CODE_ERROR' } : {},
  }
}

function idOf(number: number): string {
  return btoa('\0'.repeat(6) + String.fromCharCode(number >> 8, number & 255))
}
