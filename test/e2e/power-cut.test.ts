import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { startServer } from './server.ts'
import { byForm } from './tools/form.ts'
import { own, ownFolder } from './tools/owned.ts'
import { canCutPower, FailingDisk } from './tools/power-cut.ts'
import { chooseSeed, createRandom } from './tools/random.ts'
import { writeScrapeConfig } from './tools/scrape-config.ts'
import { SteadySender } from './tools/steady-sender.ts'
import { verifyLoad } from './tools/verify-load.ts'

const rounds = byForm({ short: 2, full: 10 })

/** After SIGKILL the kernel still writes what it holds; after a power cut nobody does. Only what was synced is there then. */
it.runIf(canCutPower('power cut'))(
  `has every acknowledged sample after ${rounds} power cuts`,
  async () => {
    const random = createRandom(chooseSeed('power cut'))
    const disk = FailingDisk.own(400)
    const dataDir = join(disk.path, 'data')
    const configPath = writeScrapeConfig(ownFolder(), [])
    const senders: SteadySender[] = []
    for (let round = 0; round < rounds; round++) {
      const server = own(await startServer({ dataDir, configPath }))
      const startMs = Date.now() - 600_000
      const ofRound = ['a', 'b', 'c'].map((sender) => {
        return new SteadySender(server.url(), {
          labels: { __name__: 'unplugged', round: String(round), sender },
          seriesCount: 20,
          samplesEach: 10,
          timestampOf: (k) => startMs + k,
        })
      })
      await sleep(random.between(500, 2500))
      disk.cutPower()
      await server.kill()
      await Promise.all(ofRound.map((sender) => sender.abandon()))
      senders.push(...ofRound)
      await disk.unmount()
      disk.mount()
    }
    const server = own(await startServer({ dataDir, configPath }))
    let samples = 0
    for (const sender of senders) {
      samples += await verifyLoad(server.url(), sender, { withUnacknowledged: true })
    }
    const acknowledged = senders.reduce((sum, sender) => sum + sender.acknowledged * 20, 0)
    console.log(
      `power cut: ${acknowledged} acknowledged samples survived ${rounds} cuts (${samples} are there)`,
    )
    expect(acknowledged).toBeGreaterThan(0)
    expect(await server.stop()).toEqual({ code: 0, signal: null })
  },
)
