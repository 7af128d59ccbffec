import type { FormatFlags } from './format-number.ts'
import { NO_FLAGS } from './format-number.ts'
import { writeValue } from './format-value.ts'
import { TextBuilder } from './text-builder.ts'
import type { GoValue } from './value.ts'
import { integerOf, typeNameOf } from './value.ts'

/** Go's bound on a width or precision (fmt, tooLarge). */
const MAX_WIDTH = 1_000_000

/** fmt.Sprint: a space between two values when neither is a string. */
export function sprint(args: readonly GoValue[], maxLength: number): string {
  const [only] = args
  if (args.length === 1 && typeof only === 'string') return only
  const out = new TextBuilder(maxLength)
  args.forEach((arg, i) => {
    if (i > 0 && typeof arg !== 'string' && typeof args[i - 1] !== 'string') out.add(' ')
    writeValue(out, arg, 'v')
  })
  return out.text
}

/** fmt.Sprintln: a space between all values, and a line end. */
export function sprintln(args: readonly GoValue[], maxLength: number): string {
  const out = new TextBuilder(maxLength)
  args.forEach((arg, i) => {
    if (i > 0) out.add(' ')
    writeValue(out, arg, 'v')
  })
  out.add('\n')
  return out.text
}

/** fmt.Sprintf, with Go's notes in the text where the format and the arguments do not fit. */
export function sprintf(format: string, args: readonly GoValue[], maxLength: number): string {
  const printer = new Printer(format, args, new TextBuilder(maxLength))
  return printer.print()
}

class Printer {
  readonly #format: string
  readonly #args: readonly GoValue[]
  readonly #out: TextBuilder
  #at = 0
  #next = 0
  /** Whether `[n]` was used anywhere: then arguments left over are no fault. */
  #isReordered = false
  #isGoodIndex = true

  constructor(format: string, args: readonly GoValue[], out: TextBuilder) {
    this.#format = format
    this.#args = args
    this.#out = out
  }

  print(): string {
    const format = this.#format
    while (this.#at < format.length) {
      const percent = format.indexOf('%', this.#at)
      const end = percent < 0 ? format.length : percent
      if (end > this.#at) this.#out.add(format.slice(this.#at, end))
      this.#at = end + 1
      if (percent >= 0) this.#directive()
    }
    if (!this.#isReordered && this.#next < this.#args.length) this.#writeExtra()
    return this.#out.text
  }

  #writeExtra(): void {
    this.#out.add('%!(EXTRA ')
    this.#args.slice(this.#next).forEach((arg, i) => {
      if (i > 0) this.#out.add(', ')
      if (arg === undefined) return this.#out.add('<nil>')
      this.#out.add(`${typeNameOf(arg)}=`)
      writeValue(this.#out, arg, 'v')
    })
    this.#out.add(')')
  }

  #directive(): void {
    this.#isGoodIndex = true
    let flags = this.#readFlags()
    let hasIndex = this.#readIndex()
    const width = this.#readWidth(hasIndex)
    if (width.isStar) hasIndex = false
    flags = withWidth(flags, width.value)
    const precision = this.#readPrecision(hasIndex && width.value === undefined)
    if (precision.value !== undefined) flags = { ...flags, precision: precision.value }
    if (!precision.hasIndex) this.#readIndex()
    const point = this.#format.codePointAt(this.#at)
    if (point === undefined) return this.#out.add('%!(NOVERB)')
    const verb = String.fromCodePoint(point)
    this.#at += verb.length
    this.#write(verb, flags)
  }

  #write(verb: string, flags: FormatFlags): void {
    if (verb === '%') return this.#out.add('%')
    if (!this.#isGoodIndex) return this.#out.add(`%!${verb}(BADINDEX)`)
    if (this.#next >= this.#args.length) return this.#out.add(`%!${verb}(MISSING)`)
    const arg = this.#args[this.#next]
    this.#next++
    // A minus sign takes the zeros' place; quoted and plain texts are never filled with zeros behind.
    writeValue(this.#out, arg, verb, flags.minus ? { ...flags, zero: false } : flags)
  }

  #readFlags(): FormatFlags {
    const seen = new Set<string>()
    while ('#0+- '.includes(this.#format[this.#at] ?? 'x')) {
      seen.add(this.#format[this.#at] ?? '')
      this.#at++
    }
    if (seen.size === 0) return NO_FLAGS
    return {
      ...NO_FLAGS,
      sharp: seen.has('#'),
      zero: seen.has('0'),
      plus: seen.has('+'),
      minus: seen.has('-'),
      space: seen.has(' '),
    }
  }

  /** `[n]`: the next argument is the n-th. */
  #readIndex(): boolean {
    if (this.#format[this.#at] !== '[') return false
    this.#isReordered = true
    const close = this.#format.indexOf(']', this.#at)
    if (close < 0) {
      this.#isGoodIndex = false
      this.#at++
      return true
    }
    const text = this.#format.slice(this.#at + 1, close)
    this.#at = close + 1
    const index = /^[0-9]+$/.test(text) ? Number(text) : 0
    if (index < 1 || index > this.#args.length) this.#isGoodIndex = false
    else this.#next = index - 1
    return true
  }

  #readWidth(hasIndex: boolean): { value: number | undefined; isStar: boolean } {
    if (this.#format[this.#at] === '*') {
      this.#at++
      const value = this.#takeStar()
      if (value === undefined) this.#out.add('%!(BADWIDTH)')
      return { value, isStar: true }
    }
    const value = this.#readDigits()
    // `%[3]2d` has the index before the width, which Go refuses.
    if (hasIndex && value !== undefined) this.#isGoodIndex = false
    if (value !== undefined && value > MAX_WIDTH) {
      this.#out.add('%!(BADWIDTH)')
      return { value: undefined, isStar: false }
    }
    return { value, isStar: false }
  }

  #readPrecision(hasIndex: boolean): { value: number | undefined; hasIndex: boolean } {
    if (this.#format[this.#at] !== '.') return { value: undefined, hasIndex }
    this.#at++
    if (hasIndex) this.#isGoodIndex = false
    const found = this.#readIndex()
    if (this.#format[this.#at] === '*') {
      this.#at++
      const value = this.#takeStar()
      const isBad = value === undefined || value < 0
      if (isBad) this.#out.add('%!(BADPREC)')
      return { value: isBad ? undefined : value, hasIndex: false }
    }
    const digits = this.#readDigits() ?? 0
    if (digits <= MAX_WIDTH) return { value: digits, hasIndex: found }
    this.#out.add('%!(BADPREC)')
    return { value: undefined, hasIndex: found }
  }

  /** The argument that a `*` stands for. */
  #takeStar(): number | undefined {
    if (this.#next >= this.#args.length) return undefined
    const value = integerOf(this.#args[this.#next])
    this.#next++
    if (value === undefined || value > MAX_WIDTH || value < -MAX_WIDTH) return undefined
    return Number(value)
  }

  #readDigits(): number | undefined {
    const found = /^[0-9]+/.exec(this.#format.slice(this.#at, this.#at + 12))
    if (!found) return undefined
    this.#at += found[0].length
    return Number(found[0])
  }
}

/** A negative width of a `*` means the minus flag. */
function withWidth(flags: FormatFlags, width: number | undefined): FormatFlags {
  if (width === undefined) return flags
  if (width < 0) return { ...flags, width: -width, minus: true, zero: false }
  return { ...flags, width }
}
