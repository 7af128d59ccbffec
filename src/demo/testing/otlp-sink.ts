import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

/** A place that takes OTLP as JSON and remembers it. */
export interface OtlpSink {
  readonly url: string
  /** Bodies by path. */
  readonly bodies: ReadonlyMap<string, readonly string[]>
  close(): Promise<void>
}

export async function startOtlpSink(): Promise<OtlpSink> {
  const bodies = new Map<string, string[]>()
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const path = request.url ?? ''
      bodies.set(path, [...(bodies.get(path) ?? []), body])
      return response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    bodies,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
