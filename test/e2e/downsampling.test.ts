import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { QueryDataJson, SuccessJson } from '../../src/contract/prometheus.ts'
import { parseJson } from '../house/parse-json.ts'
import { ownFolder, ownServer } from './tools/owned.ts'
import { readSelfMetric } from './tools/query.ts'
import { type PushRow, RemoteWriter } from './tools/remote-write.ts'
import { waitFor } from './tools/wait-for.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const SERIES = 100
const TIMEOUT_MS = 240_000

it(
  'answers past days from aggregates that are made over a kill, as raw samples did, and says so',
  { timeout: TIMEOUT_MS },
  async () => {
    const folder = ownFolder()
    const config = join(folder, 'vedette.yml')
    const dataDir = join(folder, 'data')
    writeFileSync(config, 'prometheus: {scrape_configs: []}\n')
    const options = { configPath: config, dataDir, readyTimeoutMs: 120_000 }
    const first = await ownServer(options)
    const untilMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS
    await push(first.url(), untilMs - 2 * DAY_MS, untilMs)
    const raw = await ask(first.url(), untilMs)
    expect(raw.infos ?? []).toEqual([])
    await first.stop()

    writeFileSync(
      config,
      `prometheus: {scrape_configs: []}
storage:
  downsampling: [{resolution: 5m, after: 1d, keep: 90d}, {resolution: 1h, after: 1d, keep: 1y}]
`,
    )
    const second = await ownServer(options)
    await second.kill()
    const third = await ownServer(options)
    const url = third.url()
    const made = (): Promise<number | undefined> =>
      readSelfMetric(url, 'vedette_downsampling_days{resolution="1h"}')
    const waiting = (): Promise<number | undefined> =>
      readSelfMetric(url, 'vedette_downsampling_waiting_days{resolution="1h"}')
    await waitFor(
      'the days to be made',
      async () => ((await made()) ?? 0) >= 2 && (await waiting()) === 0,
      TIMEOUT_MS * 0.8,
    )
    const end = new Date(untilMs).toISOString().replace('.000Z', 'Z')
    const aggregated = await ask(url, untilMs)
    expect(aggregated.data).toEqual(raw.data)
    expect(aggregated.infos?.join()).toContain(
      `up to ${end} were answered exactly, from 1h aggregates`,
    )
  },
)

/** Counters of whole numbers, a sample a minute: sums of them do not depend on their order. */
async function push(url: string, startMs: number, endMs: number): Promise<void> {
  const writer = new RemoteWriter(url)
  for (let fromMs = startMs; fromMs < endMs; fromMs += 2 * HOUR_MS) {
    const rows: PushRow[] = []
    for (let i = 0; i < SERIES; i++) {
      for (let timeMs = fromMs + MINUTE_MS; timeMs <= fromMs + 2 * HOUR_MS; timeMs += MINUTE_MS)
        rows.push([{ __name__: 'a_total', i: String(i) }, timeMs, (timeMs - startMs) / MINUTE_MS])
    }
    await writer.store(rows)
  }
  await writer.close()
}

async function ask(url: string, untilMs: number): Promise<SuccessJson<QueryDataJson>> {
  const parameters = new URLSearchParams({
    query: 'sum_over_time(a_total[1h])',
    start: String((untilMs - 2 * DAY_MS + HOUR_MS) / 1000),
    end: String(untilMs / 1000),
    step: '1h',
  })
  const response = await fetch(`${url}/api/v1/query_range?${parameters}`)
  return parseJson(await response.text(), isAnswer)
}

function isAnswer(json: unknown): json is SuccessJson<QueryDataJson> {
  return typeof json === 'object' && json !== null && 'data' in json
}
