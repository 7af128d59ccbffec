import type { Labels } from '../model/labels.ts'
import type { TestAlertJson } from '../contract/alertmanager.ts'
import { messageOf, Problem } from '../model/problem.ts'
import type { WorkShare } from '../model/work-share.ts'
import type { Log } from '../self/log.ts'
import type { Registry } from '../self/metrics.ts'
import type { Metadata } from '../store/metadata/metadata.ts'
import { Acknowledgements } from './acknowledgements.ts'
import { isResolvedAt, toAlert, type Alert } from './alert.ts'
import type { AlertSink, PostedAlert } from './alert-sink.ts'
import { AlertStore } from './alert-store.ts'
import { registerAlertMetrics } from './alert-metrics.ts'
import type { Clock } from './clock.ts'
import type { AggregationGroup } from './dispatch/aggregation-group.ts'
import { Dispatcher } from './dispatch/dispatcher.ts'
import type { Receiver } from './dispatch/integration.ts'
import { NotificationLog } from './dispatch/notification-log.ts'
import { NotifyMetrics } from './dispatch/notify-metrics.ts'
import { Pipeline } from './dispatch/pipeline.ts'
import type { DispatchRoute, MatchRoutes } from './dispatch/route-match.ts'
import { mutedBy, type Suppressors } from './dispatch/suppress.ts'
import { AlertHistory } from './history.ts'
import { keepAlertsIn, keepNotificationsIn } from './keep.ts'
import type { NotificationTemplates } from './notify/receiver-kind.ts'
import { maintain } from './maintain.ts'
import type { Route } from './route.ts'
import { SharedAlerting } from './shared-alerting.ts'
import { Silences, type SilenceLimits } from './silence/silences.ts'
import { Telling } from './telling.ts'
import { trialAlert } from './trial-alert.ts'
import { WritePace } from './write-pace.ts'

/** What an alertmanager.yml comes to. A reload brings a new one. */
export interface AlertmanagerRules {
  readonly receivers: ReadonlyMap<string, Receiver>
  readonly matchRoutes: MatchRoutes
  /** The root of the routing tree, for who wants to see it. */
  readonly routes: Route
  readonly inhibitor: Inhibitor
  readonly isInInterval: (name: string, nowMs: number) => boolean
  /** How long an alert without an end lives after it was last posted. */
  readonly resolveTimeoutMs: number
  readonly templates: NotificationTemplates
  /** The configuration in force, secrets as `<secret>`. */
  readonly configYaml: string
  /** Ends open connections of receivers. */
  readonly close: () => Promise<void>
}

/** Which alerts keep others from being told. It is told of every alert. */
export interface Inhibitor {
  take(alert: Alert): void
  forget(fingerprints: readonly string[]): void
  /** Fingerprints of alerts that fire and inhibit this one. */
  inhibitedBy(alert: Alert, nowMs: number): readonly string[]
}

export interface AlertmanagerLimits extends SilenceLimits {
  readonly maxAlertsPerName: number
  readonly maxGroups: number
}

export interface AlertmanagerOptions {
  readonly metadata: Metadata
  readonly clock: Clock
  readonly log: Log
  readonly registry: Registry
  readonly limits: AlertmanagerLimits
  readonly externalUrl: string
  /** Everything is decided and recorded, and nothing is sent. */
  readonly isShadow: boolean
  /** Nothing is sent this long after a start, so that alerts can gather. */
  readonly startDelayMs: number
  readonly random: () => number
  /** In a cluster: whether it is this member that tells. Undefined: there are no others. */
  readonly work?: WorkShare
}

/** What is known of an alert besides itself. */
export interface AlertStatus {
  readonly silencedBy: readonly string[]
  readonly inhibitedBy: readonly string[]
  /** Who takes care of it. */
  readonly acknowledgedBy: string | undefined
}

/** Time for senders to send again what fired when the program ended, before it counts as resolved. */
const RESTORE_GRACE_MS = 5 * 60_000
const MAINTENANCE_MS = 60_000
/** What is being sent when the configuration changes or the program ends may take this long. */
const STOP_GRACE_MS = 3000
/** The same when another member tells from now on: less than the time after which that one begins (cluster/lease-times.ts). */
const LEAVE_GRACE_MS = 1500

/** Alerts in, notifications out: the part of the program that others call Alertmanager. */
export class Alertmanager implements AlertSink {
  readonly silences: Silences
  readonly acknowledgements: Acknowledgements
  readonly notificationLog: NotificationLog
  readonly history: AlertHistory
  readonly #options: AlertmanagerOptions
  readonly #alerts: AlertStore
  readonly #notifyMetrics: NotifyMetrics
  /** Nothing is sent before; a reload changes nothing of it. */
  readonly #startAtMs: number
  #rules: AlertmanagerRules
  #dispatcher: Dispatcher
  #cancelMaintenance: () => void = () => undefined
  #changes: Promise<void> = Promise.resolve()
  #isStopped = false
  readonly #telling: Telling
  #shared: SharedAlerting | undefined

  private constructor(
    options: AlertmanagerOptions,
    rules: AlertmanagerRules,
    parts: {
      readonly silences: Silences
      readonly acknowledgements: Acknowledgements
      readonly notificationLog: NotificationLog
      readonly pace: WritePace
    },
  ) {
    const { metadata, clock, log, registry, limits, work } = options
    this.#options = options
    this.#telling = new Telling(work)
    this.silences = parts.silences
    this.acknowledgements = parts.acknowledgements
    this.notificationLog = parts.notificationLog
    this.history = new AlertHistory(metadata, clock, log, parts.pace)
    this.#alerts = new AlertStore({
      keep: keepAlertsIn(metadata),
      clock,
      log,
      maxPerName: limits.maxAlertsPerName,
      pace: parts.pace,
      isShared: this.#telling.isShared,
    })
    this.#notifyMetrics = new NotifyMetrics(registry)
    this.#rules = rules
    this.#startAtMs = clock.nowMs() + options.startDelayMs
    this.#dispatcher = this.#createDispatcher(rules)
    registerAlertMetrics(registry, this)
  }

  /** Loads what is kept and starts to tell. */
  static async open(options: AlertmanagerOptions, rules: AlertmanagerRules): Promise<Alertmanager> {
    const { metadata, clock, log, limits } = options
    const pace = new WritePace(undefined, metadata.kind === 'postgres' ? 1 : undefined)
    const opened = new Alertmanager(options, rules, {
      pace,
      silences: await Silences.open(metadata, clock, limits),
      acknowledgements: await Acknowledgements.open(metadata, clock, log),
      notificationLog: await NotificationLog.open(keepNotificationsIn(metadata), clock, log, pace),
    })
    await opened.#alerts.restore(RESTORE_GRACE_MS)
    opened.#alerts.listen((alert) => opened.#take(alert))
    for (const alert of opened.#alerts.all()) opened.#take(alert)
    opened.#planMaintenance()
    if (options.work !== undefined) opened.#share()
    return opened
  }

  /** From rules of ours: the same alerts come again while they fire, so what cannot be kept is only logged. */
  put(alerts: readonly PostedAlert[]): void {
    this.post(alerts).catch((thrown: unknown) => {
      this.#options.log.error('alerts cannot be kept over a restart', { reason: messageOf(thrown) })
    })
  }

  /** From outside. Resolves when the alerts survive a restart; they are in force even when it rejects. */
  post(alerts: readonly PostedAlert[]): Promise<void> {
    const nowMs = this.#options.clock.nowMs()
    const { resolveTimeoutMs } = this.#rules
    return this.#alerts.put(alerts.map((posted) => toAlert(posted, nowMs, resolveTimeoutMs)))
  }

  /** Puts other rules in force. What is being sent by the old ones may end first, so that nothing is told twice. */
  apply(rules: AlertmanagerRules): Promise<void> {
    this.#changes = this.#changes.then(() => this.#replaceRules(rules))
    return this.#changes
  }

  async #replaceRules(rules: AlertmanagerRules): Promise<void> {
    if (this.#isStopped) return
    const old = { rules: this.#rules, dispatcher: this.#dispatcher }
    this.#alerts.listen(() => undefined)
    await old.dispatcher.stop(STOP_GRACE_MS)
    this.#rules = rules
    this.#dispatcher = this.#createDispatcher(rules)
    this.#alerts.listen((alert) => this.#take(alert))
    for (const alert of this.#alerts.all()) this.#take(alert)
    await old.rules.close()
  }

  /** Follows who of the members tells, and what they change. */
  #share(): void {
    const { metadata, clock, log } = this.#options
    const look = this.#telling.follow(
      (isOurs) => this.#changeTelling(isOurs),
      (work) => (this.#changes = this.#changes.then(work)),
    )
    this.#shared = new SharedAlerting({
      ...{ metadata, clock, log, onLook: look },
      onAlerts: (alerts) => this.#alerts.accept(alerts),
      onSilences: () => this.silences.reload(),
      onAcknowledgements: () => this.acknowledgements.reload(),
    })
    this.#shared.start()
  }

  /** Resolves to whether this member tells now; when it cannot be read what was told before, that is tried again. */
  async #changeTelling(isOurs: boolean): Promise<boolean> {
    if (this.#isStopped) return false
    const { log, clock } = this.#options
    this.#alerts.listen(() => undefined)
    await this.#dispatcher.stop(LEAVE_GRACE_MS)
    let isReady = false
    try {
      if (isOurs) await this.#readAll()
      isReady = isOurs
      log.info(`${isOurs ? 'this' : 'another'} member sends the notifications from now on`)
    } catch (thrown) {
      const reason = messageOf(thrown)
      log.warn('notifications wait until it can be read what was told before', { reason })
    }
    // Who fired when telling ended fires until its sender had the time to say otherwise.
    if (isReady) this.#alerts.keepFiring(clock.nowMs() - this.#telling.idleMs, RESTORE_GRACE_MS)
    this.#dispatcher = this.#createDispatcher(this.#rules)
    this.#alerts.listen((alert) => this.#take(alert))
    for (const alert of this.#alerts.all()) this.#take(alert)
    return isReady
  }

  /** What other members noted until now. */
  async #readAll(): Promise<void> {
    await this.silences.reload()
    await this.acknowledgements.reload()
    await this.notificationLog.reload()
    this.#alerts.accept(await keepAlertsIn(this.#options.metadata).list())
  }

  get rules(): AlertmanagerRules {
    return this.#rules
  }

  get groupCount(): number {
    return this.#dispatcher.size
  }

  /** Alerts that were refused for there being too many of their name. */
  get limited(): number {
    return this.#alerts.limited
  }

  groups(): Iterable<AggregationGroup> {
    return this.#dispatcher.groups()
  }

  /** Alerts that fire, in no order. */
  *firing(): Generator<Alert> {
    const nowMs = this.#options.clock.nowMs()
    for (const alert of this.#alerts.all()) if (!isResolvedAt(alert, nowMs)) yield alert
  }

  /** Alerts that fire, and those that are over and still known. */
  known(): Iterable<Alert> {
    return this.#alerts.all()
  }

  /** An alert that fires, or one that is over and still known. */
  alert(fingerprint: string): Alert | undefined {
    return this.#alerts.get(fingerprint)
  }

  /** What suppresses an alert now. */
  statusOf(alert: Alert): AlertStatus {
    return {
      silencedBy: this.silences.silencedBy(alert.fingerprint, alert.labels),
      inhibitedBy: this.#rules.inhibitor.inhibitedBy(alert, this.#options.clock.nowMs()),
      acknowledgedBy: this.acknowledgements.of(alert.fingerprint)?.createdBy,
    }
  }

  /** Names of the time intervals that mute a route now. */
  mutedBy(route: DispatchRoute): readonly string[] {
    return mutedBy(route, this.#rules, this.#options.clock.nowMs())
  }

  /** The nodes of the routing tree that alerts of these labels go to. */
  routesOf(labels: Labels): readonly DispatchRoute[] {
    return this.#rules.matchRoutes(labels)
  }

  /**
   * Sends an alert at once to the receivers that its labels lead to, or to one that is named, and tells what each answered. It
   * is no alert of ours afterwards: nothing is repeated, and nobody is told that it is over. Throws `not_found` for a receiver.
   */
  async test(
    posted: PostedAlert,
    receiver: string | undefined,
    signal: AbortSignal,
  ): Promise<TestAlertJson> {
    const { clock, externalUrl } = this.#options
    const alert = toAlert(posted, clock.nowMs(), this.#rules.resolveTimeoutMs)
    const routes = this.routesOf(alert.labels)
    const chosen: readonly DispatchRoute[] =
      receiver === undefined ? routes : routes.slice(0, 1).map((route) => redirect(route, receiver))
    if (receiver !== undefined && !this.#rules.receivers.has(receiver)) {
      const names = [...this.#rules.receivers.keys()].join(', ')
      throw new Problem('not_found', `there is no receiver ${JSON.stringify(receiver)}: ${names}`)
    }
    return trialAlert(alert, chosen, {
      rules: this.#rules,
      status: this.statusOf(alert),
      isNamed: receiver !== undefined,
      externalUrl,
      nowMs: clock.nowMs(),
      signal,
    })
  }

  /** Ends: what is being sent may take a moment, and what must survive is written. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#telling.stop()
    this.#cancelMaintenance()
    await this.#shared?.stop()
    await this.#changes
    await this.#dispatcher.stop(STOP_GRACE_MS)
    await Promise.all([
      this.#rules.close(),
      this.#alerts.settle(),
      this.notificationLog.settle(),
      this.history.settle(),
    ])
  }

  #createDispatcher(rules: AlertmanagerRules): Dispatcher {
    const { clock, log, limits, externalUrl, isShadow, random } = this.#options
    const suppressors: Suppressors = {
      inhibitedBy: (alert) => rules.inhibitor.inhibitedBy(alert, clock.nowMs()),
      silencedBy: (alert) => this.silences.silencedBy(alert.fingerprint, alert.labels),
      acknowledgedBy: (fingerprint) => this.acknowledgements.of(fingerprint)?.createdBy,
      isInInterval: rules.isInInterval,
    }
    for (const { integrations } of rules.receivers.values()) {
      for (const { kind } of integrations) this.#notifyMetrics.integration(kind)
    }
    const pipeline = new Pipeline({
      receivers: rules.receivers,
      suppressors,
      notificationLog: this.notificationLog,
      templates: rules.templates,
      externalUrl,
      isShadow,
      mayTell: () => this.#telling.isOurs,
      clock,
      log,
      metrics: this.#notifyMetrics,
      events: this.history.events(),
      random,
    })
    return new Dispatcher({
      matchRoutes: rules.matchRoutes,
      // Where another member tells, groups are only to be looked at.
      notify: (flush, signal) =>
        this.#telling.isOurs ? pipeline.notify(flush, signal) : Promise.resolve(true),
      clock,
      log,
      maxGroups: limits.maxGroups,
      startAtMs: this.#startAtMs,
    })
  }

  #take(alert: Alert): void {
    this.#rules.inhibitor.take(alert)
    this.#dispatcher.take(alert)
    const { fingerprint } = alert
    if (!this.#telling.isOurs || this.acknowledgements.of(fingerprint) === undefined) return
    if (isResolvedAt(alert, this.#options.clock.nowMs()))
      void this.acknowledgements.endOf((each) => each === fingerprint)
  }

  #planMaintenance(): void {
    const { clock } = this.#options
    this.#cancelMaintenance = clock.after(MAINTENANCE_MS, () => {
      void this.#maintain().finally(() => {
        if (!this.#isStopped) this.#planMaintenance()
      })
    })
  }

  async #maintain(): Promise<void> {
    const { clock, log } = this.#options
    try {
      await maintain({
        ...{ silences: this.silences, acknowledgements: this.acknowledgements },
        ...{ notificationLog: this.notificationLog, history: this.history },
        ...{ alerts: this.#alerts, dispatcher: this.#dispatcher, inhibitor: this.#rules.inhibitor },
        ...{ nowMs: clock.nowMs(), isTelling: this.#telling.isOurs },
      })
    } catch (thrown) {
      log.warn('old alerts and silences cannot be forgotten now; that is tried again', {
        reason: messageOf(thrown),
      })
    }
  }
}

function redirect(route: DispatchRoute, receiver: string): DispatchRoute {
  return { ...route, receiver }
}
