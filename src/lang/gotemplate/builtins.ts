import { isEqual, isLess } from './compare.ts'
import { escapeHtml, escapeJs, escapeQuery } from './escape-text.ts'
import type { CallContext, FunctionTable, GoFunction } from './function.ts'
import { aString, anything, define, defineRest } from './function.ts'
import { readIndex, sliceValue } from './slice-value.ts'
import { sprint, sprintf, sprintln } from './print.ts'
import { encodeUtf8 } from './utf8.ts'
import { utf8Length } from '../../model/go-notation.ts'
import type { GoValue } from './value.ts'
import { GoCallable, GoMap, GoSlice, isTrue, stringOf, typeNameOf } from './value.ts'

/** text/template's built-in functions. `and` and `or` are here for their names: the evaluator does them, lazily. */
export const BUILTINS: FunctionTable = new Map<string, GoFunction>([
  ['and', atLeastOne((args) => args.at(-1))],
  ['or', atLeastOne((args) => args.at(-1))],
  ['not', define([anything], (value) => !isTrue(value))],
  ['len', define([anything], lengthOf)],
  ['index', atLeastOne(indexValue)],
  ['slice', atLeastOne(sliceValue)],
  ['print', defineRest(anything, (args, context) => sprint(args, context.maxTextLength))],
  ['println', defineRest(anything, (args, context) => sprintln(args, context.maxTextLength))],
  ['printf', { params: [aString], rest: anything, call: printFormat }],
  ['html', escaping(escapeHtml)],
  ['js', escaping(escapeJs)],
  ['urlquery', escaping(escapeQuery)],
  ['call', atLeastOne(callValue)],
  ['eq', { params: [anything], rest: anything, call: isAnyEqual }],
  ['ne', define([anything, anything], (a, b) => !isEqual(a, b))],
  ['lt', define([anything, anything], (a, b) => isLess(a, b))],
  ['le', define([anything, anything], (a, b) => isLess(a, b) || isEqual(a, b))],
  ['gt', define([anything, anything], (a, b) => !isLess(a, b) && !isEqual(a, b))],
  ['ge', define([anything, anything], (a, b) => !isLess(a, b))],
])

function atLeastOne(call: GoFunction['call']): GoFunction {
  return { params: [anything], rest: anything, call }
}

function escaping(escape: (text: string) => string): GoFunction {
  return defineRest(anything, (args, context) => {
    const [only] = args
    const text = args.length === 1 ? stringOf(only) : undefined
    return escape(text ?? sprint(args, context.maxTextLength))
  })
}

function printFormat(args: readonly GoValue[], context: CallContext): string {
  const [format, ...rest] = args
  return sprintf(stringOf(format) ?? '', rest, context.maxTextLength)
}

function isAnyEqual(args: readonly GoValue[]): boolean {
  const [first, ...others] = args
  if (others.length === 0) throw new Error('missing argument for comparison')
  return others.some((other) => isEqual(first, other))
}

function lengthOf(value: GoValue): bigint {
  const text = stringOf(value)
  if (text !== undefined) return BigInt(utf8Length(text))
  if (value instanceof GoSlice) return BigInt(value.items.length)
  if (value instanceof GoMap) return BigInt(value.source.size)
  if (value === undefined) throw new Error('len of untyped nil')
  throw new Error(`len of type ${typeNameOf(value)}`)
}

/** `index x 1 2` is `x[1][2]`: of a slice, a map, or the bytes of a string. */
function indexValue(args: readonly GoValue[]): GoValue {
  let [item] = args
  if (item === undefined) throw new Error('index of untyped nil')
  for (const index of args.slice(1)) {
    if (item === undefined) throw new Error('index of nil pointer')
    item = indexOnce(item, index)
  }
  return item
}

function indexOnce(item: GoValue, index: GoValue): GoValue {
  if (item instanceof GoMap) return item.source.get(readKey(index)) ?? item.zero
  const text = stringOf(item)
  if (item instanceof GoSlice) {
    const at = readIndex(index, item.items.length)
    if (at === item.items.length) throw new Error('reflect: slice index out of range')
    return item.items[at]
  }
  if (text === undefined) throw new Error(`can't index item of type ${typeNameOf(item)}`)
  const bytes = encodeUtf8(text)
  const at = readIndex(index, bytes.length)
  const byte = bytes[at]
  if (byte === undefined) throw new Error('reflect: string index out of range')
  return BigInt(byte)
}

function readKey(index: GoValue): string {
  if (typeof index === 'string') return index
  if (index === undefined) throw new Error('value is nil; should be of type string')
  throw new Error(`value has type ${typeNameOf(index)}; should be string`)
}

function callValue(args: readonly GoValue[], context: CallContext): GoValue | Promise<GoValue> {
  const [callee, ...rest] = args
  if (callee === undefined) throw new Error('call of nil')
  if (!(callee instanceof GoCallable)) {
    throw new Error(`non-function of type ${typeNameOf(callee)}`)
  }
  const { params, rest: restParam } = callee.function
  if (restParam ? rest.length < params.length : rest.length !== params.length) {
    const want = `${restParam ? 'at least ' : ''}${params.length}`
    throw new Error(`wrong number of args: got ${rest.length} want ${want}`)
  }
  rest.forEach((arg, i) => {
    const param = params[i] ?? restParam ?? anything
    if (arg === undefined ? !param.nilable : !param.accepts(arg)) {
      throw new Error(`arg ${i}: value has type ${typeNameOf(arg)}; should be ${param.name}`)
    }
  })
  return callee.function.call(rest, context)
}
