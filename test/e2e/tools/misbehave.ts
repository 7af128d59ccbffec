import type { RequestListener, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

/** A target that does not do what a target should, and what must be told about it. */
export interface Misbehavior {
  what: string
  handler: RequestListener
  /** What the targets API must say as the last error. */
  error: RegExp
  /** Other keys of its scrape configuration. */
  config?: Readonly<Record<string, unknown>>
}

const goodLine = 'stored_half 1\n'

/** Each of these must give `up 0`, a reason, and no sample at all. */
export const misbehaviors: readonly Misbehavior[] = [
  {
    what: 'html',
    handler: answer('<!DOCTYPE html><html><body>Welcome!</body></html>', 'text/html'),
    error: /text\/html/,
  },
  {
    what: 'html-as-text',
    handler: answer('<!DOCTYPE html>\n<html><body>Welcome!</body></html>'),
    error: /line 1/,
  },
  { what: 'garbage', handler: answer(Buffer.from(noise(20_000))), error: /./ },
  { what: 'half-good', handler: answer(`${goodLine}this is { no metric\n`), error: /line 2/ },
  { what: 'utf16', handler: answer(Buffer.from(goodLine, 'utf16le')), error: /./ },
  {
    what: 'invalid-utf8',
    handler: answer(
      Buffer.concat([
        Buffer.from(`${goodLine}bad{x="`),
        Buffer.from([0xff, 0xfe]),
        Buffer.from('"} 1\n'),
      ]),
    ),
    error: /UTF-8/i,
  },
  {
    what: 'not-gzip',
    handler: answer(goodLine, 'text/plain', { 'content-encoding': 'gzip' }),
    error: /./,
  },
  {
    what: 'cut-gzip',
    handler: answer(gzipSync(goodLine).subarray(0, 20), 'text/plain', {
      'content-encoding': 'gzip',
    }),
    error: /./,
  },
  {
    what: 'brotli',
    handler: answer(goodLine, 'text/plain', { 'content-encoding': 'br' }),
    error: /br/,
  },
  {
    what: 'cut-body',
    handler: (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '1000' })
      response.write(goodLine)
      setTimeout(() => response.destroy(), 20)
    },
    error: /./,
  },
  {
    what: 'huge',
    handler: answer(`${goodLine}${'# padding of no use\n'.repeat(100_000)}`),
    error: /body size limit exceeded/,
    config: { body_size_limit: '1MB' },
  },
  {
    what: 'bomb',
    handler: answer(createBomb(), 'text/plain', { 'content-encoding': 'gzip' }),
    error: /body size limit exceeded|deadline exceeded/,
  },
  {
    what: 'endless',
    handler: endless,
    error: /body size limit exceeded|deadline exceeded/,
  },
  {
    what: 'drip',
    handler: drip,
    error: /deadline exceeded/,
  },
  { what: 'silent', handler: () => undefined, error: /deadline exceeded/ },
  {
    what: 'slammed',
    handler: (_request, response) => {
      response.destroy()
    },
    error: /./,
  },
  {
    what: 'status-500',
    handler: (_request, response) => {
      response.writeHead(500).end(goodLine)
    },
    error: /server returned HTTP status 500/,
  },
  {
    what: 'redirect-loop',
    handler: (_request, response) => {
      response.writeHead(302, { location: '/redirect-loop' }).end()
    },
    error: /./,
  },
  {
    what: 'sample-limit',
    handler: answer(`${goodLine}second 2\nthird 3\n`),
    error: /sample limit exceeded/,
    config: { sample_limit: 2 },
  },
  {
    what: 'label-limit',
    handler: answer(`${goodLine}many{a="1",b="2",c="3",d="4"} 1\n`),
    error: /label/,
    config: { label_limit: 5 },
  },
  {
    what: 'headers',
    handler: (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'x-large': 'x'.repeat(100_000) })
      response.end(goodLine)
    },
    error: /./,
  },
]

function answer(
  body: string | Uint8Array,
  contentType = 'text/plain',
  headers: Readonly<Record<string, string>> = {},
): RequestListener {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': contentType, ...headers }).end(body)
  }
}

/** Bytes of all kinds, the same each time. */
function noise(length: number): number[] {
  let state = 1
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647
    return state & 0xff
  })
}

/** Some 100 KB that unpack to half a gigabyte: gzip's members may follow one another. */
function createBomb(): Buffer {
  const member = gzipSync(Buffer.alloc(8 << 20, '# nothing here\n'))
  return Buffer.concat(Array.from({ length: 64 }, () => member))
}

/** Says good lines and comments for ever, as fast as they are taken. */
export function endless(_request: unknown, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain' })
  pour(response, Buffer.from(`${goodLine}${'# and on it goes\n'.repeat(500)}`))
}

/** Says a good line, and then a byte now and then. */
export function drip(_request: unknown, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain' })
  response.write(goodLine)
  const timer = setInterval(() => response.write('#'), 100)
  response.on('close', () => clearInterval(timer))
}

function pour(response: ServerResponse, chunk: Buffer): void {
  while (!response.destroyed && response.write(chunk));
  if (!response.destroyed) response.once('drain', () => pour(response, chunk))
}
