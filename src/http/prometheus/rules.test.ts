import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { RulesJson } from '../../contract/prometheus.ts'
import { Labels } from '../../model/labels.ts'
import type { RuleGroupState } from './doors.ts'
import { NOW_MS } from './testing/fake-doors.ts'
import { startFake } from './testing/start-fake.ts'

describe('rules', () => {
  const group = (name: string, file: string): RuleGroupState => ({
    name,
    file,
    language: 'promql',
    intervalMs: 15_000,
    ownIntervalMs: undefined,
    limit: 0,
    evaluationMs: 2,
    lastEvaluationMs: NOW_MS,
    rules: [
      {
        type: 'recording',
        name: 'r',
        query: 'sum(up)',
        written: 'sum(up)',
        labels: Labels.from({ team: 'a' }),
        health: 'ok',
        lastError: '',
        evaluationMs: 1,
        lastEvaluationMs: NOW_MS,
      },
      {
        type: 'alerting',
        name: 'Down',
        query: 'up == 0',
        written: 'up == 0',
        labels: Labels.from({ severity: 'page' }),
        annotations: Labels.from({ summary: 's' }),
        health: 'err',
        lastError: 'no',
        evaluationMs: 1,
        lastEvaluationMs: undefined,
        state: 'firing',
        forMs: 60_000,
        keepFiringForMs: 0,
        alerts: [
          {
            labels: Labels.from({ alertname: 'Down' }),
            annotations: Labels.EMPTY,
            state: 'firing',
            activeAtMs: NOW_MS,
            keepFiringSinceMs: undefined,
            value: 1,
          },
        ],
      },
    ],
  })
  const groups = [group('g1', 'a.yml'), group('g2', 'a.yml'), group('g1', 'b.yml')]
  const startWithRules = () => startFake((doors) => ({ ...doors, rules: { groups: () => groups } }))

  it('are empty lists without any', async () => {
    const { get } = startFake()
    expect((await get('/api/v1/rules')).json()).toEqual({ status: 'success', data: { groups: [] } })
    expect((await get('/api/v1/alerts')).json()).toEqual({
      status: 'success',
      data: { alerts: [] },
    })
  })

  it('are shown with their alerts', async () => {
    const { data } = startWithRules()
    const { groups: shown } = await data<RulesJson>('/api/v1/rules')
    expect(shown).toHaveLength(3)
    expect(shown[0]?.rules[1]).toMatchObject({
      type: 'alerting',
      duration: 60,
      lastError: 'no',
      lastEvaluation: '0001-01-01T00:00:00Z',
      alerts: [{ value: '1e+00', state: 'firing', activeAt: '2023-11-14T22:13:20.000Z' }],
    })
    expect(await data('/api/v1/alerts')).toHaveProperty('alerts.length', 3)
  })

  it('are filtered', async () => {
    const { data } = startWithRules()
    const shown = async (query: string): Promise<string[]> => {
      const answer = await data<RulesJson>(`/api/v1/rules?${query}`)
      return answer.groups.map(({ file, name, rules }) =>
        [file, name, ...rules.map((rule) => rule.name)].join(' '),
      )
    }
    expect(await shown('type=alert&file[]=b.yml')).toEqual(['b.yml g1 Down'])
    expect(await shown('rule_name[]=r&rule_group[]=g2')).toEqual(['a.yml g2 r'])
    expect(await shown('match[]={team="a"}&rule_group[]=g2')).toEqual(['a.yml g2 r'])
    expect(await shown('rule_name[]=none')).toEqual([])
    const { groups: all } = await data<RulesJson>('/api/v1/rules?exclude_alerts=true')
    expect(all[0]?.rules[1]).toHaveProperty('alerts', null)
  })

  it('come in pages', async () => {
    const { get, data } = startWithRules()
    const first = await data('/api/v1/rules?group_limit=2')
    const token = createHash('sha256').update('b.yml;g1').digest('hex')
    expect(first).toMatchObject({ groups: [{}, {}], groupNextToken: token })
    const next = await data(`/api/v1/rules?group_limit=2&group_next_token=${token}`)
    expect(next).toMatchObject({ groups: [{ file: 'b.yml' }] })
    expect(next).not.toHaveProperty('groupNextToken')
    for (const query of [
      'group_next_token=x',
      'group_limit=0',
      'group_limit=x',
      'group_limit=1&group_next_token=x',
      'type=x',
      'exclude_alerts=x',
    ]) {
      expect((await get(`/api/v1/rules?${query}`)).statusCode).toBe(400)
    }
  })
})
