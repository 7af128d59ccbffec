import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { advanceAlert, isDue, newAlert, type AlertInstance } from './alert-instance.ts'

const MIN = 60_000
const HOUR = 60 * MIN
const START_MS = Date.parse('2026-05-01T10:00:00Z')
const HOLD = { forMs: 5 * MIN, keepFiringForMs: 0 }

/** An alert whose expression has been true for so long, evaluated every minute. */
function heldFor(durationMs: number): AlertInstance {
  const alert = newAlert(Labels.from({ alertname: 'Fault' }), Labels.from({}), 1, START_MS)
  for (let atMs = START_MS; atMs <= START_MS + durationMs; atMs += MIN) {
    advanceAlert(alert, true, HOLD, atMs)
    if (isDue(alert, atMs, MIN)) alert.lastSentAtMs = atMs
  }
  return alert
}

describe('after the clock was set back by an hour', () => {
  it('an alert that fires goes on firing, and its end is told', () => {
    const alert = heldFor(10 * MIN)
    const backMs = START_MS + 11 * MIN - HOUR
    expect(advanceAlert(alert, true, HOLD, backMs)).toBe('active')
    expect(alert.state).toBe('firing')
    expect(alert.firedAtMs).toBeLessThan(backMs)
    advanceAlert(alert, true, HOLD, backMs + 2 * MIN)
    expect(isDue(alert, backMs + 2 * MIN, MIN)).toBe(true)
    expect(advanceAlert(alert, false, HOLD, backMs + 3 * MIN)).toBe('idle')
    expect(isDue(alert, backMs + 3 * MIN, MIN)).toBe(true)
  })

  it('an alert that is over just then is told to be', () => {
    const alert = heldFor(10 * MIN)
    const backMs = START_MS + 11 * MIN - HOUR
    expect(advanceAlert(alert, false, HOLD, backMs)).toBe('idle')
    expect(isDue(alert, backMs, MIN)).toBe(true)
  })

  it('an alert that waits does not wait for longer than its for', () => {
    const alert = heldFor(3 * MIN)
    const backMs = START_MS + 4 * MIN - HOUR
    advanceAlert(alert, true, HOLD, backMs)
    expect(alert.state).toBe('pending')
    advanceAlert(alert, true, HOLD, backMs + HOLD.forMs)
    expect(alert.state).toBe('firing')
  })
})
