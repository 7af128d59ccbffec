import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { constants, createGzip } from 'node:zlib'
import { describeFault } from './engine-fault.ts'

/** An answer smaller than this is sent whole, with its length and final summary; a larger one flows. */
const heldBytes = 512 * 1024
/** A client that takes nothing for so long is given up, because the statement's lane is blocked meanwhile. */
const stallTimeoutMs = 60_000

export interface AnswerMeta {
  readonly queryId: string
  readonly format: string
  readonly gzip: boolean
}

export interface Summary {
  readonly resultRows: number
  /** Undefined where nobody counted. */
  readonly writtenRows: number | undefined
  readonly elapsedNs: number
}

/** Sends the result of a statement. The status is decided as late as the amount of data allows. */
export class Answer {
  readonly #response: ServerResponse
  #meta: AnswerMeta
  readonly #exceptionTag = randomUUID().replaceAll('-', '').slice(0, 16)
  #held: Buffer[] = []
  #heldSize = 0
  #sink: Writable | undefined

  constructor(response: ServerResponse, meta: AnswerMeta) {
    this.#response = response
    this.#meta = meta
  }

  /** The format that the statement asked for, once it is known. */
  setFormat(format: string): void {
    this.#meta = { ...this.#meta, format }
  }

  /** Whether it has taken a part of the result. */
  get hasBegun(): boolean {
    return this.#sink !== undefined || this.#heldSize > 0
  }

  /** Adds a part of the result; resolves when more may come. Rejects when the client has gone or takes nothing. */
  async write(chunk: Buffer): Promise<void> {
    if (this.#sink === undefined) {
      this.#held.push(chunk)
      this.#heldSize += chunk.length
      if (this.#heldSize <= heldBytes) return
      this.#startFlow()
      return
    }
    await push(this.#sink, chunk)
  }

  /** Ends a successful answer. */
  async finish(summary: Summary): Promise<void> {
    if (this.#sink !== undefined) {
      await end(this.#sink)
      return
    }
    const body = Buffer.concat(this.#held, this.#heldSize)
    this.#held = []
    const headers = { ...this.#headers(), 'X-ClickHouse-Summary': renderSummary(summary) }
    if (this.#meta.gzip && body.length > 0) {
      this.#response.writeHead(200, { ...headers, 'Content-Encoding': 'gzip' })
      await end(this.#compressed(), body)
      return
    }
    this.#response.writeHead(200, { ...headers, 'Content-Length': body.length })
    await end(this.#response, body)
  }

  /**
   * Ends a failed answer. When data has been sent already, the error follows it in ClickHouse's form and the connection is cut,
   * so that nobody takes the half for the whole.
   */
  fail(thrown: unknown): void {
    const fault = describeFault(thrown)
    if (this.#sink === undefined) {
      sendFault(this.#response, thrown, this.#meta.queryId)
      return
    }
    const tag = this.#exceptionTag
    const length = Buffer.byteLength(fault.text) + 1
    const block = `\r\n__exception__\r\n${tag}\r\n${fault.text}\n${length} ${tag}\r\n__exception__\r\n`
    const { socket } = this.#response
    this.#sink.write(block, () => socket?.destroy())
    setTimeout(() => socket?.destroy(), 1000).unref()
  }

  #startFlow(): void {
    const gzip = this.#meta.gzip ? { 'Content-Encoding': 'gzip' } : {}
    const tag = { 'X-ClickHouse-Exception-Tag': this.#exceptionTag }
    this.#response.writeHead(200, { ...this.#headers(), ...gzip, ...tag })
    this.#sink = this.#meta.gzip ? this.#compressed() : this.#response
    for (const chunk of this.#held) this.#sink.write(chunk)
    this.#held = []
  }

  #compressed(): Writable {
    const gzip = createGzip({ level: 1, memLevel: 7, flush: constants.Z_NO_FLUSH })
    gzip.pipe(this.#response)
    this.#response.on('close', () => gzip.destroy())
    return gzip
  }

  #headers(): Record<string, string> {
    const { queryId, format } = this.#meta
    return {
      ...commonHeaders(queryId),
      'Content-Type': contentTypeOf(format),
      'X-ClickHouse-Format': format,
    }
  }
}

/** Answers with an error, where no part of an answer has been sent. */
export function sendFault(response: ServerResponse, thrown: unknown, queryId: string): void {
  const { text, code, status, retryAfterSeconds } = describeFault(thrown)
  if (response.headersSent) {
    response.destroy()
    return
  }
  const retry = retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }
  const challenge = status === 401 ? { 'WWW-Authenticate': 'Basic realm="Vedette engine"' } : {}
  const body = Buffer.from(`${text}\n`)
  response.writeHead(status, {
    ...commonHeaders(queryId),
    ...retry,
    ...challenge,
    'Content-Type': 'text/plain; charset=UTF-8',
    'Content-Length': body.length,
    'X-ClickHouse-Exception-Code': String(code),
  })
  response.end(body)
}

function commonHeaders(queryId: string): Record<string, string> {
  return {
    'X-ClickHouse-Query-Id': queryId,
    'X-ClickHouse-Timezone': 'UTC',
    'X-ClickHouse-Server-Display-Name': 'vedette',
  }
}

/** ClickHouse's summary with what is known; what nobody counted is left out. */
function renderSummary(summary: Summary): string {
  const { resultRows, writtenRows, elapsedNs } = summary
  const written = writtenRows === undefined ? {} : { written_rows: String(writtenRows) }
  return JSON.stringify({
    result_rows: String(resultRows),
    ...written,
    elapsed_ns: String(Math.round(elapsedNs)),
  })
}

function contentTypeOf(format: string): string {
  if (/^JSON.*EachRow/.test(format) || format === 'NDJSON')
    return 'application/x-ndjson; charset=UTF-8'
  if (format.startsWith('JSON')) return 'application/json; charset=UTF-8'
  if (/^(TabSeparated|TSV)/.test(format)) return 'text/tab-separated-values; charset=UTF-8'
  if (format.startsWith('CSV')) return 'text/csv; charset=UTF-8'
  if (/^(Pretty|Vertical|Values|XML|Markdown|Null)/.test(format)) return 'text/plain; charset=UTF-8'
  return 'application/octet-stream'
}

/** Writes with back-pressure. */
function push(sink: Writable, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    if (sink.destroyed) return reject(new Error('the client went away'))
    if (sink.write(chunk)) return resolve()
    const timer = setTimeout(() => settle(new Error('the client takes no data')), stallTimeoutMs)
    const onDrain = (): void => settle()
    const onClose = (): void => settle(new Error('the client went away'))
    const settle = (error?: Error): void => {
      clearTimeout(timer)
      sink.off('drain', onDrain)
      sink.off('close', onClose)
      if (error === undefined) resolve()
      else reject(error)
    }
    sink.on('drain', onDrain)
    sink.on('close', onClose)
    return undefined
  })
}

/** Resolves when all is sent, or nobody is there any more. */
function end(sink: Writable, last?: Buffer): Promise<void> {
  return new Promise((resolve) => {
    // Of one that is closed already no further event comes: who waited for it would hold the statement's lane for ever.
    if (sink.destroyed) return resolve()
    sink.on('close', () => resolve())
    sink.on('finish', () => resolve())
    if (last === undefined) sink.end()
    else sink.end(last)
    return undefined
  })
}
