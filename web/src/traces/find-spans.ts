import { writeValue } from '../api/trace-series.ts'
import type { AttributeJson } from '../../../src/model/trace-json.ts'
import { serviceOf, type SpanSource, type Trace } from './trace-model.ts'

/**
 * The rows of spans that say a text somewhere, whatever its case: in their name, service, id, status, or in the names and values of
 * attributes and events. `key=value` asks for an attribute of that name whose value has the rest in it. An empty text finds none.
 */
export function findSpans(trace: Trace, text: string): Uint32Array {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return new Uint32Array(0)
  const rows: number[] = []
  for (let row = 0; row < trace.length; row++) if (says(trace, row, wanted)) rows.push(row)
  return Uint32Array.from(rows)
}

function says(trace: Trace, row: number, wanted: string): boolean {
  const source = trace.sources[row]
  if (source === undefined) return false
  const { span, resource, scope } = source
  const texts = [span.name, serviceOf(trace, row), trace.spanIds[row], trace.kinds[row]]
  if ([...texts, span.status.message, scope.name].some((one) => has(one, wanted))) return true
  if (trace.isError[row] === 1 && wanted === 'error') return true
  return eventsSay(source, wanted) || attributesSay([resource, span.attributes ?? []], wanted)
}

function eventsSay({ span }: SpanSource, wanted: string): boolean {
  return (span.events ?? []).some(
    ({ name, attributes = [] }) => has(name, wanted) || attributesSay([attributes], wanted),
  )
}

function attributesSay(lists: readonly (readonly AttributeJson[])[], wanted: string): boolean {
  const at = wanted.indexOf('=')
  const [key, rest] = [wanted.slice(0, Math.max(0, at)).trim(), wanted.slice(at + 1).trim()]
  return lists.some((attributes) =>
    attributes.some((one) => {
      const value = writeValue(one.value).toLowerCase()
      if (at > 0 && one.key.toLowerCase() === key) return value.includes(rest)
      return has(one.key, wanted) || value.includes(wanted)
    }),
  )
}

function has(text: string | undefined, wanted: string): boolean {
  return text !== undefined && text.toLowerCase().includes(wanted)
}

/** The next row found after one, or the one before it; beyond the last comes the first again. -1: nothing is found. */
export function nextFound(found: Uint32Array, row: number, direction: 1 | -1): number {
  if (direction === 1) return found.find((one) => one > row) ?? found[0] ?? -1
  return found.findLast((one) => one < row) ?? found.at(-1) ?? -1
}
