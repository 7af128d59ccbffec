import { afterEach, describe, expect, it, vi } from 'vitest'
import { askTogether } from './query-batch.ts'

afterEach(() => vi.unstubAllGlobals())

interface Sent {
  readonly requests: readonly string[]
  readonly signal: AbortSignal | null | undefined
  readonly write: (text: string) => void
  readonly end: () => void
}

/** Requests as they come, each answered by the test. */
function listen(): Sent[] {
  const sent: Sent[] = []
  vi.stubGlobal('fetch', (_path: string, init: RequestInit) => {
    const parsed: unknown = JSON.parse(typeof init.body === 'string' ? init.body : '')
    const requests: unknown =
      typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'requests') : []
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    init.signal?.addEventListener('abort', () => void writer.abort(init.signal?.reason))
    sent.push({
      requests: Array.isArray(requests) ? requests.map(String) : [],
      signal: init.signal,
      write: (text) => void writer.write(new TextEncoder().encode(text)),
      end: () => void writer.close(),
    })
    return Promise.resolve(new Response(readable))
  })
  return sent
}

describe('queries that are asked together', () => {
  it('are one request, and each has its answer when its line comes', async () => {
    const sent = listen()
    const asked = ['/a', '/b', '/c'].map((target) => askTogether<number>(target, undefined))
    await vi.waitFor(() => expect(sent).toHaveLength(1))
    expect(sent[0]?.requests).toEqual(['/a', '/b', '/c'])
    sent[0]?.write('{"at":1,"status":200,"body":7}\n{"at":0,"sta')
    expect(await asked[1]).toBe(7)
    sent[0]?.write('tus":422,"body":{"error":"too many"}}\n')
    await expect(asked[0]).rejects.toMatchObject({ status: 422, message: 'too many' })
    sent[0]?.end()
    await expect(asked[2]).rejects.toThrow('before it was whole')
  })

  it('are taken back one by one, and the request with the last of them', async () => {
    const sent = listen()
    const aborts = [new AbortController(), new AbortController(), new AbortController()]
    aborts[0]?.abort()
    const asked = aborts.map(({ signal }, i) =>
      askTogether(`/${i}`, signal).catch(() => `gone ${i}`),
    )
    await vi.waitFor(() => expect(sent).toHaveLength(1))
    expect(sent[0]?.requests).toEqual(['/1', '/2'])
    aborts[1]?.abort()
    expect(await asked[1]).toBe('gone 1')
    expect(sent[0]?.signal?.aborted).toBe(false)
    aborts[2]?.abort()
    expect(sent[0]?.signal?.aborted).toBe(true)
    expect(await Promise.all(asked)).toEqual(['gone 0', 'gone 1', 'gone 2'])
  })
})
