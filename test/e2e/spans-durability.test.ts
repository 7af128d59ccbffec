import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { ResourceSpansJson } from '../../src/model/trace-json.ts'
import { parseJson } from '../house/parse-json.ts'
import { startServer, type Server } from './server.ts'
import { byForm } from './tools/form.ts'
import { own, ownFolder } from './tools/owned.ts'
import { chooseSeed, createRandom } from './tools/random.ts'
import { strike, VICTIMS } from './tools/strike.ts'

const rounds = byForm({ short: 3, full: 30 })
const SPANS = 20

it(`loses no acknowledged span and answers none twice after ${rounds} rounds of SIGKILL`, async () => {
  const random = createRandom(chooseSeed('spans-durability'))
  const dataDir = `${ownFolder()}/data`
  const start = async (): Promise<Server> =>
    own(await startServer({ dataDir, listeners: ['tempo', 'otlp-http'] }))
  let server = await start()
  const all: TraceSender[] = []
  for (let round = 0; round < rounds; round++) {
    const victim = VICTIMS[round] ?? random.pick(VICTIMS)
    const senders = [0, 1].map((each) => new TraceSender(() => server, round * 10 + each))
    all.push(...senders)
    await sleep(random.between(300, 2000))
    server = await strike(server, victim, random, start)
    await Promise.all(senders.map((sender) => sender.finish()))
    const traces = await verifyAll(server, senders)
    console.log(`round ${round}: SIGKILL of ${victim}; ${traces * SPANS} spans acknowledged`)
  }
  expect(await server.stop()).toEqual({ code: 0, signal: null })
  server = await start()
  const total = await verifyAll(server, all)
  console.log(`after a clean restart all ${total * SPANS} acknowledged spans are there, each once`)
})

/** Sends one trace after the other, each until it is acknowledged. */
class TraceSender {
  readonly acknowledged: string[] = []
  readonly #server: () => Server
  readonly #number: number
  readonly #done: Promise<void>
  #isEnding = false

  constructor(server: () => Server, number: number) {
    this.#server = server
    this.#number = number
    this.#done = this.#run()
  }

  /** Lets the trace that is being sent come through, and ends. */
  finish(): Promise<void> {
    this.#isEnding = true
    return this.#done
  }

  async #run(): Promise<void> {
    for (let i = 1; !this.#isEnding; i++) {
      const id = `${this.#number.toString(16)}${i.toString(16).padStart(8, '0')}`.padStart(32, 'f')
      const body = traceOf(id)
      while (!(await this.#send(body))) await sleep(50)
      this.acknowledged.push(id)
    }
  }

  async #send(body: string): Promise<boolean> {
    try {
      const headers = { 'content-type': 'application/json' }
      const url = `${this.#server().url('otlp-http')}/v1/traces`
      const answer = await fetch(url, { method: 'POST', headers, body })
      const text = await answer.text()
      return answer.status === 200 && text === '{}'
    } catch {
      return false
    }
  }
}

/** The times lie on both sides of midnight, so that a trace has parts in two partitions. */
function traceOf(traceId: string): string {
  const midnightMs = Math.floor(Date.now() / 86_400_000) * 86_400_000
  const spans = Array.from({ length: SPANS }, (_, i) => {
    const startMs = midnightMs + (i - SPANS / 2) * 10
    return {
      traceId,
      spanId: (i + 1).toString(16).padStart(16, '0'),
      ...(i > 0 && { parentSpanId: '1'.padStart(16, '0') }),
      name: `span ${i}`,
      startTimeUnixNano: `${startMs}000000`,
      endTimeUnixNano: `${startMs + 5}000000`,
    }
  })
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
}

async function verifyAll(server: Server, senders: readonly TraceSender[]): Promise<number> {
  let traces = 0
  for (const { acknowledged } of senders) {
    for (const id of acknowledged) {
      expect(await namesOf(server, id), id).toEqual(NAMES)
      traces++
    }
  }
  return traces
}

const NAMES = Array.from({ length: SPANS }, (_, i) => `span ${i}`).sort()

async function namesOf(server: Server, id: string): Promise<string[]> {
  const answer = await fetch(`${server.url('tempo')}/api/traces/${id}`)
  const text = await answer.text()
  if (answer.status !== 200) return [`${answer.status} ${text}`]
  const isTrace = (json: unknown): json is { batches: ResourceSpansJson[] } =>
    typeof json === 'object' && json !== null && 'batches' in json
  return parseJson(text, isTrace)
    .batches.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .map(({ name }) => name)
    .sort()
}
