import { isObject, objectOf, objectsOf, textOf } from '../lang/dashboard/json-value.ts'

/** A span of an answer. */
export interface TraceSpan {
  readonly id: string
  /** Empty for a root. */
  readonly parentId: string
  readonly name: string
  readonly service: string
  /** Unix nanoseconds. */
  readonly startNs: bigint
  readonly durationNs: bigint
  readonly isError: boolean
  /** What its status says. */
  readonly message: string
  readonly attributes: readonly Pair[]
  readonly events: readonly TraceEvent[]
}

export interface TraceEvent {
  readonly timeNs: bigint
  readonly name: string
  readonly attributes: readonly Pair[]
}

export type Pair = readonly [key: string, value: string]

/** The spans of an answer of `/api/traces/ID`, in both versions of the API. */
export function readTrace(answer: unknown): TraceSpan[] {
  const outer = objectOf(answer)
  const trace = isObject(outer['trace']) ? outer['trace'] : outer
  const spans: TraceSpan[] = []
  for (const batch of objectsOf(trace['batches'] ?? trace['resourceSpans'])) {
    const pairs = readPairs(objectOf(batch['resource'])['attributes'])
    const service = pairs.find(([key]) => key === 'service.name')?.[1] ?? ''
    for (const scope of objectsOf(batch['scopeSpans'] ?? batch['instrumentationLibrarySpans']))
      for (const span of objectsOf(scope['spans'])) spans.push(readSpan(span, service))
  }
  return spans
}

function readSpan(span: Readonly<Record<string, unknown>>, service: string): TraceSpan {
  const status = objectOf(span['status'])
  const code = textOf(status['code']) ?? ''
  const startNs = readNs(span['startTimeUnixNano'])
  const endNs = readNs(span['endTimeUnixNano'])
  return {
    id: textOf(span['spanId']) ?? '',
    parentId: textOf(span['parentSpanId']) ?? '',
    name: textOf(span['name']) ?? '',
    service,
    startNs,
    durationNs: endNs > startNs ? endNs - startNs : 0n,
    isError: code === 'STATUS_CODE_ERROR' || code === '2',
    message: textOf(status['message']) ?? '',
    attributes: readPairs(span['attributes']),
    events: objectsOf(span['events']).map((event) => ({
      timeNs: readNs(event['timeUnixNano']),
      name: textOf(event['name']) ?? '',
      attributes: readPairs(event['attributes']),
    })),
  }
}

function readNs(value: unknown): bigint {
  const text = textOf(value) ?? ''
  return /^[0-9]{1,20}$/.test(text) ? BigInt(text) : 0n
}

function readPairs(attributes: unknown): Pair[] {
  return objectsOf(attributes).map(({ key, value }) => [textOf(key) ?? '', valueText(value)])
}

/** A value of OTLP's JSON as a person reads it. */
function valueText(value: unknown): string {
  const held = objectOf(value)
  const [kind] = Object.keys(held)
  if (kind === undefined) return ''
  const inner = held[kind]
  if (kind === 'arrayValue')
    return `[${objectsOf(objectOf(inner)['values']).map(valueText).join(', ')}]`
  if (kind === 'kvlistValue') {
    const pairs = readPairs(objectOf(inner)['values'])
    return `{${pairs.map(([key, text]) => `${key}: ${text}`).join(', ')}}`
  }
  return textOf(inner) ?? ''
}
