import type { SendFailure, SendOutcome } from './receiver-kind.ts'

/** Thrown where a notification cannot be sent as it is: the reason names no secret. */
export class SendFault extends Error {
  readonly #rest: Omit<Extract<SendOutcome, { ok: false }>, 'ok' | 'reason'>

  constructor(
    reason: string,
    rest: {
      readonly retry?: boolean
      readonly failure?: SendFailure
      readonly retryAfterMs?: number
    } = {},
  ) {
    super(reason)
    const { retry = false, failure = 'clientError', retryAfterMs } = rest
    this.#rest = { retry, failure, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  }

  get outcome(): SendOutcome {
    return { ok: false, reason: this.message, ...this.#rest }
  }
}
