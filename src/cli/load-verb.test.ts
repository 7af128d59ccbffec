import { createServer } from 'node:http'
import { afterEach, expect, it } from 'vitest'
import { runLoad, type LoadVerbOptions } from './load-verb.ts'
import { fakeTerminal } from './testing/fake-terminal.ts'
import { runCaptured } from './testing/run-captured.ts'

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'

let close: () => void = () => undefined
afterEach(() => close())

/** A service that answers with 500 every tenth time; resolves to its address. */
async function startService(): Promise<{ url: string; served: () => number }> {
  let served = 0
  const server = createServer((_request, response) => {
    served++
    response.writeHead(served % 10 === 0 ? 500 : 200, { 'x-trace-id': TRACE_ID }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  close = () => {
    server.close()
    server.closeAllConnections()
  }
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, served: () => served }
}

function optionsOf(more: Partial<LoadVerbOptions> & { url: string }): LoadVerbOptions {
  return { scenario: 'normal', concurrency: 4, duration: '300ms', ...more }
}

const NEVER = new Promise<never>(() => undefined)

it('drives a service and tells what came of it', async () => {
  const { url, served } = await startService()
  const terminal = fakeTerminal()
  expect(await runLoad(optionsOf({ url }), terminal, NEVER)).toBe(0)
  expect(served()).toBeGreaterThan(10)
  const out = terminal.out()
  expect(out).toMatch(/^\d+ requests in \d+\.\d s: [\d.]+ requests\/s, \d+ errors?\n/)
  expect(out).toMatch(/latency {2}p50 .* · p95 .* · p99 .* · longest /)
  expect(out).toMatch(/ {2}200 .*\n {2}500 /)
  expect(out).toContain(`trace ${TRACE_ID}`)
})

it('keeps to a rate', async () => {
  const { url, served } = await startService()
  await runLoad(optionsOf({ url, rate: 20, duration: '500ms' }), fakeTerminal(), NEVER)
  expect(served()).toBeLessThanOrEqual(12)
})

it('ends at once when it is told to', async () => {
  const { url } = await startService()
  const terminal = fakeTerminal()
  const ended = new Promise((resolve) => setTimeout(resolve, 100))
  expect(await runLoad(optionsOf({ url, duration: '1h' }), terminal, ended)).toBe(0)
  expect(terminal.out()).toContain('requests in')
})

it('says what is wrong', async () => {
  const away = await runCaptured('load', '--url', 'http://127.0.0.1:1', '--duration', '1s')
  expect([away.code, away.err]).toEqual([
    1,
    'vedette: cannot reach http://127.0.0.1:1: nothing listens there. Start the demonstration with "vedette demo", or name it with --url\n',
  ])
  expect(await runCaptured('load', '--duration', 'long')).toMatchObject({ code: 2 })
  expect(await runCaptured('load', '--concurrency', '0')).toMatchObject({ code: 2 })
  expect(await runCaptured('load', '--url', 'ftp://x')).toMatchObject({ code: 2 })
  expect(await runCaptured('demo', '--listen', 'x')).toMatchObject({ code: 2 })
})
