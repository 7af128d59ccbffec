import { afterEach, describe, expect, it, vi } from 'vitest'
import { runLogs } from './logs-query.ts'
import { startFakeLogs, type FakeLine, type FakeLogs } from './testing/fake-logs.ts'
import { fakeTerminal, type FakeTerminal } from './testing/fake-terminal.ts'

const PATIENCE = { timeout: 20_000, interval: 10 }

let server: FakeLogs
let end: () => void = () => undefined
afterEach(async () => {
  end()
  await server.close()
})

/** A line of now. */
function line(text: string, at = Date.now()): FakeLine {
  return { ns: BigInt(at) * 1_000_000n, text, stream: { job: 'a' } }
}

interface Run {
  readonly terminal: FakeTerminal
  readonly done: Promise<void>
}

function follow(more: { limit?: number } = {}): Run {
  const terminal = fakeTerminal({ nowMs: Date.now })
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const done = runLogs(
    '{job="a"}',
    {
      ...{ url: server.url, since: '1h', follow: true, output: 'raw' },
      ...{ limit: more.limit ?? 200, isLimitGiven: more.limit !== undefined },
    },
    terminal,
    ended,
  )
  return { terminal, done }
}

async function untilShown({ terminal }: Run, text: string): Promise<void> {
  await vi.waitFor(() => expect(terminal.out()).toBe(text), PATIENCE)
}

describe('vedette logs --follow', () => {
  it('shows the last lines, and new ones over the live tail, until it is ended', async () => {
    const old = Array.from({ length: 30 }, (_, i) => line(`old ${i}`, Date.now() - 60_000 + i))
    server = await startFakeLogs(old)
    const run = follow({ limit: 2 })
    await vi.waitFor(() => expect(server.sockets.size).toBe(1), PATIENCE)
    server.add(line('new 1'))
    server.add(line('new 2'))
    await untilShown(run, 'old 28\nold 29\nnew 1\nnew 2\n')
    end()
    await run.done
    const tail = server.asked.find(({ path }) => path === 'tail')
    expect(tail?.params).toMatchObject({ query: '{job="a"}', start: String(old[29]?.ns) })
  })

  it('shows ten lines at first where nothing else is asked for', async () => {
    server = await startFakeLogs(Array.from({ length: 30 }, () => line('old', Date.now() - 1000)))
    const run = follow()
    await vi.waitFor(() => expect(server.sockets.size).toBe(1), PATIENCE)
    expect(server.asked[0]?.params['limit']).toBe('11')
    end()
    await run.done
  })

  it('goes on where it ended when the connection breaks, and shows no line twice', async () => {
    server = await startFakeLogs()
    const run = follow()
    await vi.waitFor(() => expect(server.sockets.size).toBe(1), PATIENCE)
    const first = line('first')
    server.add(first)
    await untilShown(run, 'first\n')
    for (const socket of server.sockets) socket.close(1011, 'the tail \u001b[31mfell behind')
    const tails = (): number => server.asked.filter(({ path }) => path === 'tail').length
    await vi.waitFor(() => expect(tails()).toBe(2), PATIENCE)
    server.add(first, line('second', Number(first.ns / 1_000_000n) + 5))
    await untilShown(run, 'first\nsecond\n')
    expect(run.terminal.remarks()).toContain('the tail \\u001b[31mfell behind; trying again')
    const starts = server.asked.filter(({ path }) => path === 'tail').map(({ params }) => params)
    expect(starts[1]?.['start']).toBe(String(first.ns))
    end()
    await run.done
  })

  it('says when the server left lines out', async () => {
    server = await startFakeLogs()
    const run = follow()
    await vi.waitFor(() => expect(server.sockets.size).toBe(1), PATIENCE)
    const dropped = [{ timestamp: '1', labels: {} }]
    for (const socket of server.sockets) {
      socket.send('no JSON')
      socket.send(JSON.stringify({ streams: [], dropped_entries: dropped }))
    }
    await vi.waitFor(
      () => expect(run.terminal.remarks()).toContain('-- 1 lines were left out'),
      PATIENCE,
    )
    end()
    await run.done
  })

  it('asks again and again where there is no live tail', async () => {
    server = await startFakeLogs([], { hasTail: false })
    const run = follow()
    await vi.waitFor(() => expect(server.asked.map(({ path }) => path)).toContain('tail'), PATIENCE)
    server.add(line('polled 1'))
    await untilShown(run, 'polled 1\n')
    server.add(line('polled 2'))
    await untilShown(run, 'polled 1\npolled 2\n')
    end()
    await run.done
  })

  it('ends with what the server refuses', async () => {
    server = await startFakeLogs([], { hasTail: false })
    const run = follow()
    server.refuse(403, 'no permission logs:read')
    await expect(run.done).rejects.toThrow('no permission logs:read')
  })
})
