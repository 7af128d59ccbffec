import type { Labels } from '../model/labels.ts'

/** What the index needs to know of an alert. */
export interface InhibitSource {
  readonly fingerprint: string
  readonly labels: Labels
  /** Unix milliseconds: from then on it inhibits nothing. */
  readonly endsAtMs: number
}

/**
 * Sources of a rule that are alike in the labels that must be equal. Asked ten thousand times for one that fires, it does not
 * look ten thousand times at those that are over: they go to the back, and nothing is looked at past the last one's end.
 */
export class SourceSet {
  readonly #alerts = new Map<string, InhibitSource>()
  /** No source ends later. */
  #lastEndMs = -Infinity

  get size(): number {
    return this.#alerts.size
  }

  set(alert: InhibitSource): void {
    this.#alerts.set(alert.fingerprint, alert)
    this.#lastEndMs = Math.max(this.#lastEndMs, alert.endsAtMs)
  }

  delete(fingerprint: string): void {
    this.#alerts.delete(fingerprint)
  }

  /** The fingerprint of one that fires. */
  findFiring(nowMs: number): string | undefined {
    if (this.#lastEndMs <= nowMs) return undefined
    const over: InhibitSource[] = []
    let lastEndMs = -Infinity
    for (const alert of this.#alerts.values()) {
      if (alert.endsAtMs > nowMs) {
        this.#moveBack(over)
        return alert.fingerprint
      }
      over.push(alert)
      lastEndMs = Math.max(lastEndMs, alert.endsAtMs)
    }
    this.#lastEndMs = lastEndMs
    return undefined
  }

  /** The fingerprints of those that are over. */
  *resolved(nowMs: number): Generator<string> {
    for (const { fingerprint, endsAtMs } of this.#alerts.values()) {
      if (endsAtMs <= nowMs) yield fingerprint
    }
  }

  #moveBack(over: readonly InhibitSource[]): void {
    for (const alert of over) {
      this.#alerts.delete(alert.fingerprint)
      this.#alerts.set(alert.fingerprint, alert)
    }
  }
}
