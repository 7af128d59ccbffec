import type { WorkShare } from '../../model/work-share.ts'

/** Work that a test gives to a member and takes away, all of it at once. */
export class SwitchedWork implements WorkShare {
  #isMine: boolean
  #idleMs = Number.POSITIVE_INFINITY
  readonly #listeners = new Set<() => Promise<void> | void>()

  constructor(isMine: boolean) {
    this.#isMine = isMine
  }

  isMine(): boolean {
    return this.#isMine
  }

  idleMs(): number {
    return this.#idleMs
  }

  onChange(listener: () => Promise<void> | void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Without telling: as after the process was stopped for a while. */
  lapse(): void {
    this.#isMine = false
  }

  /** Resolves when what was under way has ended. */
  async give(isMine: boolean, idleMs = Number.POSITIVE_INFINITY): Promise<void> {
    this.#isMine = isMine
    this.#idleMs = idleMs
    await Promise.all([...this.#listeners].map(async (listener) => listener()))
  }
}
