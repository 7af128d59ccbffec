import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@clickhouse/client'
import { silentLog } from '../self/log.ts'
import { startEngine } from './supervise.ts'
import type { EngineHandle, EngineOptions } from './supervise.ts'

/** An engine of a test's own, with what tests do to it. */
export interface TestEngine {
  readonly handle: EngineHandle
  readonly dataDir: string
  readonly client: ReturnType<typeof createClient>
  /** For a client of a test's own: no two may share one, for a client closes idle sockets of its agent. */
  newAgent(): Agent
  /** Sends one statement (and rows) and gives the answer's text; throws with the message where the status is not 200. */
  ask(sql: string, rows?: Buffer): Promise<string>
  send(target: string, options?: SendOptions): Promise<Reply>
  stop(): Promise<void>
}

export interface SendOptions {
  readonly method?: string
  readonly body?: Buffer | string
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Starts an engine in a folder of its own and waits until it serves. `stop` removes the folder. */
export async function startTestEngine(options: Partial<EngineOptions> = {}): Promise<TestEngine> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'vedette-engine-'))
  const memoryBudgetBytes = 256 * 1024 * 1024
  const handle = await startEngine({ memoryBudgetBytes, log: silentLog(), ...options, dataDir })
  await handle.whenReady(AbortSignal.timeout(30_000))
  const agent = new SocketAgent(handle.socketPath)
  const client = createClient({
    url: handle.url,
    http_agent: new SocketAgent(handle.socketPath),
    set_basic_auth_header: false,
    log: { level: 127 },
  })
  const send = (target: string, sending: SendOptions = {}): Promise<Reply> =>
    sendRequest(agent, target, sending)
  const ask = async (sql: string, rows?: Buffer): Promise<string> => {
    const reply =
      rows === undefined
        ? await send('/', { body: sql })
        : await send(`/?query=${encodeURIComponent(sql)}`, { body: rows })
    if (reply.status !== 200) throw new Error(`${reply.status}: ${reply.body.toString()}`)
    return reply.body.toString()
  }
  const stop = async (): Promise<void> => {
    await client.close()
    agent.destroy()
    await handle.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  const newAgent = (): Agent => new SocketAgent(handle.socketPath)
  return { handle, dataDir, client, newAgent, ask, send, stop }
}

/** Connects to a unix socket, whatever host a request names. */
class SocketAgent extends Agent {
  readonly #path: string

  constructor(path: string) {
    super({ keepAlive: true })
    this.#path = path
  }

  override createConnection(): Socket {
    return connect(this.#path)
  }
}

function sendRequest(agent: Agent, target: string, sending: SendOptions): Promise<Reply> {
  const {
    method = sending.body === undefined ? 'GET' : 'POST',
    headers = {},
    body,
    signal,
  } = sending
  return new Promise((resolve, reject) => {
    const call = request({
      agent,
      path: target,
      method,
      headers,
      ...(signal === undefined ? {} : { signal }),
    })
    call.on('error', reject)
    call.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const status = response.statusCode ?? 0
        resolve({ status, headers: response.headers, body: Buffer.concat(chunks) })
      })
    })
    call.end(body)
  })
}
