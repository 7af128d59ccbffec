import type { SendFailure, SendOutcome } from './receiver-kind.ts'

/** Thrown where a notification cannot be sent as it is: the reason names no secret. */
export class SendFault extends Error {
  readonly #rest: { readonly retry: boolean; readonly failure: SendFailure }

  constructor(
    reason: string,
    rest: { readonly retry?: boolean; readonly failure?: SendFailure } = {},
  ) {
    super(reason)
    const { retry = false, failure = 'clientError' } = rest
    this.#rest = { retry, failure }
  }

  get outcome(): SendOutcome {
    return { ok: false, reason: this.message, ...this.#rest }
  }
}
