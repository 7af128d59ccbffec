import { messageOf, Problem } from '../../model/problem.ts'

/** What a batch of the group commit must be able to do. */
export interface Batch {
  readonly isEmpty: boolean
}

export interface GroupCommitOptions<B extends Batch> {
  /** True when there is something to take. */
  readonly isBuffered: () => boolean
  /** Takes what has been buffered since the last call and starts a new buffer. */
  readonly take: () => B
  /** Writes a batch durably. Called again with the same batch after a failure, so it must be idempotent. */
  readonly write: (batch: B) => Promise<void>
  /** How long rows that nobody waits for may lie in the buffer. */
  readonly lingerMs: number
  readonly onFailure: (problem: Problem, attempt: number) => void
}

interface Waiter {
  readonly resolve: () => void
  readonly reject: (thrown: unknown) => void
  /** Done before anything else is written; absent for those who only want to know. */
  readonly work: (() => Promise<void>) | undefined
  timer: NodeJS.Timeout | undefined
  /** Was told that it took too long. */
  isGone: boolean
}

/**
 * Between two commits under load the writer pauses until as many wait as it has answered or kept waiting, but no longer than the last one
 * took, and at most this: the senders that it just answered send again meanwhile, and their rows go together. Without it two senders take
 * turns, each with a commit of its own, and most of what a commit costs is the same however many rows it has.
 */
const LONGEST_GATHER_MS = 50
const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5000

/**
 * One writer: whenever it is idle and something waits it writes all that has gathered, so a lone push is durable in
 * milliseconds and a flood is batched by itself. A batch that fails is written again, the same one, until it succeeds: nothing
 * that was taken is dropped. Waiters are told when everything buffered before they came is durable.
 */
export class GroupCommit<B extends Batch> {
  readonly #options: GroupCommitOptions<B>
  #waiting: Waiter[] = []
  #writing: Promise<void> | undefined
  #linger: NodeJS.Timeout | undefined
  #wake: (() => void) | undefined
  /** So many are waited for before the pause between two commits ends early. */
  #gathering = Number.POSITIVE_INFINITY
  #stopped = false
  #inFlight: B | undefined

  constructor(options: GroupCommitOptions<B>) {
    this.#options = options
  }

  /** The batch being written now, if any. */
  get inFlight(): B | undefined {
    return this.#inFlight
  }

  /** Rows were added that nobody waits for: written within `lingerMs`. */
  noteRows(): void {
    if (this.#linger !== undefined || this.#stopped) return
    this.#linger = setTimeout(() => {
      this.#linger = undefined
      this.#run()
    }, this.#options.lingerMs)
  }

  /**
   * Resolves when everything buffered so far is durable; rejects with `unavailable` after `timeoutMs`. The rows stay in the
   * buffer or in flight then, and will be written.
   */
  barrier(timeoutMs: number): Promise<void> {
    if (!this.#options.isBuffered() && this.#writing === undefined) return Promise.resolve()
    return this.#wait(timeoutMs, undefined)
  }

  /**
   * Does something when everything buffered so far is durable, and while nothing is written. Rejects as `barrier` does, with the
   * work not begun and never to be, or with what the work threw.
   */
  exclusively(timeoutMs: number, work: () => Promise<void>): Promise<void> {
    return this.#wait(timeoutMs, work)
  }

  #wait(timeoutMs: number, work: Waiter['work']): Promise<void> {
    if (this.#stopped) return Promise.reject(shuttingDown())
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { resolve, reject, work, timer: undefined, isGone: false }
      waiter.timer = setTimeout(() => {
        waiter.isGone = true
        this.#waiting = this.#waiting.filter((other) => other !== waiter)
        reject(
          new Problem('unavailable', `the store did not commit within ${timeoutMs} ms: try again`),
        )
      }, timeoutMs)
      this.#waiting.push(waiter)
      if (this.#waiting.length >= this.#gathering) this.#wake?.()
      this.#run()
    })
  }

  /** Skips the rest of a retry delay, as when the engine is back. */
  retryNow(): void {
    this.#wake?.()
  }

  /** Writes what is left, for at most `timeoutMs`; resolves to whether all is durable. */
  async stop(timeoutMs: number): Promise<boolean> {
    if (this.#linger !== undefined) clearTimeout(this.#linger)
    this.#linger = undefined
    try {
      await this.barrier(timeoutMs)
      return true
    } catch {
      return false
    } finally {
      this.#stopped = true
      this.#wake?.()
      // Who came last would wait for a commit that nobody makes.
      if (this.#writing === undefined) this.#dismiss()
    }
  }

  #dismiss(): void {
    for (const waiter of this.#waiting.splice(0)) {
      clearTimeout(waiter.timer)
      waiter.reject(shuttingDown())
    }
  }

  #run(): void {
    if (this.#writing !== undefined || this.#stopped) return
    this.#writing = this.#loop().finally(() => {
      this.#writing = undefined
      if (this.#stopped) {
        this.#dismiss()
        return
      }
      if (this.#waiting.length > 0) this.#run()
      else if (this.#options.isBuffered()) this.noteRows()
    })
  }

  async #loop(): Promise<void> {
    let gatherMs = 0
    do {
      const waiters = this.#waiting
      this.#waiting = []
      const batch = this.#options.take()
      if (!batch.isEmpty) {
        this.#inFlight = batch
        const begun = performance.now()
        await this.#writeUntilDurable(batch)
        this.#inFlight = undefined
        gatherMs = Math.min(LONGEST_GATHER_MS, performance.now() - begun)
      }
      for (const waiter of waiters) {
        if (this.#stopped) waiter.reject(shuttingDown())
        else if (waiter.work === undefined) waiter.resolve()
        else continue
        clearTimeout(waiter.timer)
      }
      for (const waiter of waiters) await this.#work(waiter)
      // Who was just answered may send again at once: that is load, too.
      if (gatherMs > 0) await this.#gather(waiters.length + this.#waiting.length, gatherMs)
      gatherMs = 0
    } while (this.#waiting.length > 0 && !this.#stopped)
  }

  /** Resolves when so many wait, or after `durationMs`. */
  async #gather(senders: number, durationMs: number): Promise<void> {
    if (this.#waiting.length >= senders) return
    this.#gathering = senders
    await this.#pause(durationMs)
    this.#gathering = Number.POSITIVE_INFINITY
  }

  async #work({ work, isGone, timer, resolve, reject }: Waiter): Promise<void> {
    if (work === undefined || isGone || this.#stopped) return
    clearTimeout(timer)
    await work().then(resolve, reject)
  }

  async #writeUntilDurable(batch: B): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#options.write(batch)
        return
      } catch (thrown) {
        const problem =
          thrown instanceof Problem
            ? thrown
            : new Problem('internal', messageOf(thrown), { cause: thrown })
        this.#options.onFailure(problem, attempt)
        if (this.#stopped) return
        await this.#pause(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempt - 1)))
        if (this.#stopped) return
      }
    }
  }

  #pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, durationMs)
      const wake = (): void => done()
      this.#wake = wake
      function done(): void {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

function shuttingDown(): Problem {
  return new Problem(
    'unavailable',
    'the store is shutting down: nothing of this request was acknowledged, try again',
  )
}
