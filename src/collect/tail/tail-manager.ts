import type { TailPart } from './config/promtail-part.ts'
import { FileEvents } from './files/file-events.ts'
import { ReadSlots } from './files/read-slots.ts'
import { readPromtailPositions, type PromtailPositions } from './positions/promtail-positions.ts'
import { Positions } from './positions/positions.ts'
import { ReadClock } from './read-clock.ts'
import { TailMetrics } from './tail-metrics.ts'
import { TailRun, type TailDeps } from './tail-run.ts'

export interface TailManagerOptions extends Pick<
  TailDeps,
  'push' | 'receiving' | 'ownFolder' | 'registry' | 'discoveries' | 'log'
> {
  /** Where positions are kept. */
  readonly folder: string
}

/** How long what was read may take to be stored at the end, and before another configuration. */
const STOP_MS = 2500
const NOTHING: PromtailPositions = { offsets: new Map(), cursors: new Map() }

/** Collects log lines by the configuration in force, from the first one on until it is stopped. */
export class TailManager {
  readonly #options: TailManagerOptions
  readonly #metrics: TailMetrics
  #deps: TailDeps | undefined
  #part: TailPart | undefined
  #run: TailRun | undefined
  #turn: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(options: TailManagerOptions) {
    this.#options = options
    this.#metrics = new TailMetrics(options.registry)
  }

  /**
   * Takes a configuration into force; one that is the same changes nothing. Rejects when positions cannot be kept in the folder:
   * then nothing is read.
   */
  apply(part: TailPart | undefined): Promise<void> {
    const done = this.#turn.then(() => this.#apply(part))
    this.#turn = done.catch(() => undefined)
    return done
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#turn
    await this.#run?.stop(STOP_MS)
    await this.#deps?.positions.close()
  }

  async #apply(part: TailPart | undefined): Promise<void> {
    if (this.#isStopped || part?.version === this.#part?.version) return
    await this.#run?.stop(STOP_MS)
    this.#run = undefined
    this.#part = part
    if (part === undefined) return
    const takenOver = await this.#open(part)
    if (this.#deps === undefined) return
    this.#run = new TailRun(part.config, part.isHost, { ...this.#deps, takenOver })
    const { jobs } = part.config
    this.#options.log.info('log lines are collected', {
      file: part.file ?? 'this host',
      jobs: jobs.length,
    })
  }

  /** Opens what is kept, once; answers what promtail has read when nothing was kept before. */
  async #open({ config, isHost }: TailPart): Promise<PromtailPositions> {
    const { folder, log } = this.#options
    if (this.#deps !== undefined) return NOTHING
    const positions = await Positions.open({ folder, log })
    const clock = new ReadClock()
    clock.startAfter(positions.latestNs())
    this.#deps = {
      ...this.#options,
      ...{ positions, clock, slots: new ReadSlots(), events: new FileEvents(log) },
      metrics: this.#metrics,
      takenOver: NOTHING,
    }
    if (!positions.isNew || isHost) return NOTHING
    const taken = readPromtailPositions(config.positions.file, log)
    positions.note(
      Array.from(taken.cursors, ([key, cursor]) => ({ kind: 'cursor' as const, key, cursor })),
    )
    return taken
  }
}
