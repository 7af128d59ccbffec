import { readUrl } from '../../yaml/context.ts'
import type { FaultList } from '../../yaml/fault.ts'
import { DURATION, readFlag, type FlagRule } from '../../yaml/flag.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { Secret } from '../../yaml/secret.ts'

/** How alerts are handled besides what an alertmanager.yml can say. */
export interface AlertingSettings {
  /** Everything is evaluated and recorded, and nothing is sent. */
  readonly isShadow: boolean
  /** Tells somebody outside, again and again, that alerts arrive; undefined: nobody. */
  readonly heartbeat: Heartbeat | undefined
  /** Nothing is sent this long after a start (`--dispatch.start-delay`). */
  readonly startDelayMs: number
  /** How long expired silences are kept (`--data.retention`). */
  readonly retentionMs: number
  /** 0 is no bound, as in the original. */
  readonly maxAlertsPerName: number
  readonly maxSilences: number
  readonly maxSilenceBytes: number
  readonly maxGroups: number
}

export interface Heartbeat {
  /** Of a service that raises the alarm when it hears nothing; it is a secret there. */
  readonly url: Secret
  readonly intervalMs: number
}

/** Flags of Alertmanager, as written. */
export interface AlertingFlags {
  readonly dispatchStartDelay?: string
  readonly dataRetention?: string
  readonly alertsPerAlertnameLimit?: string
  readonly silencesMaxSilences?: string
  readonly silencesMaxSilenceSizeBytes?: string
}

const HOUR_MS = 3_600_000
const DEFAULT_HEARTBEAT_MS = 60_000
const LEAST_HEARTBEAT_MS = 10_000

/** As in the original, what is not above zero is no bound. */
const BOUND: FlagRule = {
  parse: (text) => (/^-?[0-9]{1,15}$/.test(text) ? Math.max(0, Number(text)) : undefined),
  must: 'a whole number; 0 is no bound',
}

/** The `alerting` section of vedette.yml; flags go before it. */
export function readAlertingSection(
  node: YamlNode | undefined,
  flags: AlertingFlags,
  faults: FaultList,
): AlertingSettings {
  const map = node?.asMap()
  const bound = (flag: string, text: string | undefined, key: string): number =>
    readFlag(flag, text, faults, BOUND) ?? map?.key(key).asInteger({ min: 0 }) ?? 0
  const duration = (flag: string, text: string | undefined, key: string, fallback: number) =>
    readFlag(flag, text, faults, DURATION) ?? map?.key(key).durationMs() ?? fallback
  const settings: AlertingSettings = {
    isShadow: map?.key('shadow').asBool() ?? false,
    heartbeat: readHeartbeat(map?.key('heartbeat').asMap()),
    startDelayMs: duration('dispatch.start-delay', flags.dispatchStartDelay, 'start_delay', 0),
    retentionMs: duration('data.retention', flags.dataRetention, 'retention', 120 * HOUR_MS),
    maxAlertsPerName: bound(
      'alerts.per-alertname-limit',
      flags.alertsPerAlertnameLimit,
      'per_alertname_limit',
    ),
    maxSilences: bound('silences.max-silences', flags.silencesMaxSilences, 'max_silences'),
    maxSilenceBytes: bound(
      'silences.max-silence-size-bytes',
      flags.silencesMaxSilenceSizeBytes,
      'max_silence_size_bytes',
    ),
    maxGroups: map?.key('max_groups').asInteger({ min: 0 }) ?? 0,
  }
  map?.finish()
  return settings
}

function readHeartbeat(map: YamlMap | undefined): Heartbeat | undefined {
  if (map === undefined) return undefined
  const place = map.key('url')
  const interval = map.key('interval')
  const url = place.isEmpty ? map.node.error('url must be set') : readUrl(place)
  const intervalMs = interval.durationMs() ?? DEFAULT_HEARTBEAT_MS
  if (intervalMs < LEAST_HEARTBEAT_MS) interval.error('must be at least 10s')
  map.finish()
  return url && { url: new Secret(url.href), intervalMs }
}
