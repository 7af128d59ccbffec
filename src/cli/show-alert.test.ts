import { describe, expect, it } from 'vitest'
import type { KeptAlert } from '../alert/received/received-alerts.ts'
import { showAlerts } from './show-alert.ts'

const alert: KeptAlert = {
  status: 'firing',
  labels: { alertname: 'DiskFull', severity: 'critical', instance: 'db1:9100' },
  annotations: { summary: 'The disk of db1 is full', runbook_url: 'https://example.org/disk' },
  startsAt: '2026-05-01T10:00:00Z',
  endsAt: '',
  generatorURL: '',
  fingerprint: 'ab',
  receivedAt: '2026-05-01T10:00:31.000Z',
  receiver: 'console',
}

describe('alerts on the console', () => {
  it('are a block each, without what the sender did not say', () => {
    expect(showAlerts([alert], { color: false, columns: 80 }).split('\n')).toEqual([
      '',
      '  ▲ FIRING  DiskFull  [critical]  2026-05-01 10:00:31 UTC',
      '  │ summary     The disk of db1 is full',
      '  │ labels      instance="db1:9100"',
      '  │ runbook_url https://example.org/disk',
      '  │ since       2026-05-01T10:00:00Z',
      '  │ receiver    console',
      '',
    ])
  })

  it('are red while they fire and green once they are over', () => {
    const shown = showAlerts([alert, { ...alert, status: 'resolved' }], {
      color: true,
      columns: 80,
    })
    expect(shown).toContain('\u001b[31m▲ FIRING  DiskFull  [critical]\u001b[0m')
    expect(shown).toContain('\u001b[32m✓ RESOLVED  DiskFull  [critical]\u001b[0m')
  })

  it('cannot move the cursor, and fit the width', () => {
    const hostile = {
      ...alert,
      labels: { alertname: '\u001b[2Jx' },
      annotations: { summary: 'y'.repeat(500) },
    }
    const shown = showAlerts([hostile], { color: false, columns: 60 })
    expect(shown).not.toContain('\u001b')
    for (const line of shown.split('\n')) expect(line.length).toBeLessThanOrEqual(60)
  })

  it('do not flood it', () => {
    const shown = showAlerts(
      Array.from({ length: 1050 }, () => alert),
      { color: false, columns: 80 },
    )
    expect(shown.match(/FIRING/g)).toHaveLength(50)
    expect(shown).toContain('and 1000 more alerts in the same message')
  })
})
