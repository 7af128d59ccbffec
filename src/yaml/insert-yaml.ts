import { isDeepStrictEqual } from 'node:util'
import {
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  parseDocument,
  type Document,
  type YAMLMap,
} from 'yaml'
import { Problem } from '../model/problem.ts'

/**
 * Adds a key to the mapping that a document is. Everything else stays byte for byte as it is; what cannot be added so is refused
 * with a `Problem`. `section` is YAML: the key with what belongs to it, beginning in the first column. A key that is there already
 * leaves the text unchanged.
 */
export function insertSection(text: string, section: string): string {
  const [name] = keysOf(section)
  if (name === undefined) throw new Problem('internal', 'a section without a key')
  const document = parse(text)
  const root: unknown = document.contents
  if (root !== null && !isBlockMap(root)) throw refusal('is not a mapping with a key a line')
  if (root !== null && root.has(name)) return text
  const gap = text.trim() === '' ? '' : '\n'
  const ended = text === '' || text.endsWith('\n') ? text : `${text}\n`
  const first = root?.items[0]?.key
  const indent = isScalar(first) ? columnOf(text, first.range?.[0] ?? 0) : 0
  const after = `${ended}${gap}${indentLines(section, indent)}`
  return verified(after, { ...valueOf(document), ...valueOf(parse(section)) })
}

/**
 * Adds an item to the end of the list under a path of keys; keys and list are made where they are missing. `item` is YAML,
 * beginning in the first column. The same promises as `insertSection`.
 */
export function insertItem(text: string, path: readonly string[], item: string): string {
  const document = parse(text)
  const wanted = withItem(valueOf(document), path, parse(item).toJS())
  const list: unknown = document.getIn(path, true)
  if (isSeq(list) && list.flow !== true && list.items.length > 0)
    return verified(insertIntoList(text, list, item), wanted)
  if (isSeq(list) && list.items.length > 0) {
    // A list in one line becomes a list in one line.
    const end = (list.range?.[1] ?? 0) - 1
    const shown = JSON.stringify(parse(item).toJS())
    return verified(`${text.slice(0, end).trimEnd()}, ${shown}${text.slice(end)}`, wanted)
  }
  return verified(insertList(text, document, path, item), wanted)
}

/** Makes a list that is missing or empty. */
function insertList(
  text: string,
  document: Document.Parsed,
  path: readonly string[],
  item: string,
): string {
  const last = path.at(-1) ?? ''
  const parent: unknown =
    path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  const lines = `${last}:\n${asItem(item, 2)}`
  if (path.length === 1 && (parent === null || (isMap(parent) && !parent.has(last))))
    return insertSection(text, lines)
  if (!isBlockMap(parent)) throw refusal(`has no ${path.slice(0, -1).join('.')} with a key a line`)
  const keys = parent.items.map(({ key }) => key)
  const indent = isScalar(keys[0]) ? columnOf(text, keys[0].range?.[0] ?? 0) : 0
  const found = parent.items.find(({ key }) => isScalar(key) && key.value === last)
  if (found !== undefined && isScalar(found.key)) {
    // The key with nothing, `null` or `[]` behind it: what follows the colon goes away.
    const start = found.key.range?.[1] ?? 0
    const lineEnd = endOfLine(text, start)
    const comment = /\s+#.*$/.exec(text.slice(start, lineEnd))?.[0] ?? ''
    const rest = text.slice(lineEnd)
    return `${text.slice(0, start)}:${comment}\n${asItem(item, indent + 2)}${rest.replace(/^\n/, '')}`
  }
  const at = endOfContent(text, parent.range?.[1] ?? 0, indent)
  return splice(text, at, indentLines(lines, indent))
}

function insertIntoList(
  text: string,
  list: { readonly items: readonly unknown[]; readonly range?: readonly number[] | null },
  item: string,
): string {
  const [first] = list.items
  const start = isScalar(first) || isMap(first) || isSeq(first) ? (first.range?.[0] ?? 0) : 0
  const before = text.lastIndexOf('-', start)
  const column = columnOf(text, before)
  const at = endOfContent(text, list.range?.[1] ?? 0, Math.max(1, column))
  return splice(text, at, asItem(item, column))
}

/** Where the next line can be put: behind what belongs to a collection, with the comments that stand as far in as it. */
function endOfContent(text: string, end: number, least: number): number {
  let at = endOfLine(text, text.slice(0, end).trimEnd().length)
  for (;;) {
    const next = text.slice(at + 1, endOfLine(text, at + 1))
    const isOurs = /^\s*#/.test(next) && next.search(/\S/) >= least
    if (at >= text.length || !isOurs) return at
    at += 1 + next.length
  }
}

function splice(text: string, at: number, lines: string): string {
  const before = text.slice(0, at)
  return `${before}${before.endsWith('\n') || before === '' ? '' : '\n'}${lines}${text.slice(at).replace(/^\n/, '')}`
}

function endOfLine(text: string, from: number): number {
  const found = text.indexOf('\n', from)
  return found < 0 ? text.length : found
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1)
}

function asItem(item: string, indent: number): string {
  const lines = indentLines(item, indent + 2)
  return `${' '.repeat(indent)}- ${lines.trimStart()}`
}

function indentLines(text: string, indent: number): string {
  const lines = text.trimEnd().split('\n')
  return lines.map((line) => (line === '' ? '\n' : `${' '.repeat(indent)}${line}\n`)).join('')
}

function keysOf(section: string): readonly string[] {
  return Object.keys(valueOf(parse(section)))
}

/** A document that this program would read; others are not touched. */
function parse(text: string): Document.Parsed {
  if (parseAllDocuments(text).length > 1) throw refusal('holds several documents')
  const document = parseDocument(text, { schema: 'failsafe', strict: true, uniqueKeys: true })
  const [error] = document.errors
  if (error !== undefined) throw refusal(`is not valid YAML: ${error.message.split('\n')[0]}`)
  return document
}

function valueOf(document: Document.Parsed): Readonly<Record<string, unknown>> {
  const value: unknown = document.toJS()
  if (value === null || value === '' || value === undefined) return {}
  if (!isRecord(value)) throw refusal('is not a mapping')
  return value
}

function withItem(value: unknown, path: readonly string[], item: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) {
    const items: readonly unknown[] = Array.isArray(value) ? value : []
    return [...items, item]
  }
  const map = isRecord(value) ? value : {}
  return { ...map, [key]: withItem(map[key], rest, item) }
}

/** The text, when it means what was wanted; nobody's file is written otherwise. */
function verified(text: string, wanted: unknown): string {
  if (!isDeepStrictEqual(plain(parse(text).toJS()), plain(wanted)))
    throw refusal('is written in a way that nothing can be added to safely')
  return text
}

/** Objects without their classes and order. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

function isBlockMap(value: unknown): value is YAMLMap {
  return isMap(value) && value.flow !== true
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refusal(reason: string): Problem {
  return new Problem('bad_data', `the file ${reason}: nothing was written; add it by hand`)
}
