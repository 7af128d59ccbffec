import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { findFreePorts } from './free-ports.ts'
import { startServer, type ServerOptions } from './server.ts'
import { own, ownFolder } from './tools/owned.ts'
import { runVedette, startVedette, type RunningVerb } from './tools/run-vedette.ts'
import { SteadyPusher } from './tools/steady-pusher.ts'
import { SteadySender } from './tools/steady-sender.ts'
import { verifyLoad } from './tools/verify-load.ts'
import { waitFor } from './tools/wait-for.ts'

const PASSWORD = 'an engine for the test of moving'
const LISTENERS: Pick<ServerOptions, 'listeners'> = { listeners: ['loki', 'tempo', 'otlp-http'] }

/** A verb that does not outlive the test. */
function ownVerb(...args: readonly string[]): RunningVerb {
  const verb = startVedette(...args)
  onTestFinished(() => verb.kill())
  return verb
}

it('moves everything that was acknowledged to another engine while it is being pushed, once', async () => {
  const folder = ownFolder()
  const dataDir = join(folder, 'data')
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 })
  const port = (await findFreePorts(1))[0] ?? 0
  const target = `http://127.0.0.1:${port}`
  const engine = ownVerb(
    ...['engine', '--listen', `127.0.0.1:${port}`, '--password-file', passwordFile],
    ...['--data', join(folder, 'engine')],
  )
  let server = own(await startServer({ dataDir, ...LISTENERS }))
  const nowMs = Date.now()
  const lines = new SteadyPusher(() => server.url('loki'), {
    labels: { job: 'moved' },
    ...{ streams: 3, linesEach: 50, firstNs: BigInt(nowMs - 3_600_000) * 1_000_000n },
  })
  const samples = new SteadySender(server.url('prometheus'), {
    labels: { __name__: 'moved' },
    ...{ seriesCount: 20, samplesEach: 5, timestampOf: (k) => nowMs - 3_000_000 + k * 10 },
  })
  const spans = new SpanSender(() => server.url('otlp-http'))
  await waitFor('the engine', () => engine.out().includes('the engine answers'), 60_000)
  await waitFor('a first push of everything', () =>
    [lines.acknowledged, samples.acknowledged, spans.acknowledged.length].every((n) => n > 0),
  )

  const wanted = ['move', '--to', target, '--user', 'vedette', '--data', dataDir]
  const refused = await runVedette(...wanted, '--password-file', join(folder, 'nothing'))
  expect(refused.code).toBe(2)
  expect(refused.err).toContain('--password-file')
  writeFileSync(join(folder, 'wrong'), 'wrong')
  const wrong = await runVedette(...wanted, '--password-file', join(folder, 'wrong'))
  expect(wrong.code).toBe(1)
  expect(wrong.err).toContain('refuses the user vedette')

  const killed = ownVerb(...wanted, '--password-file', passwordFile)
  await sleep(1500)
  await killed.kill()
  const move = ownVerb(...wanted, '--password-file', passwordFile)
  await waitFor(
    'all but the last minutes',
    () => move.out().includes('Waiting for the server'),
    60_000,
  )
  expect(move.out()).toContain(`clickhouse:\n  url: ${target}/\n  username: vedette`)
  expect(await server.stop()).toEqual({ code: 0, signal: null })
  server = own(
    await startServer({
      dataDir,
      ...LISTENERS,
      prometheusPort: Number(new URL(server.url('prometheus')).port),
      args: [
        '--clickhouse.url',
        target.replace('//', `//vedette:${encodeURIComponent(PASSWORD)}@`),
      ],
    }),
  )
  expect(await move.ended, move.out()).toBe(0)
  expect(move.out()).toContain('Everything is at')
  await waitFor('pushes into the new store', () => spans.isServedBy(server.url('otlp-http')))
  await Promise.all([lines.finish(), samples.finish(), spans.finish()])

  // What was copied last is known to the server within a second or two.
  const stored = await waitFor(
    'every sample',
    () => verifyLoad(server.url('prometheus'), samples),
    60_000,
  )
  expect(stored).toBe(samples.acknowledged * 20)
  expect(await lines.verify()).toBe(lines.acknowledged * 3)
  for (const trace of spans.acknowledged)
    expect(await spans.count(server.url('tempo'), trace)).toBe(1)
  console.log(
    `moved and pushed meanwhile: ${lines.acknowledged * 3} lines, ${samples.acknowledged * 20} samples, ${spans.acknowledged.length} spans, each there once`,
  )
}, 900_000)

/** Sends one span after the other, each until it is acknowledged. */
class SpanSender {
  /** Ids of the traces, each of one span. */
  readonly acknowledged: string[] = []
  readonly #url: () => string
  readonly #done: Promise<void>
  #isEnding = false
  #lastUrl = ''

  constructor(url: () => string) {
    this.#url = url
    this.#done = this.#run()
  }

  finish(): Promise<void> {
    this.#isEnding = true
    return this.#done
  }

  isServedBy(url: string): boolean {
    return this.#lastUrl === url
  }

  async count(tempo: string, traceId: string): Promise<number> {
    const answer = await fetch(`${tempo}/api/traces/${traceId}`, {
      headers: { accept: 'application/json' },
    })
    return (await answer.text()).split('"spanId"').length - 1
  }

  async #run(): Promise<void> {
    for (let i = 1; !this.#isEnding; i++) {
      const id = i.toString(16).padStart(32, '0')
      // The same span each time: sent at another time it would be another.
      const startNs = `${Date.now() - 60_000}000000`
      while (!(await this.#send(id, startNs))) await sleep(50)
      this.acknowledged.push(id)
      await sleep(20)
    }
  }

  async #send(traceId: string, startTimeUnixNano: string): Promise<boolean> {
    const url = this.#url()
    const span = { traceId, spanId: traceId.slice(16), name: 'moved', kind: 1, startTimeUnixNano }
    const spans = [{ ...span, endTimeUnixNano: startTimeUnixNano }]
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'moved' } }] }
    const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] })
    try {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${url}/v1/traces`, { method: 'POST', headers, body })
      await answer.text()
      if (answer.status === 200) this.#lastUrl = url
      return answer.status === 200
    } catch {
      return false
    }
  }
}
