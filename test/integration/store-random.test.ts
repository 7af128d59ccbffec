import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startEngine, type EngineHandle } from '../../src/engine/supervise.ts'
import { createLog } from '../../src/self/log.ts'
import { RandomRun } from './random-run.ts'

/**
 * Random appends, offers, trims, restarts, crashes, deletions and failures against a plain model in memory: one seed that is always
 * the same, and one that never is. A failure names its seed: `STORE_SEED=… npx vitest run test/integration/store-random.test.ts`
 * runs it again, several with commas between them; `STORE_STEPS` makes it longer.
 */
const seeds = process.env['STORE_SEED']?.split(',').map(Number) ?? [
  20_260_501,
  randomInt(1, 1_000_000_000),
]
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

describe('metrics store against a model', () => {
  it.each(seeds)(
    'holds what a plain model holds (STORE_SEED=%i)',
    async (seed) => {
      console.log(`metrics store against a model: STORE_SEED=${seed} STORE_STEPS=${steps}`)
      const run = new RandomRun(engine, seed)
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
    },
    600_000,
  )
})
