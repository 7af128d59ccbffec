import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, it, vi } from 'vitest'
import { startEngine, type EngineHandle } from '../../src/engine/supervise.ts'
import { createLog } from '../../src/self/log.ts'
import { loopTurns } from '../../src/self/loop-turns.ts'
import { RandomRun } from './random-run.ts'

/**
 * Random appends, offers, trims, restarts, crashes, deletions and failures against a plain model in memory. A failure names its seed: `STORE_SEED=… npx vitest run test/integration/store-random.test.ts`
 * runs it again, several with commas between them; `STORE_STEPS` makes it longer.
 */
const seeds = process.env['STORE_SEED']?.split(',').map(Number) ?? [randomInt(1, 1_000_000_000)]
const steps = Number(process.env['STORE_STEPS'] ?? 60)

let dataDir = ''
let engine: EngineHandle

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'random-'))
  engine = await startEngine({
    dataDir,
    memoryBudgetBytes: 300e6,
    log: createLog({ level: 'error' }),
  })
  await engine.whenReady()
})

afterAll(async () => {
  await engine.stop()
  await rm(dataDir, { recursive: true })
})

async function live(seed: number, run: RandomRun): Promise<void> {
  console.log(`metrics store against a model: STORE_SEED=${seed} STORE_STEPS=${steps}`)
  try {
    await run.open()
    for (let step = 0; step < steps; step++) await run.step()
    await run.finish()
  } catch (thrown) {
    const told = run.history.slice(-15).join('\n')
    throw new Error(
      `seed ${seed}, after\n${told}\n${thrown instanceof Error ? thrown.stack : String(thrown)}`,
      { cause: thrown },
    )
  } finally {
    await run.close()
  }
}

describe('metrics store against a model', () => {
  afterEach(() => vi.restoreAllMocks())

  it.each(seeds)(
    'holds what a plain model holds (STORE_SEED=%i)',
    (seed) => live(seed, new RandomRun(engine, seed)),
    600_000,
  )

  it.each(seeds)(
    'does so when it rests after every piece of work (STORE_SEED=%i)',
    async (seed) => {
      const run = new RandomRun(engine, seed)
      vi.spyOn(loopTurns, 'spend').mockReturnValue(Number.POSITIVE_INFINITY)
      vi.spyOn(loopTurns, 'next').mockImplementation(async () => {
        await setImmediate()
        run.rest()
      })
      await live(seed, run)
    },
    600_000,
  )
})
