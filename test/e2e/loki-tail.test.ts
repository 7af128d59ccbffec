import { WebSocket } from 'ws'
import { expect, it } from 'vitest'
import { ownServer } from './tools/owned.ts'
import { waitFor } from './tools/wait-for.ts'

const LINES = 200

async function push(url: string, app: string, lines: readonly string[]): Promise<void> {
  const firstNs = BigInt(Date.now()) * 1_000_000n
  const values = lines.map((line, i) => [String(firstNs + BigInt(i)), line])
  const answer = await fetch(`${url}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ streams: [{ stream: { app }, values }] }),
  })
  expect(answer.status).toBe(204)
}

it('follows lines from the backlog on: each once, in order, soon, and to the end of the server', async () => {
  const server = await ownServer({ listeners: ['loki'] })
  const url = server.url('loki')
  await push(url, 'web', ['before 1', 'before 2'])
  await push(url, 'db', ['of another'])

  const query = encodeURIComponent('{app="web"} != "noise"')
  const socket = new WebSocket(`${url.replace('http', 'ws')}/loki/api/v1/tail?query=${query}`)
  const lines: string[] = []
  const cameMs: number[] = []
  socket.on('message', (data: Buffer) => {
    for (const [, line] of data.toString().matchAll(/\["\d{19}","([^"]*)"/g)) {
      lines.push(line ?? '')
      cameMs.push(performance.now())
    }
  })
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  await waitFor('the backlog', () => lines.length === 2)

  const sentMs: number[] = []
  for (let i = 0; i < LINES; i++) {
    sentMs.push(performance.now())
    await push(url, i % 2 === 0 ? 'web' : 'db', [`line ${i}`, 'noise'])
  }
  await waitFor('all lines', () => lines.length >= 2 + LINES / 2)
  expect(lines).toEqual([
    ...['before 1', 'before 2'],
    ...Array.from({ length: LINES / 2 }, (_, i) => `line ${i * 2}`),
  ])
  const delaysMs = Array.from({ length: LINES / 2 }, (_, i) => {
    return (cameMs[i + 2] ?? 0) - (sentMs[i * 2] ?? 0)
  }).sort((a, b) => a - b)
  const at = (share: number): string =>
    (delaysMs[Math.floor(delaysMs.length * share)] ?? 0).toFixed(0)
  console.log(`from push to tail: median ${at(0.5)} ms, worst ${at(0.99)} ms`)

  expect(await server.stop()).toEqual({ code: 0, signal: null })
  expect(await closed).toBe(1001)
})
