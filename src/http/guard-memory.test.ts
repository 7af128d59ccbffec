import { createServer, type Socket } from 'node:net'
import grpc from '@grpc/grpc-js'
import { afterEach, describe, expect, it } from 'vitest'
import { silentLog } from '../self/log.ts'
import { QueryGate, readInTurn } from '../self/memory/query-gate.ts'
import { createGrpcListener, createGrpcSpeaker } from './grpc-listener.ts'
import { guardMemory } from './guard-memory.ts'
import { createListener, type OpenDoor } from './listener.ts'
import { openPort } from './open-port.ts'
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

describe('a stream over gRPC', () => {
  type Stream = grpc.ServerWritableStream<Buffer, Buffer>

  /** A server whose stream reads until it is told to go on, then does what is asked for. */
  async function stream(finish: (call: Stream) => void) {
    const gate = new QueryGate({ explain: () => 'all', onShed: () => undefined, nowMs: Date.now })
    gate.update('tight', 0)
    const control = { goOn: (): void => undefined, later: '' }
    const serve = async (call: Stream): Promise<void> => {
      try {
        await readInTurn(undefined, () => new Promise<void>((resolve) => (control.goOn = resolve)))
        finish(call)
      } catch (thrown) {
        const details = String(thrown)
        call.emit('error', Object.assign(new Error(details), { code: 14, details }))
      }
      control.later = await readInTurn(undefined, () => Promise.resolve('rows')).catch(String)
    }
    const handle = { kind: 'stream', call: (call: Stream) => void serve(call) } as const
    const speaker = createGrpcSpeaker({ address, access: {}, log }, [
      { path: '/a.B/Find', permission: 'traces:read', handle },
    ])
    speaker.guardStreams(gate)
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      speaker.inject(socket)
    })
    const port = await openPort(server, address, () => undefined)
    const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure())
    const asIs = (bytes: Buffer): Buffer => bytes
    const ask = (options: grpc.CallOptions = {}) => {
      const call = client.makeServerStreamRequest(
        '/a.B/Find',
        asIs,
        asIs,
        Buffer.from('x'),
        options,
      )
      const ended = new Promise<string>((resolve) => {
        call.on('data', () => undefined)
        call.on('error', (error) => resolve(error.message))
        call.on('end', () => resolve('ended'))
      })
      return { call, ended }
    }
    doors.push({
      listen: () => Promise.resolve(port),
      drain: () => Promise.resolve(),
      close: async () => {
        client.close()
        speaker.end()
        for (const socket of sockets) socket.destroy()
        await new Promise((resolve) => server.close(resolve))
      },
    })
    return { gate, control, ask, sockets }
  }

  const answer = (call: Stream): void => {
    call.write(Buffer.from('found'))
    call.end()
  }
  const fail = (call: Stream): void =>
    void call.emit('error', Object.assign(new Error('no'), { code: 3, details: 'no' }))

  it.each([
    ['is answered', answer, /^ended$/],
    ['fails', fail, /^3 INVALID_ARGUMENT: no$/],
  ])('holds its turn until it %s', async (_name, finish, said) => {
    const { gate, control, ask } = await stream(finish)
    const { ended } = ask()
    await expect.poll(() => gate.running).toBe(1)
    control.goOn()
    expect(await ended).toMatch(said)
    await expect.poll(() => gate.running).toBe(0)
  })

  it.each([
    ['is cancelled', {}, 'cancel', /CANCELLED/],
    ['runs out of time', { deadline: 300 }, 'nothing', /DEADLINE/],
    ['loses its connection', {}, 'cut', /UNAVAILABLE/],
  ] as const)(
    'that %s gives its turn back',
    async (_name, { deadline }: { deadline?: number }, how, said) => {
      const { gate, control, ask, sockets } = await stream((call) => call.end())
      const { call, ended } = ask(deadline === undefined ? {} : { deadline: Date.now() + deadline })
      await expect.poll(() => gate.running).toBe(1)
      if (how === 'cancel') call.cancel()
      if (how === 'cut') for (const socket of sockets) socket.destroy()
      expect(await ended).toMatch(said)
      await expect.poll(() => gate.running).toBe(0)
      // What goes on takes no turn any more.
      control.goOn()
      await expect.poll(() => control.later).toBe('rows')
      expect(gate.running).toBe(0)
    },
  )

  it('waits for its turn, and is refused or ended when memory is short', async () => {
    const { gate, control, ask } = await stream((call) => call.end())
    const first = ask()
    await expect.poll(() => gate.running).toBe(1)
    const second = ask()
    await expect.poll(() => gate.waiting).toBe(1)
    second.call.cancel()
    await second.ended
    gate.update('over', 0)
    expect(await ask().ended).toMatch(/^14 UNAVAILABLE: .*the query is refused to save memory/)
    expect(gate.cancelLargest()).toBe(true)
    control.goOn()
    await first.ended
    await expect.poll(() => gate.running + gate.waiting).toBe(0)
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
