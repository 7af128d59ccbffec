import { createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { listen } from '../../outbound/testing/fake-receiver.ts'
import { ReceiverBench } from '../testing/receiver-bench.ts'
import type { SendOutcome } from './receiver-kind.ts'

const bench = new ReceiverBench()
afterEach(() => bench.close())

/** What comes of a webhook to a server that treats its connections so, when they have said something. */
async function sendTo(treat: (socket: Socket) => void, scheme = 'http'): Promise<SendOutcome> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    socket.once('data', () => treat(socket))
  })
  const port = await listen(server)
  bench.closes({
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  })
  return bench.send('webhook', `{url: '${scheme}://127.0.0.1:${port}/'}`)
}

describe('a notification that was not accepted is tried again, to a server that', () => {
  const LOST = { ok: false, retry: true, failure: 'other' }

  it('resets the connection', async () => {
    expect(await sendTo((socket) => socket.resetAndDestroy())).toMatchObject(LOST)
  })

  it('ends the connection without an answer', async () => {
    expect(await sendTo((socket) => socket.end())).toMatchObject(LOST)
  })

  it('says something else than HTTP', async () => {
    expect(await sendTo((socket) => socket.end('220 mail.example.org\r\n'))).toMatchObject(LOST)
  })

  it('breaks off within its status', async () => {
    expect(await sendTo((socket) => socket.end('HTTP/1.1 20'))).toMatchObject(LOST)
  })

  it('sends headers without end', async () => {
    const flood = (socket: Socket): void => {
      socket.write(`HTTP/1.1 200 OK\r\n${'X-Long: header\r\n'.repeat(100_000)}`)
    }
    expect(await sendTo(flood)).toMatchObject(LOST)
  })

  it('speaks no TLS', async () => {
    const outcome = await sendTo((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'), 'https')
    expect(outcome).toMatchObject(LOST)
  })

  it('has no address', { timeout: 60_000 }, async () => {
    const outcome = await bench.send('webhook', "{url: 'http://no-such-host.invalid/'}")
    expect(outcome).toMatchObject({ ok: false, retry: true })
  })
})

describe('a notification that was accepted is not sent twice, by a server that', () => {
  const ACCEPTED = { ok: true, answer: '200' }

  it('breaks off within the body', async () => {
    const half = (socket: Socket): void => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthank')
    }
    expect(await sendTo(half)).toEqual(ACCEPTED)
  })

  it('talks without end', async () => {
    const flood = (socket: Socket): void => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n')
      const talk = (): void => {
        if (!socket.destroyed) socket.write('thank you '.repeat(10_000), talk)
      }
      talk()
    }
    expect(await sendTo(flood)).toEqual(ACCEPTED)
  })

  it('never ends its answer', { timeout: 60_000 }, async () => {
    const begun = (socket: Socket): void => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nthank')
    }
    expect(await sendTo(begun)).toEqual(ACCEPTED)
  })
})
