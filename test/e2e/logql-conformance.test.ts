import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parseJson } from '../house/parse-json.ts'
import { projectRoot } from '../house/read-sources.ts'
import { notice } from './tools/notice.ts'
import { ownFolder, ownServer } from './tools/owned.ts'
import { run } from './tools/programs.ts'

const folder = join(projectRoot, '../shared/conformance')
const hasSuite = existsSync(join(folder, 'logqltest.mjs'))
if (!hasSuite) notice('the logqltest suite is skipped: ../shared/conformance is not there')

/** What the runner writes of a run. */
interface Report {
  readonly passed: number
  readonly total: number
  readonly cases: readonly {
    file: string
    line: number
    expr: string
    status: string
    msg?: string
  }[]
}

function isReport(json: unknown): json is Report {
  return typeof json === 'object' && json !== null && 'passed' in json && 'cases' in json
}

it.runIf(hasSuite)('passes the logqltest scripts of Loki over HTTP', async () => {
  const config = ownFolder()
  // Each block of a script is moved to days of its own, months back.
  writeFileSync(
    join(config, 'loki.yml'),
    'limits_config: {reject_old_samples: false, retention_period: 0}\n',
  )
  const server = await ownServer({ configPath: config, listeners: ['loki'] })
  const results = join(ownFolder(), 'results.json')
  const scripts = join(folder, 'data/logqltest')
  const { stderr } = await run(
    process.execPath,
    [
      join(folder, 'logqltest.mjs'),
      ...['--url', server.url('loki'), '--time-shift', '--json', results],
      ...readdirSync(scripts).map((name) => join(scripts, name)),
    ],
    20 * 60_000,
  )
  if (!existsSync(results)) throw new Error(`the runner of logqltest failed: ${stderr}`)
  const { passed, total, cases } = parseJson(readFileSync(results, 'utf8'), isReport)
  console.log(`logqltest: ${passed} of ${total}`)
  const failed = cases.filter(({ status }) => status !== 'pass')
  expect(failed.map(({ file, line, expr, msg }) => `${file}:${line} ${expr}: ${msg}`)).toEqual([])
  expect(total).toBeGreaterThan(700)
})
