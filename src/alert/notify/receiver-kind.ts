import type { HttpClientConfig } from '../../outbound/http-client.ts'
import type { Log } from '../../self/log.ts'
import type { ReadContext } from '../../yaml/context.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { PlainRecord } from '../../yaml/section.ts'
import type { GlobalConfig } from '../config/global.ts'

/**
 * How a kind of receiver owns its part of alertmanager.yml: one entry of `slack_configs:` and its like. Exported by
 * `<name>-settings.ts` and listed once in receiver-sections.ts.
 */
export interface ReceiverSection<S extends CommonSettings> {
  /** As metrics, the notification log and `alert why` name it; the key of the file is `<name>_configs`. */
  readonly name: string
  /**
   * Reads one entry, with what it takes over from `global`, and reports its faults through the nodes; the caller reports unknown
   * keys (`map.finish()`). Undefined when a key without which nothing can be sent is missing, which is then reported.
   */
  readonly read: (map: YamlMap, context: ReadContext, global: GlobalConfig) => S | undefined
  /** The entry in force, in the original's order of keys, `send_resolved` left to the caller; secrets print as `<secret>`. */
  readonly print: (settings: S) => PlainRecord
}

/** What the settings of every kind have. */
export interface CommonSettings {
  /** Whether the receiver is told when alerts resolve. */
  readonly sendResolved: boolean
}

/** What delivers: exported by `<name>.ts`, listed once in receiver-kinds.ts. */
export interface ReceiverKind<S extends CommonSettings> {
  /** The name of its section. */
  readonly name: string
  /** Makes the sender of one entry. Opens nothing: the first connection is made by the first `send`. */
  readonly create: (settings: S, tools: NotifyTools) => Notifier
}

/** Sends notifications to one place. */
export interface Notifier {
  /**
   * Delivers once; the caller repeats with back-off where the outcome says `retry`. Answers as soon as the receiver accepted,
   * and never records anything itself. Rejects only for a fault of ours, which counts as not to be retried. When `signal`
   * aborts, the attempt ends soon, with `retry: true`.
   */
  readonly send: (notification: Notification, signal: AbortSignal) => Promise<SendOutcome>
  /** Ends open connections. */
  readonly close?: () => Promise<void>
}

/** What became of one attempt. */
export type SendOutcome =
  | {
      readonly ok: true
      /** What the receiver answered, short, for `alert why` (`200`, `250 2.0.0 Ok: queued as 4ZQ`); without secrets. */
      readonly answer?: string
      /** What this group's next notification by this entry finds in `remembered`: the ID of a message to update. Durable. */
      readonly remember?: Readonly<Record<string, string>>
    }
  | {
      readonly ok: false
      /** Whether the same request may succeed later (no connection, 5xx, 429 where the kind says so). */
      readonly retry: boolean
      /** What went wrong, without secrets: URLs of webhooks are left out. */
      readonly reason: string
      /** What metrics call the reason, as in the original (`notify.Reason`). */
      readonly failure: SendFailure
      /** From `Retry-After`: not to be tried again before. */
      readonly retryAfterMs?: number
    }

/** The values of the label `reason` of alertmanager_notifications_failed_total. */
export type SendFailure =
  | 'other'
  | 'clientError'
  | 'serverError'
  | 'rateLimited'
  | 'authError'
  | 'contextCanceled'
  | 'contextDeadlineExceeded'

/** Names or annotations and their values. Values may be empty in annotations only. */
export type KeyValues = Readonly<Record<string, string>>

/** One alert of a notification. */
export interface NotifiedAlert {
  readonly status: 'firing' | 'resolved'
  readonly labels: KeyValues
  readonly annotations: KeyValues
  /** Unix milliseconds. */
  readonly startsAtMs: number
  /** Unix milliseconds; undefined while the alert fires and nobody said when it ends (templates and JSON: year 1). */
  readonly endsAtMs: number | undefined
  readonly generatorUrl: string
  /** 16 hexadecimal digits. */
  readonly fingerprint: string
}

/** Why a group is notified about now; the words that templates see as `.NotificationReason`. */
export type NotificationReason =
  | 'first notification'
  | 'new alerts added'
  | 'some alerts resolved'
  | 'all alerts resolved'
  | 'repeat interval elapsed'
  | 'unknown'

/** What one entry of a receiver is to deliver: a group of alerts at one moment. */
export interface Notification {
  /** The receiver's name. */
  readonly receiver: string
  /** `{}/{severity="page"}:{alertname="Down"}`: which route's which group, the same for all its notifications. */
  readonly groupKey: string
  /** SHA-256 of `groupKey`, hexadecimal: the key under which receivers that know one (PagerDuty, Opsgenie) merge. */
  readonly dedupKey: string
  /** `firing` as long as one alert fires. */
  readonly status: 'firing' | 'resolved'
  readonly reason: NotificationReason
  readonly groupLabels: KeyValues
  /** What all alerts have in common. */
  readonly commonLabels: KeyValues
  readonly commonAnnotations: KeyValues
  /** `labels:` of the route, their templates rendered. */
  readonly routeLabels: KeyValues
  /** Firing ones first, then by start, as the original sorts them. Never empty. */
  readonly alerts: readonly NotifiedAlert[]
  /** Where this program's alert pages are reached from outside, without a slash at its end. */
  readonly externalUrl: string
  /** Unix milliseconds of the flush; the same in all attempts. */
  readonly nowMs: number
  /** What the last success of this group by this entry returned as `remember`; empty at first and after the group ended. */
  readonly remembered: KeyValues
}

/** What a kind works with. */
export interface NotifyTools {
  readonly templates: NotificationTemplates
  /** A client for `http_config`. Throws nothing: files that cannot be read fail the single request. */
  readonly http: (config: HttpClientConfig) => NotifyHttp
  readonly log: Log
  /** Unix milliseconds. */
  readonly nowMs: () => number
}

/** The outcome of a template. */
export interface Rendered {
  /** What to show: the rendered text, or, when the template failed, a line that names the error. */
  readonly text: string
  /** Set when the template failed; then `text` is for people only, not for URLs, channels and keys. */
  readonly error: string | undefined
}

/** Go templates with the files of `templates:` and the default ones. Neither verb throws; errors are counted and logged. */
export interface NotificationTemplates {
  /** As text/template. A text without `{{` is returned as it is. */
  readonly renderText: (template: string, notification: Notification) => Rendered
  /** As html/template, escaping by context. */
  readonly renderHtml: (template: string, notification: Notification) => Rendered
}

/** One request of a notifier. */
export interface NotifyRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export interface NotifyAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** At most the first 64 KiB of the body. */
  readonly body: string
}

/** Speaks HTTP as an `http_config` says: credentials, own headers, TLS, proxy, redirects. */
export interface NotifyHttp {
  /** Any status is an answer; rejects when there is none (no connection, TLS, the signal). Messages name no secret. */
  readonly send: (request: NotifyRequest, signal: AbortSignal) => Promise<NotifyAnswer>
  readonly close: () => Promise<void>
}
