/** Regular looks at chDB, from inside its process. */
export interface HealthOptions {
  /** A statement that does nothing. Any answer will do, an error as well: it shows that chDB still returns. */
  readonly ask: () => Promise<unknown>
  /** Called once, when chDB has stopped to work for good. */
  readonly onBroken: (reason: string) => void
}

const everyMs = 5000
/** Looks in a row without an answer. They are counted, not timed: a process that was stopped for an hour is not broken. */
const patience = 12

/**
 * Notices what only a new process can cure: a chDB that never returns, and one that says of itself that it shuts down after a fatal
 * error. Its process then ends and is started again by its supervisor.
 */
export class Health {
  readonly #options: HealthOptions
  #timer: NodeJS.Timeout | undefined
  #waiting = 0
  #isAsking = false

  constructor(options: HealthOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), everyMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** One look; the timer calls it. */
  look(): void {
    if (this.#isAsking) {
      this.#waiting += 1
      if (this.#waiting === patience)
        this.#break(`chDB has not answered for ${(patience * everyMs) / 1000} s`)
      return
    }
    this.#isAsking = true
    this.#waiting = 0
    this.#options
      .ask()
      .catch((thrown: unknown) => {
        if (isFatal(thrown)) this.#break(String(thrown))
      })
      .finally(() => {
        this.#isAsking = false
      })
  }

  #break(reason: string): void {
    this.stop()
    this.#options.onBroken(reason)
  }
}

/** ClickHouse's words for an engine that refuses everything from now on (code 236). */
function isFatal(thrown: unknown): boolean {
  return thrown instanceof Error && /shutting down due to a fatal error/i.test(thrown.message)
}
