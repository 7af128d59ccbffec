import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Outcome, runScript } from './testing/run-script.ts'
import { isHistogram } from './testing/series-notation.ts'

const FOLDER = '../shared/conformance/data/promqltest'

/** Parts of the suite that are counted apart. */
type Part = 'native-histogram' | 'start-timestamp' | 'type-and-unit' | 'experimental' | 'stable'

const EXPERIMENTAL =
  /\b(?:histogram_quantiles|double_exponential_smoothing|info|max_of|min_of|mad_over_time|ts_of_\w+_over_time|range|sort_by_label|sort_by_label_desc|start_timestamp|step)\s*\(|\b(?:limitk|limit_ratio|anchored|smoothed)\b|\bfill(?:_left|_right)?\s*\(|<\/|>\/|(?<!@\s*)\b(?:start|end)\(\)/

function partOf(file: string, outcome: Outcome): Part {
  const { query, expected } = outcome.command
  const mentions = (name: string) =>
    name !== '' && new RegExp(`(?<![\\w:])${name}(?![\\w:])`).test(query)
  const selectsAny = /\{[^}]*__name__|^\s*\{/.test(query)
  const loaded = outcome.loads.flatMap(({ series }) => series)
  const withHistograms = loaded.filter(({ values }) => values.some(isHistogram))
  const converted = outcome.loads
    .filter(({ withNativeBuckets }) => withNativeBuckets)
    .flatMap(({ series }) =>
      series.map(({ labels }) => labels.name.replace(/_(?:bucket|sum|count)$/, '')),
    )
  if (
    expected.some(({ values }) => values.some(isHistogram)) ||
    withHistograms.some(({ labels }) => mentions(labels.name)) ||
    converted.some(mentions) ||
    (selectsAny && withHistograms.length > 0)
  ) {
    return 'native-histogram'
  }
  if (outcome.loads.some(({ started }) => started.some(mentions))) return 'start-timestamp'
  if (file === 'type_and_unit.test') return 'type-and-unit'
  return EXPERIMENTAL.test(query) || file === 'duration_expression.test' ? 'experimental' : 'stable'
}

interface Tally {
  total: number
  passed: number
  messages: number
  messagesPassed: number
  rangesFailed: number
}

const isPresent = existsSync(FOLDER)
if (!isPresent) console.log(`skipped: ${FOLDER} is not here`)

describe.skipIf(!isPresent)("Prometheus's own PromQL test scripts", () => {
  it('passes at least 97 % of the cases of the stable language, and of those with native histograms', async () => {
    const tallies = new Map<Part, Tally>()
    const faults: string[] = []
    for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.test'))) {
      const script = readFileSync(join(FOLDER, file), 'utf8')
      // As Prometheus's own test engine has it.
      for (const outcome of await runScript(script, { delayedNameRemoval: true })) {
        const part = partOf(file, outcome)
        const fault = outcome.fault ?? outcome.messageFault ?? outcome.rangeFault
        if (fault !== undefined && process.env['PROMQLTEST_VERBOSE'] === part) {
          faults.push(`${file}:${outcome.command.line} ${outcome.command.query}\n    ${fault}`)
        }
        count(tallies, part, outcome)
      }
    }
    for (const [part, tally] of tallies) console.log(describeTally(part, tally))
    if (faults.length > 0) console.log(faults.join('\n'))
    const stable = tallies.get('stable')
    expect((stable?.passed ?? 0) / (stable?.total ?? 1)).toBeGreaterThanOrEqual(0.97)
    const native = tallies.get('native-histogram')
    expect((native?.passed ?? 0) / (native?.total ?? 1)).toBeGreaterThanOrEqual(0.97)
  })
})

function count(tallies: Map<Part, Tally>, part: Part, outcome: Outcome): void {
  const none = { total: 0, passed: 0, messages: 0, messagesPassed: 0, rangesFailed: 0 }
  const tally = tallies.get(part) ?? none
  tallies.set(part, tally)
  tally.total++
  if (outcome.fault === undefined) tally.passed++
  if (outcome.command.messages.length > 0) tally.messages++
  if (outcome.command.messages.length > 0 && outcome.messageFault === undefined)
    tally.messagesPassed++
  if (outcome.rangeFault !== undefined) tally.rangesFailed++
}

function describeTally(part: Part, tally: Tally): string {
  const percent = ((100 * tally.passed) / tally.total).toFixed(1)
  return `${part}: ${tally.passed} of ${tally.total} (${percent} %), annotations ${tally.messagesPassed} of ${tally.messages}, differently as a range ${tally.rangesFailed}`
}
