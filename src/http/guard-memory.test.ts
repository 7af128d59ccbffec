import grpc from '@grpc/grpc-js'
import { afterEach, describe, expect, it } from 'vitest'
import { silentLog } from '../self/log.ts'
import { QueryGate, readInTurn } from '../self/memory/query-gate.ts'
import { createGrpcListener } from './grpc-listener.ts'
import { guardMemory } from './guard-memory.ts'
import { createListener, type OpenDoor } from './listener.ts'
import type { Permission } from './guard.ts'

const log = silentLog()
const address = { host: '127.0.0.1', port: 0, listener: 'prometheus' }

const doors: OpenDoor[] = []

afterEach(async () => {
  for (const door of doors.splice(0)) await door.close()
})

async function open(door: OpenDoor): Promise<number> {
  doors.push(door)
  return door.listen()
}

describe('over HTTP', () => {
  async function start(refusal: () => string | undefined) {
    const gate = new QueryGate({
      explain: () => 'all of it is used',
      onShed: () => undefined,
      nowMs: Date.now,
    })
    const route = (path: string, permission: Permission) => ({
      methods: ['POST'] as const,
      path,
      permission,
      handle: async () => ({ body: await readInTurn(undefined, () => Promise.resolve('rows')) }),
    })
    const listener = createListener({ address, access: {}, log, meter: () => () => undefined }, [
      route('/query', 'metrics:read'),
      route('/push', 'logs:write'),
      route('/page', 'read'),
    ])
    guardMemory(listener, { gate, refusePush: refusal })
    const port = await open(listener)
    const ask = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: 'x' })
      return { answer, text: await answer.text() }
    }
    return { gate, ask }
  }

  it('a client that goes away gives its turn back, and what goes on takes none any more', async () => {
    const gate = new QueryGate({ explain: () => '', onShed: () => undefined, nowMs: Date.now })
    gate.update('tight', 0)
    let goOn: () => void = () => undefined
    let end: unknown
    const listener = createListener({ address, access: {}, log, meter: () => () => undefined }, [
      {
        methods: ['GET'],
        path: '/slow',
        permission: 'metrics:read',
        handle: async () => {
          await readInTurn(undefined, () => new Promise<void>((resolve) => (goOn = resolve)))
          end = await readInTurn(undefined, () => Promise.resolve('rows')).catch(String)
          return { body: '' }
        },
      },
    ])
    guardMemory(listener, { gate, refusePush: () => undefined })
    const port = await open(listener)
    const client = new AbortController()
    const asked = fetch(`http://127.0.0.1:${port}/slow`, { signal: client.signal }).catch(() => '')
    await expect.poll(() => gate.running).toBe(1)
    client.abort()
    await asked
    await expect.poll(() => gate.running).toBe(0)
    goOn()
    await expect.poll(() => end).toBe('rows')
    expect(gate.running).toBe(0)
  })

  it('a push is put off for as long as there is a reason', async () => {
    let reason: string | undefined = 'not now'
    const { ask } = await start(() => reason)
    const { answer, text } = await ask('/push')
    expect([answer.status, answer.headers.get('retry-after'), text]).toEqual([
      503,
      '2',
      'not now\n',
    ])
    reason = undefined
    expect((await ask('/push')).answer.status).toBe(200)
  })

  it('a query is refused while memory is over, what is no query goes on', async () => {
    const { gate, ask } = await start(() => undefined)
    gate.update('over', 0)
    const { answer, text } = await ask('/query')
    expect(answer.status).toBe(503)
    expect(text).toContain('the query is refused to save memory: all of it is used')
    expect((await ask('/page')).text).toBe('rows')
    gate.update('calm', 1e9)
    expect((await ask('/query')).text).toBe('rows')
    // A query that was answered holds no turn.
    await expect.poll(() => gate.running).toBe(0)
  })
})

it('over gRPC a push is put off', async () => {
  let reason: string | undefined = 'not now'
  const call: grpc.handleUnaryCall<Buffer, Buffer> = (_call, answer) =>
    answer(null, Buffer.from('ok'))
  const door = createGrpcListener({ address, access: {}, log }, [
    { path: '/a.B/Push', permission: 'traces:write', handle: { kind: 'unary', call } },
  ])
  door.guardPushes(() => reason)
  const port = await open(door)
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure())
  const asIs = (bytes: Buffer): Buffer => bytes
  const push = (): Promise<string> =>
    new Promise((resolve) => {
      client.makeUnaryRequest('/a.B/Push', asIs, asIs, Buffer.from('x'), (error, body) =>
        resolve(error === null ? String(body) : `${error.code} ${error.details}`),
      )
    })
  expect(await push()).toBe(`${grpc.status.UNAVAILABLE} not now`)
  reason = undefined
  expect(await push()).toBe('ok')
  client.close()
})
