import type { Labels } from '../../model/labels.ts'
import type { Retention } from '../limits.ts'
import type { SeriesIndex, SeriesRef } from './series-index.ts'

/**
 * Which retention each series has. A sample is stored in a partition of its class (column `keep`: seconds of the rule, 0 for the
 * default), so the default can be changed later for what is stored already, while a rule holds for what is written under it.
 */
export class RetentionClasses {
  #retention: Retention
  #keepSeconds = new Uint32Array(1024)

  constructor(retention: Retention) {
    this.#retention = retention
  }

  assign(ref: SeriesRef, labels: Labels): void {
    if (ref >= this.#keepSeconds.length) {
      let size = this.#keepSeconds.length * 2
      while (size <= ref) size *= 2
      const grown = new Uint32Array(size)
      grown.set(this.#keepSeconds)
      this.#keepSeconds = grown
    }
    this.#keepSeconds[ref] = this.#keepSecondsOfNew(labels)
  }

  /** Returns the series that are of another class now. */
  replace(retention: Retention, index: SeriesIndex): SeriesRef[] {
    this.#retention = retention
    const changed: SeriesRef[] = []
    for (const ref of index.all()) {
      const before = this.#keepSeconds[ref]
      this.assign(ref, index.labelsOf(ref))
      if (this.#keepSeconds[ref] !== before) changed.push(ref)
    }
    return changed
  }

  keepSecondsOf(ref: SeriesRef): number {
    return this.#keepSeconds[ref] as number
  }

  timeMsOf(ref: SeriesRef): number {
    return this.#timeMs(this.#keepSeconds[ref] as number)
  }

  /** The retention that a series with these labels would have. */
  timeMsOfNew(labels: Labels): number {
    return this.#timeMs(this.#keepSecondsOfNew(labels))
  }

  #timeMs(keepSeconds: number): number {
    return keepSeconds === 0 ? this.#retention.timeMs : keepSeconds * 1000
  }

  #keepSecondsOfNew(labels: Labels): number {
    const rule = this.#retention.rules.find(({ matchers }) =>
      matchers.every((m) => m.matches(labels.get(m.name))),
    )
    return rule === undefined ? 0 : Math.max(1, Math.round(rule.timeMs / 1000))
  }
}
