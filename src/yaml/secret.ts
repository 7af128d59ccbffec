import { createHmac, randomBytes } from 'node:crypto'

/** New in each process, so that a digest says nothing outside of it. */
const PROCESS_KEY = randomBytes(32)

/**
 * A password, token or key that a configuration holds. Printing, logging, inspecting or serialising it shows `<secret>`;
 * only `reveal` gives the text, at the place that sends it.
 */
export class Secret {
  /** Equal for equal texts within this process: `isDeepStrictEqual` must see when a reload changed a password. */
  readonly digest: string
  readonly #text: string

  constructor(text: string) {
    this.#text = text
    this.digest = createHmac('sha256', PROCESS_KEY).update(text, 'utf8').digest('base64')
  }

  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '<secret>'
  }

  toJSON(): string {
    return '<secret>'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '<secret>'
  }
}
