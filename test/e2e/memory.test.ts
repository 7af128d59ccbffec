import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { byForm } from './tools/form.ts'
import { ownExporter, ownFolder, ownServer } from './tools/owned.ts'
import { createServicePage, panels } from './tools/panels.ts'
import { quantile } from './tools/quantile.ts'
import { queryRange, queryValue } from './tools/query.ts'
import { writeScrapeConfig } from './tools/scrape-config.ts'
import { measureUsage, type Usage } from './tools/usage.ts'
import { waitFor } from './tools/wait-for.ts'

/**
 * The short form only shows that the load runs and prints; it is too short to judge anything but gross waste. The long form is an hour,
 * and also looks for growth.
 */
const terms = byForm({
  short: {
    lastsMs: 20_000,
    scrapeInterval: '2s',
    queryEveryMs: 4_000,
    most: { anonymousAndSharedMiB: 400, rssMiB: 700, cpuShare: 4 },
  },
  full: {
    lastsMs: 600_000,
    scrapeInterval: '15s',
    queryEveryMs: 10_000,
    most: { anonymousAndSharedMiB: 220, rssMiB: 420, cpuShare: 0.05 },
  },
  long: {
    lastsMs: 3_600_000,
    scrapeInterval: '15s',
    queryEveryMs: 10_000,
    most: { anonymousAndSharedMiB: 220, rssMiB: 420, cpuShare: 0.05 },
  },
})
const instances = 20
const seriesWanted = 2000

it(`watches ${seriesWanted} series under 20 panels within its memory and processor time`, async () => {
  const exporter = await ownExporter()
  exporter.page('/metrics', createServicePage(instances))
  const jobs = [{ name: 'shop', target: exporter.address }]
  const configPath = writeScrapeConfig(ownFolder(), jobs, {
    scrape_interval: terms.scrapeInterval,
    scrape_timeout: terms.scrapeInterval,
  })
  const server = await ownServer({ configPath })
  await waitFor(
    'the first scrape',
    async () => (await queryValue(server.url(), 'up')) === 1,
    40_000,
  )
  expect(await queryValue(server.url(), 'count({__name__=~"shop_.+"})')).toBe(seriesWanted)

  const endMs = performance.now() + terms.lastsMs
  const usages: Measured[] = []
  const dashboardsMs: number[] = []
  for (let nextMs = performance.now(); nextMs < endMs; nextMs += terms.queryEveryMs) {
    await sleep(Math.max(0, nextMs - performance.now()))
    const begunMs = performance.now()
    await askPanels(server.url())
    dashboardsMs.push(performance.now() - begunMs)
    usages.push({ atMs: performance.now(), usage: measureUsage(server) })
  }
  if (terms.lastsMs >= 3_600_000) judgeGrowth(usages)
  judge(usages, dashboardsMs)
})

/** As a dashboard asks: everything at once over six connections, the last hour at 15 s. */
async function askPanels(url: string): Promise<void> {
  const endMs = Date.now()
  const waiting = [...panels]
  const ask = async (): Promise<void> => {
    for (let query = waiting.shift(); query !== undefined; query = waiting.shift()) {
      await queryRange(url, query, { startMs: endMs - 3_600_000, endMs, stepMs: 15_000 })
    }
  }
  await Promise.all(Array.from({ length: 6 }, ask))
}

interface Measured {
  readonly atMs: number
  readonly usage: Usage
}

/**
 * What the last ten minutes may take more than the ten before the middle: half an hour of recent samples is 4 MiB, and the range that panels
 * ask for is full only at the end of the hour (docs/benchmarks.md).
 */
const mostGrowthMiB = 20

/** Prints the highest of every five minutes, and judges the second half. */
function judgeGrowth(usages: readonly Measured[]): void {
  const begunMs = usages[0]?.atMs ?? 0
  const highest = (fromMinute: number, minutes: number) => {
    const within = usages.filter(({ atMs }) => {
      const minute = (atMs - begunMs) / 60_000
      return minute >= fromMinute && minute < fromMinute + minutes
    })
    return {
      anonymousAndSharedMiB: Math.max(...within.map(({ usage }) => usage.anonymousAndSharedMiB)),
      rssMiB: Math.max(...within.map(({ usage }) => usage.rssMiB)),
    }
  }
  for (let minute = 0; minute < 60; minute += 5) {
    const { anonymousAndSharedMiB, rssMiB } = highest(minute, 5)
    console.log(
      `memory: minutes ${minute} to ${minute + 5}: ${anonymousAndSharedMiB} MiB, RSS ${rssMiB} MiB`,
    )
  }
  const growthMiB = highest(50, 10).anonymousAndSharedMiB - highest(20, 10).anonymousAndSharedMiB
  expect(growthMiB).toBeLessThan(mostGrowthMiB)
}

/** Judges the last half, when start and warming up are over. */
function judge(usages: readonly Measured[], dashboardsMs: number[]): void {
  const settled = usages.slice(Math.floor(usages.length / 2))
  const first = settled[0]
  const last = settled.at(-1)
  if (first === undefined || last === undefined) throw new Error('nothing was measured')
  const rssMiB = Math.max(...settled.map(({ usage }) => usage.rssMiB))
  const anonymousAndSharedMiB = Math.max(...settled.map(({ usage }) => usage.anonymousAndSharedMiB))
  const cpuShare =
    (last.usage.cpuSeconds - first.usage.cpuSeconds) / ((last.atMs - first.atMs) / 1000)
  console.log(
    [
      `memory: after ${terms.lastsMs / 1000} s at ${seriesWanted} series every ${terms.scrapeInterval}, 20 panels every ${terms.queryEveryMs / 1000} s:`,
      `anonymous and shared ${anonymousAndSharedMiB} MiB (at most ${terms.most.anonymousAndSharedMiB}),`,
      `RSS ${rssMiB} MiB (at most ${terms.most.rssMiB}),`,
      `CPU ${(cpuShare * 100).toFixed(1)} % of one core (at most ${terms.most.cpuShare * 100}),`,
      `dashboard ${quantile(dashboardsMs, 0.5).toFixed(0)} ms (median)`,
    ].join(' '),
  )
  expect(anonymousAndSharedMiB).toBeLessThan(terms.most.anonymousAndSharedMiB)
  expect(rssMiB).toBeLessThan(terms.most.rssMiB)
  expect(cpuShare).toBeLessThan(terms.most.cpuShare)
}
