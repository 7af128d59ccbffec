import type { ProcessMemory } from '../process-memory.ts'

/**
 * How near the process group is to its memory budget: `calm`; `tight`, when large queries take turns; `over`, when they are ended, and
 * pushes are put off if that does not help.
 */
export type MemoryLevel = 'calm' | 'tight' | 'over'

/** Shares of the budget at which a level begins, and those below which it ends. */
const ENTER = { tight: 0.79, over: 0.85 }
const LEAVE = { tight: 0.74, over: 0.81 }
/** So long a level's end has to hold. */
const CALM_AFTER_MS = 2000
/**
 * With less than this share of the budget in what cannot be given back, nothing that is asked or pushed is the cause: then a small
 * budget is full of programs and libraries, and refusing would not help.
 */
const LEAST_ANONYMOUS_SHARE = 0.5
/** From these shares of the budget on clean pages are given back, sooner the fuller it is. */
const GIVE_BACK = [
  { share: 0.88, everyMs: 100 },
  { share: 0.82, everyMs: 250 },
  { share: 0.75, everyMs: 1000 },
  { share: 0.7, everyMs: 3000 },
] as const
/**
 * What of the pages of files is in steady use: where they are given back about 60 MiB (single-pages.ts), or up to 110 MiB that come and go,
 * and where they cannot be, they are the kernel's to take.
 */
const USED_FILE_BYTES = { givenBack: 64 * 1024 * 1024, taken: 128 * 1024 * 1024 }

export interface JudgeOptions {
  readonly budgetBytes: number
  /** Whether clean pages can be given back. */
  readonly givesBack: () => boolean
}

/** Decides the level from one look after the other. */
export class MemoryJudge {
  readonly #options: JudgeOptions
  #level: MemoryLevel = 'calm'
  #belowSinceMs: number | undefined
  #gaveBackMs = -Infinity

  constructor(options: JudgeOptions) {
    this.#options = options
  }

  get level(): MemoryLevel {
    return this.#level
  }

  /** The bytes that are held against the budget: of pages of files as many as are in steady use. */
  count({ residentBytes, anonymousBytes }: ProcessMemory): number {
    const { givenBack, taken } = USED_FILE_BYTES
    return Math.min(residentBytes, anonymousBytes + (this.#options.givesBack() ? givenBack : taken))
  }

  /** Whether clean pages should be given back now; true is taken as that it is done. */
  shouldGiveBack({ residentBytes }: ProcessMemory, nowMs: number): boolean {
    if (!this.#options.givesBack()) return false
    const share = residentBytes / this.#options.budgetBytes
    const term = GIVE_BACK.find((one) => share >= one.share)
    if (term === undefined || nowMs - this.#gaveBackMs < term.everyMs) return false
    this.#gaveBackMs = nowMs
    return true
  }

  /** Whether this look by itself is one at which `over` begins, not only one at which it does not end. */
  isOver(memory: ProcessMemory): boolean {
    const { budgetBytes } = this.#options
    return this.#isHeld(memory) && this.count(memory) >= budgetBytes * ENTER.over
  }

  /** The level after a look. It rises at once and falls by a step when its end has held for two seconds. */
  look(memory: ProcessMemory, nowMs: number): MemoryLevel {
    const { budgetBytes } = this.#options
    const share = this.count(memory) / budgetBytes
    const isHeld = this.#isHeld(memory)
    if (this.isOver(memory)) return this.#enter('over')
    if (isHeld && share >= ENTER.tight && this.#level === 'calm') return this.#enter('tight')
    if (this.#level === 'calm') return 'calm'
    if (isHeld && share >= LEAVE[this.#level]) {
      this.#belowSinceMs = undefined
      return this.#level
    }
    this.#belowSinceMs ??= nowMs
    if (nowMs - this.#belowSinceMs < CALM_AFTER_MS) return this.#level
    return this.#enter(this.#level === 'over' ? 'tight' : 'calm')
  }

  #isHeld({ anonymousBytes }: ProcessMemory): boolean {
    return anonymousBytes >= this.#options.budgetBytes * LEAST_ANONYMOUS_SHARE
  }

  #enter(level: MemoryLevel): MemoryLevel {
    this.#belowSinceMs = undefined
    this.#level = level
    return level
  }
}
