import { messageOf } from '../../model/problem.ts'
import type { MetricMetadata } from '../../model/samples.ts'
import { TAKEN_OVER_WITHIN_MS } from '../../model/work-share.ts'
import type { Page, PageSource } from './page-source.ts'
import { ScrapeDefect, type ScrapeResult } from './scrape-result.ts'
import { ScrapeSlots } from './scrape-slots.ts'
import type { SeriesTracker } from './series-tracker.ts'
import type { TargetSpec } from './target-labels.ts'

export type Health = 'unknown' | 'up' | 'down'

/** What the targets API shows of the last scrape. */
export interface TargetState {
  health: Health
  lastError: string
  lastScrapeMs: number
  lastDurationMs: number
}

/** Of a target that another member of a cluster scrapes. */
const NOT_SCRAPED: TargetState = {
  ...{ health: 'unknown', lastError: '', lastScrapeMs: 0, lastDurationMs: 0 },
}

export interface ScrapeLoopOptions {
  readonly target: TargetSpec
  readonly source: PageSource
  readonly tracker: SeriesTracker
  /** Where in the interval this target is scraped, so that targets spread evenly: 0 to 1, the same after a restart. */
  readonly phase: number
  readonly nowMs: () => number
  /** `sinceLastMs` is the time since the beginning of the scrape before, undefined for the first. */
  readonly onScrape: (result: ScrapeResult, sinceLastMs: number | undefined) => void
  /** Something here or in the store is broken: the scrape is lost, the next one is tried. */
  readonly onDefect: (thrown: unknown) => void
  /** Whether this member of a cluster scrapes the target, and for how long nobody did before it came here. */
  readonly work?: TargetWork
  /** The loop whose series go on in this one; it must have been stopped. */
  readonly predecessor?: ScrapeLoop
}

/** See `ScrapeLoopOptions`. */
export interface TargetWork {
  readonly isMine: () => boolean
  readonly idleMs: () => number
}

const OWN_WORK: TargetWork = { isMine: () => true, idleMs: () => Number.POSITIVE_INFINITY }

/** The longest time-out that a timer takes. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1

/** Scrapes one target at its interval until it is stopped. A scrape never begins before the last one has ended. */
export class ScrapeLoop {
  readonly state: TargetState
  #target: TargetSpec
  readonly #options: ScrapeLoopOptions
  readonly #slots: ScrapeSlots
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #scrape: AbortController | undefined
  #isStopped = false
  readonly #work: TargetWork
  #isMine: boolean
  #lastBegun: number | undefined

  constructor(options: ScrapeLoopOptions) {
    const { target, tracker, phase, predecessor } = options
    this.#options = options
    this.#target = target
    this.#work = options.work ?? OWN_WORK
    this.#isMine = this.#work.isMine()
    this.#slots = new ScrapeSlots(target.intervalMs, phase)
    this.state = {
      health: 'unknown',
      lastError: '',
      lastScrapeMs: 0,
      lastDurationMs: 0,
      ...predecessor?.state,
    }
    if (predecessor !== undefined) tracker.continueFrom(predecessor.#options.tracker)
  }

  get target(): TargetSpec {
    return this.#target
  }

  /** The same target was found with other labels before relabelling: only what is shown changes. */
  showAs(target: TargetSpec): void {
    this.#target = target
  }

  /** What the target last said of its metric families. */
  get metadata(): readonly MetricMetadata[] {
    return this.#options.tracker.metadata
  }

  start(): void {
    this.#sleepUntil(this.#slots.after(this.#options.nowMs()))
  }

  /**
   * The target may have come or gone. One that goes is left alone at once, its series as they are: they go on elsewhere. One that
   * comes is scraped at once when nobody did at its last slot. Resolves when nothing is under way that must not be.
   */
  async follow(): Promise<void> {
    const isMine = this.#work.isMine()
    if (isMine === this.#isMine || this.#isStopped) return
    this.#isMine = isMine
    if (!isMine) this.#scrape?.abort()
    await this.#running
    if (this.#isStopped || isMine !== this.#isMine) return
    clearTimeout(this.#timer)
    const nowMs = this.#options.nowMs()
    const nextMs = this.#slots.after(nowMs)
    const lastMs = nextMs - this.#target.intervalMs
    const idleMs = this.#work.idleMs()
    const isMissed = isMine && idleMs < TAKEN_OVER_WITHIN_MS && nowMs - lastMs < idleMs
    this.#sleepUntil(isMissed ? lastMs : nextMs)
  }

  /**
   * Ends scraping and gives up a scrape that is under way. The series are left as they are: they go on after a restart, or in
   * another loop. Resolves when nothing of this loop is under way any more.
   */
  stop(): Promise<void> {
    this.#scrape?.abort()
    return this.finish()
  }

  /** Ends scraping, but lets a scrape that is under way come to its end. */
  finish(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    return this.#running
  }

  /** The target is gone: its series end now. For a loop that was stopped. */
  end(): void {
    this.#options.tracker.end(this.#options.nowMs())
  }

  #sleepUntil(slotMs: number): void {
    const delayMs = Math.max(0, slotMs - this.#options.nowMs())
    this.#timer = setTimeout(
      () => {
        if (delayMs > LONGEST_SLEEP_MS) this.#sleepUntil(slotMs)
        else this.#running = this.#run(slotMs)
      },
      Math.min(delayMs, LONGEST_SLEEP_MS),
    )
  }

  async #run(slotMs: number): Promise<void> {
    const { nowMs } = this.#options
    const beganMs = nowMs()
    try {
      if (this.#work.isMine()) await this.#scrapeOnce(this.#slots.timestampMs(slotMs, beganMs))
      else Object.assign(this.state, NOT_SCRAPED)
    } catch (thrown) {
      this.state.health = 'down'
      this.state.lastError = messageOf(thrown)
      this.#options.onDefect(thrown)
    } finally {
      // Whatever happened: a target that is not scraped again would be silent for ever.
      if (!this.#isStopped) this.#sleepUntil(this.#slots.next(slotMs, beganMs, nowMs()))
    }
  }

  async #scrapeOnce(timestampMs: number): Promise<void> {
    const { tracker, onScrape } = this.#options
    const begun = performance.now()
    const sinceLastMs = this.#lastBegun === undefined ? undefined : begun - this.#lastBegun
    this.#lastBegun = begun
    const scrape = new AbortController()
    this.#scrape = scrape
    const got = await this.#fetch(scrape)
    let result: ScrapeResult
    try {
      // Aborted by a stop and not by its deadline.
      if (this.#isStopped && scrape.signal.aborted) return
      if (!this.#work.isMine()) return
      if (!(got instanceof Error)) await tracker.meet(got, timestampMs)
      result = tracker.record(got, timestampMs, () => performance.now() - begun)
    } finally {
      if (!(got instanceof Error)) got.release?.()
    }
    if (result.fault instanceof ScrapeDefect) this.#options.onDefect(result.fault.cause)
    const refusal =
      result.refused > 0 ? `${result.refused} samples were refused: ${result.refusal}` : ''
    this.state.health = result.up ? 'up' : 'down'
    this.state.lastError = result.fault?.message ?? refusal
    this.state.lastScrapeMs = timestampMs
    this.state.lastDurationMs = result.durationMs
    onScrape(result, sinceLastMs)
  }

  async #fetch(scrape: AbortController): Promise<Page | Error> {
    const { target, source } = this.#options
    const deadline = setTimeout(() => scrape.abort(), target.timeoutMs)
    let page: Promise<Page> | undefined
    try {
      page = source(scrape.signal)
      return await Promise.race([page, isOver(scrape.signal)])
    } catch (thrown) {
      // A page that comes too late is not read.
      page?.then(
        ({ release }) => release?.(),
        () => undefined,
      )
      return thrown instanceof Error ? thrown : new Error(messageOf(thrown))
    } finally {
      clearTimeout(deadline)
    }
  }
}

/** Rejects after the signal, and after a source that heeds it: one that hangs must not hold up the loop. */
function isOver(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = (): void =>
      void setImmediate(() => reject(new Error('context deadline exceeded')))
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
