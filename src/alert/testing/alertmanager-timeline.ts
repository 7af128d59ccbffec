import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Labels } from '../../model/labels.ts'
import { createLog } from '../../self/log.ts'
import { createRegistry, type Registry } from '../../self/metrics.ts'
import type { Metadata } from '../../store/metadata/metadata.ts'
import { openMetadata } from '../../store/metadata/open.ts'
import { Alertmanager, type AlertmanagerOptions, type AlertmanagerRules } from '../alertmanager.ts'
import type { PostedAlert } from '../alert-sink.ts'
import { createIntegration, type Receiver } from '../dispatch/integration.ts'
import type { DispatchRoute } from '../dispatch/route-match.ts'
import type { Notification, SendOutcome } from '../notify/receiver-kind.ts'
import { FakeClock } from './fake-clock.ts'

export const START_MS = Date.parse('2026-05-01T10:00:00Z')

/** What a receiver got, and when, in seconds of the timeline. */
export interface Sent {
  readonly atS: number
  readonly integration: string
  readonly notification: Notification
}

/** How a receiver answers; by default it accepts. */
export type Answering = (
  notification: Notification,
  signal: AbortSignal,
) => SendOutcome | Promise<SendOutcome>

export interface TimelineOptions {
  readonly route?: Partial<DispatchRoute>
  readonly matchRoutes?: AlertmanagerRules['matchRoutes']
  readonly inhibitedBy?: (alert: { readonly labels: Labels }) => readonly string[]
  readonly isInInterval?: AlertmanagerRules['isInInterval']
  /** By id of integration, `test[0]` and so on; each gets an entry of the receiver. */
  readonly integrations?: Readonly<
    Record<string, { readonly answer?: Answering; readonly sendResolved?: boolean }>
  >
  readonly manager?: Partial<AlertmanagerOptions>
}

/** An Alertmanager on a clock of its own, over a real database, with receivers that remember what they got. */
export class Timeline {
  readonly clock = new FakeClock(START_MS, async () => {
    for (let i = 0; i < 10; i++) await nextTurn()
    await this.#manager?.notificationLog.settle()
    for (let i = 0; i < 10; i++) await nextTurn()
  })
  readonly sent: Sent[] = []
  readonly registry: Registry = createRegistry()
  readonly logged: string[] = []
  #folder: string | undefined
  readonly #options: TimelineOptions
  #metadata: Metadata | undefined
  #manager: Alertmanager | undefined

  constructor(options: TimelineOptions = {}) {
    this.#options = options
  }

  get manager(): Alertmanager {
    if (this.#manager === undefined) throw new Error('the timeline has not started')
    return this.#manager
  }

  get metadata(): Metadata {
    if (this.#metadata === undefined) throw new Error('the timeline has not started')
    return this.#metadata
  }

  async start(): Promise<this> {
    const log = createLog({ level: 'debug', write: (line) => this.logged.push(line) })
    this.#folder ??= mkdtempSync(path.join(tmpdir(), 'alert-timeline-'))
    this.#metadata = await openMetadata({ path: path.join(this.#folder, 'metadata.sqlite') }, log)
    this.#manager = await Alertmanager.open(
      {
        metadata: this.#metadata,
        clock: this.clock,
        log,
        registry: createRegistry(),
        limits: {
          maxSilences: 0,
          maxSilenceBytes: 0,
          retentionMs: 120 * 3_600_000,
          maxAlertsPerName: 0,
          maxGroups: 0,
        },
        externalUrl: 'http://localhost:9093',
        isShadow: false,
        startDelayMs: 0,
        random: () => 0.5,
        ...this.#options.manager,
      },
      this.rules(),
    )
    return this
  }

  rules(options: TimelineOptions = this.#options): AlertmanagerRules {
    const route: DispatchRoute = {
      id: '{}',
      key: '{}',
      receiver: 'team',
      groupBy: new Set(['alertname']),
      groupWaitMs: 30_000,
      groupIntervalMs: 300_000,
      repeatIntervalMs: 4 * 3_600_000,
      muteTimeIntervals: [],
      activeTimeIntervals: [],
      labels: {},
      ...options.route,
    }
    const named = options.integrations ?? { 'test[0]': {} }
    const integrations = Object.entries(named).map(([id, { answer, sendResolved }], index) =>
      createIntegration(id.replace(/\[.*/, ''), index, sendResolved ?? true, {
        send: async (notification, signal) => {
          const atS = (this.clock.nowMs() - START_MS) / 1000
          const outcome = await (answer?.(notification, signal) ?? { ok: true, answer: '200' })
          if (outcome.ok) this.sent.push({ atS, integration: id, notification })
          return outcome
        },
      }),
    )
    const receivers = new Map<string, Receiver>([
      ['team', { name: 'team', labels: {}, integrations }],
    ])
    return {
      receivers,
      matchRoutes: options.matchRoutes ?? (() => [route]),
      routes: {
        ...route,
        parent: undefined,
        matchers: [],
        isContinued: false,
        routes: [],
        line: 1,
      },
      inhibitor: {
        take: () => undefined,
        forget: () => undefined,
        inhibitedBy: (alert) => options.inhibitedBy?.(alert) ?? [],
      },
      isInInterval: options.isInInterval ?? (() => false),
      resolveTimeoutMs: 300_000,
      templates: {
        renderText: (text) => ({ text, error: undefined }),
        renderHtml: (text) => ({ text, error: undefined }),
      },
      configYaml: 'route:\n  receiver: team\n',
      close: () => Promise.resolve(),
    }
  }

  /** Moves the clock to so many seconds after the start. */
  at(seconds: number): Promise<void> {
    return this.clock.advanceTo(START_MS + seconds * 1000)
  }

  /** An alert that fires, since when and until when in seconds of the timeline. */
  alert(
    labels: Readonly<Record<string, string>>,
    {
      since,
      until,
      annotations = {},
    }: {
      readonly since?: number
      readonly until?: number
      readonly annotations?: Readonly<Record<string, string>>
    } = {},
  ): PostedAlert {
    return {
      labels: Labels.from(labels),
      annotations: Labels.from(annotations),
      startsAtMs: since === undefined ? this.clock.nowMs() : START_MS + since * 1000,
      endsAtMs: until === undefined ? undefined : START_MS + until * 1000,
      generatorUrl: '',
    }
  }

  /** What was sent: `30s firing A,B`, a line each. */
  shown(): string[] {
    return this.sent.map(({ atS, notification }) => {
      const alerts = notification.alerts.map(({ labels, status }) => {
        const name = labels['instance'] ?? labels['alertname'] ?? '?'
        return status === 'resolved' ? `(${name})` : name
      })
      return `${atS}s ${notification.status} ${alerts.join(',')}`
    })
  }

  /** Ends as a program that is told to end. */
  async stop(): Promise<void> {
    await this.#manager?.stop()
    await this.#metadata?.close()
    this.#manager = undefined
    this.#metadata = undefined
  }

  async remove(): Promise<void> {
    await this.stop()
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
  }
}
