import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { parseJson } from '../house/parse-json.ts'
import { startServer, type Server } from './server.ts'
import { byForm } from './tools/form.ts'
import { own, ownFolder } from './tools/owned.ts'
import { chooseSeed, createRandom } from './tools/random.ts'
import { strike, VICTIMS } from './tools/strike.ts'

const rounds = byForm({ short: 3, full: 20 })

it(`loses no acknowledged data point after ${rounds} rounds of SIGKILL`, async () => {
  const random = createRandom(chooseSeed('otlp-metrics-durability'))
  const dataDir = `${ownFolder()}/data`
  const start = async (): Promise<Server> =>
    own(await startServer({ dataDir, listeners: ['otlp-http'] }))
  let server = await start()
  const all: PointSender[] = []
  for (let round = 0; round < rounds; round++) {
    const victim = VICTIMS[round] ?? random.pick(VICTIMS)
    const senders = [0, 1].map((each) => new PointSender(() => server, `${round}-${each}`))
    all.push(...senders)
    await sleep(random.between(300, 2000))
    server = await strike(server, victim, random, start)
    await Promise.all(senders.map((sender) => sender.finish()))
    await verifyAll(server, senders)
    const points = senders.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0)
    console.log(`round ${round}: SIGKILL of ${victim}; ${points} data points acknowledged`)
  }
  expect(await server.stop()).toEqual({ code: 0, signal: null })
  server = await start()
  await verifyAll(server, all)
})

/** Every point is there, each once. */
async function verifyAll(server: Server, senders: readonly PointSender[]): Promise<void> {
  for (const sender of senders) expect(await sender.stored(server)).toEqual(sender.acknowledged)
}

/** Sends one point of a counter after the other, each until it is acknowledged. */
class PointSender {
  /** Values, which rise by one. */
  readonly acknowledged: number[] = []
  readonly #server: () => Server
  readonly #name: string
  readonly #done: Promise<void>
  readonly #startMs = Date.now() - 600_000
  #isEnding = false

  constructor(server: () => Server, name: string) {
    this.#server = server
    this.#name = name
    this.#done = this.#run()
  }

  /** Lets the point that is being sent come through, and ends. */
  finish(): Promise<void> {
    this.#isEnding = true
    return this.#done
  }

  /** The values that are there, in the order of their times. */
  async stored(server: Server): Promise<readonly number[]> {
    const query = encodeURIComponent(`sent_total{sender="${this.#name}"}[2h]`)
    const answer = await fetch(`${server.url('prometheus')}/api/v1/query?query=${query}`)
    const text = await answer.text()
    const { result } = parseJson(text, isMatrix).data
    return (result[0]?.values ?? []).map(([, value]) => Number(value))
  }

  async #run(): Promise<void> {
    for (let i = 1; !this.#isEnding; i++) {
      const body = this.#bodyOf(i)
      while (!(await this.#send(body))) await sleep(50)
      this.acknowledged.push(i)
    }
  }

  #bodyOf(value: number): string {
    const attributes = [{ key: 'sender', value: { stringValue: this.#name } }]
    const timeUnixNano = `${this.#startMs + value}000000`
    const dataPoints = [{ attributes, timeUnixNano, asInt: String(value) }]
    const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints }
    return JSON.stringify({
      resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'sent', sum }] }] }],
    })
  }

  async #send(body: string): Promise<boolean> {
    try {
      const headers = { 'content-type': 'application/json' }
      const url = `${this.#server().url('otlp-http')}/v1/metrics`
      const answer = await fetch(url, { method: 'POST', headers, body })
      return answer.status === 200 && (await answer.text()) === '{}'
    } catch {
      return false
    }
  }
}

interface MatrixJson {
  readonly data: { readonly result: readonly { readonly values: readonly [number, string][] }[] }
}

function isMatrix(json: unknown): json is MatrixJson {
  return typeof json === 'object' && json !== null && 'data' in json
}
