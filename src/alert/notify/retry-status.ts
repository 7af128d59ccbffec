import type { NotifyAnswer, SendFailure, SendOutcome } from './receiver-kind.ts'

/** Longest part of an answer that a reason shows. */
const MAX_SHOWN = 300

export interface AnswerRules {
  /** Statuses that are worth another try besides 5xx. */
  readonly retryStatuses?: readonly number[]
  /** Takes the reason out of the answer; default: its body. */
  readonly describe?: (answer: NotifyAnswer) => string
  /** What goes before the reason: `channel "#ops"`. */
  readonly where?: string
}

/**
 * What an HTTP answer means for a notification (notify/util.go, Retrier): 2xx is success, 5xx is worth another try, and so are
 * the other statuses that a kind names.
 */
export function outcomeOf(answer: NotifyAnswer, rules: AnswerRules = {}): SendOutcome {
  const { status, headers } = answer
  if (status >= 200 && status < 300) return { ok: true, answer: String(status) }
  const details = rules.describe === undefined ? answer.body : rules.describe(answer)
  const retryAfterMs = readRetryAfter(headers['retry-after'])
  return {
    ok: false,
    retry: status >= 500 || rules.retryStatuses?.includes(status) === true,
    reason: withDetails(
      `${rules.where === undefined ? '' : `${rules.where}: `}unexpected status code ${status}`,
      details,
    ),
    failure: failureOf(status),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}

/** A reason with what the receiver said about it, on one line and not too long. */
export function withDetails(reason: string, details: string): string {
  const shown = details.replaceAll(/\s+/g, ' ').trim().slice(0, MAX_SHOWN)
  return shown === '' ? reason : `${reason}: ${shown}`
}

/** The outcome of a request without an answer: worth another try. */
export function outcomeOfError(thrown: unknown, signal: AbortSignal): SendOutcome {
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  const failure: SendFailure = signal.aborted ? 'contextDeadlineExceeded' : 'other'
  return { ok: false, retry: true, reason, failure }
}

/** What metrics call the status of a failure (notify/util.go, GetFailureReasonFromStatusCode). */
export function failureOf(status: number): SendFailure {
  if (status === 429) return 'rateLimited'
  if (status === 401 || status === 403) return 'authError'
  if (status >= 500) return 'serverError'
  return status >= 400 ? 'clientError' : 'other'
}

/** Seconds, or a date. */
function readRetryAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const waitMs = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(waitMs) && waitMs > 0 ? waitMs : undefined
}
