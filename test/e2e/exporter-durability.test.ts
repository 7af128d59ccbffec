import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import https from 'node:https'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { decodeSpans } from '../../src/formats/otlp/decode-spans.ts'
import { findFreePorts } from './free-ports.ts'
import { startServer } from './server.ts'
import { own, ownFolder } from './tools/owned.ts'
import { waitFor } from './tools/wait-for.ts'

const REQUESTS = 20
const SPANS_PER_REQUEST = 10

const hasOpenssl = findOpenssl()

function findOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' })
    return true
  } catch {
    console.log('notice: there is no openssl, so exporters over TLS are not tested')
    return false
  }
}

function makeCertificate(folder: string): { readonly cert: string; readonly key: string } {
  const files = { cert: path.join(folder, 'a.crt'), key: path.join(folder, 'a.key') }
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '2', '-subj', '/CN=a', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', files.key, '-out', files.cert],
    ],
    { stdio: 'pipe' },
  )
  return files
}

function requestOf(request: number): string {
  const spans = Array.from({ length: SPANS_PER_REQUEST }, (_, i) => ({
    traceId: (request + 1).toString(16).padStart(32, '0'),
    spanId: (request * SPANS_PER_REQUEST + i + 1).toString(16).padStart(16, '0'),
    name: 'work',
    startTimeUnixNano: String(Date.now() * 1e6),
    endTimeUnixNano: String(Date.now() * 1e6 + 1000),
  }))
  return JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans: [{ spans }] }] })
}

/** Takes exports over TLS once it has refused two for the moment; notes the ids of spans. */
function startSink(files: { readonly cert: string; readonly key: string }): {
  readonly server: https.Server
  readonly spanIds: Set<string>
} {
  const spanIds = new Set<string>()
  let refusals = 2
  const keys = { cert: readFileSync(files.cert), key: readFileSync(files.key) }
  const server = https.createServer(keys, (request, answer) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (refusals-- > 0) {
        answer.writeHead(503).end()
        return
      }
      const body = Buffer.concat(chunks)
      const isGzip = request.headers['content-encoding'] === 'gzip'
      const { batch } = decodeSpans(isGzip ? gunzipSync(body) : body)
      for (let at = 0; at < batch.spanIds.length; at += 8)
        spanIds.add(Buffer.from(batch.spanIds.subarray(at, at + 8)).toString('hex'))
      answer.writeHead(200, { 'content-type': 'application/x-protobuf' }).end()
    })
  })
  return { server, spanIds }
}

it.runIf(hasOpenssl)(
  'what an exporter was given reaches the other program over TLS, also after a crash',
  async () => {
    const folder = ownFolder()
    const files = makeCertificate(folder)
    const [port = 0] = await findFreePorts(1)
    writeFileSync(path.join(folder, 'prometheus.yml'), 'scrape_configs: []\n')
    writeFileSync(
      path.join(folder, 'otel.yaml'),
      `
receivers: {otlp: {protocols: {http: {}}}}
exporters:
  otlphttp/other:
    endpoint: https://127.0.0.1:${port}
    tls: {ca_file: ${files.cert}}
    retry_on_failure: {initial_interval: 200ms, max_interval: 1s}
service: {pipelines: {traces: {receivers: [otlp], exporters: [otlphttp/other]}}}
`,
    )
    const options = {
      ...{ configPath: folder, dataDir: path.join(folder, 'data') },
      listeners: ['otlp-http'] as const,
    }
    const server = own(await startServer(options))
    const statuses = await Promise.all(
      Array.from({ length: REQUESTS }, async (_, request) => {
        const headers = { 'content-type': 'application/json' }
        const url = `${server.url('otlp-http')}/v1/traces`
        const answer = await fetch(url, { method: 'POST', headers, body: requestOf(request) })
        return answer.status
      }),
    )
    expect(new Set(statuses)).toEqual(new Set([200]))
    await server.kill()
    const sink = startSink(files)
    sink.server.listen(port, '127.0.0.1')
    await once(sink.server, 'listening')
    try {
      own(await startServer(options))
      await waitFor(
        'all spans there',
        () => {
          if (sink.spanIds.size < REQUESTS * SPANS_PER_REQUEST)
            throw new Error(`${sink.spanIds.size} spans`)
          return true
        },
        60_000,
      )
    } finally {
      sink.server.closeAllConnections()
      sink.server.close()
    }
  },
  240_000,
)
