import { createHash } from 'node:crypto'
import { compileFinder, type Finder } from '../../model/find-regex.ts'
import { RegexError } from '../../model/regex.ts'
import type { BatchEditor } from '../processors/editor.ts'
import { OttlFault } from './lex.ts'
import { isList, isMap, isNumber, shownValue, valueOfJson, type OttlValue } from './value.ts'

type Call = (args: readonly OttlValue[], editor: BatchEditor, row: number) => OttlValue

/** A function of expressions. `prepare` gets those arguments that are fixed, to compile what can be compiled once. */
export interface OttlFunction {
  readonly arity: readonly [least: number, most: number]
  readonly prepare: (fixed: readonly OttlValue[], start: number) => Call
}

function plain(least: number, most: number, call: Call): OttlFunction {
  return { arity: [least, most], prepare: () => call }
}

/** Compiles the pattern of a call. Throws `OttlFault`. */
export function patternOf(value: OttlValue, start: number, flags = ''): Finder {
  if (typeof value !== 'string') throw new OttlFault('needs a pattern that is a text', start)
  try {
    return compileFinder(value, flags)
  } catch (thrown) {
    if (!(thrown instanceof RegexError)) throw thrown
    throw new OttlFault(`not a valid regular expression (RE2): ${thrown.message}`, start)
  }
}

const textual = (test: (text: string, other: string) => boolean): OttlFunction =>
  plain(2, 2, ([text, other]) =>
    typeof text === 'string' && typeof other === 'string' ? test(text, other) : undefined,
  )

/** The functions of expressions (pkg/ottl/ottlfuncs) that are known here, by name. */
export const FUNCTIONS: Readonly<Record<string, OttlFunction>> = {
  IsMatch: {
    arity: [2, 2],
    prepare: ([, pattern], start) => {
      const finder = patternOf(pattern, start)
      return ([value]) => {
        const text = shownValue(value)
        return text !== undefined && finder.find(text).length > 0
      }
    },
  },
  IsString: plain(1, 1, ([value]) => typeof value === 'string'),
  IsInt: plain(1, 1, ([value]) => typeof value === 'bigint'),
  IsDouble: plain(1, 1, ([value]) => typeof value === 'number'),
  IsBool: plain(1, 1, ([value]) => typeof value === 'boolean'),
  IsMap: plain(1, 1, ([value]) => isMap(value)),
  IsList: plain(1, 1, ([value]) => isList(value)),
  IsRootSpan: plain(0, 0, (_, editor, row) => {
    if (editor.signal !== 'traces') return undefined
    return editor.batch.parentIds.subarray(row * 8, row * 8 + 8).every((byte) => byte === 0)
  }),
  HasPrefix: textual((text, prefix) => text.startsWith(prefix)),
  HasSuffix: textual((text, suffix) => text.endsWith(suffix)),
  Len: plain(1, 1, ([value]) => {
    if (typeof value === 'string') return BigInt(Buffer.byteLength(value))
    if (isMap(value)) return BigInt(value.size)
    return isList(value) ? BigInt(value.length) : undefined
  }),
  Concat: plain(2, 2, ([values, delimiter]) =>
    isList(values)
      ? values.map((value) => shownValue(value) ?? '<nil>').join(shownValue(delimiter))
      : undefined,
  ),
  Split: plain(2, 2, ([text, delimiter]) =>
    typeof text === 'string' && typeof delimiter === 'string' ? text.split(delimiter) : undefined,
  ),
  Substring: plain(3, 3, ([text, start, length]) =>
    typeof text === 'string' && isNumber(start) && isNumber(length)
      ? text.slice(Number(start), Number(start) + Number(length))
      : undefined,
  ),
  ToLowerCase: plain(1, 1, ([text]) => (typeof text === 'string' ? text.toLowerCase() : undefined)),
  ToUpperCase: plain(1, 1, ([text]) => (typeof text === 'string' ? text.toUpperCase() : undefined)),
  ConvertCase: plain(2, 2, ([text, kind]) => {
    if (typeof text !== 'string') return undefined
    return kind === 'upper' ? text.toUpperCase() : kind === 'lower' ? text.toLowerCase() : text
  }),
  Trim: plain(1, 2, ([text, away = ' ']) => trim(text, away)),
  String: plain(1, 1, ([value]) => shownValue(value)),
  Int: plain(1, 1, ([value]) => toInt(value)),
  Double: plain(1, 1, ([value]) => {
    if (typeof value === 'boolean') return value ? 1 : 0
    const number = isNumber(value) || typeof value === 'string' ? Number(value) : Number.NaN
    return Number.isNaN(number) || value === '' ? undefined : number
  }),
  SHA256: plain(1, 1, ([text]) =>
    typeof text === 'string' ? createHash('sha256').update(text).digest('hex') : undefined,
  ),
  ParseJSON: plain(1, 1, ([text]) => (typeof text === 'string' ? valueOfJson(text) : undefined)),
  ExtractPatterns: {
    arity: [2, 2],
    prepare: ([, pattern], start) => {
      const finder = patternOf(pattern, start)
      return ([text]) => {
        const found = typeof text === 'string' ? finder.find(text)[0] : undefined
        return found && new Map(Object.entries(found.named))
      }
    },
  },
}

function toInt(value: OttlValue): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'number') {
    return Number.isFinite(value) ? BigInt(Math.trunc(value)) : undefined
  }
  return typeof value === 'string' && /^[+-]?[0-9]{1,18}$/.test(value)
    ? BigInt(value.replace('+', ''))
    : undefined
}

function trim(text: OttlValue, away: OttlValue): string | undefined {
  if (typeof text !== 'string' || typeof away !== 'string') return undefined
  let start = 0
  let end = text.length
  while (start < end && away.includes(text[start] ?? '')) start++
  while (end > start && away.includes(text[end - 1] ?? '')) end--
  return text.slice(start, end)
}
