import type { LineFields, LineForm } from '../lines-source.ts'
import { logfmtConditions, rawPair } from './logfmt-form-sql.ts'
import { literal } from './sql-literal.ts'
import { rawCapture, rawGroup, textConditionsOf } from './text-form-sql.ts'

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/
const TEXT = String.raw`"(?:[^"\\]|\\.)*"`
const SCALAR = `(?:${TEXT}|-?[0-9][0-9.eE+-]*|true|false|null)`
const SIGN = String.raw`[!#-/:-@\[\]-\x60{-~]`
/** Keys of visible ASCII signs, none of which is a quote or a backslash, and that do not make a label that begins with `__`. */
const KEY = String.raw`"(?:[A-Za-z0-9]|${SIGN}[A-Za-z0-9])[!#-\[\]-~]*"`
/** Keys that are names of labels as they are. */
const PLAIN_KEY = '"(?:[A-Za-z]|_[A-Za-z0-9])[A-Za-z0-9_]*"'

function listOf(open: string, item: string, close: string): string {
  return `\\${open}(?:${item}(?:, ?${item})*)?\\${close}`
}

function objectOf(key: string, value: string): string {
  return listOf('{', `${key}: ?${value}`, '}')
}

/** Objects of objects of objects: deeper ones are left to who reads JSON. */
const ARRAY = listOf('[', SCALAR, ']')
const LEAF = objectOf(KEY, `(?:${SCALAR}|${ARRAY})`)
const BRANCH = objectOf(KEY, `(?:${SCALAR}|${ARRAY}|${LEAF})`)
const VALUE = `(?:${SCALAR}|${ARRAY}|${BRANCH})`

/** Whether the engine can tell fields of these names by themselves: names of labels. */
export function canTell(form: LineForm): boolean {
  return (form.fields?.names ?? []).every((name) => IDENTIFIER.test(name))
}

/**
 * The condition that a line has a form; undefined when every line has. What it accepts of JSON is that of which the engine's search for
 * `"name":` finds what a parser would: keys without escapes and blanks, each field once and before all inner objects, and no other key
 * that makes a label of the same name, or of an error's. (Whatever is not a letter, a digit or an underscore becomes an underscore in such a name, and
 * so does the step into an object.)
 */
export function formCondition(form: LineForm): string | undefined {
  const conditions: string[] = []
  if (form.isUtf8) conditions.push('isValidUTF8(body)')
  if (form.fields !== undefined) conditions.push(...fieldConditions(form.fields))
  return conditions.length === 0 ? undefined : `(${conditions.join(' AND ')})`
}

function fieldConditions({ parser, names }: LineFields): string[] {
  switch (parser.kind) {
    case 'json':
      return [eitherOf(sparseConditions(names), jsonConditions(names))]
    case 'logfmt':
      return logfmtConditions(names)
    case 'pattern':
    case 'regexp':
      return textConditionsOf(names)
    default:
      return parser satisfies never
  }
}

function eitherOf(first: readonly string[] | undefined, second: readonly string[]): string {
  const last = second.join(' AND ')
  return first === undefined ? last : `((${first.join(' AND ')}) OR (${last}))`
}

/**
 * What most lines meet, at two thirds of the cost of the pattern below: valid JSON without a backslash in which each name occurs at
 * most once, whatever it is part of, and if so as a key before all inner objects. Not for names that keys of several steps may make.
 */
function sparseConditions(names: readonly string[]): string[] | undefined {
  if (names.some((name) => name.includes('_'))) return undefined
  return [
    `startsWith(body, '{')`,
    ...names.map((name) => {
      const count = `countSubstrings(body, ${literal(name)})`
      const found = `position(body, ${literal(`"${name}":`)})`
      const isFirst = `(position(body, '{', 2) = 0 OR ${found} < position(body, '{', 2))`
      return `(${count} = 0 OR (${count} = 1 AND ${found} > 0 AND ${isFirst}))`
    }),
    `position(body, ${literal('\\')}) = 0`,
    // Labels of errors, which no line may make.
    `position(body, '__') = 0`,
    'isValidJSON(body)',
  ]
}

function jsonConditions(names: readonly string[]): string[] {
  const isPlain = names.some((name) => name.includes('_'))
  const object = objectOf(isPlain ? PLAIN_KEY : KEY, VALUE)
  const inner = [
    ...names.map((name) => {
      const found = `position(body, ${literal(`"${name}":`)})`
      return `(${found} = 0 OR ${found} < position(body, '{', 2))`
    }),
    ...prefixesOf(names).flatMap((prefix) => [
      `position(body, ${literal(`"${prefix}":{`)}) = 0`,
      `position(body, ${literal(`"${prefix}": {`)}) = 0`,
    ]),
  ]
  return [
    ...names.map((name) => `countSubstrings(body, ${literal(`"${name}":`)}) <= 1`),
    `match(body, ${literal(`^${object}$`)})`,
    ...(inner.length === 0 ? [] : [`(position(body, '{', 2) = 0 OR (${inner.join(' AND ')}))`]),
  ]
}

/** Keys of objects whose fields may get one of these names. */
function prefixesOf(names: readonly string[]): string[] {
  const prefixes = new Set<string>()
  for (const name of names) {
    for (let at = name.indexOf('_', 1); at > 0; at = name.indexOf('_', at + 1)) {
      prefixes.add(name.slice(0, at))
    }
  }
  return [...prefixes]
}

/** The text of a field's value as it stands in a line of the form, a captured one behind a quote; '' when it has none. */
export function rawField({ parser }: LineFields, name: string): string {
  switch (parser.kind) {
    case 'json':
      return `simpleJSONExtractRaw(body, ${literal(name)})`
    case 'logfmt':
      return rawPair(name)
    case 'pattern':
      return rawCapture(parser.pieces, name)
    case 'regexp':
      return rawGroup(parser.source, parser.groups.get(name))
    default:
      return parser satisfies never
  }
}
