import { Problem } from '../../src/model/problem.ts'
import { StoreClient, type ReadOptions } from '../../src/store/client.ts'

/** What becomes of an insert whose answer does not arrive. */
type Fate = 'fine' | 'committed' | 'never arrived'

/** A client of the engine whose calls fail, and between whose calls things happen, as the test wants it. */
export class UnluckyClient extends StoreClient {
  /** Decides about the next insert. */
  fate: () => Fate = () => 'fine'
  /** Awaited before an insert is sent. */
  beforeInsert: (table: string) => void | Promise<void> = () => undefined
  /** Awaited before a statement that answers nothing is sent. */
  beforeCommand: (statement: string) => void | Promise<void> = () => undefined
  /** True when the next read is to fail. */
  failsRead: () => boolean = () => false
  /** What the engine answers to a read instead of its rows. */
  refusalOf: (query: string) => Problem | undefined = () => undefined
  /** Called before and after each read. */
  meanwhile: () => void | Promise<void> = () => undefined
  #isDead = false
  readonly #underWay = new Set<Promise<unknown>>()

  override async native(query: string, options: ReadOptions = {}): Promise<Uint8Array> {
    return this.#alive(async () => {
      await this.meanwhile()
      if (this.failsRead()) throw new Problem('unavailable', 'the engine did not answer')
      const refusal = this.refusalOf(query)
      if (refusal !== undefined) throw refusal
      const bytes = await super.native(query, options)
      await this.meanwhile()
      return bytes
    })
  }

  override async command(
    statement: string,
    settings: Readonly<Record<string, string | number>> = {},
  ): Promise<void> {
    return this.#alive(async () => {
      await this.beforeCommand(statement)
      await super.command(statement, settings)
    })
  }

  override async insertNative(
    table: string,
    columns: readonly string[],
    block: Uint8Array,
    token: string,
    settings?: string,
  ): Promise<void> {
    return this.#alive(async () => {
      await this.beforeInsert(table)
      const fate = this.fate()
      if (fate !== 'never arrived') await super.insertNative(table, columns, block, token, settings)
      if (fate !== 'fine') throw new Problem('unavailable', `the insert was ${fate}`)
    })
  }

  /** As when the process is killed: nothing is sent any more. Resolves when what was sent has ended. */
  async kill(): Promise<void> {
    this.#isDead = true
    await Promise.allSettled(this.#underWay)
  }

  async #alive<T>(run: () => Promise<T>): Promise<T> {
    if (this.#isDead) throw new Problem('unavailable', 'the process was killed')
    const call = run()
    this.#underWay.add(call)
    try {
      return await call
    } finally {
      this.#underWay.delete(call)
    }
  }
}
