import type { BatchEditor, RecordEditor } from '../processors/editor.ts'
import { hexAt } from './hex-at.ts'
import type { Fields, Place } from './path.ts'
import { shownValue, textOfValue, valueOfText, type OttlValue } from './value.ts'

function of(
  get: (editor: RecordEditor, row: number) => OttlValue,
  set?: (editor: RecordEditor, row: number, value: OttlValue) => void,
): Place {
  const inLogs = (editor: BatchEditor): editor is RecordEditor => editor.signal === 'logs'
  const place = {
    get: (editor: BatchEditor, row: number) => (inLogs(editor) ? get(editor, row) : undefined),
  }
  if (set === undefined) return place
  return {
    ...place,
    set: (editor, row, value) => {
      if (inLogs(editor)) set(editor, row, value)
    },
  }
}

/** The places of a log record. */
export const recordFields: Fields = {
  body: of(
    ({ bodies, strings }, row) => valueOfText(strings.at(bodies.get(row))),
    ({ bodies, strings }, row, value) => {
      const text = textOfValue(value)
      if (text !== undefined) bodies.set(row, strings.placeOf(text))
    },
  ),
  'body.string': of(({ bodies, strings }, row) =>
    shownValue(valueOfText(strings.at(bodies.get(row)))),
  ),
  severity_number: of(
    ({ severityNumbers }, row) => BigInt(severityNumbers.get(row)),
    ({ severityNumbers }, row, value) => {
      const number = Number(value)
      if (Number.isInteger(number) && number >= 0 && number <= 24) severityNumbers.set(row, number)
    },
  ),
  severity_text: of(
    ({ severityTexts, strings }, row) => strings.at(severityTexts.get(row)),
    ({ severityTexts, strings }, row, value) => {
      if (typeof value === 'string') severityTexts.set(row, strings.placeOf(value))
    },
  ),
  time_unix_nano: of(
    ({ timesNs }, row) => timesNs.get(row),
    ({ timesNs }, row, value) => {
      if (typeof value === 'bigint' && value >= 0n) timesNs.set(row, BigInt.asIntN(64, value))
    },
  ),
  observed_time_unix_nano: of(({ batch }, row) => batch.observedNs[row]),
  event_name: of(({ batch, strings }, row) => strings.at(batch.eventNames[row])),
  flags: of(({ batch }, row) => BigInt(batch.flags[row] ?? 0)),
  'trace_id.string': of(({ batch }, row) => hexAt(batch.traceIds, row, 16)),
  'span_id.string': of(({ batch }, row) => hexAt(batch.spanIds, row, 8)),
}
