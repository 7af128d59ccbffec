import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

export interface FakeRequest {
  readonly path: string
  /** What stands behind the `?`, decoded. */
  readonly query: string
  readonly method: string
  readonly authorization: string | undefined
  readonly form: Readonly<Record<string, string>>
  /** The body as it came. */
  readonly body: string
}

export interface FakeAnswer {
  readonly status?: number
  /** A text is sent as it is, anything else as JSON. */
  readonly body: unknown
}

export interface FakeApi {
  readonly url: string
  readonly requests: readonly FakeRequest[]
  close(): Promise<void>
}

/** A server that answers by path and remembers what it was asked; other paths get 404. */
export async function startFakeApi(
  answers: Readonly<Record<string, FakeAnswer>>,
): Promise<FakeApi> {
  const requests: FakeRequest[] = []
  const server = createServer((request, response) => {
    void readRequest(request).then((seen) => {
      requests.push(seen)
      const { status = 200, body } = answers[seen.path] ?? { status: 404, body: 'not found' }
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
      return undefined
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function readRequest(request: IncomingMessage): Promise<FakeRequest> {
  const { url = '', method = '', headers } = request
  const [path = '', query = ''] = url.split('?')
  const body = await text(request)
  return {
    path,
    query: decodeURIComponent(query),
    method,
    authorization: headers.authorization,
    form: Object.fromEntries(new URLSearchParams(body)),
    body,
  }
}

/** The envelope of Prometheus's API. */
export function success(data: unknown, more: object = {}): FakeAnswer {
  return { body: { status: 'success', data, ...more } }
}

export function failure(status: number, error: string): FakeAnswer {
  return { status, body: { status: 'error', errorType: 'bad_data', error } }
}
