import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { startServer } from './server.ts'
import { findEngine } from './tools/engine-process.ts'
import { byForm } from './tools/form.ts'
import { own, ownExporter, ownFolder } from './tools/owned.ts'
import { queryRaw, queryValue } from './tools/query.ts'
import { RemoteWriter } from './tools/remote-write.ts'
import { writeScrapeConfig } from './tools/scrape-config.ts'
import { measureUsage } from './tools/usage.ts'
import { waitFor } from './tools/wait-for.ts'

const stoppedMs = byForm({ short: 8_000, full: 60_000, long: 600_000 })
const seriesCount = 500

it(`goes on while the engine is stopped for ${stoppedMs / 1000} s, and stores everything afterwards`, async () => {
  const exporter = await ownExporter()
  const handedOut: number[] = []
  exporter.page('/metrics', () => {
    handedOut.push(handedOut.length)
    const rows = Array.from(
      { length: seriesCount },
      (_, i) => `ballast{i="${i}"} ${handedOut.length}`,
    )
    return `scrape_number ${handedOut.length - 1}\n${rows.join('\n')}\n`
  })
  const folder = ownFolder()
  const configPath = writeScrapeConfig(folder, [{ name: 'a', target: exporter.address }])
  const dataDir = `${folder}/data`
  const server = own(await startServer({ configPath, dataDir }))
  const url = server.url()
  const enginePid = await findEngine(server)
  const writer = new RemoteWriter(url)
  await writer.store([[{ __name__: 'pushed' }, Date.now(), 1]])
  await waitFor('a few scrapes', () => handedOut.length > 2)
  const before = measureUsage(server)

  process.kill(enginePid, 'SIGSTOP')
  try {
    const stoppedAt = handedOut.length
    const pushed = writer.push([[{ __name__: 'pushed' }, Date.now(), 2]])
    const endMs = performance.now() + stoppedMs
    let questions = 0
    while (performance.now() < endMs) {
      await expectFresh(url, handedOut.length)
      expect(await queryValue(url, 'count(ballast)')).toBe(seriesCount)
      questions++
      await sleep(500)
    }
    const scrapes = handedOut.length - stoppedAt
    // Scrapes come once a second; a slow machine may miss some.
    expect(scrapes).toBeGreaterThan((stoppedMs / 1000) * 0.7)
    const during = measureUsage(server)
    console.log(
      `engine stopped for ${stoppedMs / 1000} s: ${scrapes} scrapes, ${questions} instant queries answered; anonymous and shared memory ${before.anonymousAndSharedMiB} → ${during.anonymousAndSharedMiB} MiB`,
    )
    expect(during.anonymousAndSharedMiB - before.anonymousAndSharedMiB).toBeLessThan(150)
    process.kill(enginePid, 'SIGCONT')
    // Told to come again, or acknowledged now that it is stored; never acknowledged before.
    expect([204, 503]).toContain((await pushed).status)
  } finally {
    process.kill(enginePid, 'SIGCONT')
  }

  await server.waitUntilReady()
  expect(await findEngine(server)).toBe(enginePid)
  await writer.store([[{ __name__: 'pushed' }, Date.now(), 3]])
  await writer.close()
  expect(await server.stop()).toEqual({ code: 0, signal: null })
  const complete = handedOut.length

  const again = own(await startServer({ configPath: writeScrapeConfig(folder, []), dataDir }))
  const [series] = await queryRaw(again.url(), 'scrape_number[1h]')
  const stored = series?.values.map(([, value]) => Number(value)) ?? []
  // The scrape under way when the server was told to stop may have been given up.
  expect(stored).toEqual(handedOut.slice(0, Math.max(stored.length, complete - 1)))
  const ballast = await queryValue(again.url(), 'sum(count_over_time(ballast[1h]))')
  expect(ballast).toBe(stored.length * seriesCount)
})

/** An instant query sees a scrape that is at most two seconds old. */
async function expectFresh(url: string, scrapes: number): Promise<void> {
  expect(await queryValue(url, 'up{job="a"}')).toBe(1)
  expect(await queryValue(url, 'scrape_number')).toBeGreaterThanOrEqual(scrapes - 3)
}
