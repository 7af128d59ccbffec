import { TemplateError } from './template-error.ts'

/** A text that grows up to a limit; passing it throws, before memory is taken for more. */
export class TextBuilder {
  #text = ''
  readonly #maxLength: number

  constructor(maxLength: number) {
    this.#maxLength = maxLength
  }

  get text(): string {
    return this.#text
  }

  add(text: string): void {
    this.#text += text
    if (this.#text.length > this.#maxLength) throw tooLong(this.#maxLength)
  }
}

/** The error of a text that would pass `maxTextLength`. */
export function tooLong(maxLength: number): TemplateError {
  return new TemplateError('limit', `text longer than ${maxLength} characters`)
}

/** Throws when a text passes the limit. */
export function checkLength(text: string, maxLength: number): string {
  if (text.length > maxLength) throw tooLong(maxLength)
  return text
}
