import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { Problem } from '../model/problem.ts'
import { createLog, silentLog, type Log } from '../self/log.ts'
import type { Exchange, Route } from './exchange.ts'
import { createListener, type HttpLimits, type Listener } from './listener.ts'

const open: Listener[] = []
const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(open.splice(0).map((listener) => listener.close()))
})

function create(
  handle: Route['handle'],
  limits: Partial<HttpLimits> = {},
  port = 0,
  log = silentLog(),
) {
  const seen: (readonly [string, number])[] = []
  const route: Route = { methods: ['GET', 'POST'], path: '/x', permission: 'read', handle }
  const listener = createListener(
    {
      address: { host: '127.0.0.1', port, listener: 'prometheus' },
      access: {},
      log,
      meter: (path) => (status) => seen.push([path, status]),
      limits,
    },
    [route],
  )
  open.push(listener)
  return { listener, seen }
}

async function start(handle: Route['handle'], limits?: Partial<HttpLimits>, log?: Log) {
  const { listener, seen } = create(handle, limits, 0, log)
  const port = await listener.listen()
  return { listener, port, seen, url: `http://127.0.0.1:${port}/x` }
}

/** A bare connection, for what no HTTP client would send. */
function dial(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  // Being cut off is what some tests are about.
  socket.on('error', () => undefined)
  sockets.push(socket)
  return socket
}

async function firstLine(socket: Socket): Promise<string> {
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  return chunk.toString().split('\r\n')[0] ?? ''
}

/** A promise to be kept later. */
function promised<T>() {
  let keep: (value: T) => void = () => undefined
  const kept = new Promise<T>((resolve) => {
    keep = resolve
  })
  return { kept, keep }
}

const ok = () => ({ contentType: 'text/plain', body: 'ok' })

describe('a port', () => {
  it('is opened and closed', async () => {
    const { listener, url, seen } = await start(ok)
    const answer = await fetch(url)
    expect([answer.status, await answer.text()]).toEqual([200, 'ok'])
    expect(seen).toEqual([['/x', 200]])
    await listener.close()
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })

  it('that is taken is named with the flag that moves it', async () => {
    const { port } = await start(ok)
    const { listener } = create(ok, {}, port)
    const opening = listener.listen()
    await expect(opening).rejects.toBeInstanceOf(Problem)
    await expect(opening).rejects.toThrow(
      new RegExp(`^127\\.0\\.0\\.1:${port} is taken: .*--listen\\.prometheus`),
    )
  })

  it('on all addresses is refused without access', async () => {
    const address = { host: '0.0.0.0', port: 0, listener: 'prometheus' }
    const meter = () => () => undefined
    const listener = createListener({ address, access: {}, log: silentLog(), meter }, [])
    await expect(listener.listen()).rejects.toThrow(/access\.trusted/)
  })

  it('lets an answer under way finish when it closes', async () => {
    const begun = promised<undefined>()
    const answer = promised<{ body: string }>()
    const { listener, url } = await start(() => {
      begun.keep(undefined)
      return answer.kept
    })
    const asked = fetch(url)
    await begun.kept
    const closing = listener.close()
    answer.keep({ body: 'late' })
    expect(await (await asked).text()).toBe('late')
    await closing
  })

  it('cuts off what does not finish', async () => {
    const never = () => promised<{ body: string }>().kept
    const { listener, port } = await start(never, { closeTimeoutMs: 20 })
    const socket = dial(port)
    socket.write('GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(listener.app.server, 'request')
    await listener.close()
    await expect.poll(() => socket.closed).toBe(true)
  })
})

describe('limits', () => {
  it('bound headers', async () => {
    const { url } = await start(ok, { headerBytes: 2048 })
    const answer = await fetch(url, { headers: { 'x-long': 'x'.repeat(3000) } })
    expect(answer.status).toBe(431)
  })

  it('bound bodies, announced or not', async () => {
    const { url, port } = await start(({ body }: Exchange) => ({ body: String(body.length) }), {
      bodyBytes: 1000,
    })
    const post = (body: string) => fetch(url, { method: 'POST', body })
    expect(await (await post('x'.repeat(1000))).text()).toBe('1000')
    const refused = await post('x'.repeat(1001))
    expect([refused.status, await refused.text()]).toEqual([
      413,
      'request body exceeds the 1000 bytes limit\n',
    ])
    const socket = dial(port)
    socket.write('POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n')
    socket.write(`${(1001).toString(16)}\r\n${'x'.repeat(1001)}\r\n`)
    expect(await firstLine(socket)).toBe('HTTP/1.1 413 Payload Too Large')
  })

  it.each([
    ['announced', 'Content-Length: 8000000\r\n\r\n', () => 'x'.repeat(8000)],
    [
      'not announced',
      'Transfer-Encoding: chunked\r\n\r\n',
      () => `1f40\r\n${'x'.repeat(8000)}\r\n`,
    ],
  ])(
    'are told to a sender that reads nothing before it has sent all of its body, %s',
    async (_how, head, piece) => {
      const { port, seen } = await start(ok, { bodyBytes: 1000 })
      const faults: Error[] = []
      const socket = dial(port)
      socket.on('error', (error) => faults.push(error))
      socket.pause()
      socket.write(`POST /x HTTP/1.1\r\nHost: localhost\r\n${head}`)
      for (let i = 0; i < 1000; i++) {
        if (!socket.write(piece())) await once(socket, 'drain')
      }
      if (head.startsWith('Transfer')) socket.write('0\r\n\r\n')
      socket.resume()
      expect(await firstLine(socket)).toBe('HTTP/1.1 413 Payload Too Large')
      await once(socket, 'close')
      expect(faults).toEqual([])
      expect(seen).toEqual([['/x', 413]])
    },
  )

  it('bound all bodies together, and free them with the answer', async () => {
    const { port, url } = await start(ok, { bodyBytes: 1000, bodiesBytes: 1000 })
    const slow = dial(port)
    slow.write(
      `POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n${'x'.repeat(800)}`,
    )
    const post = () => fetch(url, { method: 'POST', body: 'x'.repeat(500) })
    await expect.poll(async () => (await post()).status).toBe(503)
    slow.write('x'.repeat(100))
    expect(await firstLine(slow)).toBe('HTTP/1.1 200 OK')
    const answer = await post()
    expect(answer.status).toBe(200)
  })

  it('bound connections', async () => {
    const { port, listener } = await start(ok, { connections: 1 })
    dial(port)
    await once(listener.app.server, 'connection')
    const second = dial(port)
    await expect.poll(() => second.closed).toBe(true)
  })
})

describe('the end', () => {
  it('takes no more requests, but answers those under way', async () => {
    const { kept, keep } = promised<void>()
    const { kept: begun, keep: begin } = promised<void>()
    const { listener, url } = await start(async () => {
      begin()
      await kept
      return { body: 'stored' }
    })
    const answer = fetch(url, { method: 'POST', body: 'x' })
    await begun
    await listener.drain(1)
    await expect(fetch(url)).rejects.toThrow('fetch failed')
    keep()
    expect(await (await answer).text()).toBe('stored')
    // The client keeps its connection, which holds up nobody.
    await listener.drain(60_000)
    await listener.close()
  })

  it('cuts off what does not end', async () => {
    const { listener, url } = await start(() => new Promise(() => undefined), {
      closeTimeoutMs: 20,
    })
    const asked = fetch(url)
    asked.catch(() => undefined)
    await once(listener.app.server, 'request')
    await listener.drain(1)
    await listener.close()
    await expect(asked).rejects.toThrow('fetch failed')
  })
})

describe('a client that goes away', () => {
  it('amid its body is worth a line for who debugs, without a stack', async () => {
    const lines: string[] = []
    const log = createLog({ level: 'debug', write: (line) => void lines.push(line) })
    const { port } = await start(ok, {}, log)
    const socket = dial(port)
    socket.write(`POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc`)
    await once(socket, 'connect')
    setImmediate(() => socket.destroy())
    await expect.poll(() => lines).toHaveLength(1)
    expect(lines[0]).toMatch(/level=DEBUG .*path=\/x reason="the client went away after \d bytes/)
    expect(lines[0]).not.toContain('stack')
  })

  it.each([
    ['GET', ''],
    ['POST', 'body'],
  ])('aborts the signal of its %s', async (method, body) => {
    const begun = promised<AbortSignal>()
    const handle = ({ signal }: Exchange) => {
      begun.keep(signal)
      return promised<{ body: string }>().kept
    }
    const { port } = await start(handle, { closeTimeoutMs: 20 })
    const socket = dial(port)
    socket.write(
      `${method} /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    const signal = await begun.kept
    expect(signal.aborted).toBe(false)
    socket.destroy()
    await expect.poll(() => signal.aborted).toBe(true)
  })

  it('does not abort what was answered', async () => {
    let signal: AbortSignal | undefined
    const { url } = await start((exchange) => {
      signal = exchange.signal
      return ok()
    })
    await (await fetch(url)).text()
    expect(signal?.aborted).toBe(false)
  })

  it('ends the making of pieces', async () => {
    let made = 0
    const ended = promised<undefined>()
    function* endless(): Generator<string, void, undefined> {
      try {
        for (;;) {
          made++
          yield 'x'.repeat(65_536)
        }
      } finally {
        ended.keep(undefined)
      }
    }
    const { port } = await start(() => ({ body: endless() }))
    const socket = dial(port)
    socket.write('GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(socket, 'data')
    socket.destroy()
    await ended.kept
    // Made as the client took it, not all at once.
    expect(made).toBeLessThan(1000)
  })
})

describe('faults', () => {
  it('of a handler become answers', async () => {
    const cases: readonly (readonly [Error, number])[] = [
      [new Problem('not_found', 'no'), 404],
      [new Problem('unavailable', 'no'), 503],
      [new Error('no'), 500],
    ]
    for (const [thrown, status] of cases) {
      const { url } = await start(() => {
        throw thrown
      })
      const answer = await fetch(url)
      expect([answer.status, await answer.text()]).toEqual([status, 'no\n'])
    }
  })

  it('of the protocol are answered without harm', async () => {
    const { port, url } = await start(ok)
    const socket = dial(port)
    socket.write('NONSENSE\r\n\r\n')
    expect(await firstLine(socket)).toBe('HTTP/1.1 400 Bad Request')
    expect((await fetch(url)).status).toBe(200)
  })
})
