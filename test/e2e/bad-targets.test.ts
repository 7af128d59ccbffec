import { describe, expect, it } from 'vitest'
import type { Server } from './server.ts'
import { misbehaviors } from './tools/misbehave.ts'
import { ownExporter, ownFolder, ownServer } from './tools/owned.ts'
import type { Exporter } from './tools/exporter.ts'
import { findTarget, queryRaw, queryValue, queryVector } from './tools/query.ts'
import { jobsOf, writeScrapeConfig, type Job } from './tools/scrape-config.ts'
import { measureUsage } from './tools/usage.ts'
import { waitFor } from './tools/wait-for.ts'

/** Everything that a target exposed itself, without what is written about each scrape. */
const exposed = (job: string): string => `{job="${job}",__name__!~"up|scrape_.*"}`

describe('targets that misbehave', () => {
  it('are down, each with its reason, and nothing of their pages is stored', async () => {
    const exporter = await ownExporter()
    exporter.page('/good', () => `beat ${exporter.hits('/good')}\n`)
    const jobs: Job[] = jobsOf(exporter, ['/good'])
    for (const { what, handler, config } of misbehaviors) {
      exporter.serve(`/${what}`, handler)
      jobs.push({
        name: what,
        target: exporter.address,
        path: `/${what}`,
        ...(config && { more: config }),
      })
    }
    const server = await ownServer({ configPath: writeScrapeConfig(ownFolder(), jobs) })
    const url = server.url()
    for (const { what, error } of misbehaviors) {
      const target = await waitFor(`${what} to be down`, async () => {
        const found = await findTarget(url, what)
        return found?.health === 'down' && found
      })
      expect(target.lastError, what).toMatch(error)
      expect(await queryValue(url, `up{job="${what}"}`), what).toBe(0)
    }
    await waitFor('three scrapes of the good one', () => exporter.hits('/good') > 3)
    const good = await queryRaw(url, 'beat[1m]')
    const beats = good[0]?.values.map(([, value]) => Number(value)) ?? []
    expect(beats).toEqual(beats.map((_, i) => i + 1))
    for (const { what } of misbehaviors) {
      expect(await queryRaw(url, `${exposed(what)}[5m]`), what).toEqual([])
    }
    const usage = measureUsage(server)
    console.log(
      `bad targets: ${misbehaviors.length} at once; anonymous and shared memory ${usage.anonymousAndSharedMiB} MiB, RSS ${usage.rssMiB} MiB`,
    )
    expect(usage.rssMiB).toBeLessThan(600)
  })

  it('end the series they had, and are taken again once they behave', async () => {
    const { exporter, server } = await startWithOne()
    const url = server.url()
    exporter.page('/one', 'temperature 21\n')
    await waitFor('the good page', async () => (await queryValue(url, 'temperature')) === 21)
    exporter.page('/one', 'temperature 22\n<html>\n')
    await waitFor('the target to be down', async () => (await queryValue(url, 'up')) === 0)
    expect(await queryValue(url, 'temperature')).toBeUndefined()
    exporter.page('/one', 'temperature 23\n')
    await waitFor('the target to be up', async () => (await queryValue(url, 'temperature')) === 23)
    const values = (await queryRaw(url, 'temperature[1m]')).flatMap((series) => series.values)
    expect(new Set(values.map(([, value]) => value))).toEqual(new Set(['21', '23']))
  })
})

describe('a page that names a series twice', () => {
  it('is taken, and the first sample wins, as in Prometheus', async () => {
    const { exporter, server } = await startWithOne()
    exporter.page('/one', 'twice{a="1"} 1\ntwice{a="1"} 2\ntwice{a="2"} 3\ntwice{a="2"} 3\n')
    const url = server.url()
    await waitFor('a few scrapes', async () => {
      return ((await queryValue(url, 'sum(count_over_time(up[1m]))')) ?? 0) > 2
    })
    expect(await queryValue(url, 'up')).toBe(1)
    const found = await queryVector(url, 'sort(twice)')
    expect(found.map(({ metric, value }) => [metric['a'], value[1]])).toEqual([
      ['1', '1'],
      ['2', '3'],
    ])
    for (const { values } of await queryRaw(url, 'twice[1m]')) {
      const times = values.map(([time]) => time)
      expect(new Set(times).size).toBe(times.length)
      expect(new Set(values.map(([, value]) => value)).size).toBe(1)
    }
  })
})

async function startWithOne(): Promise<{ exporter: Exporter; server: Server }> {
  const exporter = await ownExporter()
  const configPath = writeScrapeConfig(ownFolder(), jobsOf(exporter, ['/one']))
  return { exporter, server: await ownServer({ configPath }) }
}
