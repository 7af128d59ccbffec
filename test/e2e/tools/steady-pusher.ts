import { setTimeout as sleep } from 'node:timers/promises'

/** What a steady pusher sends: line `k` of each stream stands at `firstNs + k`. */
export interface PushLoad {
  readonly labels: Readonly<Record<string, string>>
  /** Streams, told apart by the label `stream`, from 0. */
  readonly streams: number
  /** Lines of each stream in a push. */
  readonly linesEach: number
  readonly firstNs: bigint
}

const patienceMs = 90_000
const retryAfterMs = 30
/** `max_entries_limit_per_query` */
const pageSize = 5000

/**
 * Pushes log lines in Loki's JSON form as pino-loki does, and repeats each push, the same bytes, until it is acknowledged. What it may
 * count on afterwards is then simple: lines 0 to `acknowledged` of each stream, each once.
 */
export class SteadyPusher {
  readonly load: PushLoad
  /** Lines of each stream that were acknowledged. */
  acknowledged = 0
  retries = 0
  readonly #url: () => string
  #isStopping = false
  readonly #finished: Promise<void>

  /** `url` is asked for every attempt: a server that was killed comes back elsewhere. */
  constructor(url: () => string, load: PushLoad) {
    this.load = load
    this.#url = url
    this.#finished = this.#run()
    // Whoever calls `finish` sees the failure; until then it waits.
    this.#finished.catch(() => undefined)
  }

  /** Lets the push under way be acknowledged, however often that takes, and ends. Rejects when it was refused. */
  async finish(): Promise<void> {
    this.#isStopping = true
    await this.#finished
  }

  /** Reads all lines of the load back and says what is wrong; resolves to their number. */
  async verify(): Promise<number> {
    let lines = 0
    for (let stream = 0; stream < this.load.streams; stream++) {
      const read = await this.#read(stream)
      const wanted = Array.from({ length: this.acknowledged }, (_, k) => textOf(stream, k))
      const wrong = wanted.findIndex((text, k) => read[k] !== text)
      if (wrong >= 0 || read.length !== wanted.length) {
        const at = wrong < 0 ? wanted.length : wrong
        throw new Error(
          `${JSON.stringify(this.load.labels)} stream ${stream}: line ${at} is ${JSON.stringify(read[at])}, not ${JSON.stringify(wanted[at])}; ${read.length} lines of ${wanted.length}`,
        )
      }
      lines += read.length
    }
    return lines
  }

  /** Reads the load back where it may hold more than `least` lines of each stream and must hold those. */
  async verifyAtLeast(least: number): Promise<void> {
    for (let stream = 0; stream < this.load.streams; stream++) {
      const read = await this.#read(stream)
      const wrong = Array.from({ length: Math.max(least, read.length) }, (_, k) => k).find(
        (k) => read[k] !== textOf(stream, k),
      )
      if (wrong !== undefined) {
        throw new Error(`stream ${stream}: line ${wrong} is ${JSON.stringify(read[wrong])}`)
      }
    }
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      await this.#pushUntilAcknowledged(this.#encodeNext())
      this.acknowledged += this.load.linesEach
    }
  }

  #encodeNext(): string {
    const { labels, streams, linesEach, firstNs } = this.load
    return JSON.stringify({
      streams: Array.from({ length: streams }, (_, stream) => ({
        stream: { ...labels, stream: String(stream) },
        values: Array.from({ length: linesEach }, (_value, i) => {
          const k = this.acknowledged + i
          return [String(firstNs + BigInt(k)), textOf(stream, k)]
        }),
      })),
    })
  }

  async #pushUntilAcknowledged(body: string): Promise<void> {
    const deadlineMs = performance.now() + patienceMs
    for (;;) {
      const told = await this.#push(body)
      if (told === 'acknowledged') return
      if (performance.now() > deadlineMs) throw new Error(`gave up: ${told}`)
      this.retries++
      await sleep(retryAfterMs)
    }
  }

  /** Throws when sending it again cannot help. */
  async #push(body: string): Promise<string> {
    let answer: Response
    let text: string
    try {
      answer = await fetch(`${this.#url()}/loki/api/v1/push`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(40_000),
      })
      text = await answer.text()
    } catch (thrown) {
      return String(thrown)
    }
    if (answer.status === 204) return 'acknowledged'
    if (answer.status >= 500 || answer.status === 429) return `${answer.status} ${text}`
    throw new Error(`the push was refused: ${answer.status} ${text}`)
  }

  async #read(stream: number): Promise<string[]> {
    const { labels, firstNs } = this.load
    const pairs = Object.entries({ ...labels, stream: String(stream) })
    const query = `{${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}}`
    const lines: string[] = []
    let startNs = firstNs
    for (;;) {
      const page = await this.#readPage(query, startNs)
      lines.push(...page.map(([, line]) => line))
      const last = page.at(-1)
      if (last === undefined || page.length < pageSize) return lines
      startNs = BigInt(last[0]) + 1n
    }
  }

  async #readPage(query: string, startNs: bigint): Promise<[ns: string, line: string][]> {
    const parameters = new URLSearchParams({
      query,
      start: String(startNs),
      end: String(this.load.firstNs + 3_600_000_000_000n),
      direction: 'forward',
      limit: String(pageSize),
    })
    const answer = await fetch(`${this.#url()}/loki/api/v1/query_range?${parameters.toString()}`)
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${answer.status} ${text}`)
    // The texts of the lines have nothing in them that JSON would escape.
    return Array.from(text.matchAll(/\["(\d+)","([^"]*)"\]/g), ([, ns = '', line = '']) => [
      ns,
      line,
    ])
  }
}

function textOf(stream: number, k: number): string {
  return `line ${k} of stream ${stream} was written by somebody who waits for its acknowledgement`
}
