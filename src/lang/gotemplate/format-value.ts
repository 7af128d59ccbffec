import { describeCodePoint, quoteChar, quoteString } from '../../model/go-notation.ts'
import type { FormatFlags } from './format-number.ts'
import { NO_FLAGS, formatFloat, formatInteger, pad } from './format-number.ts'
import type { TextBuilder } from './text-builder.ts'
import { encodeUtf8 } from './utf8.ts'
import type { GoMap, GoSlice, GoStruct, GoValue } from './value.ts'
import { typeNameOf } from './value.ts'
import { sortedKeys } from './sorted-keys.ts'

/** Deeper than any data of a notification; a value nested by a hostile template stops here. */
const MAX_DEPTH = 100

/** Writes a value as Go's fmt does under one verb. `out` bounds the length. */
export function writeValue(
  out: TextBuilder,
  value: GoValue,
  verb: string,
  flags: FormatFlags = NO_FLAGS,
  depth = 0,
): void {
  if (depth > MAX_DEPTH) throw new Error(`value nested deeper than ${MAX_DEPTH}`)
  if (verb === 'T') return out.add(pad(typeNameOf(value), flags))
  const isGoSyntax = verb === 'v' && flags.sharp
  if (typeof value === 'object') {
    const text = isGoSyntax || !'vsxXq'.includes(verb) ? undefined : value.text()
    if (text !== undefined) return writeScalar(out, text, verb, flags)
    switch (value.kind) {
      case 'slice':
        return writeSlice(out, value, verb, flags, depth)
      case 'map':
        return writeMap(out, value, verb, flags, depth)
      case 'struct':
        return writeStruct(out, value, verb, flags, depth)
      case 'named':
        return writeScalar(out, value.value, verb, flags, value)
      case 'safe':
        return writeScalar(out, value.value, verb, flags, value)
      case 'func':
        return out.add('0x0')
      default:
        return value satisfies never
    }
  }
  writeScalar(out, value, verb, flags)
}

type Scalar = undefined | boolean | bigint | number | string

/** `whole` is the value that the scalar was taken from, for the type in the note of a wrong verb. */
function writeScalar(
  out: TextBuilder,
  value: Scalar,
  verb: string,
  flags: FormatFlags,
  whole: GoValue = value,
): void {
  const text = formatScalar(value, verb, flags)
  out.add(text ?? describeBadVerb(value, verb, whole))
}

/** Go's note of a verb that does not fit: `%!d(string=hi)`. */
function describeBadVerb(value: Scalar, verb: string, whole: GoValue): string {
  if (value === undefined) return `%!${verb}(<nil>)`
  return `%!${verb}(${typeNameOf(whole)}=${formatScalar(value, 'v', NO_FLAGS) ?? ''})`
}

function formatScalar(value: Scalar, verb: string, flags: FormatFlags): string | undefined {
  switch (typeof value) {
    case 'undefined':
      return verb === 'v' ? pad('<nil>', flags) : undefined
    case 'boolean':
      return verb === 'v' || verb === 't' ? pad(String(value), flags) : undefined
    case 'bigint':
      return formatInteger(value, verb, flags) ?? formatCharacter(value, verb, flags)
    case 'number':
      return formatFloat(value, verb, verb === 'v' ? { ...flags, sharp: false } : flags)
    case 'string':
      return formatText(value, verb, flags)
    default:
      return value satisfies never
  }
}

function formatCharacter(value: bigint, verb: string, flags: FormatFlags): string | undefined {
  const isValid = value >= 0n && value <= 0x10ffffn && (value < 0xd800n || value > 0xdfffn)
  const char = isValid ? String.fromCodePoint(Number(value)) : '\ufffd'
  switch (verb) {
    case 'c':
      return pad(char, flags)
    case 'q':
      return pad(quoteChar(char), flags)
    case 'U': {
      const code = value
        .toString(16)
        .toUpperCase()
        .padStart(flags.precision ?? 4, '0')
      return pad(flags.sharp && isValid ? describeCodePoint(char) : `U+${code}`, flags)
    }
    default:
      return undefined
  }
}

function formatText(value: string, verb: string, flags: FormatFlags): string | undefined {
  const { precision } = flags
  const isCut = precision !== undefined && precision < value.length && 'vsq'.includes(verb)
  const text = isCut ? Array.from(value).slice(0, precision).join('') : value
  switch (verb) {
    case 'v':
      return pad(flags.sharp ? quoteString(text) : text, flags)
    case 's':
      return pad(text, flags)
    case 'q':
      return pad(formatQuoted(text, flags), flags)
    case 'x':
    case 'X':
      return pad(formatBytes(text, verb, flags), flags)
    default:
      return undefined
  }
}

function formatQuoted(text: string, flags: FormatFlags): string {
  if (flags.sharp && !/[`\p{Cc}\ufeff]/u.test(text.replaceAll('\t', ''))) return `\`${text}\``
  const quoted = quoteString(text)
  if (!flags.plus) return quoted
  return quoted.replace(/[^ -~]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0
    const hex = code.toString(16)
    return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
  })
}

function formatBytes(text: string, verb: 'x' | 'X', flags: FormatFlags): string {
  const all = encodeUtf8(text)
  const bytes = flags.precision === undefined ? all : all.slice(0, flags.precision)
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0'))
  const prefix = flags.sharp ? '0x' : ''
  const out = flags.space ? hex.map((pair) => prefix + pair).join(' ') : prefix + hex.join('')
  return verb === 'X' ? out.toUpperCase() : out
}

function writeSlice(
  out: TextBuilder,
  value: GoSlice,
  verb: string,
  flags: FormatFlags,
  depth: number,
): void {
  const isGoSyntax = verb === 'v' && flags.sharp
  out.add(isGoSyntax ? `${value.typeName}{` : '[')
  value.items.forEach((item, i) => {
    if (i > 0) out.add(isGoSyntax ? ', ' : ' ')
    writeValue(out, item, verb, flags, depth + 1)
  })
  out.add(isGoSyntax ? '}' : ']')
}

function writeMap(
  out: TextBuilder,
  value: GoMap,
  verb: string,
  flags: FormatFlags,
  depth: number,
): void {
  const isGoSyntax = verb === 'v' && flags.sharp
  out.add(isGoSyntax ? `${value.typeName}{` : 'map[')
  sortedKeys(value.source).forEach((key, i) => {
    if (i > 0) out.add(isGoSyntax ? ', ' : ' ')
    writeValue(out, key, verb, flags, depth + 1)
    out.add(':')
    writeValue(out, value.source.get(key), verb, flags, depth + 1)
  })
  out.add(isGoSyntax ? '}' : ']')
}

function writeStruct(
  out: TextBuilder,
  value: GoStruct,
  verb: string,
  flags: FormatFlags,
  depth: number,
): void {
  const isPointer = value.typeName.startsWith('*')
  // Go shows what a pointer inside of another value points to as an address; there is none here.
  if (isPointer && depth > 0) return out.add('0xc000000000')
  const isGoSyntax = verb === 'v' && flags.sharp
  const typeName = isPointer ? value.typeName.slice(1) : value.typeName
  out.add(`${isPointer ? '&' : ''}${isGoSyntax ? typeName : ''}{`)
  Object.keys(value.fields).forEach((name, i) => {
    if (i > 0) out.add(isGoSyntax ? ', ' : ' ')
    if (verb === 'v' && (flags.plus || flags.sharp)) out.add(`${name}:`)
    writeValue(out, value.fields[name], verb, flags, depth + 1)
  })
  out.add('}')
}
