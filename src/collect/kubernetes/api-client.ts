import { request as sendRequest, type Dispatcher } from 'undici'
import { messageOf } from '../../model/problem.ts'
import {
  readClientSettings,
  type HttpClientSettings,
  type RequestHeaders,
} from '../../outbound/client-settings.ts'
import { hideSecrets } from '../../outbound/hide-secrets.ts'
import { describeNetworkError } from '../../outbound/network-words.ts'
import { OutboundAgents } from '../../outbound/outbound-agents.ts'
import { VERSION } from '../../self/version.ts'
import { isJsonObject, textOf } from '../discovery/json-value.ts'
import type { ApiAccess } from './api-access.ts'
import { parseJson, readJsonLines } from './json-lines.ts'
import { KubernetesFault } from './kubernetes-fault.ts'

export type ApiQuery = Readonly<Record<string, string>>

export interface KubernetesApiOptions {
  /**
   * Where the server is. A function is asked for each request, so that what it reads may change (the certificates of a kubeconfig
   * are renewed); it may reject.
   */
  readonly access: ApiAccess | (() => Promise<ApiAccess>)
  /** The form of the answers; whole objects as JSON unless told otherwise. */
  readonly accept?: string
  /** How long an answer may take to begin, and one that is not a watch to end. Default 30 s. */
  readonly timeoutMs?: number
  /** Of an answer that is not a watch. Default 16 MiB: lists ask for shorter pages where that is too little. */
  readonly maxAnswerBytes?: number
  /** Of one event of a watch. Default 8 MiB: etcd takes objects of 1.5 MiB, which JSON may make longer. */
  readonly maxEventBytes?: number
}

/** An API server of Kubernetes that is asked for JSON. Everything rejects with a `KubernetesFault`. */
export interface KubernetesApi {
  /** One answer, e.g. of `/api/v1/namespaces/kube-system`. */
  get(path: string, query: ApiQuery, signal: AbortSignal): Promise<unknown>
  /**
   * The events of a watch as they come, until the server ends it; `query` holds `watch=1` and the rest. Resolves when the answer
   * begins; it is to be read, or `signal` to be aborted.
   */
  stream(path: string, query: ApiQuery, signal: AbortSignal): Promise<AsyncIterable<unknown>>
  /** Ends all connections at once. */
  close(): Promise<void>
}

const TIMEOUT_MS = 30_000
const MAX_ANSWER_BYTES = 16 * 1024 * 1024
const MAX_EVENT_BYTES = 8 * 1024 * 1024
/** So much of a refusal is read, and so much of its reason is shown. */
const MAX_REFUSAL_BYTES = 64 * 1024
const MAX_REASON_LENGTH = 300

interface Opened {
  readonly answer: Dispatcher.ResponseData
  readonly headers: RequestHeaders
}

/** Speaks to an API server. Nothing is asked before a verb is called. */
export function createKubernetesApi(options: KubernetesApiOptions): KubernetesApi {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  const connections = new Connections()

  const open = async (
    path: string,
    query: ApiQuery,
    signal: AbortSignal,
    bodyTimeoutMs: number,
  ): Promise<Dispatcher.ResponseData> => {
    const { access, accept = 'application/json' } = options
    const opened = await connections.send(typeof access === 'function' ? await access() : access, {
      path,
      query,
      signal,
      timeoutMs,
      bodyTimeoutMs,
      accept,
    })
    if (opened.answer.statusCode === 200) return opened.answer
    throw await readRefusal(opened, path)
  }

  return {
    async get(path, query, signal) {
      const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      try {
        const answer = await open(path, query, within, timeoutMs)
        return parseJson(await readBody(answer, options.maxAnswerBytes ?? MAX_ANSWER_BYTES))
      } catch (thrown) {
        const isLate = within.aborted && !signal.aborted
        throw toFault(thrown, isLate ? `no answer within ${timeoutMs / 1000} s` : undefined)
      }
    },
    async stream(path, query, signal) {
      try {
        const { body } = await open(path, query, signal, 0)
        return withFaults(readJsonLines(body, options.maxEventBytes ?? MAX_EVENT_BYTES))
      } catch (thrown) {
        throw toFault(thrown)
      }
    },
    close: () => connections.close(),
  }
}

interface Asked {
  readonly path: string
  readonly query: ApiQuery
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly bodyTimeoutMs: number
  readonly accept: string
}

/** Connections by how the server is spoken to: made anew when that changes. */
class Connections {
  #agents: OutboundAgents | undefined
  #settings: HttpClientSettings | undefined
  #http: ApiAccess['http'] | undefined
  #isClosed = false

  async send({ server, http }: ApiAccess, asked: Asked): Promise<Opened> {
    const settings = await this.#settingsFor(http)
    const headers = await settings.headers()
    const tls = await settings.tls()
    const url = new URL(server)
    url.pathname = url.pathname.replace(/\/$/, '') + asked.path
    url.search = new URLSearchParams(asked.query).toString()
    if (this.#isClosed) throw new KubernetesFault('the connection is closed')
    this.#agents ??= new OutboundAgents(http.proxy)
    const answer = await sendRequest(url, {
      dispatcher: this.#agents.for(url.href, tls),
      method: 'GET',
      headers: { 'user-agent': `Vedette/${VERSION}`, ...headers, accept: asked.accept },
      headersTimeout: asked.timeoutMs,
      bodyTimeout: asked.bodyTimeoutMs,
      signal: asked.signal,
    })
    if (answer.statusCode === 401) settings.renew?.()
    return { answer, headers }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#agents?.close()
  }

  async #settingsFor(http: ApiAccess['http']): Promise<HttpClientSettings> {
    if (this.#settings !== undefined && this.#http === http) return this.#settings
    const settings = await readClientSettings(http)
    this.#settings = settings
    this.#http = http
    return settings
  }
}

async function readBody({ body }: Dispatcher.ResponseData, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of body) {
    const bytes: unknown = chunk
    if (!Buffer.isBuffer(bytes)) continue
    chunks.push(bytes)
    sizeBytes += bytes.length
    if (sizeBytes > maxBytes) {
      throw new KubernetesFault(
        `the API server answers with more than ${maxBytes / 1024 / 1024} MiB, which is not taken`,
        { isTooLarge: true },
      )
    }
  }
  return Buffer.concat(chunks)
}

/** What the server says of its refusal, in its own words where it has any (a `Status` of the API). */
async function readRefusal({ answer, headers }: Opened, path: string): Promise<KubernetesFault> {
  const { statusCode: status } = answer
  const said = await readBody(answer, MAX_REFUSAL_BYTES).then(
    (bytes) => bytes.toString('utf8'),
    () => '',
  )
  const secrets = Object.values(headers)
    .flat()
    .flatMap((value) => [value, value.replace(/^\S+ /, '')])
  const reason = hideSecrets(reasonOf(said), secrets).slice(0, MAX_REASON_LENGTH)
  return new KubernetesFault(
    `the API server answers ${status} to ${path}${reason === '' ? '' : `: ${reason}`}`,
    { status },
  )
}

function reasonOf(said: string): string {
  try {
    const status: unknown = JSON.parse(said)
    return isJsonObject(status) ? textOf(status['message']) : ''
  } catch {
    return said.split('\n', 1)[0] ?? ''
  }
}

async function* withFaults(events: AsyncIterable<unknown>): AsyncGenerator {
  try {
    yield* events
  } catch (thrown) {
    throw toFault(thrown)
  }
}

function toFault(thrown: unknown, instead?: string): KubernetesFault {
  if (thrown instanceof KubernetesFault) return thrown
  const message = instead ?? describeNetworkError(thrown)
  return new KubernetesFault(message === '' ? messageOf(thrown) : message, {
    isTransport: true,
    cause: thrown,
  })
}
