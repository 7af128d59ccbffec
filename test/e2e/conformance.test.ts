import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { projectRoot } from '../house/read-sources.ts'
import type { Server } from './server.ts'
import { isShort } from './tools/form.ts'
import { notice } from './tools/notice.ts'
import { ownFolder, ownServer } from './tools/owned.ts'
import { run } from './tools/programs.ts'
import { writeScrapeConfig } from './tools/scrape-config.ts'

const folder = join(projectRoot, '../shared/conformance')
const hasSuite = existsSync(join(folder, 'promqltest.mjs'))
if (!hasSuite) notice('the promqltest suite is skipped: ../shared/conformance is not there')

/** What this stage does not have yet. */
const later = ['--skip', 'native-histogram,nhcb,experimental,start-timestamps,type-and-unit']

/** One case of the suite as the runner reports it. */
interface Case {
  file: string
  line: number
  expr: string
  status: 'pass' | 'fail' | 'skip'
  msg?: string
}

it.runIf(hasSuite)('passes the promqltest scripts of Prometheus over HTTP', async () => {
  const share = await measureShare('without what is still to come', later)
  if (!isShort) await measureShare('the whole suite', [])
  expect(share).toBeGreaterThanOrEqual(0.97)
})

async function measureShare(what: string, options: readonly string[]): Promise<number> {
  const results = ownFolder()
  // Each block of a script wants an empty store: first it is moved to days of its own.
  const shifted = await runSuite(await startEmpty(), results, ['--time-shift', ...options])
  const absolute = shifted.filter(({ status }) => status === 'skip')
  // What tells the absolute time cannot be moved: there the store is emptied.
  const cases = join(results, 'cases')
  writeFileSync(cases, absolute.map(({ file, line }) => `${file}:${line}`).join('\n'))
  const server = await startEmpty()
  const all = `${server.url()}/api/v1/admin/tsdb/delete_series?match[]={__name__!=""}`
  const reset = `curl --silent --show-error --fail --globoff --request POST '${all}'`
  const unmoved = await runSuite(server, results, [
    '--cases',
    cases,
    '--reset-cmd',
    reset,
    ...options,
  ])
  const judged = [...shifted.filter(({ status }) => status !== 'skip'), ...unmoved]
  const failed = judged.filter(({ status }) => status !== 'pass')
  const share = 1 - failed.length / judged.length
  console.log(
    `promqltest, ${what}: ${judged.length - failed.length} of ${judged.length} (${(share * 100).toFixed(2)} %)`,
  )
  for (const { file, line, expr, msg } of failed) {
    if (options.length > 0) console.log(`  ${file}:${line} ${expr}: ${msg}`)
  }
  return share
}

function startEmpty(): Promise<Server> {
  return ownServer({
    configPath: writeScrapeConfig(ownFolder(), []),
    // The scripts begin in 1970, and Prometheus runs them with names dropped late.
    args: [
      '--storage.tsdb.retention.time=100y',
      '--web.enable-admin-api',
      '--enable-feature=promql-delayed-name-removal',
    ],
  })
}

async function runSuite(
  server: Server,
  results: string,
  options: readonly string[],
): Promise<Case[]> {
  const scripts = join(folder, 'data/promqltest')
  const path = join(results, 'cases.json')
  const { stderr } = await run(
    process.execPath,
    [
      join(folder, 'promqltest.mjs'),
      ...['--url', server.url(), '--json', path, ...options],
      ...readdirSync(scripts).map((name) => join(scripts, name)),
    ],
    20 * 60_000,
  )
  if (!existsSync(path)) throw new Error(`the runner of promqltest failed: ${stderr.slice(-2000)}`)
  return (JSON.parse(readFileSync(path, 'utf8')) as { cases: Case[] }).cases
}
