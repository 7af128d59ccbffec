const MAX_NAME_CHARS = 1024

/** Reads the fields of a DNS message one behind the other. Throws a RangeError past the end, and for names that lead in circles. */
export class DnsReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get at(): number {
    return this.#at
  }

  byte(): number {
    const value = this.#bytes[this.#at++]
    if (value === undefined) throw new RangeError('the DNS message ends too early')
    return value
  }

  uint16(): number {
    return this.byte() * 256 + this.byte()
  }

  uint32(): number {
    return this.uint16() * 65_536 + this.uint16()
  }

  take(count: number): Uint8Array {
    const end = this.#at + count
    if (end > this.#bytes.length) throw new RangeError('the DNS message ends too early')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  skip(count: number): void {
    this.take(count)
  }

  /** A name with the dot at its end, escaped as in zone files. */
  name(): string {
    let out = ''
    let at = this.#at
    let end: number | undefined
    for (;;) {
      const length = this.#bytes[at]
      if (length === undefined) throw new RangeError('a name of the DNS message does not end')
      if (length === 0) {
        this.#at = end ?? at + 1
        return out === '' ? '.' : out
      }
      if (length >= 0xc0) {
        const target = (length - 0xc0) * 256 + (this.#bytes[at + 1] ?? 0)
        // Only backwards: a name that refers to itself would never end.
        if (target >= at) throw new RangeError('a name of the DNS message refers forwards')
        end ??= at + 2
        at = target
      } else if (length > 63) throw new RangeError('a label of the DNS message is of no known kind')
      else {
        out += `${escapeBytes(this.#bytes.subarray(at + 1, at + 1 + length), /[.\\"();@$ ]/)}.`
        at += length + 1
      }
      if (out.length > MAX_NAME_CHARS) throw new RangeError('a name of the DNS message is too long')
    }
  }
}

/** Text of a zone file: a backslash before what has a meaning there, and decimal numbers for what cannot be printed. */
export function escapeBytes(bytes: Uint8Array, special: RegExp): string {
  let out = ''
  for (const byte of bytes) {
    const char = String.fromCharCode(byte)
    if (byte < 32 || byte > 126) out += `\\${String(byte).padStart(3, '0')}`
    else out += special.test(char) ? `\\${char}` : char
  }
  return out
}
