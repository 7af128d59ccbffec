import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { startEngine, type EngineHandle } from '../../src/engine/supervise.ts'
import { silentLog } from '../../src/self/log.ts'
import { StoreClient, type StoreClientOptions } from '../../src/store/client.ts'
import { findFreePorts } from '../e2e/free-ports.ts'

export const PASSWORD = 'a password of some length'

/** One engine over TCP, as `vedette engine --listen` opens it, for stores that share it. */
export class SharedHarness {
  readonly #ends: (() => Promise<unknown>)[] = []
  #dataDir = ''
  #engine!: EngineHandle
  #port = 0
  #databases = 0

  /** To be called once in a file. */
  constructor() {
    beforeAll(async () => {
      this.#dataDir = await mkdtemp(path.join(tmpdir(), 'shared-'))
      this.#port = (await findFreePorts(1))[0] ?? 0
      this.#engine = await startEngine({
        dataDir: this.#dataDir,
        memoryBudgetBytes: 300e6,
        log: silentLog(),
        listen: { host: '127.0.0.1', port: this.#port, user: 'vedette', password: PASSWORD },
      })
      await this.#engine.whenReady()
    })
    afterEach(async () => {
      for (const end of this.#ends.splice(0).toReversed()) await end()
    })
    afterAll(async () => {
      await this.#engine.stop()
      await rm(this.#dataDir, { recursive: true })
    })
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  newDatabase(): string {
    return `shared${++this.#databases}`
  }

  client(database: string, options: Partial<StoreClientOptions> = {}): StoreClient {
    const client = new StoreClient({
      url: this.url,
      username: 'vedette',
      password: PASSWORD,
      database,
      isShared: true,
      ...options,
    })
    this.#ends.push(() => client.close())
    return client
  }

  /** Something that ends with the test, before what was opened earlier. */
  ending<T extends { stop(timeoutMs: number): Promise<unknown> }>(store: T): T {
    this.#ends.push(() => store.stop(5000))
    return store
  }
}
