import { ALL_MINE, type WorkShare } from '../model/work-share.ts'

/** Telling, as a piece of shared work: one member has all routes, since alerts are told in groups. */
export const TELLING = 'notifications'

/** Whether it is this program that tells, in a cluster in which one member does. */
export class Telling {
  readonly isShared: boolean
  readonly #work: WorkShare
  #isBegun: boolean
  #changes: Promise<void> = Promise.resolve()
  #unfollow: () => void = () => undefined

  /** Undefined: there are no others. */
  constructor(work: WorkShare | undefined) {
    this.isShared = work !== undefined
    this.#work = work ?? ALL_MINE
    this.#isBegun = !this.isShared
  }

  /** Asked right before each step that no other may do too. */
  get isOurs(): boolean {
    return this.#isBegun && this.#work.isMine(TELLING)
  }

  /** For how long nobody told before it came here. */
  get idleMs(): number {
    return this.#work.idleMs(TELLING)
  }

  /**
   * Calls `change` when telling comes or goes; it resolves to whether telling may begin, and must not reject. `turn` has changes
   * come one after the other.
   */
  follow(
    change: (isOurs: boolean) => Promise<boolean>,
    turn: (work: () => Promise<void>) => Promise<void>,
  ): () => Promise<void> {
    const look = async (): Promise<void> => {
      if (this.#work.isMine(TELLING) === this.#isBegun) return
      await turn(async () => {
        const isOurs = this.#work.isMine(TELLING)
        if (isOurs === this.#isBegun) return
        this.#isBegun = false
        this.#isBegun = await change(isOurs)
      })
    }
    const once = (): Promise<void> => (this.#changes = this.#changes.then(look))
    this.#unfollow = this.#work.onChange(once)
    return once
  }

  stop(): void {
    this.#unfollow()
  }
}
