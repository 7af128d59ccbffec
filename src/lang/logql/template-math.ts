import type { GoFunction } from '../gotemplate/function.ts'
import { aString, anything, define } from '../gotemplate/function.ts'
import type { GoValue } from '../gotemplate/value.ts'
import { integerOf } from '../gotemplate/value.ts'
import { addDecimal, divideDecimal, multiplyDecimal, subtractDecimal } from './decimal.ts'
import { parseBytes, parseGoDurationNs, parseGoFloat } from './quantity.ts'

/** Arithmetic on integers and on floats, which take texts, too (the library sprig). */
export function mathFunctions(): [string, GoFunction][] {
  return [...integerFunctions(), ...floatFunctions(), ...quantityFunctions()]
}

/** A function of one value at least. */
function ofMany(fold: (first: GoValue, rest: readonly GoValue[]) => GoValue): GoFunction {
  return { params: [anything], rest: anything, call: ([first, ...rest]) => fold(first, rest) }
}

function foldIntegers(combine: (a: bigint, b: bigint) => bigint): GoFunction {
  return ofMany((first, rest) =>
    rest.reduce<bigint>(
      (total, each) => BigInt.asIntN(64, combine(total, toInteger(each))),
      toInteger(first),
    ),
  )
}

function integerFunctions(): [string, GoFunction][] {
  const divide = (a: bigint, b: bigint): bigint => {
    if (b === 0n) throw new Error('runtime error: integer divide by zero')
    return a / b
  }
  return [
    ['int', define([anything], toInteger)],
    ['float64', define([anything], toFloat)],
    [
      'add',
      {
        params: [],
        rest: anything,
        call: (args) =>
          args.reduce<bigint>((sum, each) => BigInt.asIntN(64, sum + toInteger(each)), 0n),
      },
    ],
    ['sub', define([anything, anything], (a, b) => BigInt.asIntN(64, toInteger(a) - toInteger(b)))],
    ['mul', foldIntegers((a, b) => a * b)],
    ['div', define([anything, anything], (a, b) => divide(toInteger(a), toInteger(b)))],
    [
      'mod',
      define([anything, anything], (a, b) => {
        const by = toInteger(b)
        if (by === 0n) throw new Error('runtime error: integer divide by zero')
        return toInteger(a) % by
      }),
    ],
    ['max', foldIntegers((a, b) => (b > a ? b : a))],
    ['min', foldIntegers((a, b) => (b < a ? b : a))],
  ]
}

function foldFloats(combine: (a: number, b: number) => number): GoFunction {
  return ofMany((first, rest) =>
    rest.reduce<number>((total, each) => combine(total, toFloat(each)), toFloat(first)),
  )
}

function floatFunctions(): [string, GoFunction][] {
  return [
    ['addf', foldFloats(addDecimal)],
    ['subf', foldFloats(subtractDecimal)],
    ['mulf', foldFloats(multiplyDecimal)],
    ['divf', foldFloats(divideDecimal)],
    ['maxf', foldFloats(Math.max)],
    ['minf', foldFloats(Math.min)],
    ['ceil', define([anything], (value) => Math.ceil(toFloat(value)))],
    ['floor', define([anything], (value) => Math.floor(toFloat(value)))],
    [
      'round',
      {
        params: [anything, anything],
        rest: anything,
        call: ([value, digits, from]) =>
          round(
            toFloat(value),
            Number(toInteger(digits)),
            from === undefined ? 0.5 : toFloat(from),
          ),
      },
    ],
  ]
}

function quantityFunctions(): [string, GoFunction][] {
  const seconds = define([aString], (text) => {
    const read = parseGoDurationNs(text)
    if ('fault' in read) throw new Error(read.fault)
    return read.value / 1e9
  })
  return [
    [
      'bytes',
      define([aString], (text) => {
        const read = parseBytes(text)
        if ('fault' in read) throw new Error(read.fault)
        return read.value
      }),
    ],
    ['duration', seconds],
    ['duration_seconds', seconds],
  ]
}

/** Rounds at `digits` behind the point, up from the fraction `from` on. */
function round(value: number, digits: number, from: number): number {
  const size = 10 ** digits
  const scaled = value * size
  const fraction = scaled - Math.trunc(scaled)
  return (fraction >= from ? Math.ceil(scaled) : Math.floor(scaled)) / size
}

/** The library cast's ToInt64: texts are whole numbers with a base prefix, everything else that is no number is 0. */
function toInteger(value: GoValue): bigint {
  if (typeof value === 'number') return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value !== 'string') return integerOf(value) ?? 0n
  const text = value.replace(/\.0*$/, '')
  if (!/^[+-]?(?:[0-9]+|0[xX][0-9a-fA-F]+)$/.test(text) || text.length > 40) return 0n
  const size = BigInt(text.replace(/^[+-]/, ''))
  return BigInt.asIntN(64, text.startsWith('-') ? -size : size)
}

/** The library cast's ToFloat64: a text that is no number is 0. */
function toFloat(value: GoValue): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'string') return Number(integerOf(value) ?? 0n)
  const read = parseGoFloat(value)
  return 'value' in read ? read.value : 0
}
