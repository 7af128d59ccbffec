/** What stands between `%` and the verb of a format. */
export interface FormatFlags {
  readonly plus: boolean
  readonly minus: boolean
  readonly sharp: boolean
  readonly space: boolean
  readonly zero: boolean
  readonly width: number | undefined
  readonly precision: number | undefined
}

export const NO_FLAGS: FormatFlags = {
  plus: false,
  minus: false,
  sharp: false,
  space: false,
  zero: false,
  width: undefined,
  precision: undefined,
}

/** A text brought to the width of the flags. */
export function pad(text: string, flags: FormatFlags): string {
  const { width } = flags
  if (width === undefined) return text
  // Go counts code points.
  const missing = width - Array.from(text).length
  if (missing <= 0) return text
  if (flags.minus) return text + ' '.repeat(missing)
  return (flags.zero ? '0' : ' ').repeat(missing) + text
}

const BASES: Readonly<Record<string, number>> = { d: 10, v: 10, b: 2, o: 8, O: 8, x: 16, X: 16 }
const PREFIXES: Readonly<Record<string, string>> = { b: '0b', o: '0', x: '0x', X: '0X' }

/** An integer under `%d %b %o %O %x %X`; undefined for other verbs. */
export function formatInteger(value: bigint, verb: string, flags: FormatFlags): string | undefined {
  const base = BASES[verb]
  if (base === undefined) return undefined
  let digits = (value < 0n ? -value : value).toString(base)
  if (verb === 'X') digits = digits.toUpperCase()
  const sign = signOf(value < 0n, flags)
  let prefix = ''
  if (verb === 'O') prefix = '0o'
  else if (flags.sharp) prefix = PREFIXES[verb] ?? ''
  if (flags.precision !== undefined) {
    digits = flags.precision === 0 && value === 0n ? '' : digits.padStart(flags.precision, '0')
  } else if (flags.zero && !flags.minus && flags.width !== undefined) {
    digits = digits.padStart(flags.width - sign.length, '0')
  }
  return pad(sign + prefix + digits, { ...flags, zero: false })
}

function signOf(isNegative: boolean, flags: FormatFlags): string {
  if (isNegative) return '-'
  if (flags.plus) return '+'
  return flags.space ? ' ' : ''
}

/** A float64 under `%v %g %G %e %E %f %F`; undefined for other verbs. */
export function formatFloat(value: number, verb: string, flags: FormatFlags): string | undefined {
  const lower = verb === 'v' ? 'g' : verb.toLowerCase()
  if (!['g', 'e', 'f'].includes(lower)) return undefined
  if (!Number.isFinite(value)) {
    const sign = Number.isNaN(value) ? (flags.plus ? '+' : '') : value < 0 ? '-' : '+'
    return pad(sign + (Number.isNaN(value) ? 'NaN' : 'Inf'), { ...flags, zero: false })
  }
  const isNegative = value < 0 || Object.is(value, -0)
  const size = Math.abs(value)
  let digits = formatSize(size, lower, flags)
  if (verb === 'G' || verb === 'E') digits = digits.toUpperCase()
  const sign = signOf(isNegative, flags)
  if (flags.zero && !flags.minus && flags.width !== undefined) {
    digits = digits.padStart(flags.width - sign.length, '0')
  }
  return pad(sign + digits, { ...flags, zero: false })
}

function formatSize(size: number, verb: string, flags: FormatFlags): string {
  const { precision } = flags
  if (verb === 'f') return roundFixed(size, precision ?? 6)
  if (verb === 'e') return goExponent(roundExponential(size, precision ?? 6))
  if (precision === undefined && !flags.sharp) return formatShortest(size)
  return formatGeneral(size, Math.max(precision ?? 6, 1), flags.sharp)
}

/** JavaScript writes at most 100 digits after the point; a float64 of sense has fewer. */
const MOST_DIGITS = 100
/** So many digits more tell an exact half from what is only near one: a float64 has 17 that count. */
const TIE_DIGITS = 20

/** `%.<digits>f`. Halves go to the even neighbour as in Go; JavaScript takes the larger one. */
function roundFixed(size: number, digits: number): string {
  const shown = Math.min(digits, MOST_DIGITS)
  const zeros = '0'.repeat(digits - shown)
  if (size >= 1e21) return `${BigInt(size)}${digits > 0 ? '.' : ''}${'0'.repeat(shown)}${zeros}`
  const longer = size.toFixed(Math.min(shown + TIE_DIGITS, MOST_DIGITS))
  const kept = longer.slice(0, longer.indexOf('.') + 1 + shown)
  const plain = shown === 0 ? kept.slice(0, -1) : kept
  return (isEvenTie(plain, longer.slice(kept.length)) ? plain : size.toFixed(shown)) + zeros
}

/** `%.<digits>e` with JavaScript's exponent. */
function roundExponential(size: number, digits: number): string {
  const shown = Math.min(digits, MOST_DIGITS)
  const longer = size.toExponential(Math.min(shown + TIE_DIGITS, MOST_DIGITS))
  const [mantissa = '', power = ''] = longer.split('e')
  const kept = mantissa.slice(0, shown === 0 ? 1 : 2 + shown)
  const rest = mantissa.slice(kept.length).replace('.', '')
  const rounded = isEvenTie(kept, rest) ? `${kept}e${power}` : size.toExponential(shown)
  return digits > shown ? rounded.replace('e', `${'0'.repeat(digits - shown)}e`) : rounded
}

/** Whether the cut-off digits are exactly a half behind an even digit: then the kept ones are the rounded ones. */
function isEvenTie(kept: string, rest: string): boolean {
  return /^50*$/.test(rest) && /[02468]$/.test(kept)
}

/** JavaScript's `1e+5` as Go's `1e+05`. */
function goExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

/** strconv.FormatFloat turns to an exponent here when it writes the shortest digits with `g`. */
const SHORTEST_EXPONENT = 6

/** `%v` of a size: the shortest digits that give the value back, with an exponent below 1e-4 and from 1e6 on. */
function formatShortest(size: number): string {
  if (size === 0) return '0'
  const exponential = size.toExponential()
  const power = Number(exponential.slice(exponential.indexOf('e') + 1))
  if (power < -4 || power >= SHORTEST_EXPONENT) return goExponent(exponential)
  return expand(exponential, power)
}

/** `%.<precision>g`; trailing zeros are kept only under `#`. */
function formatGeneral(size: number, precision: number, keepsZeros: boolean): string {
  const exponential = roundExponential(size, precision - 1)
  const [mantissa = '', powerText = ''] = exponential.split('e')
  const power = Number(powerText)
  const trims = !keepsZeros && mantissa.includes('.')
  const plain = trims ? mantissa.replace(/\.?0+$/, '') : mantissa
  if (power < -4 || power >= precision) return goExponent(`${plain}e${powerText}`)
  return expand(`${plain}e${powerText}`, power)
}

/** Digits with an exponent as plain decimal notation. */
function expand(exponential: string, power: number): string {
  const digits = exponential.slice(0, exponential.indexOf('e')).replace('.', '')
  if (power < 0) return `0.${'0'.repeat(-power - 1)}${digits}`
  if (digits.length <= power + 1) return digits.padEnd(power + 1, '0')
  return `${digits.slice(0, power + 1)}.${digits.slice(power + 1)}`
}
