import { messageOf, Problem } from '../../model/problem.ts'

/** One alert of a message in the format that Alertmanager's webhook receiver sends (version 4). */
export interface ReceivedAlert {
  readonly status: 'firing' | 'resolved' | 'unknown'
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** As sent; '' where the sender gave none. */
  readonly startsAt: string
  readonly endsAt: string
  readonly generatorURL: string
  readonly fingerprint: string
}

export interface ReceivedMessage {
  /** The sender's receiver; '' where it did not say. */
  readonly receiver: string
  readonly alerts: readonly ReceivedAlert[]
}

type JsonObject = Readonly<Record<string, unknown>>

/**
 * Reads a webhook message. Only `alerts` must be there: people try the receiver with a hand-written body. Throws `bad_data`
 * that names the part of the message that is wrong.
 */
export function readMessage(body: string): ReceivedMessage {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch (thrown) {
    throw new Problem('bad_data', `the body is not JSON: ${messageOf(thrown)}`)
  }
  if (!isObject(json)) throw mustBe('the body', 'an object as Alertmanager sends it', json)
  const alerts = json['alerts']
  if (!Array.isArray(alerts)) throw mustBe('alerts', 'a list of alerts', alerts)
  return {
    receiver: readText(json, 'receiver', 'receiver'),
    alerts: alerts.map((alert: unknown, i) => readAlert(alert, `alerts[${i}]`)),
  }
}

function readAlert(json: unknown, place: string): ReceivedAlert {
  if (!isObject(json)) throw mustBe(place, 'an object', json)
  const text = (name: string): string => readText(json, name, `${place}.${name}`)
  const status = text('status')
  return {
    status: status === 'firing' || status === 'resolved' ? status : 'unknown',
    labels: readTexts(json['labels'], `${place}.labels`),
    annotations: readTexts(json['annotations'], `${place}.annotations`),
    startsAt: text('startsAt'),
    endsAt: text('endsAt'),
    generatorURL: text('generatorURL'),
    fingerprint: text('fingerprint'),
  }
}

function readText(json: JsonObject, name: string, place: string): string {
  const value = json[name] ?? ''
  if (typeof value !== 'string') throw mustBe(place, 'a text', value)
  return value
}

function readTexts(json: unknown, place: string): Readonly<Record<string, string>> {
  if (json === undefined || json === null) return {}
  if (!isObject(json)) throw mustBe(place, 'an object of texts', json)
  const entries = Object.entries(json).map(([name, value]): [string, string] => {
    if (typeof value !== 'string') throw mustBe(`${place}.${name}`, 'a text', value)
    return [name, value]
  })
  return Object.fromEntries(entries)
}

function isObject(json: unknown): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function mustBe(place: string, what: string, found: unknown): Problem {
  const kind =
    found === undefined
      ? 'missing'
      : found === null
        ? 'null'
        : Array.isArray(found)
          ? 'a list'
          : `a ${typeof found}`
  return new Problem('bad_data', `${place} must be ${what}; it is ${kind}`)
}
