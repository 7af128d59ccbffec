import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Labels } from '../logs-answer.ts'

export interface FakeLine {
  readonly ns: bigint
  readonly text: string
  readonly stream: Labels
  readonly metadata?: Labels
}

export interface FakeLogs {
  readonly url: string
  /** What is stored; may grow. */
  readonly lines: FakeLine[]
  /** The parameters of every question, by path. */
  readonly asked: { readonly path: string; readonly params: Readonly<Record<string, string>> }[]
  readonly pushed: unknown[]
  /** Live tails that are open now. */
  readonly sockets: Set<WebSocket>
  /** Stores lines and tells live tails. */
  add(...lines: readonly FakeLine[]): void
  /** Answers every push and query with this instead; undefined: as usual. */
  refuse(status: number | undefined, words?: string): void
  close(): Promise<void>
}

/** A server that answers as Loki does about lines that it holds in memory, whatever the query is. */
export async function startFakeLogs(
  given: readonly FakeLine[] = [],
  { hasTail = true } = {},
): Promise<FakeLogs> {
  const lines = [...given]
  const asked: FakeLogs['asked'] = []
  const pushed: unknown[] = []
  const sockets = new Set<WebSocket>()
  let refusal: { status: number; words: string } | undefined
  const answer = (path: string, params: Readonly<Record<string, string>>): unknown => {
    if (path === 'series') return [...new Set(lines.map(({ stream }) => stream))]
    return { resultType: 'streams', result: streamsOf(select(lines, params)) }
  }
  const server = createServer((request, response) => {
    void readForm(request).then(({ path, params, body }) => {
      if (path !== 'push') asked.push({ path, params })
      if (refusal !== undefined) return response.writeHead(refusal.status).end(refusal.words)
      if (path === 'push') {
        pushed.push(JSON.parse(body))
        return response.writeHead(204).end()
      }
      return response.end(JSON.stringify({ status: 'success', data: answer(path, params) }))
    })
  })
  const tails = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '', 'http://x')
    asked.push({ path: 'tail', params: Object.fromEntries(url.searchParams) })
    if (!hasTail) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno')
      return
    }
    tails.handleUpgrade(request, socket, head, (client) => {
      sockets.add(client)
      const startNs = BigInt(url.searchParams.get('start') ?? '0')
      const since = lines.filter(({ ns }) => ns >= startNs)
      if (since.length > 0) client.send(JSON.stringify({ streams: streamsOf(since) }))
      client.on('close', () => sockets.delete(client))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    lines,
    asked,
    pushed,
    sockets,
    add: (...more) => {
      lines.push(...more)
      for (const socket of sockets) socket.send(JSON.stringify({ streams: streamsOf(more) }))
    },
    refuse: (status, words = '') => {
      refusal = status === undefined ? undefined : { status, words }
    },
    close: () => {
      for (const socket of sockets) socket.terminate()
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

function select(
  lines: readonly FakeLine[],
  {
    start = '0',
    end = '0',
    limit = '100',
    direction = 'backward',
  }: Readonly<Record<string, string>>,
): FakeLine[] {
  const sign = direction === 'forward' ? 1 : -1
  return lines
    .filter(({ ns }) => ns >= BigInt(start) && ns < BigInt(end))
    .sort((a, b) => sign * (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0))
    .slice(0, Number(limit))
}

function streamsOf(lines: readonly FakeLine[]): unknown[] {
  const byStream = new Map<string, FakeLine[]>()
  for (const line of lines) {
    const key = JSON.stringify(line.stream)
    byStream.set(key, [...(byStream.get(key) ?? []), line])
  }
  return [...byStream.values()].map((own) => ({
    stream: own[0]?.stream,
    values: own.map(({ ns, text: line, metadata }) => [
      String(ns),
      line,
      metadata === undefined ? {} : { structuredMetadata: metadata },
    ]),
  }))
}

async function readForm(
  request: IncomingMessage,
): Promise<{ path: string; params: Record<string, string>; body: string }> {
  const body = await text(request)
  const path = (request.url ?? '').replace('/loki/api/v1/', '')
  return { path, params: Object.fromEntries(new URLSearchParams(body)), body }
}
