import { setTimeout as sleep } from 'node:timers/promises'
import type { RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { byForm } from './tools/form.ts'
import { drip, endless } from './tools/misbehave.ts'
import type { Exporter } from './tools/exporter.ts'
import { ownExporter, ownFolder, ownServer } from './tools/owned.ts'
import { findTarget, queryRaw, queryValue } from './tools/query.ts'
import { jobsOf, writeScrapeConfig, type Job } from './tools/scrape-config.ts'
import { measureUsage } from './tools/usage.ts'
import { waitFor } from './tools/wait-for.ts'

const lastsMs = byForm({ short: 12_000, full: 60_000, long: 600_000 })
const mebibyte = 1024 ** 2
/** What targets may add to the memory of an idle server, whatever they send. */
const mostMoreMiB = 100

/** Twelve mebibytes of a few hundred series, as a page of a large cluster has them: mostly names and help. */
function createHugePage(): Buffer {
  const lines: string[] = []
  for (let i = 0; i < 400; i++) lines.push(`huge_${i} ${i}`, `# ${'many words '.repeat(2850)}`)
  return Buffer.from(`${lines.join('\n')}\n`)
}

it('a crowd of endless, dripping and huge targets takes neither the memory nor the turn of a healthy one', async () => {
  const exporter = await ownExporter()
  const huge = createHugePage()
  const packed = gzipSync(huge)
  expect(huge.length).toBeGreaterThan(11 * mebibyte)
  const plain: RequestListener = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' }).end(huge)
  }
  const zipped: RequestListener = (_request, response) => {
    response
      .writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' })
      .end(packed)
  }
  exporter.page('/healthy', () => `beat ${exporter.hits('/healthy')}\n`)
  const crowd: Job[] = []
  const add = (what: string, count: number, handlerOf: (i: number) => RequestListener): void => {
    for (let i = 0; i < count; i++) {
      exporter.serve(`/${what}${i}`, handlerOf(i))
      crowd.push(...jobsOf(exporter, [`/${what}${i}`]))
    }
  }
  add('endless', 8, () => endless)
  add('drip', 8, () => drip)
  add('huge', 4, (i) => (i % 2 === 0 ? plain : zipped))

  const folder = ownFolder()
  const healthy = jobsOf(exporter, ['/healthy'])
  const server = await ownServer({ configPath: writeScrapeConfig(folder, healthy) })
  const url = server.url()
  await waitFor('a few scrapes', () => exporter.hits('/healthy') > 3)
  const idleMiB = measureUsage(server).rssMiB
  writeScrapeConfig(folder, [...healthy, ...crowd])
  server.signal('SIGHUP')
  await waitFor('the crowd', () => exporter.hits('/endless7') > 0 && exporter.hits('/huge3') > 0)
  let peakMiB = 0
  for (const endMs = performance.now() + lastsMs; performance.now() < endMs; await sleep(50)) {
    peakMiB = Math.max(peakMiB, measureUsage(server).rssMiB)
    const least = await queryValue(url, 'min_over_time(up{job="healthy"}[1m])')
    expect(least, least === 1 ? '' : await tellScrapes(url, exporter)).toBe(1)
  }
  console.log(
    `crowd: RSS ${idleMiB} MiB idle, at most ${peakMiB} MiB in ${lastsMs / 1000} s beside 8 endless, 8 dripping and 4 huge targets`,
  )
  /** What each is, whether it was ever up, and whether a reason is told where it was not. */
  const judged: (readonly [string, boolean, boolean])[] = []
  for (const { name } of crowd) {
    const scrapes = (await queryRaw(url, `up{job="${name}"}[1h]`))[0]?.values ?? []
    const isGood = scrapes.some(([, value]) => value === '1')
    const error = (await findTarget(url, name))?.lastError ?? ''
    const isTold = /body size limit exceeded|deadline exceeded/.test(error)
    judged.push([name.replace(/\d/, ''), isGood, name.startsWith('huge') || isTold])
  }
  expect(judged).toEqual([
    ...Array.from({ length: 8 }, () => ['endless', false, true]),
    ...Array.from({ length: 8 }, () => ['drip', false, true]),
    ...Array.from({ length: 4 }, () => ['huge', true, true]),
  ])
  const [beats] = await queryRaw(url, 'beat[1h]')
  const values = beats?.values.map(([, value]) => Number(value)) ?? []
  const isWhole = values.every((value, i) => value === i + 1)
  expect(isWhole, isWhole ? '' : await tellScrapes(url, exporter)).toBe(true)
  expect(peakMiB - idleMiB).toBeLessThan(mostMoreMiB)
})

/** What became of each scrape of the healthy target, for whoever reads why a beat is missing. */
async function tellScrapes(url: string, exporter: Exporter): Promise<string> {
  const tell = async (query: string): Promise<string> => {
    const series = await queryRaw(url, `${query}[1h]`)
    const samples = series.flatMap(({ values }) => values)
    return `${query}: ${samples.map(([at, value]) => `${value}@${at}`).join(' ')}`
  }
  return [
    `the target was asked ${exporter.hits('/healthy')} times; last error: ${JSON.stringify((await findTarget(url, 'healthy'))?.lastError)}`,
    await tell('up{job="healthy"}'),
    await tell('beat{job="healthy"}'),
    await tell('scrape_duration_seconds{job="healthy"}'),
  ].join('\n')
}
