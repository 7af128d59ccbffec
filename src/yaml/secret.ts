/**
 * A password, token or key that a configuration holds. Printing, logging, inspecting or serialising it shows `<secret>`;
 * only `reveal` gives the text, at the place that sends it.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
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
