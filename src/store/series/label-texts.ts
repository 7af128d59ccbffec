/** One copy of each label name and value, which repeat across series. */
export class LabelTexts {
  readonly #texts = new Map<string, string>()
  #units = 0

  /** The length of all texts together, in UTF-16 units. */
  get units(): number {
    return this.#units
  }

  /** The copy that is kept of a text, which is this one when there was none. */
  intern(text: string): string {
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    this.#texts.set(text, text)
    this.#units += text.length
    return text
  }

  /** Forgets all texts but these. */
  keepOnly(texts: Iterable<string>): void {
    this.#texts.clear()
    this.#units = 0
    for (const text of texts) this.intern(text)
  }
}
