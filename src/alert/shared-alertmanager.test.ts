import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { Labels } from '../model/labels.ts'
import { silentLog } from '../self/log.ts'
import { createRegistry } from '../self/metrics.ts'
import { readAlertingVersions } from '../store/metadata/alerting-versions.ts'
import type { Metadata } from '../store/metadata/metadata.ts'
import type { MetadataPlace } from '../store/metadata/open.ts'
import { describeOnPostgres } from '../store/metadata/testing/each-database.ts'
import { Alertmanager, type AlertmanagerRules } from './alertmanager.ts'
import type { PostedAlert } from './alert-sink.ts'
import { createIntegration } from './dispatch/integration.ts'
import type { DispatchRoute } from './dispatch/route-match.ts'
import { FakeClock } from './testing/fake-clock.ts'
import { SwitchedWork } from './testing/switched-work.ts'

const START_MS = Date.parse('2026-05-01T10:00:00Z')
const MIN = 60_000

const ROUTE: DispatchRoute = {
  ...{ id: 'r', key: '{}', receiver: 'team', groupBy: new Set(['alertname']) },
  ...{ groupWaitMs: 4000, groupIntervalMs: 10_000, repeatIntervalMs: 3_600_000 },
  ...{ muteTimeIntervals: [], activeTimeIntervals: [], labels: {} },
}

/** One Alertmanager of several on a database; what it sent stands in `sent`, which all share. */
class Member {
  readonly work: SwitchedWork
  readonly metadata: Metadata
  readonly clock: FakeClock
  readonly sent: string[]
  #manager: Alertmanager | undefined

  private constructor(metadata: Metadata, work: SwitchedWork, clock: FakeClock, sent: string[]) {
    this.metadata = metadata
    this.work = work
    this.clock = clock
    this.sent = sent
  }

  static async open(metadata: Metadata, name: string, clock: FakeClock, sent: string[]) {
    const member = new Member(metadata, new SwitchedWork(false), clock, sent)
    member.#manager = await Alertmanager.open(
      {
        ...{ metadata, clock, log: silentLog(), registry: createRegistry() },
        limits: {
          ...{ maxSilences: 0, maxSilenceBytes: 0, retentionMs: 432_000_000 },
          ...{ maxAlertsPerName: 0, maxGroups: 0 },
        },
        ...{ externalUrl: 'http://am', isShadow: false, startDelayMs: 0, random: () => 0.5 },
        work: member.work,
      },
      member.#rules(name),
    )
    return member
  }

  get manager(): Alertmanager {
    if (this.#manager === undefined) throw new Error('not open')
    return this.#manager
  }

  #rules(name: string): AlertmanagerRules {
    const integration = createIntegration('test', 0, true, {
      send: ({ alerts }) => {
        for (const { labels, status } of alerts)
          this.sent.push(`${name}: ${labels['alertname']} ${status}`)
        return Promise.resolve({ ok: true })
      },
    })
    return {
      receivers: new Map([['team', { name: 'team', labels: {}, integrations: [integration] }]]),
      matchRoutes: () => [ROUTE],
      routes: {
        ...ROUTE,
        parent: undefined,
        matchers: [],
        isContinued: false,
        routes: [],
        line: 1,
      },
      inhibitor: { take: () => undefined, forget: () => undefined, inhibitedBy: () => [] },
      isInInterval: () => false,
      resolveTimeoutMs: 5 * MIN,
      templates: {
        renderText: (text) => ({ text, error: undefined }),
        renderHtml: (text) => ({ text, error: undefined }),
      },
      configYaml: '',
      close: () => Promise.resolve(),
    }
  }
}

const opened: Member[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ manager }) => manager.stop()))
})

const posted = (name: string, atMs: number, endsAtMs = atMs + 4 * MIN): PostedAlert => ({
  labels: Labels.from({ alertname: name }),
  annotations: Labels.EMPTY,
  ...{ startsAtMs: START_MS, endsAtMs, generatorUrl: '' },
})

describeOnPostgres('Alertmanagers that share a database', ({ open, place }) => {
  /** Two members; the first tells. */
  async function twoMembers() {
    const where: MetadataPlace = await place()
    const sent: string[] = []
    // Statements take real time: the clock stands still until they have been answered.
    const clock = new FakeClock(START_MS, () => settle())
    const connections = [await open(where), await open(where)]
    const settle = async (): Promise<void> => {
      for (let i = 0; i < 3; i++) {
        await Promise.all(connections.map((each) => readAlertingVersions(each)))
        await nextTurn()
      }
    }
    const [one, two] = connections
    if (one === undefined || two === undefined) throw new Error('no connection')
    const a = await Member.open(one, 'A', clock, sent)
    const b = await Member.open(two, 'B', clock, sent)
    opened.push(a, b)
    await a.work.give(true)
    await clock.advance(3000)
    return { a, b, clock, sent }
  }

  it('tell once, by the member that tells, what any of them was told', async () => {
    const { a, b, clock, sent } = await twoMembers()
    await b.manager.post([posted('Down', clock.nowMs())])
    await a.manager.post([posted('Hot', clock.nowMs())])
    await clock.advance(6000)
    expect(sent.sort()).toEqual(['A: Down firing', 'A: Hot firing'])
    expect([...b.manager.firing()].map(({ labels }) => labels.get('alertname')).sort()).toEqual([
      'Down',
      'Hot',
    ])
    await b.manager.post([posted('Down', clock.nowMs(), clock.nowMs())])
    await clock.advance(15_000)
    expect(sent).toEqual(['A: Down firing', 'A: Hot firing', 'A: Down resolved'])
  })

  it('tell nothing again when another one takes over, and tell what comes then', async () => {
    const { a, b, clock, sent } = await twoMembers()
    await a.manager.post([posted('Down', clock.nowMs())])
    await clock.advance(6000)
    // Without a word: as after a kill.
    a.work.lapse()
    await clock.advance(6000)
    await b.work.give(true, 15_000)
    await b.manager.post([posted('Down', clock.nowMs())])
    await clock.advance(15_000)
    expect(sent).toEqual(['A: Down firing'])
    await b.manager.post([posted('Down', clock.nowMs(), clock.nowMs())])
    await clock.advance(15_000)
    expect(sent).toEqual(['A: Down firing', 'B: Down resolved'])
  })

  it('tell that an alert is over when that came while nobody told', async () => {
    const { a, b, clock, sent } = await twoMembers()
    await a.manager.post([posted('Down', clock.nowMs())])
    await clock.advance(6000)
    await a.work.give(false)
    await b.manager.post([posted('Down', clock.nowMs(), clock.nowMs())])
    await clock.advance(15_000)
    expect(sent).toEqual(['A: Down firing'])
    await b.work.give(true, 2 * MIN)
    await clock.advance(15_000)
    expect(sent).toEqual(['A: Down firing', 'B: Down resolved'])
  })

  it('do not take an alert for over because nobody could evaluate for long', async () => {
    const { a, clock, sent } = await twoMembers()
    await a.manager.post([posted('Down', clock.nowMs())])
    await clock.advance(6000)
    await a.work.give(false)
    // So long that its end has come, as far as anybody knows.
    clock.jump(20 * MIN)
    await clock.advance(3000)
    await a.work.give(true, 20 * MIN)
    await clock.advance(15_000)
    await a.manager.post([posted('Down', clock.nowMs())])
    await clock.advance(15_000)
    expect(sent).toEqual(['A: Down firing'])
  })

  it('see silences and acknowledgements of each other', async () => {
    const { a, b, clock, sent } = await twoMembers()
    const id = await b.manager.silences.set({
      ...{ id: '', matchers: [{ name: 'alertname', op: '=', value: 'Down' }] },
      ...{ startsAtMs: clock.nowMs(), endsAtMs: clock.nowMs() + 10 * MIN },
      ...{ createdBy: 'ada', comment: 'planned', annotations: {} },
    })
    // Known by its id before anything was looked for.
    await a.manager.silences.expire(id)
    const other = await a.manager.silences.set({
      ...{ id: '', matchers: [{ name: 'alertname', op: '=', value: 'Hot' }] },
      ...{ startsAtMs: clock.nowMs(), endsAtMs: clock.nowMs() + 10 * MIN },
      ...{ createdBy: 'ada', comment: 'planned', annotations: {} },
    })
    await clock.advance(2000)
    expect(b.manager.silences.get(other)?.createdBy).toBe('ada')
    await b.manager.post([posted('Hot', clock.nowMs()), posted('Down', clock.nowMs())])
    await clock.advance(6000)
    expect(sent).toEqual(['A: Down firing'])
    const down = [...b.manager.firing()].find(({ labels }) => labels.get('alertname') === 'Down')
    if (down === undefined) throw new Error('no alert')
    await b.manager.acknowledgements.add(down, { createdBy: 'bob', assignee: '', comment: '' })
    await clock.advance(2000)
    expect(a.manager.acknowledgements.of(down.fingerprint)?.createdBy).toBe('bob')
  })

  it('send nothing once telling is lost, though a notification is on its way', async () => {
    const { a, clock, sent } = await twoMembers()
    await a.manager.post([posted('Down', clock.nowMs())])
    a.work.lapse()
    await clock.advance(15_000)
    expect(sent).toEqual([])
  })
})
