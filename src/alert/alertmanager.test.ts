import { afterEach, describe, expect, it } from 'vitest'
import { Labels } from '../model/labels.ts'
import { fingerprintOf } from '../model/fingerprint.ts'
import type { SendOutcome } from './notify/receiver-kind.ts'
import { START_MS, Timeline, type TimelineOptions } from './testing/alertmanager-timeline.ts'

let timeline: Timeline

async function begin(options: TimelineOptions = {}): Promise<Timeline> {
  timeline = await new Timeline(options).start()
  return timeline
}

afterEach(() => timeline.remove())

const FAILED = {
  ok: false,
  retry: true,
  reason: 'status 503',
  failure: 'serverError',
} satisfies SendOutcome

describe('groups', () => {
  it('gather for group_wait, then tell what is new every group_interval, and all again after repeat_interval', async () => {
    const t = await begin({ route: { repeatIntervalMs: 3_600_000 } })
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { until: 100_000 })])
    await t.at(10)
    t.manager.put([t.alert({ alertname: 'Down', instance: 'b' }, { until: 100_000 })])
    await t.at(40)
    t.manager.put([t.alert({ alertname: 'Down', instance: 'c' }, { until: 100_000 })])
    await t.at(4_200)
    expect(t.shown()).toEqual(['30s firing a,b', '330s firing a,b,c'])
    await t.at(4_300)
    expect(t.shown().at(-1)).toBe('4230s firing a,b,c')
    expect(t.sent.map(({ notification }) => notification.reason)).toEqual([
      'first notification',
      'new alerts added',
      'repeat interval elapsed',
    ])
  })

  it('tell at once of what fires for longer than group_wait', async () => {
    const t = await begin()
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { since: -60, until: 1000 })])
    await t.at(1)
    expect(t.shown()).toEqual(['0s firing a'])
  })

  it('tell that alerts are over, and nothing more', async () => {
    const t = await begin()
    t.manager.put([
      t.alert({ alertname: 'Down', instance: 'a' }, { until: 1000 }),
      t.alert({ alertname: 'Down', instance: 'b' }, { until: 400 }),
    ])
    await t.at(5000)
    expect(t.shown()).toEqual(['30s firing a,b', '630s firing a,(b)', '1230s resolved (a)'])
    expect(t.sent[2]?.notification.alerts[0]?.endsAtMs).toBe(START_MS + 1_000_000)
    expect(t.manager.groupCount).toBe(0)
  })

  it('say nothing of what came and went between two flushes', async () => {
    const t = await begin()
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { until: 20 })])
    await t.at(1000)
    expect(t.shown()).toEqual([])
  })

  it('let an alert without an end be over resolve_timeout after it last came', async () => {
    const t = await begin()
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' })])
    await t.at(200)
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { since: 0 })])
    await t.at(2000)
    expect(t.shown()).toEqual(['30s firing a', '630s resolved (a)'])
    expect(t.sent[1]?.notification.alerts[0]?.endsAtMs).toBe(START_MS + 500_000)
  })

  it('do not tell who wants no resolved alerts, and tell the next firing as the first', async () => {
    const t = await begin({ integrations: { 'test[0]': { sendResolved: false } } })
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { until: 100 })])
    await t.at(1000)
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { until: 10_000 })])
    await t.at(2000)
    expect(t.shown()).toEqual(['30s firing a', '1030s firing a'])
    expect(t.sent[1]?.notification.reason).toBe('first notification')
  })

  it('have a key, a dedup key, and what their alerts have in common', async () => {
    const t = await begin()
    t.manager.put([
      t.alert(
        { alertname: 'Down', job: 'node', instance: 'a' },
        { until: 1000, annotations: { summary: 's', runbook: 'r' } },
      ),
      t.alert(
        { alertname: 'Down', job: 'node', instance: 'b' },
        { until: 1000, annotations: { summary: 't', runbook: 'r' } },
      ),
    ])
    await t.at(31)
    expect(t.sent[0]?.notification.dedupKey).toMatch(/^[0-9a-f]{64}$/)
    expect(t.sent[0]?.notification).toMatchObject({
      receiver: 'team',
      groupKey: '{}:{alertname="Down"}',
      status: 'firing',
      groupLabels: { alertname: 'Down' },
      commonLabels: { alertname: 'Down', job: 'node' },
      commonAnnotations: { runbook: 'r' },
      nowMs: START_MS + 30_000,
    })
  })
})

describe('a clock that is set back', () => {
  it('delays no new alert, and the end of none', async () => {
    const t = await begin()
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { until: 10_000 })])
    await t.at(40)
    t.clock.jump(-3_600_000)
    t.manager.put([t.alert({ alertname: 'Down', instance: 'b' }, { since: -3560, until: 10_000 })])
    await t.clock.advance(300_000)
    expect(t.sent).toHaveLength(2)
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { since: -3560, until: -3400 })])
    await t.clock.advance(300_000)
    expect(t.shown().at(-1)).toMatch(/firing \(a\),b$/)
  })
})

describe('a start delay', () => {
  it('lets alerts gather, whatever their groups wait, and over a reload', async () => {
    const t = await begin({ manager: { startDelayMs: 90_000 } })
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { until: 1000 })])
    await t.at(40)
    await t.manager.apply(t.rules())
    t.manager.put([t.alert({ alertname: 'Down', instance: 'b' }, { until: 1000 })])
    await t.at(89)
    expect(t.shown()).toEqual([])
    await t.at(91)
    expect(t.shown()).toEqual(['90s firing a,b'])
  })
})

describe('delivery', () => {
  it('is tried again with growing pauses, and the others are told meanwhile', async () => {
    let failures = 4
    const t = await begin({
      integrations: {
        'test[0]': { answer: () => (failures-- > 0 ? FAILED : { ok: true }) },
        'test[1]': {},
      },
    })
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { until: 1000 })])
    await t.at(60)
    expect(t.sent.map(({ atS, integration }) => [integration, atS])).toEqual([
      ['test[1]', 30],
      ['test[0]', 30 + 0.5 + 0.75 + 1.125 + 1.6875],
    ])
  })

  it('waits as long as a receiver says', async () => {
    let isFirst = true
    const t = await begin({
      integrations: {
        'test[0]': {
          answer: () => {
            if (!isFirst) return { ok: true }
            isFirst = false
            return { ...FAILED, retryAfterMs: 20_000 }
          },
        },
      },
    })
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { until: 1000 })])
    await t.at(100)
    expect(t.shown()).toEqual(['50s firing a'])
  })

  it('that cannot succeed is tried again at the next flush only', async () => {
    let attempts = 0
    const t = await begin({
      integrations: {
        'test[0]': {
          answer: () => {
            attempts++
            return attempts === 1 ? { ...FAILED, retry: false } : { ok: true }
          },
        },
      },
    })
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { until: 1000 })])
    await t.at(300)
    expect(attempts).toBe(1)
    await t.at(340)
    expect(t.shown()).toEqual(['330s firing a'])
  })

  it('that hangs ends with the interval of the group, and the alert that is over meanwhile is not lost', async () => {
    let attempts = 0
    const t = await begin({
      integrations: {
        'test[0]': {
          answer: (_notification, signal) => {
            attempts++
            if (attempts > 1) return { ok: true }
            return new Promise((resolve) => {
              signal.addEventListener('abort', () => resolve(FAILED))
            })
          },
        },
      },
    })
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { until: 1000 })])
    await t.at(340)
    expect(t.shown()).toEqual(['330s firing a'])
  })

  it('of many groups that fail or hang does not keep another one waiting', async () => {
    let isBroken = true
    const t = await begin({
      route: { groupBy: new Set(['instance']) },
      integrations: {
        'test[0]': {
          answer: ({ groupLabels }, signal) => {
            const instance = groupLabels['instance'] ?? ''
            if (!isBroken || instance === 'good') return { ok: true }
            if (instance.startsWith('bad')) return FAILED
            return new Promise((resolve) => {
              signal.addEventListener('abort', () => resolve(FAILED))
            })
          },
        },
      },
    })
    const names = ['bad', 'hung'].flatMap((kind) =>
      Array.from({ length: 100 }, (_, i) => `${kind}${i}`),
    )
    t.manager.put(
      [...names, 'good'].map((instance) =>
        t.alert({ alertname: 'Down', instance }, { until: 1000 }),
      ),
    )
    await t.at(60)
    expect(t.shown().map((line) => line.replace(/^\d+s /, ''))).toEqual(['firing good'])
    isBroken = false
    await t.at(700)
    expect(t.sent).toHaveLength(201)
  })

  it('counts what failed and what was sent', async () => {
    const t = await begin({
      integrations: { 'test[0]': { answer: () => ({ ...FAILED, retry: false }) } },
    })
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { until: 1000 })])
    await t.at(31)
    expect(t.logged.join('')).toContain('a notification failed')
    expect(t.manager.notificationLog.size).toBe(0)
  })

  it('is only recorded in shadow mode', async () => {
    const t = await begin({ manager: { isShadow: true } })
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { until: 1000 })])
    await t.at(31)
    expect(t.sent).toEqual([])
    const events = await t.manager.history.list(['{}:{alertname="Down"}'], 0, START_MS * 2, 10)
    expect(events).toMatchObject([{ kind: 'delivered', detail: { isShadow: true } }])
  })
})

describe('what is suppressed', () => {
  it('by a silence is told when the silence ends', async () => {
    const t = await begin()
    const id = await t.manager.silences.set({
      id: '',
      matchers: [{ name: 'instance', op: '=', value: 'a' }],
      startsAtMs: START_MS,
      endsAtMs: START_MS + 400_000,
      createdBy: 'me',
      comment: 'work',
      annotations: {},
    })
    t.manager.put([
      t.alert({ alertname: 'Down', instance: 'a' }, { until: 10_000 }),
      t.alert({ alertname: 'Down', instance: 'b' }, { until: 10_000 }),
    ])
    await t.at(700)
    expect(t.shown()).toEqual(['30s firing b', '630s firing a,b'])
    const a = fingerprintOf(Labels.from({ alertname: 'Down', instance: 'a' }))
    const events = await t.manager.history.list(['{}:{alertname="Down"}'], 0, START_MS * 2, 10)
    expect(events).toMatchObject([
      { kind: 'suppressed', fingerprints: [a], detail: { reason: 'silence', by: [id] } },
      { kind: 'delivered' },
      { kind: 'released', fingerprints: [a] },
      { kind: 'delivered', detail: { reason: 'new alerts added', answer: '200' } },
    ])
  })

  it('by an acknowledgement is not repeated, and its end is told', async () => {
    const t = await begin({ route: { repeatIntervalMs: 600_000 } })
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { until: 3000 })])
    await t.at(60)
    const [alert] = [...t.manager.firing()]
    if (alert === undefined) throw new Error('no alert')
    await t.manager.acknowledgements.add(alert, { createdBy: 'ada', assignee: 'bob', comment: '' })
    expect(t.manager.statusOf(alert).acknowledgedBy).toBe('ada')
    await t.at(3400)
    expect(t.shown()).toEqual(['30s firing a', '3030s resolved (a)'])
    expect(t.manager.acknowledgements.all()).toEqual([])
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { until: 9000 })])
    await t.at(3600)
    expect(t.shown().at(-1)).toBe('3430s firing a')
  })

  it('by a time interval is told when it is over', async () => {
    const t = await begin({
      route: { muteTimeIntervals: ['night'] },
      isInInterval: (name, nowMs) => name === 'night' && nowMs < START_MS + 500_000,
    })
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { until: 10_000 })])
    await t.at(700)
    expect(t.shown()).toEqual(['630s firing a'])
  })
})

describe('a restart', () => {
  it('tells nothing twice, goes on repeating, and tells what ended meanwhile', async () => {
    const t = await begin()
    t.manager.put([
      t.alert({ alertname: 'Down', instance: 'a' }),
      t.alert({ alertname: 'Down', instance: 'b' }),
    ])
    await t.at(60)
    await t.stop()
    await t.at(1000)
    await t.start()
    // `a` is sent again, `b` is over and nobody says so.
    await t.at(1100)
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { since: 0, until: 100_000 })])
    await t.at(2000)
    expect(t.shown()).toEqual(['30s firing a,b', '1300s firing a,(b)'])
  })

  it('tells what was accepted and not told yet', async () => {
    const t = await begin()
    await t.manager.post([t.alert({ alertname: 'Down', instance: 'a' }, { until: 10_000 })])
    await t.at(10)
    await t.stop()
    await t.start()
    await t.at(100)
    expect(t.shown()).toEqual(['40s firing a'])
  })

  it('keeps silences and acknowledgements', async () => {
    const t = await begin()
    const id = await t.manager.silences.set({
      id: '',
      matchers: [{ name: 'instance', op: '=~', value: 'a|b' }],
      startsAtMs: START_MS,
      endsAtMs: START_MS + 4_000_000,
      createdBy: 'me',
      comment: 'work',
      annotations: { ticket: '7' },
    })
    await t.stop()
    await t.start()
    expect(t.manager.silences.get(id)).toMatchObject({
      comment: 'work',
      annotations: { ticket: '7' },
    })
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { until: 10_000 })])
    await t.at(100)
    expect(t.shown()).toEqual([])
  })
})

describe('a storm', () => {
  it('of 10,000 alerts is one notification, and nothing is lost', async () => {
    const t = await begin()
    const names = Array.from({ length: 10_000 }, (_, i) => `i${i}`)
    await t.manager.post(
      names.map((instance) => t.alert({ alertname: 'Down', instance }, { until: 100_000 })),
    )
    await t.at(31)
    expect(t.sent).toHaveLength(1)
    expect(t.sent[0]?.notification.alerts).toHaveLength(10_000)
    await t.stop()
    await t.start()
    expect([...t.manager.firing()]).toHaveLength(10_000)
  })
})
