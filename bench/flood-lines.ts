import http from 'node:http'
import { post, type Tally } from './flood-tally.ts'

const STREAMS = 200
const LINES_PER_PUSH = 4000
const TEXTS = 997
const PATHS = ['/api/v1/users', '/api/v1/orders', '/health', '/login', '/api/v1/items', '/assets']
const LEVELS = ['info', 'info', 'info', 'info', 'info', 'info', 'debug', 'warn', 'error']

/** Lines as web services write them, all but the number at their end; quoted once more, as they stand in a push in JSON. */
const texts = Array.from({ length: TEXTS }, (_, i) => {
  const text = `{"level":"${LEVELS[i % LEVELS.length]}","msg":"request handled","method":"GET","path":"${PATHS[i % PATHS.length]}/${(i * 7919) % 10_000}","status":${i % 20 === 0 ? 500 : 200},"took_ms":${(i * 31) % 900},"request_id":`
  return JSON.stringify(text).slice(1, -1)
})

/** Pushes lines of now over one connection to the Loki API, each line once, until `untilMs`. */
export async function floodLines(
  url: string,
  tally: Tally,
  { bytesPerSecond, untilMs, sender }: Pace & { readonly sender: number },
): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const headers = { 'content-type': 'application/json' }
  let sentBytes = 0
  const begunMs = performance.now()
  for (let push = 0; Date.now() < untilMs; push++) {
    const { body, textBytes, minute } = makePush(sender, push)
    await post(`${url}/loki/api/v1/push`, body, {
      ...{ agent, headers, untilMs, tally },
      ...{ minute, items: LINES_PER_PUSH },
    })
    sentBytes += textBytes
    await keepPace(begunMs, sentBytes / bytesPerSecond)
  }
  agent.destroy()
}

/** How much is sent, and how long. */
export interface Pace {
  /** Of text. */
  readonly bytesPerSecond: number
  /** By `Date.now`. */
  readonly untilMs: number
}

/** Waits until so many seconds have passed since `begunMs`. */
export async function keepPace(begunMs: number, seconds: number): Promise<void> {
  const earlyMs = seconds * 1000 - (performance.now() - begunMs)
  if (earlyMs > 1) await new Promise((resolve) => setTimeout(resolve, earlyMs))
}

function makePush(
  sender: number,
  push: number,
): { readonly body: Buffer; readonly textBytes: number; readonly minute: number } {
  const nowMs = Date.now()
  const perStream = LINES_PER_PUSH / STREAMS
  const streams: string[] = []
  let textBytes = 0
  for (let stream = 0; stream < STREAMS; stream++) {
    const values: string[] = []
    for (let i = 0; i < perStream; i++) {
      const text = texts[(push * 13 + stream * perStream + i) % TEXTS] ?? ''
      const line = `${text}${sender}${String(push).padStart(7, '0')}${String(i).padStart(2, '0')}}`
      textBytes += line.length
      values.push(`["${nowMs}${String(100_000 + i * 100 + sender).padStart(6, '0')}","${line}"]`)
    }
    streams.push(
      `{"stream":{"job":"flood","app":"app-${stream % 20}","pod":"pod-${stream}","sender":"${sender}"},"values":[${values.join(',')}]}`,
    )
  }
  const body = Buffer.from(`{"streams":[${streams.join(',')}]}`)
  return { body, textBytes, minute: Math.floor(nowMs / 60_000) }
}
