import { expect, it } from 'vitest'
import { encodeCompressedWriteRequest } from '../../src/formats/remote-write/encode.ts'
import { findEngine } from './tools/engine-process.ts'
import { byForm } from './tools/form.ts'
import { ownExporter, ownFolder, ownServer } from './tools/owned.ts'
import { queryValue } from './tools/query.ts'
import { batchOf, RemoteWriter, type PushRow } from './tools/remote-write.ts'
import { writeScrapeConfig } from './tools/scrape-config.ts'
import { measureUsage, type Usage } from './tools/usage.ts'
import { waitFor } from './tools/wait-for.ts'

const terms = byForm({
  short: { series: 100_000, limit: 20_000 },
  // Without a flag: the limit that everybody has.
  full: { series: 1_000_000, limit: undefined },
})
/** Of the process group, at any time during the explosion; RSS holds about 200 MiB of the engine's file-backed pages. */
const mostRssMiB = 700
/** The same once it is over: the series that were taken are known and go on to be answered. */
const restRssMiB = 600
const seriesInPush = 2000
const senders = 4

it(`refuses an explosion of ${terms.series} series by the name of the limit, and goes on`, async () => {
  const exporter = await ownExporter()
  exporter.page('/metrics', () => `heartbeat ${exporter.hits('/metrics')}\n`)
  const configPath = writeScrapeConfig(ownFolder(), [{ name: 'a', target: exporter.address }])
  const args = terms.limit === undefined ? [] : ['--storage.max-series', String(terms.limit)]
  const server = await ownServer({ configPath, args })
  const url = server.url()
  await waitFor('the first scrape', async () => (await queryValue(url, 'heartbeat')) !== undefined)
  const writer = new RemoteWriter(url)
  await writer.store([[{ __name__: 'known' }, Date.now(), 1]])
  const enginePid = await findEngine(server)

  const begunMs = performance.now()
  let peak: Usage = measureUsage(server)
  const { refused, accepted, busy } = await explode(writer, () => {
    const usage = measureUsage(server)
    if (usage.rssMiB > peak.rssMiB) peak = usage
  })
  const seconds = (performance.now() - begunMs) / 1000
  console.log(
    `cardinality: ${terms.series} new series in ${seconds.toFixed(0)} s: ${accepted} pushes taken, ${refused.length} refused, ${busy} told to come again; at most RSS ${peak.rssMiB} MiB, anonymous and shared ${peak.anonymousAndSharedMiB} MiB`,
  )
  expect(refused.length).toBeGreaterThan(0)
  for (const text of refused) expect(text).toContain('storage.max-series')
  expect(peak.rssMiB).toBeLessThan(mostRssMiB)

  // What is known goes on: pushes, scrapes, queries; and nobody had to be started again.
  await writer.store([[{ __name__: 'known' }, Date.now(), 2]])
  await writer.close()
  expect(await queryValue(url, 'known')).toBe(2)
  const beats = exporter.hits('/metrics')
  await waitFor('scrapes to go on', async () => ((await queryValue(url, 'heartbeat')) ?? 0) > beats)
  expect(await queryValue(url, 'up{job="a"}')).toBe(1)
  expect(await findEngine(server)).toBe(enginePid)
  await waitFor('memory to come back', () => measureUsage(server).rssMiB < restRssMiB, 120_000)
})

/** Pushes new series from several senders at once; a push that is told to come again does so. */
async function explode(
  writer: RemoteWriter,
  look: () => void,
): Promise<{ accepted: number; refused: string[]; busy: number }> {
  const outcome = { accepted: 0, refused: new Array<string>(), busy: 0 }
  let next = 0
  const send = async (): Promise<void> => {
    while (next < terms.series) {
      const from = next
      next += seriesInPush
      if (from % (terms.series / 20) === 0) look()
      const body = encodeCompressedWriteRequest(batchOf(newSeries(from)))
      for (;;) {
        const { status, text } = await writer.send(body)
        if (status < 500) {
          if (status === 204) outcome.accepted++
          else outcome.refused.push(text)
          break
        }
        outcome.busy++
      }
    }
  }
  await Promise.all(Array.from({ length: senders }, send))
  look()
  return outcome
}

function newSeries(from: number): PushRow[] {
  const timestampMs = Date.now()
  return Array.from({ length: seriesInPush }, (_, i): PushRow => {
    const id = String(from + i)
    return [
      { __name__: 'exploded', request_id: id, path: `/user/${id}`, job: 'oops' },
      timestampMs,
      1,
    ]
  })
}
