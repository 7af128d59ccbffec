import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connect } from 'node:tls'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createLog } from '../self/log.ts'
import type { TlsSettings } from './listener-tls.ts'
import { createListener, textAnswer, type Listener, type ListenerOptions } from './listener.ts'
import { withSockets, type SocketRoute } from './web-sockets.ts'

const told: string[] = []
const log = createLog({ write: (line) => told.push(line) })
const statuses: [string, number, string][] = []
const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
  statuses.length = 0
  told.length = 0
})

const echo: SocketRoute = {
  path: '/echo',
  permission: 'read',
  open: ({ params }) => {
    if (params.get('no') !== '') return textAnswer(400, 'no')
    if (params.get('fault') !== '') throw new Error('a secret')
    return (socket) => {
      socket.on('message', (data: Buffer) => socket.send(`you said ${data.toString()}`))
    }
  },
}

async function open(tls?: TlsSettings): Promise<{ listener: Listener; port: number }> {
  const options: ListenerOptions = {
    address: { host: '127.0.0.1', port: 0, listener: 'loki', ...(tls && { tls }) },
    access: {},
    log,
    meter: (route) => (status, _s, _bytes, method) => statuses.push([route, status, method]),
  }
  const plain = createListener(options, [
    { methods: ['GET'], path: '/plain', permission: 'open', handle: () => textAnswer(200, 'x') },
  ])
  const listener = withSockets(plain, options, [echo])
  ends.push(() => listener.close())
  return { listener, port: await listener.listen() }
}

function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url)
    socket.once('open', () => resolve(101))
    socket.once('unexpected-response', (_request, answer) => resolve(answer.statusCode))
  })
}

it('speaks on its paths, refuses as told, and counts both', async () => {
  const { port } = await open()
  const socket = new WebSocket(`ws://127.0.0.1:${port}/echo`)
  const answer = new Promise<string>((resolve) => {
    socket.once('message', (data: Buffer) => resolve(data.toString()))
  })
  socket.once('open', () => socket.send('hello'))
  expect(await answer).toBe('you said hello')
  expect(await statusOf(`ws://127.0.0.1:${port}/echo?no=1`)).toBe(400)
  expect(await statusOf(`ws://127.0.0.1:${port}/none`)).toBe(404)
  expect(await statusOf(`ws://127.0.0.1:${port}/plain`)).toBe(200)
  expect(statuses).toEqual([
    ['/echo', 101, 'GET'],
    ['/echo', 400, 'GET'],
    ['/plain', 200, 'GET'],
  ])
})

it('does not tell what went wrong inside', async () => {
  const { port } = await open()
  expect(await statusOf(`ws://127.0.0.1:${port}/echo?fault=1`)).toBe(500)
  expect(told.join('\n')).toContain('a secret')
})

it('ends who says too much, and who does not say goodbye', async () => {
  const { listener, port } = await open()
  const loud = new WebSocket(`ws://127.0.0.1:${port}/echo`)
  const closed = new Promise<number>((resolve) => loud.once('close', resolve))
  loud.once('open', () => loud.send(Buffer.alloc(70_000)))
  expect(await closed).toBe(1009)

  const silent = new WebSocket(`ws://127.0.0.1:${port}/echo`)
  await new Promise((resolve) => silent.once('open', resolve))
  silent.pause()
  await listener.close()
  silent.terminate()
})

it('speaks over TLS, too, and passes on what it does not speak', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vedette-ws-'))
  ends.push(() => rmSync(folder, { recursive: true }))
  const [certFile, keyFile] = [path.join(folder, 'x.crt'), path.join(folder, 'x.key')]
  try {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
        ...['-days', '2', '-subj', '/CN=x', '-keyout', keyFile, '-out', certFile],
      ],
      { stdio: 'pipe' },
    )
  } catch {
    console.log('notice: there is no openssl, so WebSockets over TLS are not tested')
    return
  }
  const { port } = await open({ certFile, keyFile })
  const socket = new WebSocket(`wss://127.0.0.1:${port}/echo`, { rejectUnauthorized: false })
  await new Promise((resolve) => socket.once('open', resolve))
  const h2c = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  let text = ''
  h2c.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const head = `GET /plain HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`
  h2c.write(`${head}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`)
  while (!text.includes('\r\n\r\nx\n')) await sleep(5)
  expect(text).toMatch(/^HTTP\/1\.1 200 /)
  h2c.destroy()
})
