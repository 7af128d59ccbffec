import type { HttpClientConfig } from '../../outbound/http-client.ts'
import { hideSecrets } from '../../outbound/hide-secrets.ts'
import type {
  Notification,
  Notifier,
  NotifyAnswer,
  NotifyRequest,
  NotifyTools,
  SendOutcome,
} from './receiver-kind.ts'
import { outcomeOfError } from './retry-status.ts'
import { revealSource, type SecretSource } from './secret-source.ts'
import { SendFault } from './send-fault.ts'
import { Texts } from './texts.ts'

/** What one attempt of a kind that speaks HTTP works with. */
export interface HttpAttempt {
  readonly notification: Notification
  readonly texts: Texts
  /** The text of a secret, which from then on is kept out of what the attempt says. */
  readonly reveal: (source: SecretSource) => Promise<string>
  /** Keeps a text that was made of secrets out of what the attempt says, and returns it. */
  readonly conceal: (text: string) => string
  readonly request: (request: NotifyRequest) => Promise<NotifyAnswer>
  /** Posts a value as JSON. What is undefined in it is left out. */
  readonly post: (
    url: string,
    body: object,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<NotifyAnswer>
}

/** What the settings of such a kind have: its client, and how long an attempt may take, where they say so (0 is as long as it takes). */
interface HttpNotifierSettings {
  readonly http: HttpClientConfig
  readonly timeout?: number
}

/**
 * A notifier of one attempt over HTTP: bounds its time, makes outcomes of what is thrown, and keeps the secrets that it used out
 * of the reason.
 */
export function httpNotifier(
  settings: HttpNotifierSettings,
  tools: NotifyTools,
  attempt: (attempt: HttpAttempt) => Promise<SendOutcome>,
): Notifier {
  const client = tools.http(settings.http)
  const { timeout = 0 } = settings
  return {
    send: async (notification, signal) => {
      const secrets = new Set<string>()
      const limit = timeout > 0 ? AbortSignal.any([signal, AbortSignal.timeout(timeout)]) : signal
      const conceal = (text: string): string => {
        secrets.add(text)
        return text
      }
      const request = (wanted: NotifyRequest): Promise<NotifyAnswer> => client.send(wanted, limit)
      try {
        const outcome = await attempt({
          notification,
          texts: new Texts(tools.templates, notification),
          reveal: async (source) => conceal(await revealSource(source)),
          conceal,
          request,
          post: (url, body, headers = {}) =>
            request({
              method: 'POST',
              url,
              headers: { 'content-type': 'application/json', ...headers },
              body: JSON.stringify(body),
            }),
        })
        return withoutSecrets(outcome, secrets)
      } catch (thrown) {
        const outcome = thrown instanceof SendFault ? thrown.outcome : outcomeOfError(thrown, limit)
        return withoutSecrets(outcome, secrets)
      }
    },
    close: () => client.close(),
  }
}

function withoutSecrets(outcome: SendOutcome, secrets: Iterable<string>): SendOutcome {
  return outcome.ok ? outcome : { ...outcome, reason: hideSecrets(outcome.reason, secrets) }
}

/** Undefined instead of an empty text, which JSON then leaves out as Go's `omitempty` does. */
export function orNothing(text: string): string | undefined {
  return text === '' ? undefined : text
}

/** An empty list is left out. */
export function nonEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}

/** A URL that was rendered or read from a file. Throws SendFault, without the URL, when it is none. */
export function checkedUrl(name: string, text: string): string {
  const url = text.trim()
  if (/^https?:\/\/[^/?#]/i.test(url) && URL.canParse(url)) return url
  throw new SendFault(
    url === '' ? `${name} is empty` : `${name} is no URL that starts with http:// or https://`,
  )
}
