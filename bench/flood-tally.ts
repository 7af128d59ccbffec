import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** What became of one signal. */
export interface Tally {
  readonly name: string
  /** Items that were answered with success, by the minute (Unix time) of their time. */
  readonly acknowledged: Map<number, number>
  /** How often a request was answered otherwise, by status. */
  readonly refused: Map<string, number>
}

export function createTally(name: string): Tally {
  return { name, acknowledged: new Map(), refused: new Map() }
}

export function add<Key>(counts: Map<Key, number>, key: Key, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}

export function total(counts: ReadonlyMap<unknown, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

export interface PostOptions {
  readonly agent: http.Agent
  readonly headers: http.OutgoingHttpHeaders
  readonly tally: Tally
  /** To which minute the request's items belong, and how many they are. */
  readonly minute: number
  readonly items: number
  /** No request is repeated after this, by `Date.now`. */
  readonly untilMs: number
}

/**
 * Sends one request, again and again while the server asks for patience, as its senders do (429 and 503). What another status refuses
 * is counted and given up.
 */
export async function post(url: string, body: Uint8Array, options: PostOptions): Promise<void> {
  const { tally, minute, items, untilMs } = options
  do {
    const { status, retryAfterMs } = await send(url, body, options)
    if (status >= 200 && status < 300) {
      add(tally.acknowledged, minute, items)
      return
    }
    add(tally.refused, String(status))
    if (status !== 429 && status !== 503) return
    await sleep(retryAfterMs)
  } while (Date.now() < untilMs)
}

function send(
  url: string,
  body: Uint8Array,
  { agent, headers }: Pick<PostOptions, 'agent' | 'headers'>,
): Promise<{ readonly status: number; readonly retryAfterMs: number }> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      { method: 'POST', agent, headers: { ...headers, 'content-length': body.length } },
      (answer) => {
        const retryAfterMs = Math.max(0.1, Number(answer.headers['retry-after'] ?? 0.2)) * 1000
        answer.resume()
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, retryAfterMs }))
        answer.on('error', reject)
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}
