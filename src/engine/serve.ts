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
    // A body that nobody reads would keep the connection busy.
    if (!request.complete) request.resume()
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
  const context = readContext(request, response, parameters, queryId)
  const answer = new Answer(response, {
    queryId,
    format: context.defaultFormat,
    gzip: wantsGzip(request, parameters),
  })
  const body = decodeBody(request, options.bodyBytes + statementBytes)
  const { statement, head, rest } = await receive(parameters.get('query'), body)
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

interface Received {
  readonly statement: Statement
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
  const text = Buffer.concat(chunks, size)
  if (size > statementBytes && readInsertPrefix(text.toString('latin1'), true) === undefined)
    throw tooLong()
  const statement = readStatement(text.toString('latin1'))
  if (statement.kind === 'insert') return splitAt(statement, text, rest)
  if (!isUtf8(text)) throw new EngineFault(62, 'SYNTAX_ERROR', 'the statement is not UTF-8')
  return { statement, head: Buffer.alloc(0), rest }
}

function splitAt(insert: DataInsert, text: Buffer, rest: AsyncIterator<Buffer>): Received {
  if (!isUtf8(text.subarray(0, insert.dataStart))) {
    throw new EngineFault(62, 'SYNTAX_ERROR', 'the statement is not UTF-8')
  }
  return { statement: insert, head: text.subarray(insert.dataStart), rest }
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
    /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
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
