/** A decimal number: `digits` times ten to the power `exponent`. */
interface Decimal {
  readonly digits: bigint
  readonly exponent: number
}

/** Digits behind the point of a quotient (the library decimal's DivisionPrecision). */
const QUOTIENT_DIGITS = 16

/** The number that the shortest notation of a float says. */
function toDecimal(value: number): Decimal {
  const [mantissa = '0', power = '0'] = value.toExponential().split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length }
}

function toNumber({ digits, exponent }: Decimal): number {
  return Number(`${digits}e${exponent}`)
}

/** Both with the smaller exponent. */
function align(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent)
  const scale = ({ digits, exponent: own }: Decimal): bigint =>
    digits * 10n ** BigInt(own - exponent)
  return [scale(a), scale(b), exponent]
}

function areFinite(a: number, b: number): boolean {
  return Number.isFinite(a) && Number.isFinite(b)
}

/** `0.1 + 0.2` as people expect it: floats are added as the decimal numbers they are written as. */
export function addDecimal(a: number, b: number): number {
  if (!areFinite(a, b)) return a + b
  const [x, y, exponent] = align(toDecimal(a), toDecimal(b))
  return toNumber({ digits: x + y, exponent })
}

export function subtractDecimal(a: number, b: number): number {
  return addDecimal(a, -b)
}

export function multiplyDecimal(a: number, b: number): number {
  if (!areFinite(a, b)) return a * b
  const [x, y] = [toDecimal(a), toDecimal(b)]
  return toNumber({ digits: x.digits * y.digits, exponent: x.exponent + y.exponent })
}

/** Rounded at 16 digits behind the point, halves away from zero. Throws by zero. */
export function divideDecimal(a: number, b: number): number {
  if (b === 0) throw new Error('decimal division by 0')
  if (!areFinite(a, b)) return a / b
  const [x, y] = align(toDecimal(a), toDecimal(b))
  const scaled = x * 10n ** BigInt(QUOTIENT_DIGITS) * 2n
  const twice = scaled / y
  const isNegative = x < 0n !== y < 0n
  const digits = (twice + (isNegative ? -1n : 1n)) / 2n
  return toNumber({ digits, exponent: -QUOTIENT_DIGITS })
}
