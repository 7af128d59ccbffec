import { Agent, request as sendRequest, type Dispatcher } from 'undici'
import { Problem } from '../../model/problem.ts'
import {
  readClientSettings,
  type HttpClientSettings,
  type RequestHeaders,
} from '../../outbound/client-settings.ts'
import { hideSecrets } from '../../outbound/hide-secrets.ts'
import { PLAIN_HTTP_CLIENT, type HttpClientConfig } from '../../outbound/http-client.ts'
import { describeNetworkError } from '../../outbound/network-words.ts'
import { OutboundAgents } from '../../outbound/outbound-agents.ts'
import { VERSION } from '../../self/version.ts'

/** What a list or a description of Docker may take. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024
const ANSWER_TIMEOUT_MS = 15_000

/** Where a Docker daemon answers. */
export type DockerPlace = { readonly socketPath: string } | { readonly url: string }

/**
 * The place of `unix:///var/run/docker.sock`, `tcp://host:2375`, `http://host:2375` or `https://host:2376`; undefined for others. A
 * `tcp` host that has a `tls_config` speaks TLS.
 */
export function parseDockerHost(text: string, hasTls = false): DockerPlace | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'unix:') {
    const socketPath = url.hostname + url.pathname
    return socketPath.startsWith('/') && socketPath.length > 1 ? { socketPath } : undefined
  }
  if (url === undefined || url.hostname === '') return undefined
  if (url.protocol === 'tcp:') {
    const scheme = hasTls ? 'https' : 'http'
    return { url: `${scheme}://${url.hostname}:${url.port || (hasTls ? '2376' : '2375')}` }
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
  const path = url.pathname.replace(/\/+$/, '')
  return { url: `${url.protocol}//${url.host}${path}` }
}

/** Asks the API of a Docker daemon, of which every version since 1.24 is understood. */
export class DockerClient {
  readonly #place: DockerPlace
  readonly #config: HttpClientConfig
  readonly #socket: Agent | undefined
  readonly #agents: OutboundAgents
  #settings: Promise<HttpClientSettings> | undefined

  /** `config` says how a daemon behind an address is spoken to; a socket needs nothing of it. */
  constructor(place: DockerPlace, config: HttpClientConfig = PLAIN_HTTP_CLIENT) {
    this.#place = place
    this.#config = config
    this.#socket =
      'socketPath' in place ? new Agent({ connect: { socketPath: place.socketPath } }) : undefined
    this.#agents = new OutboundAgents(config.proxy)
  }

  /** The answer to a GET as JSON. */
  async get(path: string, signal: AbortSignal): Promise<unknown> {
    const late = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
    try {
      const answer = await this.open(path, AbortSignal.any([signal, late]))
      return JSON.parse((await readAll(answer)).toString('utf8'))
    } catch (thrown) {
      if (late.aborted) {
        throw new Problem('timeout', `no answer of Docker within ${ANSWER_TIMEOUT_MS / 1000} s`)
      }
      throw thrown
    }
  }

  /** The answer to a GET as it comes, until it ends or `signal` says so. Rejects unless Docker answers 200. */
  async open(path: string, signal: AbortSignal): Promise<AsyncIterable<unknown>> {
    const { answer, headers } = await this.#send(path, signal).catch((thrown: unknown) => {
      throw new Problem('unavailable', describeNetworkError(thrown), { cause: thrown })
    })
    if (answer.statusCode === 200) return answer.body
    const said = await readAll(answer.body).then(messageIn, () => '')
    const shown = hideSecrets(said, secretsOf(headers)).slice(0, 200)
    throw new Problem(
      'unavailable',
      `Docker answers ${answer.statusCode} to ${path.split('?')[0]}${shown === '' ? '' : `: ${shown}`}`,
    )
  }

  /** Ends all connections at once. */
  async close(): Promise<void> {
    await Promise.all([this.#socket?.destroy(), this.#agents.close()])
  }

  async #send(
    path: string,
    signal: AbortSignal,
  ): Promise<{ readonly answer: Dispatcher.ResponseData; readonly headers: RequestHeaders }> {
    const place = this.#place
    const own = { 'user-agent': `Vedette/${VERSION}` }
    const rest = {
      method: 'GET',
      signal,
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: 0,
    } as const
    if ('socketPath' in place) {
      const dispatcher = this.#socket
      if (dispatcher === undefined) throw new Error('a socket has no agent')
      const headers = { ...own, host: 'docker' }
      const answer = await sendRequest(`http://docker${path}`, { ...rest, dispatcher, headers })
      return { answer, headers: {} }
    }
    this.#settings ??= readClientSettings(this.#config)
    const settings = await this.#settings.catch((thrown: unknown) => {
      // The next request reads the files again.
      this.#settings = undefined
      throw thrown
    })
    const headers = await settings.headers()
    const url = `${place.url}${path}`
    const dispatcher = this.#agents.for(url, await settings.tls())
    const answer = await sendRequest(url, { ...rest, dispatcher, headers: { ...own, ...headers } })
    if (answer.statusCode === 401) settings.renew?.()
    return { answer, headers }
  }
}

async function readAll(answer: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of answer) {
    if (!Buffer.isBuffer(chunk)) continue
    sizeBytes += chunk.length
    if (sizeBytes > MAX_ANSWER_BYTES) {
      throw new Problem('limit', 'the answer of Docker is too large')
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Docker says what is wrong as `{"message": …}`. */
function messageIn(bytes: Buffer): string {
  const text = bytes.subarray(0, 65_536).toString('utf8')
  return /"message"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? ''
}

function secretsOf(headers: RequestHeaders): readonly string[] {
  const values = Object.values(headers).flat()
  return values.flatMap((value) => [value, value.replace(/^\S+ /, '')])
}
