import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/** How the server behaves: `refuses` answers 403 to everything, as S3 does for wrong keys. */
export type S3Mood = 'serves' | 'refuses'

/**
 * A bucket of S3 in memory, as much as the engine's disks and backups use: PUT whole and in parts, GET with ranges, HEAD, DELETE of one and of
 * many, LIST version 2 in pages. Signatures are looked at by whoever gives `accepts`.
 */
export class S3Server {
  readonly objects = new Map<string, Buffer>()
  /** Requests so far, as `GET key`. */
  readonly asked: string[] = []
  mood: S3Mood = 'serves'
  /** Keys in a page of a LIST. */
  pageSize = 1000
  readonly #accepts: (request: IncomingMessage) => boolean
  readonly #uploads = new Map<string, Map<number, Buffer>>()
  #server: Server | undefined
  #port = 0

  constructor(accepts: (request: IncomingMessage) => boolean = () => true) {
    this.#accepts = accepts
  }

  /** Opens a port of 127.0.0.1, the same again after `close`. Resolves to its URL. */
  async listen(): Promise<string> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    const address = server.address()
    this.#port = typeof address === 'object' && address !== null ? address.port : 0
    return `http://127.0.0.1:${this.#port}`
  }

  /** Nobody listens from now on; what is in the bucket stays. */
  async close(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) if (chunk instanceof Uint8Array) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3')
    // The bucket comes first.
    const key = decodeURIComponent(pathname).split('/').slice(2).join('/')
    const method = request.method ?? ''
    this.asked.push(`${method} ${key}`)
    if (this.mood === 'refuses') return sendFault(response, 403, 'AccessDenied')
    if (!this.#accepts(request)) return sendFault(response, 403, 'SignatureDoesNotMatch')
    if (method === 'POST') return this.#post(key, searchParams, body, response)
    if (method === 'PUT') return this.#put(key, searchParams, body, response)
    if (method === 'DELETE') {
      this.objects.delete(key)
      response.writeHead(204).end()
      return
    }
    if (key === '') return this.#list(searchParams, response)
    return this.#get(key, request, response)
  }

  #post(key: string, search: URLSearchParams, body: Buffer, response: ServerResponse): void {
    if (search.has('delete')) {
      const keys = [...body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map((found) => found[1])
      for (const each of keys) this.objects.delete(each ?? '')
      const deleted = keys.map((each) => `<Deleted><Key>${each}</Key></Deleted>`)
      return sendXml(response, `<DeleteResult>${deleted.join('')}</DeleteResult>`)
    }
    if (search.has('uploads')) {
      const id = String(this.#uploads.size + 1)
      this.#uploads.set(id, new Map())
      const names = `<Bucket>bucket</Bucket><Key>${key}</Key><UploadId>${id}</UploadId>`
      return sendXml(
        response,
        `<InitiateMultipartUploadResult>${names}</InitiateMultipartUploadResult>`,
      )
    }
    const parts = [...(this.#uploads.get(search.get('uploadId') ?? '') ?? [])]
    const whole = Buffer.concat(parts.sort(([a], [b]) => a - b).map(([, part]) => part))
    this.objects.set(key, whole)
    const names = `<Bucket>bucket</Bucket><Key>${key}</Key><ETag>${etagOf(whole)}</ETag>`
    return sendXml(
      response,
      `<CompleteMultipartUploadResult>${names}</CompleteMultipartUploadResult>`,
    )
  }

  #put(key: string, search: URLSearchParams, body: Buffer, response: ServerResponse): void {
    const upload = search.get('uploadId')
    if (upload === null) this.objects.set(key, body)
    else this.#uploads.get(upload)?.set(Number(search.get('partNumber')), body)
    response.writeHead(200, { etag: etagOf(body) }).end()
  }

  #list(search: URLSearchParams, response: ServerResponse): void {
    const prefix = search.get('prefix') ?? ''
    const from = search.get('continuation-token') ?? search.get('start-after') ?? ''
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > from)
    keys.sort()
    const size = Math.min(this.pageSize, Number(search.get('max-keys') ?? this.pageSize))
    const page = keys.slice(0, size)
    const contents = page.map((key) => {
      const object = this.objects.get(key) ?? Buffer.alloc(0)
      return `<Contents><Key>${key}</Key><Size>${object.length}</Size><ETag>${etagOf(object)}</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>`
    })
    const isMore = keys.length > page.length
    const next = isMore ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''
    sendXml(
      response,
      `<ListBucketResult><KeyCount>${page.length}</KeyCount><IsTruncated>${isMore}</IsTruncated>${contents.join('')}${next}</ListBucketResult>`,
    )
  }

  #get(key: string, request: IncomingMessage, response: ServerResponse): void {
    const object = this.objects.get(key)
    if (object === undefined) return sendFault(response, 404, 'NoSuchKey')
    const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
    const first = Number(asked?.[1] ?? 0)
    const last = Math.min(object.length - 1, asked?.[2] ? Number(asked[2]) : object.length - 1)
    if (asked && first >= object.length) return sendFault(response, 416, 'InvalidRange')
    const piece = object.subarray(first, last + 1)
    response.writeHead(asked ? 206 : 200, {
      etag: etagOf(object),
      'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
      'accept-ranges': 'bytes',
      'content-length': piece.length,
      ...(asked ? { 'content-range': `bytes ${first}-${last}/${object.length}` } : {}),
    })
    response.end(request.method === 'HEAD' ? undefined : piece)
  }
}

function sendXml(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'application/xml' })
  response.end(`<?xml version="1.0" encoding="UTF-8"?>${text}`)
}

function sendFault(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(`<Error><Code>${code}</Code><Message>no</Message></Error>`)
}

/** Large objects are asked for many times. */
const ETAGS = new WeakMap<Buffer, string>()

function etagOf(bytes: Buffer): string {
  const known = ETAGS.get(bytes)
  if (known !== undefined) return known
  const etag = `"${createHash('md5').update(bytes).digest('hex')}"`
  ETAGS.set(bytes, etag)
  return etag
}
