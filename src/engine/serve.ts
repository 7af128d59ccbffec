import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { Answer, sendFault } from './answer.ts'
import type { Engine, RequestContext } from './engine.ts'
import { EngineFault } from './engine-fault.ts'
import { parametersOf } from './params.ts'
import { decodeBody } from './request-body.ts'
import type { RemoteGuard } from './remote-guard.ts'
import { settingsOf } from './settings.ts'
import { readInsertPrefix, readStatement } from './sql-text.ts'
import type { DataInsert, Statement } from './sql-text.ts'

/** SQL text of one statement, without rows, in bytes. */
const statementBytes = 4 * 1024 * 1024

export interface ServeOptions {
  readonly engine: Engine
  /** Bytes of a request body, decompressed. */
  readonly bodyBytes: number
  /** Throws an EngineFault when the request may not be served. */
  readonly authenticate: (request: IncomingMessage, parameters: URLSearchParams) => void
  /** Limits what may be said, for clients that come over the network. */
  readonly guard: RemoteGuard | undefined
  /** Throws an EngineFault while nothing may be inserted. */
  readonly admitInsert: () => void
}

/** ClickHouse's HTTP interface, as far as its clients use it. */
export function createEngineServer(options: ServeOptions): Server {
  const server = createServer((request, response) => {
    void serveRequest(options, request, response)
  })
  server.keepAliveTimeout = 65_000
  server.requestTimeout = 300_000
  server.maxConnections = 256
  return server
}

async function serveRequest(
  options: ServeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let queryId: string = randomUUID()
  try {
    const url = new URL(request.url ?? '/', 'http://engine')
    if (url.pathname === '/ping' || url.pathname === '/replicas_status')
      return sendText(response, 'Ok.\n')
    options.authenticate(request, url.searchParams)
    queryId = readQueryId(url.searchParams) ?? queryId
    if (url.pathname !== '/') throw unknownPath(url.pathname)
    const isGet = request.method === 'GET'
    if (!isGet && request.method !== 'POST') throw wrongMethod(request.method)
    if (isGet && !url.searchParams.has('query')) return sendText(response, 'Ok.\n')
    await serveStatement(options, request, response, url.searchParams, queryId)
  } catch (thrown) {
    sendFault(response, thrown, queryId)
    if (!request.complete) drainBriefly(request)
  }
}

async function serveStatement(
  options: ServeOptions,
  request: IncomingMessage,
  response: ServerResponse,
  parameters: URLSearchParams,
  queryId: string,
): Promise<void> {
  refuseUnsupported(request, parameters)
  const { guard } = options
  const asked = readContext(request, response, parameters, queryId)
  const context =
    guard === undefined ? asked : { ...asked, database: guard.chooseDatabase(asked.database) }
  const answer = new Answer(response, {
    queryId,
    format: context.defaultFormat,
    gzip: wantsGzip(request, parameters),
  })
  const body = decodeBody(request, options.bodyBytes + statementBytes)
  const { statement, text, head, rest } = await receive(parameters.get('query'), body)
  guard?.check(text, context.parameters)
  if (request.method === 'GET' && statement.kind !== 'read') {
    throw new EngineFault(164, 'READONLY', 'GET may only read: use POST', { status: 500 })
  }
  if (statement.kind === 'insert') {
    options.admitInsert()
    await options.engine.insert(statement, head, rest, context, answer)
    return
  }
  answer.setFormat(statement.format ?? context.defaultFormat)
  await options.engine.run(statement, context, answer)
}

/** Lets a client finish sending and read its answer, but not for ever. */
function drainBriefly(request: IncomingMessage): void {
  let bytes = 0
  request.on('error', () => undefined)
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > statementBytes) request.destroy()
  })
  setTimeout(() => request.destroy(), 5000).unref()
}

interface Received {
  readonly statement: Statement
  /** The SQL without rows, one character a byte. */
  readonly text: string
  /** The first rows of an INSERT. */
  readonly head: Buffer
  /** The rest of the rows. */
  readonly rest: AsyncIterator<Buffer>
}

/**
 * Reads as much of the request as is SQL. As in ClickHouse, the URL's query and the body are one text with a line break between
 * them; the rows of an INSERT begin wherever its text ends.
 */
async function receive(query: string | null, body: Readable): Promise<Received> {
  const start: Buffer = query === null ? Buffer.alloc(0) : Buffer.from(`${query}\n`)
  const rest: AsyncIterator<Buffer> = body[Symbol.asyncIterator]()
  const fromUrl = query === null ? undefined : readInsertPrefix(start.toString('latin1'), true)
  if (fromUrl !== undefined) return splitAt(fromUrl, start, rest)
  const chunks: Buffer[] = [start]
  let size = start.length
  let tried = 0
  for (let step = await rest.next(); step.done !== true; step = await rest.next()) {
    const chunk = step.value
    chunks.push(chunk)
    size += chunk.length
    // Looking again only after the text has doubled keeps the work linear.
    if (size < tried * 2) continue
    tried = size
    const text = Buffer.concat(chunks, size)
    const insert = readInsertPrefix(text.toString('latin1'), false)
    if (insert !== undefined) return splitAt(insert, text, rest)
    if (size > statementBytes) throw tooLong()
  }
  const whole = Buffer.concat(chunks, size)
  const text = whole.toString('latin1')
  if (size > statementBytes && readInsertPrefix(text, true) === undefined) throw tooLong()
  const statement = readStatement(text)
  if (statement.kind === 'insert') return splitAt(statement, whole, rest)
  refuseBytes(whole)
  return { statement, text, head: Buffer.alloc(0), rest }
}

function splitAt(statement: DataInsert, whole: Buffer, rest: AsyncIterator<Buffer>): Received {
  const sql = whole.subarray(0, statement.dataStart)
  refuseBytes(sql)
  return {
    statement,
    text: sql.toString('latin1'),
    head: whole.subarray(statement.dataStart),
    rest,
  }
}

function refuseBytes(sql: Buffer): void {
  if (!isUtf8(sql)) throw new EngineFault(62, 'SYNTAX_ERROR', 'the statement is not UTF-8')
}

function readContext(
  request: IncomingMessage,
  response: ServerResponse,
  parameters: URLSearchParams,
  queryId: string,
): RequestContext {
  const gone = new AbortController()
  response.on('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  const database = parameters.get('database') ?? headerOf(request, 'x-clickhouse-database')
  const defaultFormat =
    parameters.get('default_format') ?? headerOf(request, 'x-clickhouse-format') ?? 'TabSeparated'
  if (!/^[A-Za-z0-9_]{1,64}$/.test(defaultFormat)) {
    throw new EngineFault(73, 'UNKNOWN_FORMAT', `Unknown format ${JSON.stringify(defaultFormat)}`)
  }
  return {
    queryId,
    database: database === undefined || database === '' ? undefined : database,
    settings: settingsOf(parameters),
    parameters: parametersOf(parameters),
    defaultFormat,
    wantsCounts: isOn(parameters, 'send_progress_in_http_headers'),
    signal: gone.signal,
  }
}

function refuseUnsupported(request: IncomingMessage, parameters: URLSearchParams): void {
  const refuse = (what: string): never => {
    throw new EngineFault(48, 'NOT_IMPLEMENTED', `${what} is not supported by this engine`)
  }
  if (parameters.has('session_id')) refuse('session_id')
  if (parameters.get('compress') === '1')
    refuse('compress=1 (use enable_http_compression=1 with gzip)')
  if (parameters.get('decompress') === '1') refuse('decompress=1 (use Content-Encoding: gzip)')
  if ((request.headers['content-type'] ?? '').startsWith('multipart/')) refuse('a multipart body')
}

function wantsGzip(request: IncomingMessage, parameters: URLSearchParams): boolean {
  return (
    isOn(parameters, 'enable_http_compression') &&
    /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  )
}

function isOn(parameters: URLSearchParams, name: string): boolean {
  return ['1', 'true'].includes(parameters.get(name) ?? '')
}

function readQueryId(parameters: URLSearchParams): string | undefined {
  const queryId = parameters.get('query_id')
  if (queryId === null || queryId === '') return undefined
  if (!/^[\x20-\x7e]{1,128}$/.test(queryId)) {
    throw new EngineFault(
      36,
      'BAD_ARGUMENTS',
      'query_id must be 1 to 128 printable ASCII characters',
    )
  }
  return queryId
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=UTF-8',
    'Content-Length': text.length,
  })
  response.end(text)
}

function tooLong(): EngineFault {
  return new EngineFault(62, 'SYNTAX_ERROR', `the statement exceeds ${statementBytes} bytes`, {
    status: 413,
  })
}

function unknownPath(path: string): EngineFault {
  return new EngineFault(
    1,
    'UNSUPPORTED_METHOD',
    `there is nothing at ${path}: / and /ping are served`,
    { status: 404 },
  )
}

function wrongMethod(method: string | undefined): EngineFault {
  return new EngineFault(
    1,
    'UNSUPPORTED_METHOD',
    `${method ?? ''} is not supported: use POST or GET`,
    { status: 405 },
  )
}
