import { messageOf } from '../../model/problem.ts'
import type { MetricMetadata } from '../../model/samples.ts'
import type { Page, PageSource } from './fetch-page.ts'
import type { PageResult, SeriesTracker } from './series-tracker.ts'
import type { TargetSpec } from './target-labels.ts'

export type Health = 'unknown' | 'up' | 'down'

/** What the targets API shows of the last scrape. */
export interface TargetState {
  health: Health
  lastError: string
  lastScrapeMs: number
  lastDurationMs: number
}

export interface ScrapeLoopOptions {
  readonly target: TargetSpec
  readonly source: PageSource
  readonly tracker: SeriesTracker
  /** Where in the interval this target is scraped, so that targets spread evenly: 0 to 1, the same after a restart. */
  readonly phase: number
  readonly nowMs: () => number
  readonly onScrape: (result: PageResult, state: TargetState) => void
}

/** A scrape this close to its planned time is recorded at that time, so that samples stay evenly spaced. */
const TIMESTAMP_TOLERANCE_MS = 2

/** Scrapes one target at its interval until it is stopped. */
export class ScrapeLoop {
  readonly state: TargetState = { health: 'unknown', lastError: '', lastScrapeMs: 0, lastDurationMs: 0 }
  readonly #options: ScrapeLoopOptions
  readonly #stop = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(options: ScrapeLoopOptions) {
    this.#options = options
  }

  get target(): TargetSpec {
    return this.#options.target
  }

  /** What the target last said of its metric families. */
  get metadata(): readonly MetricMetadata[] {
    return this.#options.tracker.metadata
  }

  start(): void {
    this.#schedule()
  }

  /**
   * Stops scraping. With `markStale` the target is gone: its series end now; without, as at shutdown or when the same target goes
   * on under a new configuration, they are left as they are.
   */
  async stop(markStale: boolean): Promise<void> {
    this.#stop.abort()
    clearTimeout(this.#timer)
    await this.#running
    if (markStale) this.#options.tracker.end(this.#options.nowMs())
  }

  #schedule(): void {
    const { target, phase, nowMs } = this.#options
    const now = nowMs()
    const offset = phase * target.intervalMs
    const next = (Math.floor((now - offset) / target.intervalMs) + 1) * target.intervalMs + offset
    this.#timer = setTimeout(() => {
      this.#running = this.#scrape(next).finally(() => {
        if (!this.#stop.signal.aborted) this.#schedule()
      })
    }, Math.max(1, next - now))
  }

  async #scrape(plannedMs: number): Promise<void> {
    const { target, source, tracker, nowMs, onScrape } = this.#options
    const startMs = nowMs()
    const planned = Math.round(plannedMs)
    const timestampMs = Math.abs(startMs - planned) <= TIMESTAMP_TOLERANCE_MS ? planned : startMs
    const begun = performance.now()
    const deadline = AbortSignal.timeout(target.timeoutMs)
    const signal = AbortSignal.any([deadline, this.#stop.signal])
    let page: Page | undefined
    let fault = ''
    try {
      page = await source(signal)
    } catch (thrown) {
      fault = deadline.aborted ? 'context deadline exceeded' : messageOf(thrown)
    }
    if (this.#stop.signal.aborted) return
    const durationMs = performance.now() - begun
    const result = tracker.record(page, fault, timestampMs, durationMs)
    this.state.health = result.up ? 'up' : 'down'
    this.state.lastError = result.error
    this.state.lastScrapeMs = startMs
    this.state.lastDurationMs = durationMs
    onScrape(result, this.state)
  }
}
