import type { StatsFs } from 'node:fs'
import { EngineFault } from './engine-fault.ts'
import type { DiskState } from './protocol.ts'

const gibibyte = 1024 ** 3
const checkEveryMs = 2000
/** A flood of inserts can fill hundreds of megabytes between two regular checks, so they look as well. */
const staleAfterMs = 25

export interface DiskWatermarkOptions {
  /** Bytes that must stay free; undefined for the default. */
  readonly wantedBytes: number | undefined
  readonly statfs: () => Pick<StatsFs, 'bavail' | 'bsize' | 'blocks'>
  /** Runs a statement in the engine. */
  readonly ask: (sql: string) => Promise<unknown>
  readonly onChange: (state: DiskState) => void
}

/**
 * Stops inserts and merges while the disk is nearly full, and lets them go on by itself. It must act before the engine does: when
 * a merge meets a full disk, chDB leaves an active part with an empty marks file behind (error 246).
 */
export class DiskWatermark {
  readonly #options: DiskWatermarkOptions
  #state: DiskState = { full: false, freeBytes: 0, wantedBytes: 0 }
  #checkedMs = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #checking: Promise<void> | undefined

  constructor(options: DiskWatermarkOptions) {
    this.#options = options
  }

  get state(): DiskState {
    return this.#state
  }

  /** Looks once, and then every two seconds. */
  async start(): Promise<void> {
    await this.check()
    this.#timer = setInterval(() => void this.check(), checkEveryMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Throws an EngineFault (507) while nothing may be inserted. */
  refuseWhenFull(): void {
    if (performance.now() - this.#checkedMs > staleAfterMs) void this.check()
    const { full, freeBytes, wantedBytes } = this.#state
    if (!full) return
    throw new EngineFault(
      243,
      'NOT_ENOUGH_SPACE',
      `the disk of the data directory has ${freeBytes} bytes free, less than the ${wantedBytes} that must stay free: inserts pause until there is room`,
      { retryAfterSeconds: 5 },
    )
  }

  check(): Promise<void> {
    // A look that fails changes nothing; the next one follows soon.
    this.#checking ??= this.#check()
      .catch(() => undefined)
      .finally(() => {
        this.#checking = undefined
      })
    return this.#checking
  }

  async #check(): Promise<void> {
    this.#checkedMs = performance.now()
    const { bavail, bsize, blocks } = this.#options.statfs()
    const freeBytes = bavail * bsize
    const wantedBytes = this.#options.wantedBytes ?? defaultWatermark(blocks * bsize)
    const full = isFull(freeBytes, wantedBytes, this.#state.full)
    const changed = full !== this.#state.full
    this.#state = { full, freeBytes, wantedBytes }
    if (!changed) return
    this.#options.onChange(this.#state)
    await this.#options
      .ask(full ? 'SYSTEM STOP MERGES' : 'SYSTEM START MERGES')
      .catch(() => undefined)
  }
}

/** 5 % of the disk, at least 1 GiB and at most 10 GiB, but never more than a fifth of a small disk. */
export function defaultWatermark(diskBytes: number): number {
  const wanted = Math.min(10 * gibibyte, Math.max(gibibyte, diskBytes * 0.05))
  return Math.round(Math.min(wanted, diskBytes / 5))
}

/** Full below the watermark; no longer full once there is some more again, so that the state does not flicker. */
export function isFull(freeBytes: number, wantedBytes: number, wasFull: boolean): boolean {
  const margin = wasFull ? Math.min(wantedBytes / 10, gibibyte / 8) : 0
  return freeBytes < wantedBytes + margin
}
