import { objectOf, textOf, type JsonObject } from '../discovery/json-value.ts'
import { shownAt, textAt } from '../kube-state/object-fields.ts'

/** An event of the cluster as a log line. */
export interface EventLine {
  /** Of the object that it is about. */
  readonly namespace: string
  /** As the API server counts; -1 where it does not count in numbers. */
  readonly version: number
  readonly timestampMs: number
  readonly isWarning: boolean
  /** logfmt. */
  readonly text: string
}

/**
 * An event as Grafana's agents write it (loki.source.kubernetes_events): one line of logfmt, the time that of its last occurrence.
 * Undefined for what is none.
 */
export function readEventLine(event: JsonObject): EventLine | undefined {
  const timestampMs = timeOf(event)
  if (textAt(event, 'metadata', 'name') === '' || timestampMs === undefined) return undefined
  const object = objectOf(event['involvedObject'])
  const version = textAt(event, 'metadata', 'resourceVersion')
  const fields: Readonly<Record<string, string>> = {
    name: textOf(object['name']),
    kind: textOf(object['kind']),
    action: textOf(event['action']),
    objectAPIversion: textOf(object['apiVersion']),
    objectRV: textOf(object['resourceVersion']),
    eventRV: version,
    reportinginstance: textOf(event['reportingInstance']),
    reportingcontroller: textOf(event['reportingComponent']),
    sourcecomponent: textAt(event, 'source', 'component'),
    sourcehost: textAt(event, 'source', 'host'),
    reason: textOf(event['reason']),
    type: textOf(event['type']),
    count: shownAt(event, 'series', 'count') || shownAt(event, 'count'),
    msg: textOf(event['message']),
  }
  return {
    namespace: textOf(object['namespace']) || textAt(event, 'metadata', 'namespace'),
    version: /^\d{1,15}$/.test(version) ? Number(version) : -1,
    timestampMs,
    isWarning: textOf(event['type']) === 'Warning',
    text: formatFields(fields),
  }
}

/** When it was last seen: each way of reporting has a field of its own. */
function timeOf(event: JsonObject): number | undefined {
  const written =
    textAt(event, 'series', 'lastObservedTime') ||
    textOf(event['lastTimestamp']) ||
    textOf(event['eventTime']) ||
    textOf(event['firstTimestamp']) ||
    textAt(event, 'metadata', 'creationTimestamp')
  const timestampMs = Date.parse(written)
  return Number.isNaN(timestampMs) ? undefined : timestampMs
}

function formatFields(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}=${formatText(value)}`)
    .join(' ')
}

/** Quoted where a space, a quote, an equals sign or a control character is in it. */
function formatText(value: string): string {
  return /^[^\s"=\\\p{Cc}]+$/u.test(value) ? value : JSON.stringify(value)
}
