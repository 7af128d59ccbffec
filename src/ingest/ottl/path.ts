import type { Signal } from '../processors/processor.ts'
import type { BatchEditor } from '../processors/editor.ts'
import { OttlFault } from './lex.ts'
import { metricFields } from './metric-fields.ts'
import type { PathExpr, PathField } from './parse.ts'
import { recordFields } from './record-fields.ts'
import { spanFields } from './span-fields.ts'
import { isList, isMap, textOfValue, valueOfText, type OttlMap, type OttlValue } from './value.ts'

/** What statements and conditions are about: OTTL's contexts, of which each belongs to one or to all signals. */
export type OttlContext = 'resource' | 'scope' | 'span' | 'log' | 'metric' | 'datapoint'

/** A place that a path names. */
export interface Place {
  readonly get: (editor: BatchEditor, row: number) => OttlValue
  /** Absent where nothing can be set. */
  readonly set?: (editor: BatchEditor, row: number, value: OttlValue) => void
}

/** The places of a context that have no keys, by their paths. */
export type Fields = Readonly<Record<string, Place>>

const FIELDS: Readonly<Record<OttlContext, Fields>> = {
  span: spanFields,
  log: recordFields,
  metric: metricFields.metric,
  datapoint: metricFields.datapoint,
  resource: {},
  scope: {
    name: { get: (editor, row) => editor.scopeOf(row)?.name },
    version: { get: (editor, row) => editor.scopeOf(row)?.version },
  },
}

const PREFIXES: Readonly<Record<string, OttlContext>> = {
  ...{ resource: 'resource', scope: 'scope', instrumentation_scope: 'scope' },
  ...{ span: 'span', log: 'log', metric: 'metric', datapoint: 'datapoint' },
}

/** The contexts that a path may name in each signal. */
export const CONTEXTS: Readonly<Record<Signal, readonly OttlContext[]>> = {
  traces: ['span', 'resource', 'scope'],
  logs: ['log', 'resource', 'scope'],
  metrics: ['datapoint', 'metric', 'resource', 'scope'],
}

/** Whether the first name of a path is that of a context. */
export function contextOfPath({ fields }: PathExpr): OttlContext | undefined {
  const [first] = fields
  return first && fields.length > 1 && first.keys.length === 0 ? PREFIXES[first.name] : undefined
}

/** The place that a path names in a context of a signal. Throws `OttlFault` where there is none. */
export function resolvePath(path: PathExpr, context: OttlContext, signal: Signal): Place {
  const prefix = contextOfPath(path)
  const isForeign = prefix !== undefined && !CONTEXTS[signal].includes(prefix)
  if (isForeign) {
    throw new OttlFault(`there is no ${prefix} in ${signal}`, path.start)
  }
  const fields = prefix === undefined ? path.fields : path.fields.slice(1)
  const inContext = prefix ?? context
  // Points have no place in the context of their metric: it has many.
  if (context === 'metric' && inContext === 'datapoint') {
    throw new OttlFault('a metric has many data points: use the context datapoint', path.start)
  }
  return placeOf(fields, inContext, path.start)
}

function placeOf(fields: readonly PathField[], context: OttlContext, start: number): Place {
  const [first] = fields
  if (first?.name === 'attributes' && fields.length === 1 && context !== 'metric') {
    return attributePlace(context, first.keys, start)
  }
  const name = fields.map((field) => field.name).join('.')
  const keys = fields.at(-1)?.keys ?? []
  const known = FIELDS[context]
  const place = Object.hasOwn(known, name) ? known[name] : undefined
  if (place === undefined) {
    const allowed = ['attributes["KEY"]', ...Object.keys(known)].join(', ')
    throw new OttlFault(`there is no ${name} of a ${context}; there is ${allowed}`, start)
  }
  return keys.length === 0 ? place : { get: (editor, row) => walk(place.get(editor, row), keys) }
}

function attributePlace(
  context: OttlContext,
  keys: readonly (string | number)[],
  start: number,
): Place {
  const [key, ...rest] = keys
  if (key === undefined) return wholePlace(context)
  if (typeof key === 'number') throw new OttlFault('attributes have names, not numbers', start)
  const get = (editor: BatchEditor, row: number): OttlValue =>
    valueOfText(textAt(context, editor, row, key))
  if (rest.length > 0) return { get: (editor, row) => walk(get(editor, row), rest) }
  if (context === 'scope') return { get }
  return {
    get,
    set: (editor, row, value) => {
      const text = textOfValue(value)
      // As in the collector, what is nil sets nothing.
      if (text === undefined) return
      if (context === 'resource') editor.resources.set(editor.ownerOf(row), key, text)
      else editor.attributes.edit(row).set(key, text)
    },
  }
}

function textAt(
  context: OttlContext,
  editor: BatchEditor,
  row: number,
  key: string,
): string | undefined {
  if (context === 'resource') return editor.resources.get(editor.ownerOf(row), key)
  if (context !== 'scope') return editor.attributes.get(row, key)
  return editor.scopeOf(row)?.attributes.find(([each]) => each === key)?.[1]
}

function wholePlace(context: OttlContext): Place {
  const get = (editor: BatchEditor, row: number): OttlMap => {
    const entries =
      context === 'resource'
        ? editor.resources.attributes(editor.ownerOf(row))
        : context === 'scope'
          ? (editor.scopeOf(row)?.attributes ?? [])
          : editor.attributes.entries(row)
    return new Map([...entries].map(([key, text]) => [key, valueOfText(text)]))
  }
  if (context === 'scope') return { get }
  return { get, set: (editor, row, value) => setWhole(context, editor, row, value) }
}

function setWhole(context: OttlContext, editor: BatchEditor, row: number, value: OttlValue): void {
  if (!isMap(value)) return
  const texts = new Map<string, string>()
  for (const [key, each] of value) texts.set(key, textOfValue(each) ?? 's')
  if (context !== 'resource') {
    const attributes = editor.attributes.edit(row)
    attributes.clear()
    for (const [key, text] of texts) attributes.set(key, text)
    return
  }
  const owner = editor.ownerOf(row)
  for (const [key] of editor.resources.attributes(owner)) {
    if (!texts.has(key)) editor.resources.set(owner, key, undefined)
  }
  for (const [key, text] of texts) editor.resources.set(owner, key, text)
}

function walk(value: OttlValue, keys: readonly (string | number)[]): OttlValue {
  let at = value
  for (const key of keys) {
    if (typeof key === 'string') at = isMap(at) ? at.get(key) : undefined
    else at = isList(at) ? at[key] : undefined
  }
  return at
}
