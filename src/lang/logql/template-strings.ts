import { compileFinder, type Finder } from '../../model/find-regex.ts'
import { compileSearch, type SearchRegex } from '../../model/regex.ts'
import { decodeBase64Url, encodeBase64Url } from '../gotemplate/base64.ts'
import type { GoFunction } from '../gotemplate/function.ts'
import { aString, anInt, anything, define } from '../gotemplate/function.ts'
import type { GoValue } from '../gotemplate/value.ts'
import { GoMap, GoSlice, isTrue } from '../gotemplate/value.ts'

/** How many compiled patterns are kept. */
const MAX_PATTERNS = 500

/** The functions on texts: Go's strings package under its old names, and those of the library sprig. */
export function stringFunctions(): [string, GoFunction][] {
  return [...goStrings(), ...regexFunctions(), ...sprigStrings()]
}

function goStrings(): [string, GoFunction][] {
  return [
    ['ToLower', define([aString], (text) => text.toLowerCase())],
    ['ToUpper', define([aString], (text) => text.toUpperCase())],
    [
      'Replace',
      define([aString, aString, aString, anInt], (text, old, fresh, count, context) =>
        replaceCount(text, old, fresh, Number(count), context.maxTextLength),
      ),
    ],
    ['Trim', define([aString, aString], (text, set) => trimRight(trimLeft(text, set), set))],
    ['TrimLeft', define([aString, aString], trimLeft)],
    ['TrimRight', define([aString, aString], trimRight)],
    ['TrimPrefix', define([aString, aString], trimPrefix)],
    ['TrimSuffix', define([aString, aString], trimSuffix)],
    ['TrimSpace', define([aString], (text) => text.trim())],
  ]
}

function sprigStrings(): [string, GoFunction][] {
  return [
    ['lower', define([aString], (text) => text.toLowerCase())],
    ['upper', define([aString], (text) => text.toUpperCase())],
    ['title', define([aString], toTitle)],
    ['trunc', define([anInt, aString], (count, text) => truncate(Number(count), text))],
    ['substr', define([anInt, anInt, aString], substring)],
    ['contains', define([aString, aString], (part, text) => text.includes(part))],
    ['hasPrefix', define([aString, aString], (part, text) => text.startsWith(part))],
    ['hasSuffix', define([aString, aString], (part, text) => text.endsWith(part))],
    [
      'indent',
      define([anInt, aString], (count, text, { maxTextLength }) =>
        indent(count, text, maxTextLength),
      ),
    ],
    [
      'nindent',
      define(
        [anInt, aString],
        (count, text, { maxTextLength }) => `\n${indent(count, text, maxTextLength)}`,
      ),
    ],
    [
      'replace',
      define([aString, aString, aString], (old, fresh, text, context) =>
        replaceCount(text, old, fresh, -1, context.maxTextLength),
      ),
    ],
    [
      'repeat',
      define([anInt, aString], (count, text, context) =>
        repeat(count, text, context.maxTextLength),
      ),
    ],
    ['trim', define([aString], (text) => text.trim())],
    ['trimAll', define([aString, aString], (set, text) => trimRight(trimLeft(text, set), set))],
    ['trimSuffix', define([aString, aString], (suffix, text) => trimSuffix(text, suffix))],
    ['trimPrefix', define([aString, aString], (prefix, text) => trimPrefix(text, prefix))],
    [
      'b64enc',
      define([aString], (text) => encodeBase64Url(text).replaceAll('-', '+').replaceAll('_', '/')),
    ],
    ['b64dec', define([aString], decodeBase64)],
    ['fromJson', define([aString], fromJson)],
    [
      'default',
      {
        params: [anything],
        rest: anything,
        call: ([other, given]) => (isTrue(given) ? given : other),
      },
    ],
  ]
}

function regexFunctions(): [string, GoFunction][] {
  const searches = new Map<string, SearchRegex>()
  const finders = new Map<string, Finder>()
  const search = (source: string): SearchRegex =>
    keep(searches, source, () => compileSearch(source))
  const finder = (source: string): Finder => keep(finders, source, () => compileFinder(source, 'g'))
  return [
    [
      'regexReplaceAll',
      define([aString, aString, aString], (source, text, fresh, context) =>
        search(source).replaceAll(text, fresh, context.maxTextLength),
      ),
    ],
    [
      'regexReplaceAllLiteral',
      define([aString, aString, aString], (source, text, fresh, context) =>
        search(source).replaceAll(text, fresh.replaceAll('$', '$$$$'), context.maxTextLength),
      ),
    ],
    [
      'count',
      define([aString, aString], (source, text) => BigInt(finder(source).find(text).length)),
    ],
  ]
}

function keep<T>(kept: Map<string, T>, source: string, compile: () => T): T {
  let compiled = kept.get(source)
  if (compiled === undefined) {
    compiled = compile()
    if (kept.size >= MAX_PATTERNS) kept.clear()
    kept.set(source, compiled)
  }
  return compiled
}

function trimLeft(text: string, set: string): string {
  const chars = new Set(set)
  let at = 0
  while (at < text.length) {
    const char = String.fromCodePoint(text.codePointAt(at) ?? 0)
    if (!chars.has(char)) break
    at += char.length
  }
  return text.slice(at)
}

function trimRight(text: string, set: string): string {
  const chars = new Set(set)
  let end = text.length
  while (end > 0) {
    const isPair = /[\udc00-\udfff]/.test(text.charAt(end - 1))
    const char = text.slice(end - (isPair ? 2 : 1), end)
    if (!chars.has(char)) break
    end -= char.length
  }
  return text.slice(0, end)
}

function trimPrefix(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text
}

function trimSuffix(text: string, suffix: string): string {
  return suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text
}

/** Go's strings.Replace: the first `count` places, all of them with a negative count. */
function replaceCount(
  text: string,
  old: string,
  fresh: string,
  count: number,
  maxLength: number,
): string {
  if (count === 0 || old === fresh) return text
  const pieces = old === '' ? ['', ...Array.from(text), ''] : text.split(old)
  const places = pieces.length - 1
  const replaced = count < 0 ? places : Math.min(count, places)
  if (text.length + replaced * fresh.length > maxLength) {
    throw new Error(`text longer than ${maxLength} characters`)
  }
  const head = pieces.slice(0, replaced + 1).join(fresh)
  const tail = pieces.slice(replaced + 1)
  return tail.length === 0 ? head : head + old + tail.join(old)
}

/** Go's strings.Title: the first letter of each run of letters, digits and underscores large. */
function toTitle(text: string): string {
  return text.replace(/(?<![\p{L}\p{N}_])\p{L}/gu, (letter) => letter.toUpperCase())
}

function truncate(count: number, text: string): string {
  const chars = Array.from(text)
  if (count < 0) return chars.length + count > 0 ? chars.slice(chars.length + count).join('') : text
  return chars.length > count ? chars.slice(0, count).join('') : text
}

function substring(start: bigint, end: bigint, text: string): string {
  const chars = Array.from(text)
  if (start < 0n) return chars.slice(0, Math.max(Number(end), 0)).join('')
  if (end < 0n) return chars.slice(Number(start)).join('')
  return chars.slice(Number(start), Number(end)).join('')
}

function indent(count: bigint, text: string, maxLength: number): string {
  const lines = text.split('\n')
  if (count < 0n) throw new Error('strings: negative Repeat count')
  if (Number(count) * lines.length > maxLength)
    throw new Error(`text longer than ${maxLength} characters`)
  const padding = ' '.repeat(Number(count))
  return lines.map((line) => padding + line).join('\n')
}

function repeat(count: bigint, text: string, maxLength: number): string {
  if (count < 0n) throw new Error('strings: negative Repeat count')
  if (Number(count) * text.length > maxLength)
    throw new Error(`text longer than ${maxLength} characters`)
  return text.repeat(Number(count))
}

/** Base64 with or without its padding; what is wrong with the text stands for its value, as in Loki. */
function decodeBase64(text: string): string {
  const rest = text.length % 4
  const padded = rest > 1 ? text + '='.repeat(4 - rest) : text
  try {
    return decodeBase64Url(padded.replaceAll('+', '-').replaceAll('/', '_'))
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
}

/** The value of a JSON text; nothing when it is none. */
function fromJson(text: string): GoValue {
  try {
    const value: unknown = JSON.parse(text)
    return toGoValue(value)
  } catch {
    return undefined
  }
}

function toGoValue(value: unknown): GoValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value
  if (Array.isArray(value)) return new GoSlice(value.map(toGoValue))
  if (typeof value !== 'object' || value === null) return undefined
  return new GoMap(new Map(Object.entries(value).map(([key, each]) => [key, toGoValue(each)])))
}
