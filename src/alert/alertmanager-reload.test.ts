import { afterEach, describe, expect, it } from 'vitest'
import type { SendOutcome } from './notify/receiver-kind.ts'
import { Timeline, type TimelineOptions } from './testing/alertmanager-timeline.ts'

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

describe('a reload', () => {
  it('that takes away a receiver while it hangs tells the one in its place', async () => {
    const t = await begin({
      integrations: {
        'test[0]': {
          answer: (_notification, signal) =>
            new Promise((resolve) => {
              signal.addEventListener('abort', () => resolve(FAILED))
            }),
        },
      },
    })
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { until: 10_000 })])
    await t.at(31)
    const applied = t.manager.apply(t.rules({ integrations: { 'other[0]': {} } }))
    await t.at(35)
    await applied
    await t.at(100)
    expect(t.sent.map(({ integration }) => integration)).toEqual(['other[0]'])
  })

  it('lets what is being sent end, tells it once, and goes on with the new rules', async () => {
    let release: () => void = () => undefined
    const t = await begin({
      integrations: {
        'test[0]': {
          answer: () => new Promise((resolve) => (release = () => resolve({ ok: true }))),
        },
      },
    })
    t.manager.put([t.alert({ alertname: 'Down', instance: 'a' }, { until: 10_000 })])
    await t.at(31)
    const applied = t.manager.apply(t.rules({}))
    release()
    await applied
    await t.at(1000)
    expect(t.shown()).toEqual(['30s firing a'])
    t.manager.put([t.alert({ alertname: 'Down', instance: 'b' }, { until: 10_000 })])
    await t.at(2000)
    expect(t.shown().at(-1)).toMatch(/firing a,b$/)
  })
})
