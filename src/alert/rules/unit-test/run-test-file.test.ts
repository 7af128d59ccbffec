import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { formatFault } from '../../../yaml/fault.ts'
import { runTestFile, type TestFileResult } from './run-test-file.ts'

const PROMTOOL = path.resolve(
  import.meta.dirname,
  '../../../../../shared/conformance/data/prometheus/promtool',
)

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function write(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'rule-tests-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text)
  return folder
}

async function run(tests: string, rules = 'groups: []'): Promise<TestFileResult> {
  const folder = write({ 'tests.yml': `rule_files: [rules.yml]\n${tests}`, 'rules.yml': rules })
  return runTestFile(path.join(folder, 'tests.yml'))
}

const DOWN = `
groups:
  - name: g
    rules:
      - alert: Down
        expr: up == 0
        for: 2m
        labels: {severity: page}
        annotations: {summary: "it is down"}
`

describe('runTestFile', () => {
  it('drops names late where that is wanted', async () => {
    const folder = write({
      'tests.yml': `
rule_files: []
tests:
  - interval: 1m
    input_series: [{series: 'a{x="1"}', values: '1'}, {series: 'b{x="2"}', values: '2'}]
    promql_expr_test:
      - expr: count(sum by (__name__) (abs({__name__=~"a|b"})))
        exp_samples: [{value: 2}]
`,
    })
    const file = path.join(folder, 'tests.yml')
    expect((await runTestFile(file)).isOk).toBe(false)
    expect((await runTestFile(file, { delayedNameRemoval: true })).isOk).toBe(true)
  })

  it('records native histograms, which rules and tests then see', async () => {
    const rules = `
groups:
  - name: g
    interval: 1m
    rules:
      - {record: 'job:lat:sum', expr: sum by (job) (lat)}
      - {alert: Slow, expr: 'histogram_quantile(0.5, job:lat:sum) > 2'}
`
    const tests = (sum: number): string => `
tests:
  - interval: 1m
    input_series:
      - {series: 'lat{job="a", i="1"}', values: '{{count:2 sum:3 buckets:[1 1]}}x1 stale'}
      - {series: 'lat{job="a", i="2"}', values: '{{count:4 sum:20 buckets:[4] offset:3}}x2'}
    alert_rule_test:
      - {eval_time: 1m, alertname: Slow, exp_alerts: [{exp_labels: {job: a}}]}
    promql_expr_test:
      - expr: job:lat:sum
        eval_time: 1m
        exp_samples:
          - {labels: 'job:lat:sum{job="a"}', histogram: '{{count:6 sum:${sum} buckets:[1 1 0 4]}}'}
      - expr: histogram_count(job:lat:sum)
        eval_time: 2m
        exp_samples: [{labels: '{job="a"}', value: 4}]
`
    const good = await run(tests(23), rules)
    expect(good.faults).toEqual([])
    expect(good.tests.flatMap(({ failures }) => failures)).toEqual([])
    expect((await run(tests(24), rules)).isOk).toBe(false)
  })

  it('passes what is as expected', async () => {
    const result = await run(
      `
tests:
  - interval: 1m
    input_series: [{series: 'up{job="a"}', values: '1 0x10'}]
    alert_rule_test:
      - {eval_time: 2m59s, alertname: Down, exp_alerts: []}
      - eval_time: 3m
        alertname: Down
        exp_alerts:
          - {exp_labels: {severity: page, job: a}, exp_annotations: {summary: it is down}}
    promql_expr_test:
      - {expr: up, eval_time: 59s, exp_samples: [{labels: 'up{job="a"}', value: 1}]}
      - {expr: "time()", eval_time: 90s, exp_samples: [{value: 90}]}
      - {expr: "0/0", exp_samples: [{value: .nan}]}
`,
      DOWN,
    )
    expect(result.tests.flatMap(({ failures }) => failures)).toEqual([])
    expect(result.isOk).toBe(true)
  })

  it('tells what is not', async () => {
    const result = await run(
      `
tests:
  - input_series: [{series: 'up{job="a"}', values: '0x10'}]
    alert_rule_test:
      - {eval_time: 5m, alertname: Down, exp_alerts: [{exp_labels: {job: b}}]}
    promql_expr_test:
      - {expr: up, eval_time: 1m, exp_samples: [{labels: up, value: 1}]}
      - {expr: "up +", eval_time: 1m}
      - {expr: '"text"', eval_time: 1m}
`,
      DOWN,
    )
    const failures = result.tests[0]?.failures ?? []
    expect(failures.map(({ kind }) => kind)).toEqual(['alerts', 'samples', 'query', 'query'])
    expect(result.isOk).toBe(false)
  })

  it('ends a test when a rule fails', async () => {
    const result = await run(
      'tests: [{input_series: [{series: "a{x=\'1\'}", values: "1"}, {series: "a{x=\'2\'}", values: "1"}]}]',
      'groups: [{name: g, rules: [{record: r, expr: a, labels: {x: ""}}]}]',
    )
    expect(result.tests[0]?.failures).toMatchObject([{ kind: 'rule', rule: 'r', atMs: 0 }])
  })

  it('evaluates groups in their order', async () => {
    const rules = `
groups:
  - {name: last, rules: [{record: b, expr: a}]}
  - {name: first, rules: [{record: a, expr: "1"}]}
`
    const tests = (order: string): string =>
      `${order}\ntests: [{promql_expr_test: [{expr: b, exp_samples: [{labels: b, value: 1}]}]}]`
    expect((await run(tests('group_eval_order: [first, last]'), rules)).isOk).toBe(true)
    expect((await run(tests(''), rules)).isOk).toBe(false)
  })

  it('takes neighbouring numbers for equal only when told to', async () => {
    const tests = (fuzzy: boolean): string => `
fuzzy_compare: ${fuzzy}
tests:
  - promql_expr_test:
      - {expr: "2.9999999999999996", exp_samples: [{value: 3}]}
      - {expr: "-3.0000000000000004", exp_samples: [{value: -3}]}
`
    expect((await run(tests(true))).isOk).toBe(true)
    expect((await run(tests(false))).isOk).toBe(false)
  })

  it.each([
    ['tests: [{input_series: [{series: "up{", values: "1"}]}]', /:2:\d+: series: 1:4: parse error/],
    ['tests: [{input_series: [{series: up, values: "{{sums:1}}"}]}]', /not a part of a histogram/],
    ['tests: [{input_serie: []}]', /unknown key; did you mean input_series/],
    ['tests: [{alert_rule_test: [{eval_time: 1m}]}]', /alertname must be set \(eval_time 1m\)/],
    ['tests: [{start_timestamp: yesterday}]', /must be seconds since 1970/],
    ['group_eval_order: [a, a]', /group name repeated in evaluation order: a/],
    ['evaluation_interval: often', /must be a duration/],
  ])('%s is refused', async (text, pattern) => {
    const { isOk, faults } = await run(text)
    expect(isOk).toBe(false)
    expect(faults.map(formatFault).join('\n')).toMatch(pattern)
  })

  it('warns of rule files that are not there', async () => {
    const folder = write({ 'tests.yml': 'rule_files: [none*.yml]\ntests: []' })
    const { isOk, faults } = await runTestFile(path.join(folder, 'tests.yml'))
    expect(isOk).toBe(true)
    expect(faults.map(formatFault)[0]).toMatch(/warning: .*no rule file is at/)
  })
})

interface Case {
  readonly name: string
  readonly files: { readonly go: string }
  readonly want_exit: { readonly lit: string }
}

function fileOf(args: string): string {
  return /testdata\/([\w.-]+)/.exec(args)?.[1] ?? ''
}

describe('the unit tests of promtool', () => {
  const isThere = existsSync(PROMTOOL)
  if (!isThere) console.log(`not tested: ${PROMTOOL} is not there`)
  const cases = isThere
    ? (JSON.parse(readFileSync(path.join(PROMTOOL, 'INDEX.json'), 'utf8')) as Case[])
    : []
  // The two that want a failure because a part of the language is switched off: it cannot be switched off here, nor in promtool.
  const judged = cases.filter(({ name }) => !name.startsWith('Disabled feature'))

  it.skipIf(!isThere).each(judged)('$name', async ({ files, want_exit }) => {
    const result = await runTestFile(path.join(PROMTOOL, fileOf(files.go)))
    expect(result.isOk ? '0' : '1').toBe(want_exit.lit)
  })

  it.skipIf(!isThere)('of everything, native histograms too, pass', async () => {
    const { isOk, tests, faults } = await runTestFile(path.join(PROMTOOL, 'unittest.yml'))
    expect(faults).toEqual([])
    expect(tests.flatMap(({ failures }) => failures)).toEqual([])
    expect([isOk, tests.length]).toEqual([true, 5])
  })

  it.skipIf(!isThere)('judge near numbers as told', async () => {
    const fuzzy = await runTestFile(path.join(PROMTOOL, 'rules_run_fuzzy.yml'))
    expect(fuzzy.tests.map(({ failures }) => failures.length)).toEqual([0, 2])
    expect((await runTestFile(path.join(PROMTOOL, 'rules_run_no_fuzzy.yml'))).isOk).toBe(false)
    const options = { isWanted: (name: string) => name.startsWith('correct') }
    expect((await runTestFile(path.join(PROMTOOL, 'rules_run.yml'), options)).isOk).toBe(true)
  })

  it.skipIf(!isThere)('pass over unknown keys when told to', async () => {
    const file = path.join(PROMTOOL, 'rules_run_extrafields.yml')
    expect((await runTestFile(file)).isOk).toBe(false)
    expect((await runTestFile(file, { ignoreUnknownKeys: true })).isOk).toBe(true)
  })
})
