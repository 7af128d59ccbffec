import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Send, SendOutcome } from '../forward/remote-sender.ts'
import { createLog } from '../self/log.ts'
import { createRegistry, type Registry } from '../self/metrics.ts'
import { SignalQueue } from './signal-queue.ts'

let folder = ''
let registry: Registry
let said: string[] = []

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-agent-'))
  registry = createRegistry()
  said = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const away: Send = () => Promise.resolve({ kind: 'later', message: 'nobody is there' })

function open(send: Send, maxBytes = 16 * 1024 * 1024): Promise<SignalQueue> {
  const log = createLog({ write: (line) => said.push(line) })
  return SignalQueue.open({ signal: 'metrics', folder, maxBytes, send, registry, log })
}

/** Random, so that it does not become smaller. */
function body(number: number, sizeBytes = 40_000): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  for (let at = 0; at < sizeBytes; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(sizeBytes, at + 65_536)))
  }
  bytes[0] = number
  return bytes
}

function counted(name: string): number {
  const found = registry.families().find((family) => family.name === name)
  return found?.metrics.reduce((sum, { value }) => sum + value, 0) ?? 0
}

/** Takes everything, and notes the first byte of each body, a request a list. */
function taker(): { readonly send: Send; readonly requests: number[][] } {
  const requests: number[][] = []
  const send = (bodies: readonly Uint8Array[]): Promise<SendOutcome> => {
    requests.push(bodies.map((each) => gunzipSync(each)[0] ?? -1))
    return Promise.resolve({ kind: 'sent' })
  }
  return { send, requests }
}

it('keeps bodies over an end until they are sent, several at once, and tells since when they wait', async () => {
  const first = await open(away)
  const beforeMs = Date.now()
  for (const number of [1, 2, 3]) expect(await first.push(body(number))).toBe(true)
  await expect.poll(() => first.figures().oldestMs).toBeDefined()
  const { oldestMs = 0, sizeBytes } = first.figures()
  expect(oldestMs).toBeGreaterThanOrEqual(beforeMs)
  expect(oldestMs).toBeLessThanOrEqual(Date.now())
  expect(sizeBytes).toBeGreaterThan(120_000)
  await first.stop()
  const { send, requests } = taker()
  const second = await open(send)
  await expect.poll(() => second.figures().sizeBytes).toBe(0)
  expect(second.figures().oldestMs).toBeUndefined()
  expect(requests).toEqual([[1, 2, 3]])
  await second.stop()
})

it('sends no more at once than a server takes, unpacked', async () => {
  const first = await open(away)
  for (const number of [1, 2, 3, 4, 5]) {
    const large = new Uint8Array(1_500_000)
    large[0] = number
    await first.push(large)
  }
  await first.stop()
  const { send, requests } = taker()
  const second = await open(send)
  await expect.poll(() => second.figures().sizeBytes).toBe(0)
  expect(requests).toEqual([[1, 2], [3, 4], [5]])
  await second.stop()
})

it('refuses a push when it is full, and says so once', async () => {
  const queue = await open(away, 200_000)
  const taken: boolean[] = []
  for (let i = 0; i < 8; i++) taken.push(await queue.push(body(i)))
  expect(taken.filter(Boolean)).toHaveLength(4)
  expect(said.filter((line) => line.includes('the queue is full'))).toHaveLength(1)
  expect(counted('vedette_agent_dropped_total')).toBe(0)
  await queue.stop()
})

it('asks for another try while the disk does not take what is pushed', async () => {
  const queue = await open(away)
  rmSync(folder, { recursive: true })
  await expect(queue.push(body(1))).rejects.toMatchObject({ name: 'Problem', code: 'unavailable' })
  mkdirSync(folder)
  expect(await queue.push(body(1))).toBe(true)
  await queue.stop()
})

it('drops what is oldest for what must not be refused, counts it, and says so once', async () => {
  const queue = await open(away, 400_000)
  for (let i = 0; i < 30; i++) await queue.pushOverOldest(body(i))
  expect(queue.figures().sizeBytes).toBeLessThanOrEqual(400_000)
  expect(said.filter((line) => line.includes('the queue is full'))).toHaveLength(1)
  await queue.stop()
  const dropped = counted('vedette_agent_dropped_total')
  const { send, requests } = taker()
  const second = await open(send)
  await expect.poll(() => second.figures().sizeBytes).toBe(0)
  const kept = requests.flat()
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 30 - kept.length + i))
  expect(dropped).toBe(30 - kept.length)
  await second.stop()
})
