import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'
import { byForm } from './tools/form.ts'
import { own, ownExporter, ownFolder } from './tools/owned.ts'
import { queryRaw, queryValue, readSelfMetric } from './tools/query.ts'
import { RemoteWriter } from './tools/remote-write.ts'
import { jobsOf, writeScrapeConfig } from './tools/scrape-config.ts'
import { canMount, SmallDisk } from './tools/small-disk.ts'
import { SteadySender } from './tools/steady-sender.ts'
import { verifyLoad } from './tools/verify-load.ts'
import { waitFor } from './tools/wait-for.ts'

const diskMebibytes = 300
const mebibyte = 1024 ** 2

describe.runIf(canMount('disk full'))('a disk that runs full', () => {
  it('pauses storing loudly, keeps collecting and answering, and goes on by itself', async () => {
    const disk = SmallDisk.own(diskMebibytes)
    const exporter = await ownExporter()
    exporter.page('/metrics', () => `beat ${exporter.hits('/metrics')}\n`)
    const configPath = writeScrapeConfig(ownFolder(), jobsOf(exporter, ['/metrics']))
    const dataDir = join(disk.path, 'data')
    const server = own(await startServer({ configPath, dataDir }))
    const url = server.url()
    const writer = new RemoteWriter(url)
    await writer.store([[{ __name__: 'pushed' }, Date.now(), 1]])
    await waitFor('scrapes', () => exporter.hits('/metrics') > 2)

    // A small disk is full for us when less than a fifth of it is free.
    disk.fillTo(disk.sizeBytes / 10)
    const refusal = await waitFor('a refusal to say ready', async () => {
      const response = await fetch(`${url}/-/ready`)
      return response.status === 503 && (await response.text())
    })
    expect(refusal).toContain('disk')
    expect(server.readLog()).toMatch(/level=(WARN|ERROR).*disk/)
    expect(await readSelfMetric(url, 'prometheus_ready')).toBe(0)
    const pushed = writer.push([[{ __name__: 'pushed' }, Date.now(), 2]])
    const hits = exporter.hits('/metrics')
    await waitFor('scrapes to go on', () => exporter.hits('/metrics') > hits + 2)
    expect(await queryValue(url, 'beat')).toBeGreaterThan(hits)

    disk.clear()
    await server.waitUntilReady()
    // Told to come again, or acknowledged now that there is room for it.
    const { status, retryAfter } = await pushed
    expect(`${status}, again after ${retryAfter} s`).toMatch(
      /^(204, again after undefined s|503, again after \d+ s)$/,
    )
    await writer.store([[{ __name__: 'pushed' }, Date.now(), 3]])
    await writer.close()
    expect(await server.stop()).toEqual({ code: 0, signal: null })
    const again = await startAgain(dataDir)
    const [series] = await queryRaw(again.url(), 'beat[10m]')
    const beats = series?.values.map(([, value]) => Number(value)) ?? []
    expect(beats).toEqual(beats.map((_, i) => i + 1))
    expect(beats.length).toBeGreaterThanOrEqual(exporter.hits('/metrics') - 1)
    const stored = (await queryRaw(again.url(), 'pushed[10m]')).flatMap(({ values }) => values)
    const promised = status === 204 ? ['1', '2', '3'] : ['1', '3']
    expect(stored.map(([, value]) => value)).toEqual(expect.arrayContaining(promised))
  })

  it('to its last byte during load corrupts nothing and loses nothing that was acknowledged', async () => {
    const disk = SmallDisk.own(diskMebibytes)
    const dataDir = join(disk.path, 'data')
    const configPath = writeScrapeConfig(ownFolder(), [])
    const server = own(await startServer({ configPath, dataDir }))
    const startMs = Date.now() - 600_000
    const senders = ['a', 'b', 'c'].map((sender) => {
      return new SteadySender(server.url(), {
        labels: { __name__: 'crowded', sender },
        seriesCount: 200,
        samplesEach: 10,
        timestampOf: (k) => startMs + k,
      })
    })
    for (let round = 0; round < byForm({ short: 1, full: 8 }); round++) {
      await sleep(600)
      // At once, so that the engine meets the full disk before our watermark looks again.
      disk.fillTo(0)
      await sleep(2500)
      disk.clear()
      await server.waitUntilReady()
    }
    await Promise.all(senders.map((sender) => sender.finish()))
    expect(await server.stop()).toEqual({ code: 0, signal: null })
    const again = await startAgain(dataDir)
    let samples = 0
    for (const sender of senders) samples += await verifyLoad(again.url(), sender)
    const retries = senders.reduce((sum, sender) => sum + sender.retries, 0)
    console.log(
      `disk full: ${samples} samples acknowledged before and after, ${retries} retries, ${Math.round((disk.sizeBytes - disk.freeBytes) / mebibyte)} MiB used`,
    )
    expect(findBroken(dataDir)).toEqual([])
  })
})

async function startAgain(dataDir: string): Promise<Server> {
  return own(await startServer({ dataDir, configPath: writeScrapeConfig(ownFolder(), []) }))
}

/** Parts that the engine found damaged when it started; it puts them aside under such names. */
function findBroken(dataDir: string): string[] {
  return readdirSync(join(dataDir, 'engine'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => /\/(detached\/.|broken)/.test(name),
  )
}
