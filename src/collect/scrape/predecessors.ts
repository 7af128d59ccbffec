import type { ScrapeLoop } from './scrape-loop.ts'
import type { TargetSpec } from './target-labels.ts'

/**
 * Loops that were stopped and whose series may go on in another one: that of the same target under another configuration, or of
 * the same labels at another address. Without that a series would end now, only to begin again a moment later.
 */
export class Predecessors {
  readonly #byLabels = new Map<string, ScrapeLoop[]>()

  add(loop: ScrapeLoop): void {
    const key = loop.target.labels.key
    const loops = this.#byLabels.get(key)
    if (loops === undefined) this.#byLabels.set(key, [loop])
    else loops.push(loop)
  }

  addAll(loops: Iterable<ScrapeLoop>): void {
    for (const loop of loops) this.add(loop)
  }

  *[Symbol.iterator](): Generator<ScrapeLoop> {
    for (const loops of this.#byLabels.values()) yield* loops
  }

  /** The loop that a target follows; one at another address only when nobody in `wantedUrls` is there. */
  take(target: TargetSpec, wantedUrls: ReadonlySet<string>): ScrapeLoop | undefined {
    const loops = this.#byLabels.get(target.labels.key)
    if (loops === undefined) return undefined
    let at = loops.findIndex((loop) => loop.target.url === target.url)
    if (at < 0) at = loops.findIndex((loop) => !wantedUrls.has(loop.target.url))
    return at < 0 ? undefined : loops.splice(at, 1)[0]
  }

  /** Nobody follows those that are left: their series end now. */
  endAll(): void {
    for (const loop of this) loop.end()
    this.#byLabels.clear()
  }
}
