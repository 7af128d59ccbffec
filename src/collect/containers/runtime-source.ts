import { messageOf, Problem } from '../../model/problem.ts'
import type { ContainerFacts, Runtime } from './container-facts.ts'

/** What a runtime that cannot be asked is left in peace for. */
const PAUSE_MS = 15_000

/** A runtime with what is wrong with it. */
export class RuntimeSource {
  readonly runtime: Runtime
  readonly #onFault: (reason: string) => void
  /** Why it did not answer the last check; empty when it did. */
  #checkFault = ''
  /** Containers that it could not be asked for, with the reason. */
  readonly #failing = new Map<string, string>()
  #told = ''
  #pausedUntilMs = 0
  #healthy: ReadonlySet<string> | undefined

  /** `onFault` is told of a fault when it begins, and of its end with an empty reason. */
  constructor(runtime: Runtime, onFault: (reason: string) => void) {
    this.runtime = runtime
    this.#onFault = onFault
  }

  get isUp(): boolean {
    return this.#told === ''
  }

  get isPaused(): boolean {
    return this.#pausedUntilMs > performance.now()
  }

  /** Undefined when it does not know the container; `failed` when it could not be asked. */
  async describe(id: string, signal: AbortSignal): Promise<ContainerFacts | 'failed' | undefined> {
    if (this.isPaused) return 'failed'
    try {
      const facts = await this.runtime.describe(id, signal)
      this.#failing.delete(id)
      return facts
    } catch (error) {
      if (!signal.aborted) this.#failing.set(id, this.#reasonOf(error))
      return 'failed'
    } finally {
      this.#tell(signal)
    }
  }

  async check(signal: AbortSignal): Promise<void> {
    if (this.isPaused) return
    try {
      this.#healthy = await this.runtime.check(signal)
      this.#checkFault = ''
    } catch (error) {
      this.#checkFault = this.#reasonOf(error)
    }
    this.#tell(signal)
  }

  /** Whether a health check says that a container is healthy; undefined before the first check. */
  isHealthy(id: string): boolean | undefined {
    return this.#healthy?.has(id)
  }

  /** Forgets the containers that are gone. */
  forget(existing: ReadonlySet<string>): void {
    for (const id of this.#failing.keys()) if (!existing.has(id)) this.#failing.delete(id)
  }

  #reasonOf(error: unknown): string {
    // An answer that cannot be used says nothing against the next one.
    const isOfAnswer = error instanceof Problem && ['limit', 'bad_data'].includes(error.code)
    if (!isOfAnswer) this.#pausedUntilMs = performance.now() + PAUSE_MS
    return messageOf(error)
  }

  /** One line when something begins to be wrong and one when all is well again, whatever is between them. */
  #tell(signal: AbortSignal): void {
    if (signal.aborted) return
    const [failing = ''] = this.#failing.values()
    const fault = this.#checkFault === '' ? failing : this.#checkFault
    if (fault !== '' && this.#told === '') this.#onFault(`${this.runtime.place}: ${fault}`)
    if (fault === '' && this.#told !== '') this.#onFault('')
    this.#told = fault
  }
}
