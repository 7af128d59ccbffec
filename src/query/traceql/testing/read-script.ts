import { unquote } from '../../../model/string-literal.ts'
import { parseQueryDurationNs } from '../../../lang/logql/quantity.ts'
import type { FieldValue } from '../field-value.ts'
import { LOST_PARENT, NO_PARENT } from '../trace-view.ts'

/** A span of a script: what it has, by the names under which queries ask. */
export interface ScriptSpan {
  readonly id: string
  readonly parentRow: number
  readonly fields: ReadonlyMap<string, FieldValue>
}

/** One query of a script and what it has to give, a line for each span set: `a b  by(.x)=1`; or how it fails. */
export interface ScriptCase {
  readonly line: number
  readonly spans: readonly ScriptSpan[]
  readonly query: string
  readonly isFailure: boolean
  readonly expected: readonly string[]
}

const FIELD = /\s+([^\s=]+)=("(?:[^"\\]|\\.)*"|\[[^\]]*\]|\S+)/y

/**
 * Reads a script. `trace` begins a trace: a span a line, its parent the next line above that is indented less; `parent=?` has its
 * parent lost. `eval QUERY` is followed by the span sets expected, `none` for none of them; `fail QUERY` by words of the fault.
 */
export function readScript(text: string): readonly ScriptCase[] {
  const cases: ScriptCase[] = []
  const lines = text.split('\n')
  let spans: ScriptSpan[] = []
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? ''
    if (line.trim() === '' || line.startsWith('#')) continue
    const [, verb = '', query = ''] = /^(trace|eval|fail)\b\s*(.*)$/.exec(line) ?? []
    const block: string[] = []
    while (/^\s+\S/.test(lines[i + 1] ?? '')) block.push(lines[++i] ?? '')
    if (verb === 'trace') spans = readSpans(block)
    else if (verb === '') throw new Error(`line ${i + 1}: neither trace, eval nor fail: ${line}`)
    else {
      const told = block.map((each) => each.trim())
      const expected = told[0] === 'none' ? [] : told
      cases.push({ line: i + 1, spans, query, isFailure: verb === 'fail', expected })
    }
  }
  return cases
}

function readSpans(block: readonly string[]): ScriptSpan[] {
  const above: { readonly indent: number; readonly row: number }[] = []
  return block.map((line, row) => {
    const [head = '', blank = '', id = ''] = /^(\s+)(\S+)/.exec(line) ?? []
    const fields = readFields(line, head.length)
    const indent = blank.length
    while ((above.at(-1)?.indent ?? -1) >= indent) above.pop()
    const parentRow = fields.delete('parent') ? LOST_PARENT : (above.at(-1)?.row ?? NO_PARENT)
    above.push({ indent, row })
    return { id, parentRow, fields }
  })
}

function readFields(line: string, at: number): Map<string, FieldValue> {
  const fields = new Map<string, FieldValue>()
  FIELD.lastIndex = at
  for (let found = FIELD.exec(line); found; found = FIELD.exec(line)) {
    const [, name = '', text = ''] = found
    fields.set(name, readValue(name, text))
  }
  return fields
}

function readValue(name: string, text: string): FieldValue {
  if (text === 'true' || text === 'false') return { type: 'boolean', value: text === 'true' }
  if (name === 'status' && (text === 'error' || text === 'ok' || text === 'unset'))
    return { type: 'status', value: text }
  if (name === 'kind' && (text === 'server' || text === 'client' || text === 'internal'))
    return { type: 'kind', value: text }
  if (text.startsWith('"')) return { type: 'string', value: unquote(text) }
  if (text.startsWith('['))
    return readList(
      text
        .slice(1, -1)
        .split(',')
        .map((each) => each.trim()),
    )
  if (/^-?\d+$/.test(text)) return { type: 'int', value: BigInt(text) }
  if (/^-?\d*\.\d+$/.test(text)) return { type: 'float', value: Number(text) }
  const durationNs = /^\d/.test(text) ? parseQueryDurationNs(text) : undefined
  if (durationNs !== undefined) return { type: 'duration', value: BigInt(durationNs) }
  return { type: 'string', value: text }
}

function readList(elements: readonly string[]): FieldValue {
  if (elements.every((each) => /^-?\d+$/.test(each)))
    return { type: 'ints', value: elements.map(BigInt) }
  if (elements.every((each) => /^-?[\d.]+$/.test(each)))
    return { type: 'floats', value: elements.map(Number) }
  if (elements.every((each) => each === 'true' || each === 'false'))
    return { type: 'booleans', value: elements.map((each) => each === 'true') }
  return { type: 'strings', value: elements }
}
