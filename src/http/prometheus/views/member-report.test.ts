import { expect, it } from 'vitest'
import { Labels } from '../../../model/labels.ts'
import type { ActiveTarget, RuleGroupState } from '../doors.ts'
import {
  isReport,
  reportOf,
  withReportedGroups,
  withReportedTargets,
  type MemberReport,
} from './member-report.ts'

const rule = {
  ...{ name: 'Hot', query: 'heat > 5', written: 'heat > 5', labels: Labels.EMPTY },
  ...{ lastError: '', evaluationMs: 3, lastEvaluationMs: 1000, health: 'ok' as const },
}
const group = (file: string, isEvaluated: boolean): RuleGroupState => ({
  ...{ name: 'g', file, language: 'promql', intervalMs: 15_000, ownIntervalMs: undefined },
  ...{ limit: 0, evaluationMs: 0, lastEvaluationMs: isEvaluated ? 1000 : undefined },
  rules: [
    { ...rule, type: 'recording', health: isEvaluated ? 'ok' : 'unknown' },
    {
      ...{ ...rule, type: 'alerting', forMs: 0, keepFiringForMs: 0, annotations: Labels.EMPTY },
      state: isEvaluated ? 'firing' : 'inactive',
      alerts: isEvaluated
        ? [
            {
              ...{ labels: Labels.from({ alertname: 'Hot' }), annotations: Labels.EMPTY },
              ...{ state: 'firing', activeAtMs: 500, value: Number.POSITIVE_INFINITY },
              keepFiringSinceMs: undefined,
            },
          ]
        : [],
    },
  ],
})
const target = (instance: string, health: ActiveTarget['health']): ActiveTarget => ({
  ...{ discoveredLabels: Labels.EMPTY, labels: Labels.from({ instance }), scrapePool: 'j' },
  ...{ scrapeUrl: `http://${instance}/metrics`, lastError: health === 'down' ? 'refused' : '' },
  ...{ lastScrapeMs: health === 'unknown' ? undefined : 900, lastScrapeDurationMs: 7, health },
  ...{ scrapeIntervalMs: 15_000, scrapeTimeoutMs: 10_000 },
})

/** As it comes out of the database. */
function told(...args: Parameters<typeof reportOf>): MemberReport {
  const json: unknown = JSON.parse(JSON.stringify(reportOf(...args)))
  if (!isReport(json)) throw new Error('what is told cannot be read')
  return json
}

it('shows rule groups of others as they say, also from another folder', () => {
  const report = told([group('/etc/vedette/rules/a.yml', true)], [])
  const [shown] = withReportedGroups([group('/srv/rules/a.yml', false)], [report])
  expect(shown).toEqual({ ...group('/srv/rules/a.yml', true) })
})

it('leaves alone what is evaluated here, and what nobody tells of', () => {
  const report = told([group('a.yml', true)], [])
  const mine = group('a.yml', true)
  expect(withReportedGroups([mine, group('b.yml', false)], [report])).toEqual([
    mine,
    group('b.yml', false),
  ])
})

it('shows targets of others as they say, and tells nothing of what is not scraped here', () => {
  const report = told([group('a.yml', false)], [target('a', 'down'), target('b', 'unknown')])
  expect(report.groups).toEqual([])
  expect(report.targets).toHaveLength(1)
  const shown = withReportedTargets([target('a', 'unknown'), target('b', 'unknown')], [report])
  expect(shown).toEqual([target('a', 'down'), target('b', 'unknown')])
})
