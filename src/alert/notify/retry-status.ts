import type { NotifyAnswer, SendFailure, SendOutcome } from './receiver-kind.ts'

/** Longest part of an answer that a reason shows. */
const MAX_SHOWN = 300

/**
 * What an HTTP answer means for a notification (notify/util.go, Retrier): 2xx is success, 5xx is worth another try, and so are
 * the other statuses that a kind names.
 */
export function outcomeOf(
  answer: NotifyAnswer,
  options: {
    readonly retryStatuses?: readonly number[]
    /** Takes the reason out of the body; default: the body itself. */
    readonly describe?: (body: string) => string
  } = {},
): SendOutcome {
  const { status, body, headers } = answer
  if (status >= 200 && status < 300) return { ok: true, answer: String(status) }
  const isListed = options.retryStatuses?.includes(status) === true
  const shown = (options.describe?.(body) ?? body).trim().slice(0, MAX_SHOWN)
  const retryAfterMs = readRetryAfter(headers['retry-after'])
  return {
    ok: false,
    retry: status >= 500 || isListed,
    reason: `unexpected status code ${status}${shown === '' ? '' : `: ${shown}`}`,
    failure: failureOf(status),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}

/** The outcome of a request without an answer: worth another try. */
export function outcomeOfError(thrown: unknown, signal: AbortSignal): SendOutcome {
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  const failure: SendFailure = signal.aborted ? 'contextDeadlineExceeded' : 'other'
  return { ok: false, retry: true, reason, failure }
}

function failureOf(status: number): SendFailure {
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
