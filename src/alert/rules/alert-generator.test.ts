import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PostedAlert } from '../alert-sink.ts'
import { RulesBench } from './testing/rules-bench.ts'

const FILE = path.resolve(
  import.meta.dirname,
  '../../../../shared/conformance/data/prometheus-compliance/alert_generator/rules.yaml',
)
const isThere = existsSync(FILE)
if (!isThere) console.log(`not tested: ${FILE} is not there`)

const S = 1000
const MIN = 60 * S
const INTERVAL_MS = 30 * S
const RESEND_MS = 60 * S

/** The rules of the specification on series that a test moves; what is told of one rule is kept by time. */
class Suite {
  readonly bench = new RulesBench()
  readonly #values = new Map<string, { labels: Record<string, string>; value: number }>()

  static async start(): Promise<Suite> {
    const suite = new Suite()
    // The second time nothing from before a restart is looked for, so that every evaluation writes what it finds.
    await suite.bench.apply('groups: []')
    await suite.bench.apply(readFileSync(FILE, 'utf8'))
    return suite
  }

  /** Gives `alert_generator_test_suite` of a rule a value from now on; undefined ends it. */
  set(group: string, labels: Record<string, string>, value: number | undefined): void {
    const all = { __name__: 'alert_generator_test_suite', rulegroup: group, ...labels }
    const key = JSON.stringify(all)
    if (value === undefined) {
      this.#values.delete(key)
      this.bench.set(all, 'stale')
    } else this.#values.set(key, { labels: all, value })
  }

  /** Moves on in steps of 15 s, each with a sample of every series at its beginning. */
  async run(durationMs: number): Promise<void> {
    for (let passed = 0; passed < durationMs; passed += 15 * S) {
      for (const { labels, value } of this.#values.values()) this.bench.set(labels, value)
      await this.bench.clock.advance(15 * S)
    }
  }

  /** What was told of an alert, with the time. */
  told(alert: string): { readonly atMs: number; readonly alert: PostedAlert }[] {
    return this.bench.puts.flatMap(({ atMs, alerts }) =>
      alerts
        .filter(({ labels }) => labels.get('alertname') === alert)
        .map((found) => ({ atMs, alert: found })),
    )
  }

  state(alert: string): string {
    const rules = this.bench.manager.groups.flatMap((group) => group.alertingRules)
    return rules.find((rule) => rule.config.name === alert)?.state ?? 'no such rule'
  }

  alerts(name: string): Promise<string[]> {
    return this.bench.query(`count by (alertstate) (ALERTS{alertname="${name}"})`)
  }
}

describe.skipIf(!isThere)('the specification of alert generators', () => {
  it('PendingAndFiringAndResolved: waits, fires, is told again, is told to be resolved', async () => {
    const group = 'PendingAndFiringAndResolved'
    const name = `${group}_SimpleAlert`
    const suite = await Suite.start()
    suite.set(group, { alertname: name }, 3)
    await suite.run(2 * MIN)
    expect(suite.state(name)).toBe('inactive')
    expect(await suite.alerts(name)).toEqual([])
    suite.set(group, { alertname: name }, 15)
    await suite.run(5 * MIN)
    expect(suite.state(name)).toBe('pending')
    expect(await suite.alerts(name)).toEqual(['{alertstate="pending"} 1'])
    expect(suite.told(name)).toEqual([])
    await suite.run(7 * MIN)
    expect(await suite.alerts(name)).toEqual(['{alertstate="firing"} 1'])
    const firing = suite.told(name)
    const firedAtMs = firing[0]?.atMs ?? 0
    const active = suite.bench.manager.groups
      .flatMap((each) => each.alertingRules)
      .flatMap(({ alerts }) => alerts)
    expect(firedAtMs - (active[0]?.activeAtMs ?? 0)).toBe(6 * MIN)
    for (const [i, { atMs, alert }] of firing.entries()) {
      // Between two sends lies the first multiple of the interval that is more than the resend delay.
      expect(atMs - firedAtMs).toBe(i * (RESEND_MS + INTERVAL_MS))
      expect(alert).toMatchObject({
        startsAtMs: firedAtMs,
        endsAtMs: atMs + 4 * Math.max(RESEND_MS, INTERVAL_MS),
      })
      expect(alert.labels.toObject()).toEqual({ alertname: name, foo: 'bar', rulegroup: group })
      expect(alert.annotations.toObject()).toEqual({
        description: 'SimpleAlert is firing',
        summary: 'The value is 15 15',
      })
    }
    const before = firing.length
    suite.set(group, { alertname: name }, 5)
    await suite.run(20 * MIN)
    const resolved = suite.told(name).slice(before)
    const resolvedAtMs = resolved[0]?.atMs ?? 0
    expect(resolved.length).toBe(11)
    for (const [i, { atMs, alert }] of resolved.entries()) {
      expect(atMs - resolvedAtMs).toBe(i * (RESEND_MS + INTERVAL_MS))
      expect(alert).toMatchObject({ startsAtMs: firedAtMs, endsAtMs: resolvedAtMs })
    }
    expect(await suite.alerts(name)).toEqual([])
    expect(suite.state(name)).toBe('inactive')
  })

  it('PendingAndResolved_AlwaysInactive: what never fires is never told', async () => {
    const group = 'PendingAndResolved_AlwaysInactive'
    const suite = await Suite.start()
    for (const rule of ['PendingAlert', 'InactiveAlert']) {
      suite.set(group, { alertname: `${group}_${rule}` }, 15)
    }
    await suite.run(2 * MIN)
    expect(suite.state(`${group}_PendingAlert`)).toBe('pending')
    expect(suite.state(`${group}_InactiveAlert`)).toBe('inactive')
    suite.set(group, { alertname: `${group}_PendingAlert` }, 5)
    await suite.run(5 * MIN)
    expect(suite.state(`${group}_PendingAlert`)).toBe('inactive')
    expect(await suite.alerts(`${group}_PendingAlert`)).toEqual([])
    expect(suite.bench.puts).toEqual([])
  })

  it('ZeroFor_SmallFor: fires at once without for, and at the next evaluation with a short one', async () => {
    const group = 'ZeroFor_SmallFor'
    const suite = await Suite.start()
    suite.set(group, { for: 'template', id: '2' }, 22)
    suite.set(group, { for: 'template', id: '1' }, 11)
    suite.set(group, { alertname: `${group}_ZeroFor` }, 12)
    await suite.run(MIN)
    const [zero] = suite.told(`${group}_ZeroFor`)
    expect(zero?.alert.annotations.toObject()).toEqual({
      description: 'This should immediately fire',
      template_query_test: 'Args are: foo bar 99. first_id:1,1:11,2:22,',
      template_test: '1.049M 1Mi 2m 15s 95.9% 2022-01-25 12:36:43 +0000 UTC',
    })
    expect(zero?.alert.startsAtMs).toBe(zero?.atMs)
    suite.set(group, { alertname: `${group}_SmallFor` }, 14)
    await suite.run(INTERVAL_MS)
    expect(suite.state(`${group}_SmallFor`)).toBe('pending')
    await suite.run(INTERVAL_MS)
    expect(suite.state(`${group}_SmallFor`)).toBe('firing')
    const [small] = suite.told(`${group}_SmallFor`)
    expect(small?.alert.labels.get('ba_dum')).toBe('tss')
    expect(small?.alert.annotations.get('template_test')).toBe(
      'This Part IS TESTING the strings. ::1 127.0.0.1. 7815. replaced text. .',
    )
    suite.set(group, { alertname: `${group}_ZeroFor` }, undefined)
    await suite.run(INTERVAL_MS)
    expect(suite.told(`${group}_ZeroFor`).at(-1)?.alert.endsAtMs).toBe(
      suite.told(`${group}_ZeroFor`).at(-1)?.atMs,
    )
  })

  it('NewAlerts_OrderCheck: a later rule sees the results of an earlier one in the same evaluation', async () => {
    const group = 'NewAlerts_OrderCheck'
    const suite = await Suite.start()
    const first = { alertname: `${group}_Rule1` }
    suite.set(group, { ...first, variant: 'one' }, 11)
    await suite.run(2 * MIN)
    suite.set(group, { ...first, variant: 'two' }, 11)
    await suite.run(MIN + INTERVAL_MS)
    const one = suite.told(`${group}_Rule1`)
    expect(one.map(({ alert }) => alert.labels.get('variant'))).toEqual(['one'])
    expect(suite.told(`${group}_Rule2`)).toEqual([])
    await suite.run(2 * MIN)
    const two = suite
      .told(`${group}_Rule1`)
      .find(({ alert }) => alert.labels.get('variant') === 'two')
    const [second] = suite.told(`${group}_Rule2`)
    expect(second?.atMs).toBe(two?.atMs)
    expect(second?.alert.labels.toObject()).toEqual({
      ...{ alertname: `${group}_Rule2`, ba_dum: 'tss', foo: 'baz', rulegroup: group },
      alertstate: 'firing',
    })
    expect(second?.alert.annotations.get('description')).toBe(
      `Based on ALERTS. Old alertname was ${group}_Rule1. foo was bar.`,
    )
  })
})
