import { describe, expect, it } from 'vitest'
import type { AlertJson, RuleJson, RulesJson } from '../../../../src/contract/prometheus.ts'
import { listAlerts, readAlertListOptions } from './alert-list-options.ts'
import { filterRules } from './filter-rules.ts'
import { passesMatchers } from './pass-matchers.ts'

function rule(name: string, alerts: readonly AlertJson[] = []): RuleJson {
  return {
    type: 'alerting',
    name,
    query: `${name.toLowerCase()} > 1`,
    labels: { team: 'db' },
    annotations: {},
    health: name === 'Broken' ? 'err' : 'ok',
    evaluationTime: 0,
    lastEvaluation: '',
    state: alerts[0]?.state ?? 'inactive',
    duration: 0,
    keepFiringFor: 0,
    alerts,
  }
}

function active(state: 'pending' | 'firing', activeAt: string, severity: string): AlertJson {
  return { labels: { severity }, annotations: {}, state, activeAt, value: '1e+00' }
}

const RULES: RulesJson = {
  groups: [
    {
      name: 'g',
      file: 'rules.yml',
      interval: 15,
      limit: 0,
      evaluationTime: 0,
      lastEvaluation: '',
      rules: [
        rule('Slow', [active('pending', '2026-05-01T10:00:00Z', 'warning')]),
        rule('Full', [
          active('firing', '2026-05-01T12:00:00Z', 'warning'),
          active('firing', '2026-05-01T11:00:00Z', 'critical'),
        ]),
        rule('Broken'),
      ],
    },
  ],
}

function shown(options: Record<string, unknown>): string[] {
  const wanted = readAlertListOptions(options)
  const passes = passesMatchers(wanted.filter)
  if (typeof passes === 'string') return [passes]
  return listAlerts(RULES, wanted, passes).shown.map(
    ({ name, state, labels }) => `${name} ${state} ${labels['severity'] ?? ''}`,
  )
}

describe('the list of alerts', () => {
  it('shows what is pending or fires, by name', () => {
    expect(shown({})).toEqual([
      'Full firing warning',
      'Full firing critical',
      'Slow pending warning',
    ])
  })

  it.each([
    [{ sortOrder: 2 }, ['Slow pending warning', 'Full firing warning', 'Full firing critical']],
    [{ sortOrder: 3 }, ['Full firing critical', 'Full firing warning', 'Slow pending warning']],
    [
      { sortOrder: 4, stateFilter: { firing: true, normal: true } },
      ['Full firing critical', 'Full firing warning', 'Broken inactive '],
    ],
    [{ sortOrder: 5, maxItems: 1 }, ['Full firing warning']],
    [{ stateFilter: ['pending'] }, ['Slow pending warning']],
    [{ alertName: 'slo' }, ['Slow pending warning']],
    [{ alertInstanceLabelFilter: '{severity=~"crit.*"}' }, ['Full firing critical']],
  ])('%j', (options, wanted) => {
    expect(shown(options)).toEqual(wanted)
  })

  it('says what is wrong with its matchers', () => {
    expect(shown({ alertInstanceLabelFilter: 'severity' })).toEqual([
      expect.stringContaining('severity'),
    ])
  })
})

describe('the filter of rules', () => {
  const names = (text: string, state = 'all', health = 'all'): string[] =>
    filterRules(RULES.groups, { text, state, health }).flatMap(({ rules }) =>
      rules.map(({ name }) => name),
    )

  it('looks into names, expressions, labels, groups and files', () => {
    expect(names('full >')).toEqual(['Full'])
    expect(names('team=db rules.yml')).toEqual(['Slow', 'Full', 'Broken'])
    expect(names('', 'firing')).toEqual(['Full'])
    expect(names('', 'all', 'err')).toEqual(['Broken'])
    expect(filterRules(RULES.groups, { text: 'zzz', state: 'all', health: 'all' })).toEqual([])
  })
})
