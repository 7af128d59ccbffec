import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseJson } from '../../../test/house/parse-json.ts'
import { Labels } from '../../model/labels.ts'
import type { Listener } from '../listener.ts'
import { createLokiListener } from '../loki.ts'
import type { RuleGroupState } from '../prometheus/doors.ts'
import { createFakeLoki, FakeLines, NOW_MS } from './testing/fake-loki.ts'

const ERRORS: RuleGroupState = {
  name: 'errors',
  file: '/etc/loki/rules/fake/app.yml',
  language: 'logql',
  intervalMs: 30_000,
  ownIntervalMs: 30_000,
  limit: 5,
  evaluationMs: 2,
  lastEvaluationMs: NOW_MS,
  rules: [
    {
      type: 'alerting',
      name: 'Many',
      query: '(sum(rate({app="a"}[1m])) > 1)',
      written: 'sum(rate({app="a"}[1m])) > 1',
      labels: Labels.from({ severity: 'page' }),
      annotations: Labels.from({ summary: 's' }),
      health: 'ok',
      lastError: '',
      evaluationMs: 1,
      lastEvaluationMs: NOW_MS,
      state: 'firing',
      forMs: 60_000,
      keepFiringForMs: 120_000,
      alerts: [
        {
          labels: Labels.from({ alertname: 'Many' }),
          annotations: Labels.EMPTY,
          state: 'firing',
          activeAtMs: NOW_MS,
          keepFiringSinceMs: undefined,
          value: 12,
        },
      ],
    },
    {
      type: 'recording',
      name: 'a:rate1m',
      query: 'sum(rate({app="a"}[1m]))',
      written: 'sum(rate({app="a"} [1m]))',
      labels: Labels.EMPTY,
      health: 'err',
      lastError: 'no',
      evaluationMs: 1,
      lastEvaluationMs: undefined,
    },
  ],
}
const OTHERS: RuleGroupState = {
  ...ERRORS,
  name: 'others',
  file: '/etc/loki/rules/fake/z.yml',
  ownIntervalMs: undefined,
  limit: 0,
  rules: ERRORS.rules.slice(1),
}
const TIME = new Date(NOW_MS).toISOString()

let listener: Listener
let url = ''
let isServed = true

beforeEach(async () => {
  isServed = true
  const doors = createFakeLoki(new FakeLines())
  const rules = { isServed: () => isServed, groups: () => [ERRORS, OTHERS] }
  listener = createLokiListener(
    { ...doors, rules },
    { address: { host: '127.0.0.1', port: 0 }, access: {} },
  )
  url = `http://127.0.0.1:${await listener.listen()}`
})
afterEach(() => listener.close())

async function ask(path: string, method = 'GET', body?: string): Promise<[number, string]> {
  const answer = await fetch(`${url}${path}`, { method, ...(body === undefined ? {} : { body }) })
  return [answer.status, await answer.text()]
}

interface RulesAnswer {
  readonly data: { groups: { name: string; rules: { name: string }[] }[] }
}

function isRules(answer: unknown): answer is RulesAnswer {
  return typeof answer === 'object' && answer !== null && 'data' in answer
}

async function json(path: string): Promise<unknown> {
  const [status, text] = await ask(path)
  expect(status).toBe(200)
  return JSON.parse(text)
}

describe('a group that is posted', () => {
  it.each([
    ['name: a\nrules:\n  - alert: [\n', /^rule group:\d+:\d+: /],
    ['name: a\nrules:\n- alert: Many\n  expr: sum(\n', /^rule group:4:13: .*parse error/],
    ['name: a\nrules:\n- alert: Many\n  exp: 1\n', /^rule group:\d+:\d+: /],
    ['rules: []\n', /^rule group:1:1: Groupname must not be empty/],
    ['a text', /^rule group:1:1: /],
    ['', /Groupname must not be empty/],
    ['\u0000', /^rule group/],
  ])('and is none is told so with its place: %j', async (text, said) => {
    const [status, answer] = await ask('/loki/api/v1/rules/app.yml', 'POST', text)
    expect([status, answer]).toEqual([400, expect.stringMatching(said)])
    expect((await ask('/api/prom/rules/app.yml', 'POST', text))[0]).toBe(400)
  })
})

describe('the rules of the Loki API', () => {
  it('tell what they are doing in the words of Loki', async () => {
    const alert = {
      ...{ labels: { alertname: 'Many' }, annotations: {}, state: 'firing' },
      ...{ activeAt: TIME, value: '1.2e+01' },
    }
    expect(await json('/prometheus/api/v1/rules?rule_group=errors')).toEqual({
      status: 'success',
      data: {
        groups: [
          {
            name: 'errors',
            file: 'app.yml',
            rules: [
              {
                ...{ state: 'firing', name: 'Many', query: '(sum(rate({app="a"}[1m])) > 1)' },
                ...{ duration: 60, labels: { severity: 'page' }, annotations: { summary: 's' } },
                ...{ alerts: [alert], health: 'ok', lastError: '', type: 'alerting' },
                ...{ lastEvaluation: TIME, evaluationTime: 0.001 },
              },
              {
                ...{ name: 'a:rate1m', query: 'sum(rate({app="a"}[1m]))', labels: {} },
                ...{ health: 'err', lastError: 'no', type: 'recording' },
                ...{ lastEvaluation: '0001-01-01T00:00:00Z', evaluationTime: 0.001 },
              },
            ],
            ...{ interval: 30, limit: 5, lastEvaluation: TIME, evaluationTime: 0.002 },
          },
        ],
      },
      errorType: '',
      error: '',
    })
    expect(await json('/prometheus/api/v1/alerts')).toMatchObject({ data: { alerts: [alert] } })
  })

  it('are narrowed by file, name and type', async () => {
    const names = async (query: string): Promise<unknown> => {
      const [, text] = await ask(`/prometheus/api/v1/rules?${query}`)
      const { data } = parseJson(text, isRules)
      return data.groups.map(({ name, rules }) => [name, ...rules.map((rule) => rule.name)])
    }
    expect(await names('file=z.yml')).toEqual([['others', 'a:rate1m']])
    expect(await names('type=alert')).toEqual([['errors', 'Many']])
    expect(await names('rule_name=a:rate1m')).toEqual([
      ['errors', 'a:rate1m'],
      ['others', 'a:rate1m'],
    ])
    expect(await ask('/prometheus/api/v1/rules?type=both')).toEqual([
      400,
      '{"status":"error","data":null,"errorType":"bad_data","error":"not supported value \\"both\\""}',
    ])
  })

  it('are listed as YAML, as their files have them', async () => {
    const errors = `name: errors
interval: 30s
limit: 5
rules:
- alert: Many
  expr: sum(rate({app="a"}[1m])) > 1
  for: 1m
  keep_firing_for: 2m
  labels:
    severity: page
  annotations:
    summary: s
- record: a:rate1m
  expr: sum(rate({app="a"} [1m]))
`
    expect(await ask('/loki/api/v1/rules/app.yml/errors')).toEqual([200, errors])
    const indented = `- ${errors.trimEnd().replaceAll('\n', '\n  ')}\n`
    expect(await ask('/api/prom/rules/app.yml')).toEqual([200, `app.yml:\n${indented}`])
    expect(await ask('/loki/api/v1/rules')).toEqual([
      200,
      `app.yml:\n${indented}z.yml:\n- name: others\n  rules:\n  - record: a:rate1m\n    expr: sum(rate({app="a"} [1m]))\n`,
    ])
    const [, paged] = await ask('/loki/api/v1/rules?labels=severity:page')
    expect(paged).toContain('alert: Many')
    expect(paged).not.toContain('record:')
    expect(await ask('/loki/api/v1/rules/no.yml')).toEqual([404, 'no rule groups found\n'])
    expect(await ask('/loki/api/v1/rules/app.yml/no')).toEqual([404, 'group does not exist\n'])
  })

  it('cannot be changed, and may be switched off', async () => {
    const group = 'name: a\nrules:\n- alert: Many\n  expr: sum(rate({app="a"}[1m])) > 1\n'
    expect(await ask('/loki/api/v1/rules/app.yml', 'POST', group)).toEqual([
      500,
      'SetRuleGroup unsupported in rule local store\n',
    ])
    const refused = (verb: string): [number, string] => [
      500,
      `{"status":"error","data":null,"errorType":"server_error","error":"${verb} unsupported in rule local store"}`,
    ]
    expect(await ask('/api/prom/rules/a', 'DELETE')).toEqual(refused('DeleteNamespace'))
    expect(await ask('/loki/api/v1/rules/a/b', 'DELETE')).toEqual(refused('DeleteRuleGroup'))
    isServed = false
    expect((await ask('/loki/api/v1/rules'))[0]).toBe(404)
  })
})
