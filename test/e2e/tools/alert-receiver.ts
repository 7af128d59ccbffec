import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { parseJson } from '../../house/parse-json.ts'

/** One alert of a webhook message. */
interface ReceivedAlert {
  readonly status: 'firing' | 'resolved'
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** A message to a webhook, as it came. */
export interface Received {
  readonly atMs: number
  readonly groupKey: string
  readonly alerts: readonly ReceivedAlert[]
}

const isMessage = (json: unknown): json is Omit<Received, 'atMs'> => json !== null

/** How a receiver answers; the default accepts. */
type Answering = (response: ServerResponse, request: IncomingMessage) => void

/** A webhook receiver that keeps what it is told. */
export class AlertReceiver {
  readonly url: string
  readonly received: Received[] = []
  /** Requests that came, whether they were accepted or not. */
  requests = 0
  answer: Answering = (response) => response.end()

  private constructor(url: string) {
    this.url = url
  }

  /** One that goes with the test. */
  static async own(): Promise<AlertReceiver> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const receiver = new AlertReceiver(`http://127.0.0.1:${port}/`)
    server.on('request', (request, response) => void receiver.#take(request, response))
    return receiver
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    this.requests++
    this.answer(response, request)
    if (!response.writableEnded || response.statusCode !== 200) return
    this.received.push({ ...parseJson(body, isMessage), atMs: Date.now() })
  }

  /** Names of alerts of a status, in the order in which they came. */
  names(status: 'firing' | 'resolved'): string[] {
    return this.received.flatMap(({ alerts }) =>
      alerts
        .filter((alert) => alert.status === status)
        .map(({ labels }) => labels['alertname'] ?? ''),
    )
  }
}
