import http from 'node:http'
import net from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { shareWithHttp2 } from './share-port.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** A shared server; what is handed over is told its first bytes back. */
async function start(): Promise<number> {
  const server = http.createServer((request, response) => {
    response.end(`HTTP/1 ${request.method} ${request.url}`)
  })
  shareWithHttp2(server, (socket) => {
    socket.once('data', (bytes) => socket.end(`taken ${bytes.length}`))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** What is answered to pieces that are written one after the other. */
async function send(port: number, ...pieces: readonly string[]): Promise<string> {
  const socket = net.connect(port, '127.0.0.1').setNoDelay(true)
  ends.push(() => socket.destroy())
  const answered = new Promise<string>((resolve) => {
    socket.once('data', (bytes) => resolve(bytes.toString()))
    socket.once('close', () => resolve(''))
  })
  for (const piece of pieces) {
    await new Promise((resolve) => socket.write(piece, resolve))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return answered
}

it('tells the two protocols apart, in however many pieces they come', async () => {
  const port = await start()
  const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
  const put = 'PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'
  expect(await send(port, preface)).toBe('taken 24')
  expect(await send(port, ...preface.split(''))).toMatch(/^taken (1[6-9]|2[0-4])$/)
  expect(await send(port, put)).toContain('HTTP/1 PUT /x')
  expect(await send(port, ...put.split(''))).toContain('HTTP/1 PUT /x')
  const pri = 'PRI /x HTTP/1.1\r\nHost: a\r\n\r\n'
  expect(await send(port, ...pri.split(''))).toMatch(/^HTTP\/1\.1 400/)
  const answer = await fetch(`http://127.0.0.1:${port}/y`)
  expect(await answer.text()).toBe('HTTP/1 GET /y')
})

it('lets connections go that say nothing', async () => {
  const port = await start()
  const socket = net.connect(port, '127.0.0.1')
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.end('PRI')
  await closed
})
