import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { readClientSettings } from '../../outbound/client-settings.ts'
import { BodyRoom } from './body-room.ts'
import { ScrapeClient, type FetchOptions } from './fetch-page.ts'
import { BodySizeFault, type Page } from './page-source.ts'
import { readJob } from './test-scrape.ts'
import { freeAddress, serve, serveRaw, type TestServer } from './test-server.ts'

/** Long enough for a busy machine; what is awaited comes much sooner. */
const SOON = { timeout: 15_000 }

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})

function opened<T extends { close(): Promise<void> }>(one: T): T {
  open.push(one)
  return one
}

async function server(...args: Parameters<typeof serve>): Promise<TestServer> {
  return opened(await serve(...args))
}

async function rawServer(...args: Parameters<typeof serveRaw>): Promise<TestServer> {
  return opened(await serveRaw(...args))
}

async function client(keys = ''): Promise<ScrapeClient> {
  return opened(new ScrapeClient(await readClientSettings(readJob(keys).http), room))
}

const room = new BodyRoom(200 * 1024 * 1024)

/** Fetches with a client of a job with these keys. */
async function fetch(url: string, options: Partial<FetchOptions> = {}, keys = ''): Promise<Page> {
  return fetchWith(await client(keys), url, options)
}

function fetchWith(
  using: ScrapeClient,
  url: string,
  options: Partial<FetchOptions> = {},
): Promise<Page> {
  return using.fetch(url, {
    accept: '*/*',
    compressed: true,
    timeoutMs: 10_000,
    bodySizeLimit: 0,
    signal: AbortSignal.timeout(10_000),
    ...options,
  })
}

const textOf = (page: Page): string => new TextDecoder().decode(page.bytes)

describe('a request', () => {
  it('says what is wanted, and for how long', async () => {
    let seen: Record<string, unknown> = {}
    const { url } = await server((request, response) => {
      seen = { url: request.url, method: request.method, ...request.headers }
      response.setHeader('content-type', 'text/plain; version=0.0.4').end('a 1\n')
    })
    const page = await fetch(`${url}/m?a=%2F&b=%zz`, { accept: 'text/plain;q=1', timeoutMs: 1500 })
    expect(textOf(page)).toBe('a 1\n')
    expect(page.contentType).toBe('text/plain; version=0.0.4')
    expect(seen).toMatchObject({
      url: '/m?a=%2F&b=%zz',
      method: 'GET',
      accept: 'text/plain;q=1',
      'accept-encoding': 'gzip',
      'x-prometheus-scrape-timeout-seconds': '1.5',
    })
    expect(seen['user-agent']).toMatch(/^Vedette\//)
    await fetch(url, { compressed: false })
    expect(seen['accept-encoding']).toBe('identity')
    expect(seen['url']).toBe('/')
  })

  it('uses its connection again, also after an answer that was no page', async () => {
    const target = await server((request, response) => {
      response.statusCode = request.url === '/bad' ? 500 : 200
      response.end('x'.repeat(10_000))
    })
    const using = await client()
    for (const path of ['/', '/bad', '/']) {
      await fetchWith(using, target.url + path).catch(() => undefined)
      // The connection is free only a moment after the answer.
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(target.connections).toBe(1)
  })

  it('is made again when the kept connection was closed meanwhile', async () => {
    let requests = 0
    const target = await server((request, response) => {
      // What a server does whose idle time ends just when the request arrives.
      if (++requests === 2) request.socket.destroy()
      else response.end('a 1\n')
    })
    const using = await client()
    await fetchWith(using, target.url)
    expect(textOf(await fetchWith(using, target.url))).toBe('a 1\n')
    expect(requests).toBe(3)
  })

  it('does not wait for others at the same address', async () => {
    const waiting: (() => void)[] = []
    const target = await server((_, response) => {
      waiting.push(() => response.end('a 1\n'))
      if (waiting.length === 5) for (const answer of waiting) answer()
    })
    const using = await client()
    const pages = await Promise.all(
      Array.from({ length: 5 }, (_, i) => fetchWith(using, `${target.url}/probe?target=${i}`)),
    )
    expect(pages).toHaveLength(5)
  })
})

describe('a compressed page', () => {
  it('is unpacked', async () => {
    const { url } = await server((_, response) => {
      response.setHeader('content-encoding', 'gzip').end(gzipSync('a 1\n'))
    })
    expect(textOf(await fetch(url))).toBe('a 1\n')
  })

  it.each<[string, string, string | Buffer, string]>([
    ['plain text that is said to be gzip', 'gzip', 'a 1\n', 'gzip: invalid header'],
    [
      'gzip that breaks off',
      'gzip',
      gzipSync('a 1\n'.repeat(100)).subarray(0, 20),
      'unexpected EOF',
    ],
    ['gzip of nothing', 'gzip', '', 'EOF'],
    ['damaged gzip', 'gzip', damaged(gzipSync('a 1\n')), 'gzip: invalid checksum'],
    ['brotli', 'br', 'x', 'unsupported Content-Encoding "br": only gzip was asked for'],
  ])('is refused: %s', async (_, encoding, body, message) => {
    const { url } = await server((request, response) => {
      request.resume()
      response.setHeader('content-encoding', encoding).end(body)
    })
    await expect(fetch(url)).rejects.toThrow(new Error(message))
  })

  it('is read as it is when its encoding is the character set', async () => {
    const { url } = await server((_, response) => {
      response.setHeader('content-encoding', 'utf-8').end('a 1\n')
    })
    expect(textOf(await fetch(url))).toBe('a 1\n')
  })
})

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt8(copy.readUInt8(copy.length - 8) ^ 1, copy.length - 8)
  return copy
}

describe('the size of a page', () => {
  const body = 'metric_a 1\nmetric_b 2\n'

  it.each([true, false])('is bounded after decompression (gzip: %s)', async (isGzip) => {
    const { url } = await server((_, response) => {
      if (isGzip) response.setHeader('content-encoding', 'gzip')
      response.end(isGzip ? gzipSync(body) : body)
    })
    await expect(fetch(url, { bodySizeLimit: body.length })).rejects.toThrow(BodySizeFault)
    await expect(fetch(url, { bodySizeLimit: 1 })).rejects.toThrow('body size limit exceeded')
    expect(textOf(await fetch(url, { bodySizeLimit: body.length + 1 }))).toBe(body)
  })

  it('is bounded without body_size_limit too, and what says to be too long is not read', async () => {
    const { url } = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\na 1\n')
    })
    await expect(fetch(url)).rejects.toThrow(
      new BodySizeFault(': without body_size_limit at most 67108864 bytes are read'),
    )
  })

  it('ends a body that does not end', async () => {
    let isClosed = false
    const { url } = await server((_, response) => {
      const write = (): void => {
        while (response.write('a 1\n'.repeat(1000)));
      }
      response.on('drain', write).on('close', () => (isClosed = true))
      write()
    })
    await expect(fetch(url, { bodySizeLimit: 100_000 })).rejects.toThrow('body size limit exceeded')
    await expect.poll(() => isClosed, SOON).toBe(true)
  })

  it('ends a bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000))
    const { url } = await server((_, response) => {
      response.setHeader('content-encoding', 'gzip').end(bomb)
    })
    await expect(fetch(url, { bodySizeLimit: 1_000_000 })).rejects.toThrow(
      'body size limit exceeded',
    )
  })

  it('of an error is not waited for', async () => {
    const { url } = await server((_, response) => {
      response.writeHead(500)
      const write = (): void => {
        while (response.write('x'.repeat(1000)));
      }
      response.on('drain', write)
      write()
    })
    await expect(fetch(url)).rejects.toThrow(
      'server returned HTTP status 500 Internal Server Error',
    )
  })
})

describe('the time of a scrape', () => {
  it.each(['nothing', 'headers', 'a slow drip'])('ends a target that sends %s', async (what) => {
    const { url } = await server((_, response) => {
      if (what === 'nothing') return
      response.writeHead(200)
      response.write('a 1\n')
      if (what === 'headers') return
      const timer = setInterval(() => response.write('a'), 5)
      response.on('close', () => clearInterval(timer))
    })
    const prefix = what === 'nothing' ? `Get "${url}/metrics": ` : ''
    await expect(fetch(`${url}/metrics`, { signal: AbortSignal.timeout(100) })).rejects.toThrow(
      new Error(`${prefix}context deadline exceeded`),
    )
  })

  it('may be over before it begins', async () => {
    await expect(fetch('http://127.0.0.1:1/', { signal: AbortSignal.abort() })).rejects.toThrow(
      'context deadline exceeded',
    )
  })
})

describe('a target that fails says so in the words of Prometheus:', () => {
  const fault = async (url: string, keys = ''): Promise<string> =>
    fetch(url, {}, keys).then(
      () => 'no fault',
      (thrown: unknown) =>
        thrown instanceof Error ? thrown.message.replaceAll(url, 'URL') : 'no error',
    )

  it.each([
    [404, 'Not Found'],
    [401, 'Unauthorized'],
    [503, 'Service Unavailable'],
    [204, 'No Content'],
    [302, 'Found'],
  ])('status %i', async (status, text) => {
    const { url } = await server((_, response) => response.writeHead(status).end())
    expect(await fault(url)).toBe(`server returned HTTP status ${status} ${text}`)
  })

  it('nothing listens', async () => {
    const address = await freeAddress()
    expect(await fault(`http://${address}/metrics`)).toBe(
      `Get "URL": dial tcp ${address}: connect: connection refused`,
    )
  })

  it('a name that does not exist', async () => {
    expect(await fault('http://no-such-host.invalid:80/metrics')).toMatch(
      /^Get "URL": dial tcp: lookup no-such-host\.invalid: (?:no such host|Temporary failure in name resolution)$/,
    )
  })

  it('the connection is closed without an answer', async () => {
    const { url } = await rawServer((socket) => socket.end())
    expect(await fault(url)).toBe('Get "URL": EOF')
  })

  it('the connection is reset', async () => {
    const { url } = await rawServer((socket) => socket.resetAndDestroy())
    expect(await fault(url)).toBe('Get "URL": read tcp: read: connection reset by peer')
  })

  it('what answers does not speak HTTP', async () => {
    const { url } = await rawServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    expect(await fault(url)).toBe(
      'Get "URL": net/http: HTTP/1.x transport connection broken: malformed HTTP response "SSH-2.0-OpenSSH_9.2"',
    )
  })

  it('the body breaks off', async () => {
    const { url } = await rawServer((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na 1\n'),
    )
    expect(await fault(url)).toBe('unexpected EOF')
  })

  it('headers without end', async () => {
    const { url } = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const write = (): void => {
        while (!socket.destroyed && socket.write('x-a: b\r\n'.repeat(1000)));
      }
      socket.on('drain', write)
      write()
    })
    expect(await fault(url)).toBe('Get "URL": net/http: server response headers are too long')
  })

  it('HTTP where HTTPS is asked for', async () => {
    const { url } = await server((_, response) => response.end('a 1\n'))
    const https = url.replace('http:', 'https:')
    expect(await fault(https)).toBe('Get "URL": http: server gave HTTP response to HTTPS client')
  })

  it.each([
    ['ftp://web/metrics', 'Get "URL": unsupported protocol scheme "ftp"'],
    ['//web/metrics', 'Get "URL": unsupported protocol scheme ""'],
    ['http://a b/metrics', 'Get "URL": "a b" is not a valid host'],
    ['http://user:pw@web/metrics', 'Get "URL": "user:pw@web" is not a valid host'],
    ['http://web:99999/metrics', 'Get "URL": "web:99999" is not a valid host'],
  ])('%s is no address', async (url, message) => {
    expect(await fault(url)).toBe(message)
  })
})

describe('redirects', () => {
  it.each([301, 302, 303, 307, 308])('with status %i are followed', async (status) => {
    const { url } = await server((request, response) => {
      if (request.url === '/metrics')
        response.writeHead(status, { location: '/v2/metrics?a=b#c' }).end('moved')
      else response.end(`${request.method} ${request.url}`)
    })
    expect(textOf(await fetch(`${url}/metrics`))).toBe('GET /v2/metrics?a=b')
  })

  it('are not followed where the job says so', async () => {
    const { url } = await server((_, response) =>
      response.writeHead(302, { location: '/other' }).end(),
    )
    await expect(fetch(url, {}, 'follow_redirects: false')).rejects.toThrow(
      'server returned HTTP status 302 Found',
    )
  })

  it('end after ten', async () => {
    let requests = 0
    const { url } = await server((_, response) =>
      response.writeHead(302, { location: `/${++requests}` }).end(),
    )
    await expect(fetch(url)).rejects.toThrow(`Get "${url}/10": stopped after 10 redirects`)
    expect(requests).toBe(11)
  })

  it('that lead nowhere are faults', async () => {
    const { url } = await server((_, response) =>
      response.writeHead(302, { location: 'http://[' }).end(),
    )
    await expect(fetch(url)).rejects.toThrow('failed to parse Location header "http://["')
    const other = await server((_, response) =>
      response.writeHead(302, { location: 'ftp://x/' }).end(),
    )
    await expect(fetch(other.url)).rejects.toThrow(
      'Get "ftp://x/": unsupported protocol scheme "ftp"',
    )
  })

  it('take credentials along on the same host only', async () => {
    const seen: (string | undefined)[][] = []
    const { url } = await server((request, response) => {
      seen.push([
        request.headers.host?.split(':')[0],
        request.headers.authorization,
        request.headers['x-key']?.toString(),
      ])
      const port = url.split(':')[2]
      const way: Record<string, string> = {
        '/same': `http://127.0.0.1:${port}/leave`,
        '/leave': `http://localhost:${port}/back`,
        '/back': `http://127.0.0.1:${port}/end`,
      }
      const location = way[request.url ?? '']
      if (location === undefined) response.end('a 1\n')
      else response.writeHead(307, { location }).end()
    })
    const keys = 'authorization: {credentials: token}, http_headers: {X-Key: {secrets: [hidden]}}'
    await fetch(`${url}/same`, {}, keys)
    expect(seen).toEqual([
      ['127.0.0.1', 'Bearer token', 'hidden'],
      ['127.0.0.1', 'Bearer token', 'hidden'],
      ['localhost', undefined, undefined],
      ['127.0.0.1', undefined, undefined],
    ])
  })
})
