import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { floodLines } from '../../bench/flood-lines.ts'
import { floodSamples } from '../../bench/flood-samples.ts'
import { createTally, total } from '../../bench/flood-tally.ts'
import { countLines, countSamples, describeLoss } from '../../bench/flood-verify.ts'
import type { MemoryJson } from '../../src/contract/memory.ts'
import { parseJson } from '../house/parse-json.ts'
import type { Server } from './server.ts'
import { byForm } from './tools/form.ts'
import { ownServer } from './tools/owned.ts'
import { measureUsage } from './tools/usage.ts'

const lastsMs = byForm({ short: 40_000, full: 120_000 })
/** So small that the load cannot be served all at once, and enough for what the engine needs at least (src/engine/settings.ts). */
const budgetMiB = 300
/** Between two looks of the server a query may take more than there was room for. */
const toleranceMiB = 60
/** What of the pages of files counts where none can be given back (src/self/memory/judge-memory.ts). */
const usedFileMiB = 128
const askers = 8
const lineSenders = 3
const bytesPerSecond = 4e6

it('stays within its memory budget under a flood: heavy queries are refused, nothing acknowledged is lost', async () => {
  const server = await ownServer({
    listeners: ['loki'],
    args: ['--memory.budget', `${budgetMiB}MiB`],
  })
  const { givesBackCleanPages } = await readMemory(server)
  if (!givesBackCleanPages)
    console.log('flood: clean pages cannot be given back here, and count only in part')
  const untilMs = Date.now() + lastsMs
  const lines = createTally('lines')
  const steady = createTally('samples')
  const fresh = createTally('samples of new series')
  const memoryMiB: number[] = []
  const watch = setInterval(() => {
    const { rssMiB, anonymousAndSharedMiB } = measureUsage(server)
    const counted = Math.min(rssMiB, anonymousAndSharedMiB + usedFileMiB)
    memoryMiB.push(givesBackCleanPages ? rssMiB : counted)
  }, 200)
  const refusals: string[] = []
  await Promise.all([
    ...Array.from({ length: lineSenders }, (_, sender) =>
      floodLines(server.url('loki'), lines, { bytesPerSecond, untilMs, sender }),
    ),
    floodSamples(server.url(), { steady, fresh }, { newSeriesPerSecond: 100, untilMs }),
    ...Array.from({ length: askers }, (_, asker) => askHeavily(server, asker, untilMs, refusals)),
  ])
  clearInterval(watch)
  const most = Math.max(...memoryMiB)
  const memory = await readMemory(server)
  console.log(
    `flood: ${total(lines.acknowledged)} lines, ${total(steady.acknowledged)} samples, at most ${most} of ${budgetMiB} MiB, ${refusals.length} queries refused, ${memory.postponedPushes} pushes put off`,
  )
  expect(most).toBeLessThanOrEqual(budgetMiB + toleranceMiB)
  expect(memory.shedQueries).toBeGreaterThan(0)
  const shed = refusals.filter((text) => /^503 the query (is refused|was ended) to save/.test(text))
  expect(shed.length, refusals.join('\n')).toBeGreaterThan(0)
  expect(shed[0]).toContain(`of the memory budget of ${budgetMiB} MiB are in use`)
  expect(describeLoss(lines, await countLines(server.url('loki'), lines)).text).toBe('0')
  for (const [tally, metric] of [
    [steady, 'flood_steady_total'],
    [fresh, 'flood_fresh_total'],
  ] as const)
    expect(describeLoss(tally, await countSamples(server.url(), metric, tally)).text).toBe('0')
})

/** Counts a day of lines by what is in them, again and again; notes what is answered otherwise. */
async function askHeavily(
  server: Server,
  asker: number,
  untilMs: number,
  refusals: string[],
): Promise<void> {
  for (let round = 0; Date.now() < untilMs; round++) {
    const params = new URLSearchParams({
      query: `sum by (request_id) (count_over_time({job="flood", app!="${asker}-${round}"} | json [1h]))`,
      start: `${Date.now() - 86_400_000}000000`,
      end: `${Date.now()}000000`,
      step: '3600',
    })
    const answer = await fetch(`${server.url('loki')}/loki/api/v1/query_range?${params}`)
    const text = await answer.text()
    if (!answer.ok) refusals.push(`${answer.status} ${text}`)
    await sleep(50)
  }
}

async function readMemory(server: Server): Promise<MemoryJson> {
  const answer = await fetch(`${server.url()}/api/v1/status/memory`)
  return parseJson(await answer.text(), isMemoryAnswer).data
}

function isMemoryAnswer(json: unknown): json is { readonly data: MemoryJson } {
  return typeof json === 'object' && json !== null && 'data' in json
}
