import http from 'node:http'

/** A statement as it came, with the settings beside it. */
export interface ToldStatement {
  readonly text: string
  readonly settings: Readonly<Record<string, string>>
}

/** Plays a ClickHouse: remembers what it is told, and answers only what a migration asks. */
export class PlayedCluster {
  readonly told: ToldStatement[] = []
  readonly #server = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { searchParams } = new URL(request.url ?? '/', 'http://played')
      // Statements with rows stand in the address, others in the body.
      const text = searchParams.get('query') ?? Buffer.concat(chunks).toString()
      searchParams.delete('query')
      this.told.push({ text, settings: Object.fromEntries(searchParams) })
      response.setHeader('x-clickhouse-format', 'JSONEachRow')
      response.end(this.#answer(text))
    })
  })
  #version = 0
  #lock = ''

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve)
    })
    const address = this.#server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    return `http://127.0.0.1:${port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => {
      this.#server.close(resolve)
    })
  }

  #answer(text: string): string {
    this.#version = Number(
      /schema_version \(version\) SELECT (\d+)/.exec(text)?.[1] ?? this.#version,
    )
    this.#lock = /schema_lock .*COMMENT '([^']*)'/.exec(text)?.[1] ?? this.#lock
    if (text.includes('max(version)')) return `{"version":${this.#version}}\n`
    if (text.includes("name = 'schema_lock'")) return `{"uuid":"1","comment":"${this.#lock}"}\n`
    if (text.includes('version() AS')) return '{"version":"26.7.2"}\n'
    return ''
  }
}
