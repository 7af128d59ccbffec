/** Reasons told of one request; senders log the beginning of an answer. */
const MAX_REASONS = 10

/** Data points that were refused, by reason: what a partial success says. */
export class PointRefusals {
  readonly #counts = new Map<string, number>()
  #total = 0

  /** Data points, all of them. */
  get count(): number {
    return this.#total
  }

  add(reason: string, count = 1): void {
    this.#total += count
    const known = this.#counts.get(reason)
    if (known !== undefined || this.#counts.size < MAX_REASONS) {
      this.#counts.set(reason, (known ?? 0) + count)
    }
  }

  /** One text of all reasons, each with how many data points it is about; '' without any. */
  get message(): string {
    let told = 0
    const parts: string[] = []
    for (const [reason, count] of this.#counts) {
      told += count
      parts.push(count === 1 ? reason : `${reason} (${count} data points)`)
    }
    if (told < this.#total) parts.push(`and ${this.#total - told} data points more`)
    return parts.join('; ')
  }
}
