import type { BatchEditor, SpanEditor } from '../processors/editor.ts'
import { KIND_WORDS } from './enums.ts'
import { hexAt } from './hex-at.ts'
import type { Fields, Place } from './path.ts'
import type { OttlValue } from './value.ts'

function of(
  get: (editor: SpanEditor, row: number) => OttlValue,
  set?: (editor: SpanEditor, row: number, value: OttlValue) => void,
): Place {
  const inSpans = (editor: BatchEditor): editor is SpanEditor => editor.signal === 'traces'
  const place = {
    get: (editor: BatchEditor, row: number) => (inSpans(editor) ? get(editor, row) : undefined),
  }
  if (set === undefined) return place
  return {
    ...place,
    set: (editor, row, value) => {
      if (inSpans(editor)) set(editor, row, value)
    },
  }
}

function smallNumber(value: OttlValue, most: number): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && number >= 0 && number <= most ? number : undefined
}

/** The places of a span. */
export const spanFields: Fields = {
  name: of(
    ({ names, strings }, row) => strings.at(names.get(row)),
    ({ names, strings }, row, value) => {
      if (typeof value === 'string') names.set(row, strings.placeOf(value))
    },
  ),
  kind: of(
    ({ kinds }, row) => BigInt(kinds.get(row)),
    ({ kinds }, row, value) => kinds.set(row, smallNumber(value, 5) ?? kinds.get(row)),
  ),
  'kind.string': of(({ kinds }, row) => KIND_WORDS[kinds.get(row)]),
  'status.code': of(
    ({ statuses }, row) => BigInt(statuses.get(row)),
    ({ statuses }, row, value) => statuses.set(row, smallNumber(value, 2) ?? statuses.get(row)),
  ),
  'status.message': of(
    ({ messages, strings }, row) => strings.at(messages.get(row)),
    ({ messages, strings }, row, value) => {
      if (typeof value === 'string') messages.set(row, strings.placeOf(value))
    },
  ),
  start_time_unix_nano: of(({ batch }, row) => batch.startsNs[row]),
  end_time_unix_nano: of(
    ({ batch }, row) => (batch.startsNs[row] as bigint) + (batch.durationsNs[row] as bigint),
  ),
  'trace_id.string': of(({ batch }, row) => hexAt(batch.traceIds, row, 16)),
  'span_id.string': of(({ batch }, row) => hexAt(batch.spanIds, row, 8)),
  'parent_span_id.string': of(({ batch }, row) => hexAt(batch.parentIds, row, 8)),
  trace_state: of(({ batch, strings }, row) => strings.at(batch.states[row])),
}
