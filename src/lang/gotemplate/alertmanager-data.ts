import { Labels } from '../../model/labels.ts'
import type { GoFunction } from './function.ts'
import { aString, define, strings } from './function.ts'
import { GoTime } from './time.ts'
import type { GoValue, MapSource } from './value.ts'
import { GoMap, GoSlice, GoStruct, stringOf } from './value.ts'
import { sortedKeys } from './sorted-keys.ts'

/** Names and values of labels or annotations. */
export type LabelInput = Labels | ReadonlyMap<string, string>

/** One alert of a notification. */
export interface AlertInput {
  readonly status: 'firing' | 'resolved'
  readonly labels: LabelInput
  readonly annotations: LabelInput
  /** Since 1970; fractions are kept to the nanosecond. */
  readonly startsAtMs: number
  /** Undefined: Go's zero time, as of alerts that fire. */
  readonly endsAtMs?: number | undefined
  readonly generatorUrl: string
  /** 16 hexadecimal digits. */
  readonly fingerprint: string
}

/** What a notification is made of. */
export interface NotificationInput {
  /** The receiver's name as configured. */
  readonly receiver: string
  /** At least one. */
  readonly alerts: readonly AlertInput[]
  readonly groupLabels: LabelInput
  readonly externalUrl: string
  readonly notificationReason?: string
  /** Labels of the route; their values may be templates, unless they are said to be expanded. */
  readonly routeLabels?: LabelInput
  readonly areRouteLabelsExpanded?: boolean
}

/** Alertmanager's Strings. */
class Strings extends GoSlice {
  readonly values: readonly string[]

  constructor(values: readonly string[]) {
    super(values, 'template.Strings', true)
    this.values = values
  }

  override method(name: string): GoFunction | undefined {
    return name === 'Join'
      ? define([aString], (separator) => this.values.join(separator))
      : undefined
  }
}

/** A label or annotation: `.Name` and `.Value`. */
class Pair extends GoStruct {
  readonly pairName: string
  readonly pairValue: string

  constructor(name: string, value: string) {
    super('template.Pair', { Name: name, Value: value })
    this.pairName = name
    this.pairValue = value
  }
}

class Pairs extends GoSlice {
  readonly pairs: readonly Pair[]

  constructor(pairs: readonly Pair[]) {
    super(pairs, 'template.Pairs')
    this.pairs = pairs
  }

  override withItems(items: readonly GoValue[]): GoSlice {
    return new Pairs(items.filter((item) => item instanceof Pair))
  }

  override text(): string {
    return this.pairs.map((pair) => `${pair.pairName}=${pair.pairValue}`).join(', ')
  }

  names(): Strings {
    return new Strings(this.pairs.map((pair) => pair.pairName))
  }

  values(): Strings {
    return new Strings(this.pairs.map((pair) => pair.pairValue))
  }

  override method(name: string): GoFunction | undefined {
    switch (name) {
      case 'Names':
        return define([], () => this.names())
      case 'Values':
        return define([], () => this.values())
      case 'String':
        return define([], () => this.text())
      default:
        return undefined
    }
  }
}

/** Alertmanager's KV: a map of strings with methods. */
class KV extends GoMap {
  constructor(source: MapSource) {
    super(source, 'template.KV', '')
  }

  static from(input: LabelInput): KV {
    if (!(input instanceof Labels)) return new KV(input)
    const entries = new Map<string, string>()
    const { flat } = input
    for (let i = 0; i < flat.length; i += 2) entries.set(flat[i] as string, flat[i + 1] as string)
    return new KV(entries)
  }

  /** By name, `alertname` first. */
  sortedPairs(): Pairs {
    const keys = sortedKeys(this.source)
    const first = keys.filter((key) => key === 'alertname')
    const rest = keys.filter((key) => key !== 'alertname')
    const pair = (key: string): Pair => new Pair(key, stringOf(this.source.get(key)) ?? '')
    return new Pairs([...first, ...rest].map(pair))
  }

  override text(): string {
    return this.sortedPairs().text()
  }

  override method(name: string): GoFunction | undefined {
    switch (name) {
      case 'SortedPairs':
        return define([], () => this.sortedPairs())
      case 'Names':
        return define([], () => this.sortedPairs().names())
      case 'Values':
        return define([], () => this.sortedPairs().values())
      case 'String':
        return define([], () => this.text())
      case 'Remove':
        return define([strings], (names) => this.#remove(names))
      default:
        return undefined
    }
  }

  #remove(names: GoSlice | undefined): KV {
    const removed = new Set<GoValue>(names?.items)
    const entries = new Map<string, GoValue>()
    for (const key of this.source.keys()) {
      if (!removed.has(key)) entries.set(key, this.source.get(key))
    }
    return new KV(entries)
  }
}

/** The labels of the route, which may be templates themselves. */
export class RouteLabels extends KV {
  readonly areExpanded: boolean

  constructor(source: MapSource, areExpanded: boolean) {
    super(source)
    this.areExpanded = areExpanded
  }
}

class Alert extends GoStruct {
  readonly status: AlertInput['status']

  constructor(input: AlertInput) {
    const { endsAtMs } = input
    super(
      'template.Alert',
      {
        Status: input.status,
        Labels: KV.from(input.labels),
        Annotations: KV.from(input.annotations),
        StartsAt: GoTime.fromMs(input.startsAtMs),
        EndsAt: endsAtMs === undefined ? GoTime.zero() : GoTime.fromMs(endsAtMs),
        GeneratorURL: input.generatorUrl,
        Fingerprint: input.fingerprint,
      },
      {
        Status: 'status',
        Labels: 'labels',
        Annotations: 'annotations',
        StartsAt: 'startsAt',
        EndsAt: 'endsAt',
        GeneratorURL: 'generatorURL',
        Fingerprint: 'fingerprint',
      },
    )
    this.status = input.status
  }
}

class Alerts extends GoSlice {
  readonly alerts: readonly Alert[]

  constructor(alerts: readonly Alert[]) {
    super(alerts, 'template.Alerts')
    this.alerts = alerts
  }

  override withItems(items: readonly GoValue[]): GoSlice {
    return new Alerts(items.filter((item) => item instanceof Alert))
  }

  override method(name: string): GoFunction | undefined {
    switch (name) {
      case 'Firing':
        return define([], () => this.#withStatus('firing'))
      case 'Resolved':
        return define([], () => this.#withStatus('resolved'))
      default:
        return undefined
    }
  }

  /** A plain slice, without the methods, as in the original. */
  #withStatus(status: AlertInput['status']): GoSlice {
    const matching = this.alerts.filter((alert) => alert.status === status)
    return new GoSlice(matching, '[]template.Alert')
  }
}

/**
 * The dot of notification templates (Alertmanager's template.Data): `.Receiver .Status .Alerts .GroupLabels .CommonLabels
 * .CommonAnnotations .ExternalURL …`. What is common to all alerts is worked out here; the status is `firing` as long as one
 * alert fires.
 */
export function notificationData(input: NotificationInput): GoStruct {
  const { alerts } = input
  const isFiring = alerts.some((alert) => alert.status === 'firing')
  const routeLabels = KV.from(input.routeLabels ?? Labels.EMPTY).source
  return new GoStruct(
    'template.Data',
    {
      Receiver: quoteMeta(input.receiver),
      Status: isFiring ? 'firing' : 'resolved',
      Alerts: new Alerts(alerts.map((alert) => new Alert(alert))),
      NotificationReason: input.notificationReason ?? '',
      GroupLabels: KV.from(input.groupLabels),
      CommonLabels: commonOf(alerts.map((alert) => alert.labels)),
      CommonAnnotations: commonOf(alerts.map((alert) => alert.annotations)),
      RouteLabels: new RouteLabels(routeLabels, input.areRouteLabelsExpanded ?? false),
      ExternalURL: input.externalUrl,
    },
    DATA_JSON_NAMES,
  )
}

const DATA_JSON_NAMES = {
  Receiver: 'receiver',
  Status: 'status',
  Alerts: 'alerts',
  NotificationReason: 'notification_reason',
  GroupLabels: 'groupLabels',
  CommonLabels: 'commonLabels',
  CommonAnnotations: 'commonAnnotations',
  RouteLabels: 'routeLabels',
  ExternalURL: 'externalURL',
} as const

/** The original gives the receiver's name as a pattern that matches it (regexp.QuoteMeta). */
function quoteMeta(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')
}

function commonOf(inputs: readonly LabelInput[]): KV {
  const [first, ...others] = inputs
  const common = new Map<string, GoValue>()
  if (!first) return new KV(common)
  const { source } = KV.from(first)
  for (const key of source.keys()) {
    const value = source.get(key)
    if (others.every((other) => other.get(key) === value)) common.set(key, value)
  }
  return new KV(common)
}
