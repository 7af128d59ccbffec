import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startServer } from './server.ts'
import { byForm } from './tools/form.ts'
import { notice } from './tools/notice.ts'
import { own, ownExporter, ownFolder } from './tools/owned.ts'
import { queryRaw, queryValue } from './tools/query.ts'
import { RemoteWriter } from './tools/remote-write.ts'
import { jobsOf, writeScrapeConfig } from './tools/scrape-config.ts'
import { waitFor } from './tools/wait-for.ts'

const HOUR = 3_600_000
const steps = byForm({ short: [0, HOUR, -HOUR], full: [0, HOUR, 0, -HOUR, 0, -HOUR, HOUR, 0] })

/** Debian's faketime: a library that is loaded before all others and tells a time of its own. */
const library = ((): string | undefined => {
  const root = '/usr/lib'
  const found = readdirSync(root)
    .map((folder) => join(root, folder, 'faketime/libfaketimeMT.so.1'))
    .find((path) => existsSync(path))
  if (found === undefined)
    notice('clock steps are skipped: libfaketime (Debian: faketime) is not installed')
  return found
})()

it.runIf(library)(
  'scrapes and answers rightly over clock steps of an hour either way',
  async () => {
    const exporter = await ownExporter()
    exporter.page('/metrics', () => `tick ${exporter.hits('/metrics')}\n`)
    const folder = ownFolder()
    const clockPath = join(folder, 'clock')
    let offsetMs = 0
    const step = (ms: number): void => {
      offsetMs = ms
      writeFileSync(clockPath, `${ms >= 0 ? '+' : ''}${ms / 1000}`)
    }
    step(0)
    const configPath = writeScrapeConfig(folder, jobsOf(exporter, ['/metrics']))
    const dataDir = join(folder, 'data')
    const server = own(
      await startServer({
        configPath,
        dataDir,
        env: {
          LD_PRELOAD: library ?? '',
          FAKETIME_TIMESTAMP_FILE: clockPath,
          FAKETIME_CACHE_DURATION: '1',
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
        },
      }),
    )
    const url = server.url()
    const writer = new RemoteWriter(url)

    for (const [number, stepMs] of steps.entries()) {
      step(stepMs)
      await waitFor('the clock of the server', async () => {
        const seconds = (await queryValue(url, 'vector(time())')) ?? 0
        return Math.abs(seconds * 1000 - (Date.now() + offsetMs)) < 3000
      })
      // What is new is answered soon: the scrapes of now, not those of a time that was once ahead.
      const hits = exporter.hits('/metrics')
      await waitFor(`new scrapes after step ${number}`, async () => {
        const tick = (await queryValue(url, 'tick')) ?? 0
        return tick > hits + 1 && tick <= exporter.hits('/metrics')
      })
      await waitFor('a rate', async () => ((await queryValue(url, 'rate(tick[10s])')) ?? 0) > 0)
      expect(await queryValue(url, 'up')).toBe(1)
      await writer.store([[{ __name__: 'pushed', step: String(number) }, Date.now() + offsetMs, 1]])
      expect(await queryValue(url, `pushed{step="${number}"}`)).toBe(1)
    }
    await writer.close()
    await expectEveryTick(url, exporter.hits('/metrics'))
    expect(await server.stop()).toEqual({ code: 0, signal: null })

    const again = own(await startServer({ dataDir, configPath: writeScrapeConfig(folder, []) }))
    await expectEveryTick(again.url(), exporter.hits('/metrics'))
  },
)

/** Whatever the clock said: times ascend, and each scrape is there once. */
async function expectEveryTick(url: string, hits: number): Promise<void> {
  const [series] = await queryRaw(url, 'tick[5h]', Date.now() + 2 * HOUR)
  const times = series?.values.map(([time]) => time) ?? []
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b))
  const ticks = (series?.values.map(([, value]) => Number(value)) ?? []).sort((a, b) => a - b)
  expect(ticks).toEqual(ticks.map((_, i) => i + 1))
  // A scrape may be under way.
  expect(ticks.length).toBeGreaterThanOrEqual(hits - 1)
}
