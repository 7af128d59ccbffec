import { describe, expect, it } from 'vitest'
import type { WhyJson } from '../contract/alert-why.ts'
import type { GettableAlertJson } from '../contract/alertmanager.ts'
import { showAlertList, showDeliveries, showWhy } from './show-alerts.ts'

const PLAIN = { color: false }

function alert(
  labels: Readonly<Record<string, string>>,
  status: Partial<GettableAlertJson['status']> = {},
): GettableAlertJson {
  return {
    annotations: { summary: 'the disk is full\u001b[31m' },
    endsAt: '2026-05-01T12:00:00Z',
    fingerprint: '0123456789abcdef',
    receivers: [{ name: 'mail' }],
    startsAt: '2026-05-01T10:00:00Z',
    status: { inhibitedBy: [], mutedBy: [], silencedBy: [], state: 'active', ...status },
    updatedAt: '2026-05-01T10:00:00Z',
    labels,
  }
}

describe('the list of alerts', () => {
  it('has a line an alert', () => {
    const lines = showAlertList(
      [
        alert({ alertname: 'Disk', severity: 'page', instance: 'db1' }),
        alert({ alertname: 'Load' }, { silencedBy: ['x'] }),
        alert({ alertname: 'Net' }, { inhibitedBy: ['y'] }),
        alert({ alertname: 'Fan' }, { mutedBy: ['acknowledged by bob'] }),
      ],
      PLAIN,
    ).split('\n')
    expect(lines[0]).toMatch(/^ALERT\s+SEVERITY\s+SINCE\s+STATE\s+LABELS\s+SUMMARY$/)
    expect(lines[1]).toMatch(/^Disk +page .* firing\s+instance=db1\s+the disk is full/)
    expect(lines[2]).toMatch(/^Load .* silenced /)
    expect(lines[3]).toMatch(/^Net .* inhibited /)
    expect(lines[4]).toMatch(/^Fan .* acknowledged by bob /)
    expect(lines.join('')).not.toContain('\u001b')
  })

  it('says that nothing fires', () => {
    expect(showAlertList([], PLAIN)).toBe('no alert fires\n')
  })
})

const RULE: WhyJson['rules'][number] = {
  file: 'a.yml',
  group: 'g',
  alert: 'Disk',
  query: 'free < 10',
  for: '5m',
  keepFiringFor: '0s',
  state: 'inactive',
  health: 'ok',
  lastError: '',
  comparison: {
    query: 'free',
    operator: '<',
    threshold: 10,
    values: [
      { labels: { instance: 'db1' }, value: 9 },
      { labels: { instance: 'db2' }, value: 11 },
    ],
  },
}

describe('why', () => {
  it('shows what the rule compares', () => {
    const text = showWhy({ from: '', to: '', alerts: [], rules: [RULE], more: 0 }, PLAIN)
    expect(text).toContain('no such alert was pending or fired in that time')
    expect(text).toContain('rule Disk of the group g in a.yml')
    expect(text).toContain('instance=db1: 9 < 10 is true')
    expect(text).toContain('instance=db2: 11 < 10 is false')
  })

  it.each([
    ['>', 10, 9, false],
    ['<', 8, 9, false],
    ['>=', 9, 9, true],
    ['<=', 9, 9, true],
    ['==', 9, 9, true],
    ['!=', 9, 9, false],
  ])('judges %s %d for %d: %j', (operator, threshold, value, holds) => {
    const comparison = { query: 'x', operator, threshold, values: [{ labels: {}, value }] }
    const rules = [{ ...RULE, comparison }]
    expect(showWhy({ from: '', to: '', alerts: [], rules, more: 0 }, PLAIN)).toContain(
      `is ${holds}`,
    )
  })

  it('says that no rule makes such an alert, that a series is missing, and what failed', () => {
    expect(showWhy({ from: '', to: '', alerts: [], rules: [], more: 0 }, PLAIN)).toContain(
      'no rule in force makes one',
    )
    const comparison = { query: 'x', operator: '>', threshold: 1, values: [] }
    const rules = [{ ...RULE, comparison, lastError: 'boom' }]
    const text = showWhy({ from: '', to: '', alerts: [], rules, more: 3 }, PLAIN)
    expect(text).toContain('x has no value now')
    expect(text).toContain('boom')
    expect(text).toContain('and 3 more alerts')
  })
})

describe('deliveries', () => {
  it('says what each receiver answered', () => {
    const text = showDeliveries(
      {
        routes: [
          {
            path: '{}',
            receiver: 'mail',
            suppressed: 'muted by lunch',
            deliveries: [
              { integration: 'email[0]', ok: true, answer: '250 ok' },
              { integration: 'slack[0]', ok: false, answer: '404' },
            ],
          },
          { path: '', receiver: 'nobody', deliveries: [] },
        ],
      },
      { color: true },
    )
    expect(text).toContain('route {} to receiver mail\n')
    expect(text).toContain('a real alert would not have been told: muted by lunch')
    expect(text).toContain('\u001b[32m  ✓ email[0]: delivered, 250 ok\u001b[0m')
    expect(text).toContain('\u001b[31m  ✗ slack[0]: failed, 404\u001b[0m')
    expect(text).toContain('receiver nobody\n')
    expect(text).toContain('this receiver has no entries')
  })
})
