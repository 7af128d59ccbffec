import { describe, expect, it } from 'vitest'
import type { GettableAlertJson } from '../../../../src/contract/alertmanager.ts'
import {
  addMatcher,
  bundleAlerts,
  mentions,
  severityOf,
  splitFilter,
  stateOf,
  summaryOf,
} from './alert-view.ts'
import { collapseAttempts } from './collapse-attempts.ts'
import { matcherParams, readMatchers } from './matcher-draft.ts'
import { readOldLink } from './old-links.ts'

function alert(changes: Partial<GettableAlertJson> = {}): GettableAlertJson {
  return {
    labels: { alertname: 'DiskFull', severity: 'warning', instance: 'db-1' },
    annotations: {},
    startsAt: '2026-05-01T10:00:00.000Z',
    endsAt: '2026-05-01T10:05:00.000Z',
    updatedAt: '2026-05-01T10:00:00.000Z',
    fingerprint: 'f',
    receivers: [],
    status: { state: 'active', silencedBy: [], inhibitedBy: [], mutedBy: [] },
    ...changes,
  }
}

const withStatus = (status: Partial<GettableAlertJson['status']>): GettableAlertJson =>
  alert({ status: { ...alert().status, ...status } })

describe('the state of an alert', () => {
  it.each([
    ['active', {}],
    ['silenced', { silencedBy: ['s'], mutedBy: ['acknowledged by ada'] }],
    ['inhibited', { inhibitedBy: ['f'] }],
    ['acknowledged', { mutedBy: ['nights', 'acknowledged by ada'] }],
    ['muted', { mutedBy: ['nights'] }],
  ] as const)('%s', (state, status) => {
    expect(stateOf(withStatus(status))).toBe(state)
  })
})

describe('severity', () => {
  it.each([
    ['critical', { severity: 'Page' }],
    ['critical', { priority: 'P1' }],
    ['warning', { severity: 'WARN' }],
    ['warning', { priority: 'p2' }],
    ['info', { level: 'notice' }],
    ['none', { severity: 'purple' }],
    ['none', {}],
  ] as const)('%s: %j', (severity, labels) => {
    expect(severityOf(labels)).toBe(severity)
  })
})

describe('bundles', () => {
  it('come worst first, with the newest alert before the others', () => {
    const bundles = bundleAlerts(
      [
        alert({ fingerprint: 'old' }),
        alert({ fingerprint: 'new', startsAt: '2026-05-01T11:00:00.000Z' }),
        alert({ fingerprint: 'bad', labels: { alertname: 'Zzz', severity: 'critical' } }),
        alert({ fingerprint: 'nameless', labels: { severity: 'info' } }),
      ],
      'alertname',
    )
    expect(bundles.map(({ name, alerts }) => [name, ...alerts.map((a) => a.fingerprint)])).toEqual([
      ['Zzz', 'bad'],
      ['DiskFull', 'new', 'old'],
      ['', 'nameless'],
    ])
    expect(bundles[1]?.sinceMs).toBe(Date.parse('2026-05-01T10:00:00Z'))
  })
})

describe('the filter', () => {
  it('takes words for words and matchers for matchers', () => {
    expect(splitFilter('disk db')).toEqual({ matchers: '', words: 'disk db' })
    expect(splitFilter(' a="b" ')).toEqual({ matchers: 'a="b"', words: '' })
    expect(mentions(alert(), 'DISKFULL db-1')).toBe(true)
    expect(mentions(alert(), 'diskfull db-2')).toBe(false)
  })

  it('grows by a matcher', () => {
    expect(addMatcher('words', 'a="b"')).toBe('a="b"')
    expect(addMatcher('{a="b"}', 'c="d"')).toBe('a="b", c="d"')
    expect(addMatcher('a="b"', 'a="b"')).toBe('a="b"')
  })

  it.each([
    ['{a="b",c=~"d|e"}', ['a="b"', 'c=~"d|e"']],
    ['a=b c!=d', ['a="b"', 'c!="d"']],
    ['a="x, y=z" , b!~"\\"q\\""', ['a="x, y=z"', 'b!~"\\"q\\""']],
    ['"my label"="v"', ['"my label"="v"']],
    ['a=', ['a=""']],
    ['a="b", c="unfinished', ['a="b"', 'c="unfinished']],
  ])('%s', (text, params) => {
    expect(matcherParams(text)).toEqual(params)
  })

  it('reads the value that a person means', () => {
    expect(readMatchers('a=~"x\\\\.y"').matchers).toEqual([{ name: 'a', op: '=~', value: 'x\\.y' }])
  })
})

describe('the summary', () => {
  it('is what the annotations say, or the name', () => {
    expect(summaryOf(alert({ annotations: { summary: ' ', description: 'It fills' } }))).toBe(
      'It fills',
    )
    expect(summaryOf(alert())).toBe('DiskFull')
  })
})

describe('links of the original', () => {
  it.each([
    ['', undefined],
    ['section', undefined],
    ['/alerts', { to: '/alerts', search: {} }],
    [
      '/alerts?receiver=team&silenced=true&filter=%7Ba%3D%22b%22%7D',
      { to: '/alerts', search: { filter: '{a="b"}', receiver: 'team', state: 'all' } },
    ],
    ['/silences', { to: '/alerts/silences', search: {} }],
    [
      '/silences/new?filter=%7Ba%3D%22b%22%7D',
      { to: '/alerts/silences', search: { new: '{a="b"}' } },
    ],
    ['/silences/4711', { to: '/alerts/silences', search: { id: '4711' } }],
    ['/silences/4711/edit', { to: '/alerts/silences', search: { edit: '4711' } }],
    ['/status', { to: '/alerts/routes', search: {} }],
  ])('%s', (hash, link) => {
    expect(readOldLink(hash)).toEqual(link)
  })
})

describe('attempts', () => {
  it('that went the same way are one line', () => {
    const attempts = ['slack bad', 'mail ok', 'slack bad', 'slack good', 'slack bad'].map(
      (text, i) => ({ at: String(9 - i), whom: text.split(' ')[0] ?? '', how: text }),
    )
    const runs = collapseAttempts(
      attempts,
      ({ whom }) => whom,
      ({ how }) => how,
    )
    expect(runs.map(({ newest, count, since }) => [newest.how, count, since])).toEqual([
      ['slack bad', 2, '7'],
      ['mail ok', 1, '8'],
      ['slack good', 1, '6'],
      ['slack bad', 1, '5'],
    ])
  })
})
