import { parseGoFloat } from '../go-float.ts'
import { decodeUtf8 } from '../text-codec.ts'

const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))
const MAX_EXACT = 2 ** 53
const ZERO = 0x30
const DOT = 0x2e
const PLUS = 0x2b
const MINUS = 0x2d
const LETTER_E = 0x65

/**
 * Reads a decimal number at `at` into `into[index]` and returns where it ends, or -1 when it is anything but a plain number of
 * at most 53 bits and a power of ten up to 22. Such a number is one division or multiplication of two exact doubles, hence
 * correctly rounded (Clinger, "How to read floating point numbers accurately").
 */
export function readShortFloat(
  bytes: Uint8Array,
  at: number,
  end: number,
  into: Float64Array,
  index: number,
): number {
  let i = at
  const first = bytes[i]
  if (first === MINUS || first === PLUS) i++
  let mantissa = 0
  const wholeStart = i
  while (i < end) {
    const digit = (bytes[i] as number) - ZERO
    if (digit < 0 || digit > 9) break
    mantissa = mantissa * 10 + digit
    i++
  }
  let digits = i - wholeStart
  let power = 0
  if (i < end && bytes[i] === DOT) {
    i++
    const fractionStart = i
    while (i < end) {
      const digit = (bytes[i] as number) - ZERO
      if (digit < 0 || digit > 9) break
      mantissa = mantissa * 10 + digit
      i++
    }
    power = fractionStart - i
    digits -= power
  }
  if (digits === 0 || mantissa >= MAX_EXACT) return -1
  if (i < end && ((bytes[i] as number) | 0x20) === LETTER_E) {
    i++
    const sign = bytes[i]
    if (sign === MINUS || sign === PLUS) i++
    const exponentStart = i
    let exponent = 0
    while (i < end && i - exponentStart < 4) {
      const digit = (bytes[i] as number) - ZERO
      if (digit < 0 || digit > 9) break
      exponent = exponent * 10 + digit
      i++
    }
    if (i === exponentStart) return -1
    power += sign === MINUS ? -exponent : exponent
  }
  if (power < -22 || power > 22) return -1
  const size =
    power < 0 ? mantissa / (POWERS[-power] as number) : mantissa * (POWERS[power] as number)
  into[index] = first === MINUS ? -size : size
  return i
}

/**
 * The number that a token is for Prometheus (model/textparse, parseFloat): what Go's ParseFloat reads, without hexadecimal
 * floats and underscores. Undefined when it is none.
 */
export function parseFloatToken(bytes: Uint8Array, start: number, end: number): number | undefined {
  const text = decodeUtf8(bytes, start, end)
  return /[pP_]/.test(text) ? undefined : parseGoFloat(text)
}
