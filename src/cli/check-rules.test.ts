import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCaptured } from './testing/run-captured.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'check-rules-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, text: string): string {
  const file = path.join(folder, name)
  writeFileSync(file, text)
  return file
}

const GOOD = 'groups: [{name: g, rules: [{record: a, expr: up}, {record: b, expr: up}]}]'
const TWICE = `groups:
  - name: g
    rules:
      - {record: a, expr: up, labels: {x: y}}
      - {record: a, expr: up, labels: {x: y}}
`

describe('check rules', () => {
  it('says what is right and what is wrong', async () => {
    const good = write('good.yml', GOOD)
    const bad = write('bad.yml', 'groups: [{name: g, rules: [{record: a, expr: "up +"}]}]')
    const { code, out } = await runCaptured('check', 'rules', good, bad)
    expect(code).toBe(1)
    expect(out.replaceAll(`${folder}/`, '')).toBe(
      'good.yml: good: 2 rules in 1 group\n' +
        'bad.yml:1:51: expr: could not parse expression: 1:5: parse error: unexpected end of input\n' +
        'bad.yml: bad: 1 error\n',
    )
  })

  it('reads rules on logs', async () => {
    const file = write(
      'logs.yml',
      `groups: [{name: g, rules: [{alert: A, expr: 'count_over_time({app="a"} |= "x" [5m]) > 0'}]}]`,
    )
    const promql = await runCaptured('check', 'rules', file)
    expect(promql.code).toBe(1)
    expect(promql.out).toContain(
      `${file}: these are rules on logs: check them with --language logql\n`,
    )
    expect(await runCaptured('check', 'rules', '--language', 'logql', file)).toMatchObject({
      code: 0,
      out: `${file}: good: 1 rule in 1 group\n`,
    })
    const lines = write(
      'lines.yml',
      `groups: [{name: g, type: loki, rules: [{record: a, expr: '{a="b"}'}]}]`,
    )
    expect((await runCaptured('check', 'rules', lines)).out).toContain(
      'lines.yml:1:58: expr: log queries are not supported as an instant query type',
    )
  })

  it('warns of rules that overwrite each other', async () => {
    const file = write('twice.yml', TWICE)
    const { code, out } = await runCaptured('check', 'rules', file)
    expect(code).toBe(0)
    expect(out).toContain(
      'twice.yml:4: warning: a{x="y"} is written by another rule too (line 5): they overwrite each other\n',
    )
    expect(out).toContain('good: 2 rules in 1 group, 1 warning\n')
    expect((await runCaptured('check', 'rules', '--lint-fatal', file)).code).toBe(3)
    const none = await runCaptured('check', 'rules', '--lint', 'none', '--lint-fatal', file)
    expect([none.code, none.out.includes('warning')]).toEqual([0, false])
  })

  it('passes over unknown keys when told to', async () => {
    const file = write('extra.yml', 'groups: [{name: g, owner: me, rules: []}]')
    expect((await runCaptured('check', 'rules', file)).code).toBe(1)
    expect((await runCaptured('check', 'rules', '--ignore-unknown-fields', file)).code).toBe(0)
  })
})

describe('test rules', () => {
  const RULES = `
groups:
  - name: g
    rules:
      - alert: Down
        expr: up == 0
        labels: {severity: page}
        annotations: {summary: 'down: {{ $labels.job }}', what: same}
`

  it('runs tests and shows what differs', async () => {
    write('rules.yml', RULES)
    const tests = write(
      'tests.yml',
      `
rule_files: [rules.yml]
tests:
  - name: good
    promql_expr_test: [{expr: '1', exp_samples: [{value: 1}]}]
  - name: bad
    input_series:
      - {series: 'up{job="a"}', values: 0x5}
      - {series: 'up{job="b"}', values: 0x5}
    alert_rule_test:
      - eval_time: 1m
        alertname: Down
        exp_alerts:
          - exp_labels: {job: a, severity: page}
            exp_annotations: {summary: 'up: a', what: same}
          - exp_labels: {job: c}
    promql_expr_test:
      - expr: up
        exp_samples: [{labels: 'up{job="a"}', value: 0}, {labels: 'up{job="b"}', value: 2}]
`,
    )
    const { code, out } = await runCaptured('test', 'rules', tests)
    expect(code).toBe(1)
    expect(out.replaceAll(`${folder}/`, '')).toBe(`tests.yml: test "bad" failed:
  tests.yml:11:9: alert Down at 1m:
      {alertname="Down", job="a", severity="page"}
    -   summary: "up: a"
    +   summary: "down: a"
    - {alertname="Down", job="c"}
    + {alertname="Down", job="b", severity="page"}
    +   summary: "down: b"
    +   what: "same"
  tests.yml:18:9: up at 0s:
    - up{job="b"} 2
    + up{job="b"} 0
      (1 more as expected)
tests.yml: bad: 1 of 2 tests failed
`)
    const good = await runCaptured('test', 'rules', '--run', '^good$', '--', tests)
    expect([good.code, good.out.endsWith('tests.yml: good: 1 tests passed\n')]).toEqual([0, true])
  })

  it('refuses what is no file of tests, and a pattern that is none', async () => {
    const tests = write('wrong.yml', 'test: []')
    const { code, out } = await runCaptured('test', 'rules', tests)
    expect(code).toBe(1)
    expect(out).toContain('unknown key; did you mean tests?')
    expect((await runCaptured('test', 'rules', '--run', '(', '--', tests)).code).toBe(2)
  })
})
