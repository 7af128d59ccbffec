import { createHash } from 'node:crypto'
import type { FunctionTable, GoFunction } from '../../../lang/gotemplate/function.ts'
import { aString, anInt, anything, define } from '../../../lang/gotemplate/function.ts'
import { sprint } from '../../../lang/gotemplate/print.ts'
import { toJson } from '../../../lang/gotemplate/to-json.ts'
import { GoSlice, isTrue, stringSlice, type GoValue } from '../../../lang/gotemplate/value.ts'
import { mathFunctions } from '../../../lang/logql/template-math.ts'
import { stringFunctions } from '../../../lang/logql/template-strings.ts'
import { timeFunctions } from '../../../lang/logql/template-time.ts'
import { compileFinder } from '../../../model/find-regex.ts'

let table: FunctionTable | undefined

/**
 * The functions of the stages `template` and `replace`: promtail's own, and of the library sprig those that work on texts, numbers,
 * times and lists. Those that read the environment, the network or random numbers are not offered.
 */
export function templateFunctions(): FunctionTable {
  table ??= new Map<string, GoFunction>([
    ...stringFunctions(),
    ...mathFunctions(),
    ...timeFunctions(),
    ...hashes(),
    ...texts(),
    ...choices(),
    ...lists(),
  ])
  return table
}

function digest(algorithm: string, text: string): string {
  return createHash(algorithm).update(text, 'utf8').digest('hex')
}

function hashes(): [string, GoFunction][] {
  return [
    ['Hash', define([aString, aString], (salt, text) => digest('sha3-256', salt + text))],
    ['Sha2Hash', define([aString, aString], (salt, text) => digest('sha256', salt + text))],
    ['sha1sum', define([aString], (text) => digest('sha1', text))],
    ['sha256sum', define([aString], (text) => digest('sha256', text))],
    ['sha512sum', define([aString], (text) => digest('sha512', text))],
  ]
}

function texts(): [string, GoFunction][] {
  const words = (text: string): string[] => text.match(/[\p{Lu}]?[\p{Ll}\p{N}]+|\p{Lu}+/gu) ?? []
  return [
    [
      'untitle',
      define([aString], (text) => text.replace(/(?<![^\s])\p{L}/gu, (c) => c.toLowerCase())),
    ],
    ['nospace', define([aString], (text) => text.replace(/\s/gu, ''))],
    ['quote', { params: [], rest: anything, call: (args) => joinPresent(args, '"') }],
    ['squote', { params: [], rest: anything, call: (args) => joinPresent(args, "'") }],
    [
      'cat',
      { params: [], rest: anything, call: (args) => args.filter(isGiven).map(show).join(' ') },
    ],
    ['toString', define([anything], show)],
    ['snakecase', define([aString], (text) => words(text).join('_').toLowerCase())],
    ['kebabcase', define([aString], (text) => words(text).join('-').toLowerCase())],
    ['regexMatch', define([aString, aString], (source, text) => find(source, text, '').length > 0)],
    ['regexFind', define([aString, aString], (source, text) => find(source, text, '')[0] ?? '')],
    [
      'regexFindAll',
      define([aString, aString, anInt], (source, text, count) => {
        const found = find(source, text, 'g')
        return stringSlice(count < 0n ? found : found.slice(0, Number(count)))
      }),
    ],
    ['toJson', define([anything], (value, context) => toJson(value, context.maxTextLength))],
  ]
}

function find(source: string, text: string, flags: string): string[] {
  return compileFinder(source, flags)
    .find(text)
    .map(({ groups }) => groups[0] ?? '')
}

function isGiven(value: GoValue): boolean {
  return value !== undefined
}

function show(value: GoValue): string {
  return typeof value === 'string' ? value : sprint([value], 4 * 1024 * 1024)
}

function joinPresent(args: readonly GoValue[], mark: string): string {
  return args
    .filter(isGiven)
    .map((value) => (mark === '"' ? JSON.stringify(show(value)) : `'${show(value)}'`))
    .join(' ')
}

function choices(): [string, GoFunction][] {
  return [
    ['empty', define([anything], (value) => !isTrue(value))],
    ['coalesce', { params: [], rest: anything, call: (args) => args.find(isTrue) }],
    [
      'ternary',
      define([anything, anything, anything], (yes, no, test) => (isTrue(test) ? yes : no)),
    ],
    [
      'fail',
      define([aString], (message) => {
        throw new Error(message)
      }),
    ],
  ]
}

function lists(): [string, GoFunction][] {
  const itemsOf = (value: GoValue): readonly GoValue[] =>
    value instanceof GoSlice ? value.items : []
  return [
    ['list', { params: [], rest: anything, call: (args) => new GoSlice([...args]) }],
    ['splitList', define([aString, aString], (by, text) => stringSlice(text.split(by)))],
    ['join', define([aString, anything], (by, list) => itemsOf(list).map(show).join(by))],
    ['first', define([anything], (list) => itemsOf(list)[0])],
    ['last', define([anything], (list) => itemsOf(list).at(-1))],
    ['uniq', define([anything], (list) => new GoSlice([...new Set(itemsOf(list))]))],
    ['has', define([anything, anything], (item, list) => itemsOf(list).includes(item))],
  ]
}
