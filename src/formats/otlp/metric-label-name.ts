/** Keys come again and again; more different ones than these are not normal. */
const MAX_REMEMBERED = 10_000
const MAX_REMEMBERED_LENGTH = 200

export interface LabelNaming {
  /** Everything but ASCII letters and digits becomes an underscore. */
  readonly escapes: boolean
  /** A name with one underscore in front gets `key` before it. */
  readonly avoidsLeadingUnderscore: boolean
  /** Several underscores stay several. */
  readonly keepsUnderscores: boolean
}

/**
 * Names labels of metrics as Prometheus does (prometheus/otlptranslator, `LabelNamer`). Labels of log streams have another rule:
 * label-name.ts.
 */
export class MetricLabelNamer {
  readonly #naming: LabelNaming
  readonly #remembered = new Map<string, string>()

  constructor(naming: LabelNaming) {
    this.#naming = naming
  }

  /** The label that an attribute becomes; undefined when it is empty or nothing but underscores. */
  nameOf(key: string): string | undefined {
    const known = this.#remembered.get(key)
    if (known !== undefined) return known
    const name = this.#translate(key)
    if (/^_*$/.test(name)) return undefined
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear()
    if (key.length <= MAX_REMEMBERED_LENGTH) this.#remembered.set(key, name)
    return name
  }

  #translate(key: string): string {
    const { escapes, avoidsLeadingUnderscore, keepsUnderscores } = this.#naming
    if (!escapes) return key
    const name = keepsUnderscores ? key.replace(/[^a-zA-Z0-9]/gu, '_') : collapsed(key)
    if (/^[0-9]/.test(name)) return `key_${name}`
    return avoidsLeadingUnderscore && /^_(?!_)/.test(name) ? `key${name}` : name
  }
}

function collapsed(key: string): string {
  const isReserved = key.length >= 4 && key.startsWith('__') && key.endsWith('__')
  const bare = (isReserved ? key.slice(2, -2) : key).replace(/[^a-zA-Z0-9]+/g, '_')
  return isReserved ? `__${bare}__` : bare
}
