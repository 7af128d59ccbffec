import { Readable } from 'node:stream'
import aws4 from 'aws4'
import { Agent, request, type Dispatcher } from 'undici'
import { messageOf, Problem } from '../../model/problem.ts'
import { readWhole, type BackupTarget } from './target.ts'

/** A bucket of S3, or of what speaks like it (MinIO, Ceph, R2). */
export interface S3Settings {
  /** `https://s3.eu-west-1.amazonaws.com`, `http://minio:9000`. */
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  /** Without slashes at its ends; '' for the top of the bucket. */
  readonly prefix: string
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
}

/** What one PUT may hold (docs of S3: 5 GiB). Parts of tables are smaller: the engine merges none above 1 GiB of memory's share. */
const MAX_OBJECT_BYTES = 5 * 1024 ** 3
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
const ATTEMPTS = 4

/** Backups in a bucket, by the REST API of S3 with addresses in the path. */
export function s3Target(settings: S3Settings): BackupTarget {
  return new S3Target(settings)
}

class S3Target implements BackupTarget {
  readonly name: string
  readonly #settings: S3Settings
  readonly #agent = new Agent({
    connect: { timeout: 10_000 },
    bodyTimeout: 120_000,
    headersTimeout: 300_000,
  })

  constructor(settings: S3Settings) {
    this.#settings = settings
    this.name = `s3://${settings.bucket}/${settings.prefix}`
  }

  async sizeOf(key: string): Promise<number | undefined> {
    const answer = await this.#ask('HEAD', key)
    await answer.body.dump()
    if (answer.statusCode === 404) return undefined
    if (answer.statusCode !== 200) throw this.#fault(key, answer.statusCode, '')
    return Number(answer.headers['content-length'] ?? 0)
  }

  async put(key: string, body: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<void> {
    if (sizeBytes > MAX_OBJECT_BYTES) {
      throw new Problem(
        'limit',
        `${key} has ${sizeBytes} bytes, an object of S3 at most ${MAX_OBJECT_BYTES}`,
      )
    }
    // A body can be read once, so a failed one is not sent again: the backup is, and skips what is there.
    const answer = await this.#once('PUT', key, '', { body: Readable.from(body), sizeBytes })
    await this.#expect(answer, key)
  }

  async get(key: string): Promise<AsyncIterable<Uint8Array>> {
    const answer = await this.#ask('GET', key)
    if (answer.statusCode === 404) {
      await answer.body.dump()
      throw new Problem('not_found', `${this.name}/${key} is missing`)
    }
    if (answer.statusCode !== 200) await this.#expect(answer, key)
    return answer.body
  }

  async list(prefix: string): Promise<readonly string[]> {
    const own = this.#path('')
    const keys: string[] = []
    for (let token = ''; ;) {
      const query = new URLSearchParams({ 'list-type': '2', prefix: `${own}${prefix}` })
      if (token !== '') query.set('continuation-token', token)
      const answer = await this.#ask('GET', undefined, `?${query.toString()}`)
      const text = await this.#expect(answer, prefix)
      for (const [, key = ''] of text.matchAll(/<Key>([^<]*)<\/Key>/g))
        keys.push(unescapeXml(key).slice(own.length))
      token = unescapeXml(/<NextContinuationToken>([^<]*)</.exec(text)?.[1] ?? '')
      if (token === '') return keys.sort()
    }
  }

  async remove(key: string): Promise<void> {
    await this.#expect(await this.#ask('DELETE', key), key)
  }

  close(): Promise<void> {
    return this.#agent.close()
  }

  /** Sends a request without a body, again where the other side is busy or away. */
  async #ask(
    method: 'HEAD' | 'GET' | 'DELETE',
    key: string | undefined,
    query = '',
  ): Promise<Dispatcher.ResponseData> {
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt === ATTEMPTS
      try {
        const answer = await this.#once(method, key, query)
        if (answer.statusCode < 500 || isLast) return answer
        await answer.body.dump()
      } catch (thrown) {
        if (isLast) throw thrown
      }
      await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** attempt))
    }
  }

  async #once(
    method: string,
    key: string | undefined,
    query: string,
    sent?: { readonly body: Readable; readonly sizeBytes: number },
  ): Promise<Dispatcher.ResponseData> {
    const { endpoint, region, bucket, credentials } = this.#settings
    const { host, origin } = new URL(endpoint)
    const path = `/${bucket}${key === undefined ? '' : `/${this.#path(key)}`}${query}`
    const signed = aws4.sign(
      {
        ...{ host, method, path, service: 's3', region },
        headers: {
          'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
          ...(sent === undefined ? {} : { 'content-length': String(sent.sizeBytes) }),
        },
      },
      credentials,
    )
    const headers = Object.fromEntries(
      Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value]),
    )
    try {
      return await request(`${origin}${path}`, {
        dispatcher: this.#agent,
        method:
          method === 'PUT'
            ? 'PUT'
            : method === 'HEAD'
              ? 'HEAD'
              : method === 'DELETE'
                ? 'DELETE'
                : 'GET',
        headers,
        ...(sent === undefined ? {} : { body: sent.body }),
      })
    } catch (thrown) {
      if (thrown instanceof Problem) throw thrown
      throw new Problem(
        'unavailable',
        `${origin} cannot be reached: ${messageOf(thrown)} (is the address right, and does it run?)`,
        {
          cause: thrown,
        },
      )
    }
  }

  async #expect(answer: Dispatcher.ResponseData, key: string): Promise<string> {
    const text = (await readWhole(answer.body, MAX_ANSWER_BYTES)).toString()
    if (answer.statusCode >= 300) throw this.#fault(key, answer.statusCode, text)
    return text
  }

  #fault(key: string, status: number, text: string): Problem {
    const code = /<Code>([\w.]+)<\/Code>/.exec(text)?.[1] ?? ''
    const said = /<Message>([^<]{0,300})<\/Message>/.exec(text)?.[1] ?? ''
    const shown = [String(status), code, unescapeXml(said)].filter((part) => part !== '').join(' ')
    const advice = status === 403 ? ' (are the keys right, and may they write there?)' : ''
    return new Problem(
      status === 403 ? 'forbidden' : 'unavailable',
      `${this.name}/${key}: ${shown}${advice}`,
    )
  }

  #path(key: string): string {
    const { prefix } = this.#settings
    return prefix === '' ? key : `${prefix}/${key}`
  }
}

function unescapeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
}
