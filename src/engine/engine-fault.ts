/**
 * What the engine answers when it cannot do what was asked, in ClickHouse's own shape, so that every client of ClickHouse
 * understands it: `Code: N. DB::Exception: message. (NAME)` with the HTTP status that a ClickHouse server would use.
 */
export class EngineFault extends Error {
  override readonly name = 'EngineFault'
  /** ClickHouse's error code, for example 62. */
  readonly code: number
  readonly status: number
  /** Seconds after which trying again is sensible, where that is so. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: number,
    codeName: string,
    message: string,
    options: { cause?: unknown; retryAfterSeconds?: number; status?: number } = {},
  ) {
    const text = `Code: ${code}. DB::Exception: ${message}. (${codeName})`
    super(text, 'cause' in options ? { cause: options.cause } : {})
    this.code = code
    this.status = options.status ?? httpStatusOf(code)
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** Anything thrown while answering, as text, code and HTTP status. */
export interface FaultAnswer {
  readonly text: string
  readonly code: number
  readonly status: number
  readonly retryAfterSeconds: number | undefined
}

/** Turns whatever was thrown (by us, by chDB, by Node) into what the client is told. */
export function describeFault(thrown: unknown): FaultAnswer {
  if (thrown instanceof EngineFault) {
    const { message: text, code, status, retryAfterSeconds } = thrown
    return { text, code, status, retryAfterSeconds }
  }
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  const code = codeIn(text)
  if (code === undefined) {
    return {
      text: `Code: 1001. DB::Exception: ${text}. (STD_EXCEPTION)`,
      code: 1001,
      status: 500,
      retryAfterSeconds: undefined,
    }
  }
  return { text, code, status: httpStatusOf(code), retryAfterSeconds: undefined }
}

/** The ClickHouse code in the message of an error that chDB threw, or undefined. */
function codeIn(text: string): number | undefined {
  const written = /Code: (\d+)\. DB::/.exec(text)
  return written === null ? undefined : Number(written[1])
}

/**
 * The statuses of ClickHouse's HTTP handler: unreadable input is 400, unknown names are 404, a query past its time is 408, what is
 * not built in is 501, and the rest 500. Full disks are 507 here, which says more than ClickHouse's own 500.
 */
function httpStatusOf(code: number): number {
  if (code === 243) return 507
  if (badInputCodes.has(code)) return 400
  if (unknownNameCodes.has(code)) return 404
  return otherStatuses.get(code) ?? 500
}

const badInputCodes = new Set([
  6, 25, 26, 27, 36, 38, 41, 42, 43, 50, 53, 62, 69, 70, 72, 117, 130, 131, 190, 321, 427, 441, 456,
  457, 467, 493,
])
const unknownNameCodes = new Set([46, 47, 56, 60, 63, 73, 81, 115, 336, 511])
const otherStatuses = new Map([
  [48, 501],
  [76, 503],
  [159, 408],
  [192, 401],
  [193, 401],
  [194, 401],
  [202, 503],
  [209, 503],
  [516, 401],
])
