import http from 'node:http'

/** A receiver that accepts every notification at once, and knows which alerts it was told about. */
export interface WebhookSink {
  readonly url: string
  /** When each alert was first told as firing, by its label `n`; monotonic milliseconds. */
  readonly firstMs: ReadonlyMap<string, number>
  readonly notifications: () => number
  close(): Promise<void>
}

interface Message {
  readonly alerts: readonly {
    readonly status: string
    readonly labels: Readonly<Record<string, string>>
  }[]
}

export async function startWebhookSink(): Promise<WebhookSink> {
  const firstMs = new Map<string, number>()
  let notifications = 0
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.end('ok')
      notifications++
      const atMs = performance.now()
      const message = JSON.parse(Buffer.concat(chunks).toString()) as Message
      for (const { status, labels } of message.alerts) {
        const n = labels['n'] ?? ''
        if (status === 'firing' && !firstMs.has(n)) firstMs.set(n, atMs)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/`,
    firstMs,
    notifications: () => notifications,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
