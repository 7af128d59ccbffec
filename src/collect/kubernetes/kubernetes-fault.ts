/** Why an API server did not give what it was asked for. The message names no credentials. */
export class KubernetesFault extends Error {
  override readonly name = 'KubernetesFault'
  /** Of the answer; undefined where there was none, or it was broken. */
  readonly status: number | undefined
  /** The connection failed; nothing is wrong with what the server said. */
  readonly isTransport: boolean
  /** The answer was longer than what is taken: fewer objects may be asked for. */
  readonly isTooLarge: boolean

  constructor(
    message: string,
    options: {
      readonly status?: number
      readonly isTransport?: boolean
      readonly isTooLarge?: boolean
      readonly cause?: unknown
    } = {},
  ) {
    super(message, { cause: options.cause })
    this.status = options.status
    this.isTransport = options.isTransport ?? false
    this.isTooLarge = options.isTooLarge ?? false
  }

  /** What was asked for is older than the server remembers: everything is to be listed again. */
  get isGone(): boolean {
    return this.status === 410
  }
}
