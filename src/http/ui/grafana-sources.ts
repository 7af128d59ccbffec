import { request as sendRequest } from 'undici'
import { allows } from '../../access/scope.ts'
import {
  SIGNAL_OF_TYPE,
  type ProvisionedDatasource,
  type ServedDatasource,
} from '../../dashboards/datasources.ts'
import { Problem } from '../../model/problem.ts'
import { readClientSettings, type HttpClientSettings } from '../../outbound/client-settings.ts'
import { PLAIN_HTTP_CLIENT } from '../../outbound/http-client.ts'
import { describeNetworkError } from '../../outbound/network-words.ts'
import { OutboundAgents } from '../../outbound/outbound-agents.ts'
import type { Exchange, Route } from '../exchange.ts'
import { Params } from '../params.ts'
import type { Answer } from '../send.ts'
import { message } from './grafana-route.ts'
import { encodePath, READ_PARAMETERS, whyNotRead } from './grafana-read-paths.ts'

/** What is asked of a source. */
export interface SourceRequest {
  readonly method: 'GET' | 'POST'
  /** Below the URL of the source, decoded, without a slash in front. */
  readonly path: string
  readonly parameters: URLSearchParams
}

export interface SourcesOptions {
  /** What is answered in this process, by the type of the source. */
  readonly own: Readonly<Record<string, OwnApi | undefined>>
  /** Whether the URL of a source means this program (DESIGN, aliases). */
  readonly isOwn: (source: ServedDatasource) => Promise<boolean>
}

/** An API of our own: its routes, and what their paths have in front of those that sources know. */
export interface OwnApi {
  readonly routes: readonly Route[]
  readonly prefix: string
}

const TIMEOUT_MS = 60_000
const MAX_ANSWER_BYTES = 64 * 1024 * 1024
/** At the same time, of all foreign sources. */
const MAX_REQUESTS = 32

/**
 * Asks sources what reads. An API of our own is asked in this process; a foreign source at the URL that its configuration
 * names, and nowhere else: no redirect is followed, and nothing of the caller but the parameters is passed on.
 */
export class Sources {
  readonly #options: SourcesOptions
  readonly #clients = new Map<ProvisionedDatasource, ForeignClient>()
  #running = 0

  constructor(options: SourcesOptions) {
    this.#options = options
  }

  async ask(exchange: Exchange, source: ServedDatasource, request: SourceRequest): Promise<Answer> {
    const signal = SIGNAL_OF_TYPE[source.type] ?? 'metrics'
    if (!allows(exchange.visit.principal.scopes, `${signal}:read`)) {
      return message(
        403,
        `${exchange.visit.principal.name} may not do this: this needs ${signal}:read`,
      )
    }
    const reason = whyNotRead(source.type, request.method, request.path)
    if (reason !== undefined) return message(403, reason)
    const { provisioned } = source
    if (provisioned === undefined || (await this.#options.isOwn(source))) {
      return this.#askOwn(exchange, source, request)
    }
    if (this.#running >= MAX_REQUESTS)
      return message(429, 'too many requests to sources: try again')
    this.#running++
    try {
      return await this.#clientOf(provisioned).send(request, exchange.signal)
    } finally {
      this.#running--
    }
  }

  /** Lets go of all connections; who asks next makes new ones, with what the configuration says then. */
  async forget(): Promise<void> {
    const clients = [...this.#clients.values()]
    this.#clients.clear()
    await Promise.all(clients.map((client) => client.close()))
  }

  close(): Promise<void> {
    return this.forget()
  }

  #clientOf(source: ProvisionedDatasource): ForeignClient {
    const known = this.#clients.get(source)
    if (known !== undefined) return known
    const made = new ForeignClient(source)
    this.#clients.set(source, made)
    return made
  }

  async #askOwn(
    exchange: Exchange,
    { type, name }: ServedDatasource,
    request: SourceRequest,
  ): Promise<Answer> {
    const api = this.#options.own[type]
    if (api === undefined) {
      return message(501, `${name}: Vedette does not answer as ${type} here yet`)
    }
    const path = `${api.prefix}/${request.path}`
    for (const route of api.routes) {
      if (!route.methods.includes(request.method)) continue
      const parts = matchPath(route.path, path)
      if (parts === undefined) continue
      return route.handle({
        params: new Params(`/?${request.parameters}`),
        signal: exchange.signal,
        headers: exchange.headers,
        body: exchange.body,
        visit: exchange.visit,
        audit: (action, target, options) => exchange.audit(action, target, options),
        pathParam: (key) => parts.get(key) ?? '',
      })
    }
    return message(404, `there is no ${request.path} here`)
  }
}

/** The variable parts of a path, by name; undefined when it is not the route's. */
function matchPath(pattern: string, path: string): ReadonlyMap<string, string> | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')]
  if (wanted.length !== given.length) return undefined
  const parts = new Map<string, string>()
  for (const [at, part] of wanted.entries()) {
    const text = given[at] ?? ''
    if (part.startsWith(':')) parts.set(part.slice(1), text)
    else if (part !== text) return undefined
  }
  return parts
}

/** Speaks to one foreign source. */
class ForeignClient {
  readonly #base: string
  readonly #settings: Promise<HttpClientSettings>
  readonly #agents = new OutboundAgents(PLAIN_HTTP_CLIENT.proxy)

  constructor({ url, login }: ProvisionedDatasource) {
    this.#base = url.replace(/\/+$/, '')
    const { basicAuth, headers, tls } = login
    this.#settings = readClientSettings({
      ...PLAIN_HTTP_CLIENT,
      followRedirects: false,
      basicAuth: basicAuth && {
        ...{ username: basicAuth.user, usernameFile: undefined },
        ...{ password: basicAuth.password, passwordFile: undefined },
      },
      headers: headers.map(({ name, value }) => ({
        name,
        values: [],
        secrets: [value],
        files: [],
      })),
      tls: {
        ...{ ca: tls.ca, caFile: undefined, cert: tls.cert, certFile: undefined, key: tls.key },
        ...{ keyFile: undefined, serverName: tls.serverName, insecureSkipVerify: tls.skipVerify },
        ...{ minVersion: undefined, maxVersion: undefined },
      },
    })
    // Whoever asks is told.
    this.#settings.catch(() => undefined)
  }

  close(): Promise<void> {
    return this.#agents.close()
  }

  async send(request: SourceRequest, gone: AbortSignal): Promise<Answer> {
    const signal = AbortSignal.any([gone, AbortSignal.timeout(TIMEOUT_MS)])
    try {
      const settings = await this.#settings
      const form = new URLSearchParams()
      for (const name of READ_PARAMETERS) {
        for (const value of request.parameters.getAll(name)) form.append(name, value)
      }
      const isPost = request.method === 'POST'
      const query = isPost || form.size === 0 ? '' : `?${form}`
      const url = `${this.#base}/${encodePath(request.path)}${query}`
      const answer = await sendRequest(url, {
        dispatcher: this.#agents.for(url, await settings.tls()),
        method: request.method,
        headers: {
          accept: 'application/json',
          ...(await settings.headers()),
          ...(isPost ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        },
        body: isPost ? String(form) : null,
        signal,
      })
      if (answer.statusCode >= 300 && answer.statusCode < 400) {
        await answer.body.dump()
        return message(
          502,
          'the source redirects elsewhere, which is not followed: correct its url',
        )
      }
      return {
        status: answer.statusCode,
        contentType: typeOf(answer.headers['content-type']),
        // Whatever it is, a browser that is sent here runs nothing of it.
        headers: { 'content-security-policy': 'sandbox', 'cache-control': 'no-store' },
        body: await readBounded(answer.body),
      }
    } catch (thrown) {
      if (thrown instanceof Problem) throw thrown
      const reason = signal.aborted ? 'no answer in time' : describeNetworkError(thrown)
      return message(502, `the source cannot be asked: ${reason}`)
    }
  }
}

/** Errors of the originals are text; pages are shown as such, too. */
function typeOf(header: string | string[] | undefined): string {
  const text = typeof header === 'string' ? header : ''
  return /^application\/(?:json|protobuf)\s*(?:;|$)/i.test(text)
    ? text
    : 'text/plain; charset=utf-8'
}

async function readBounded(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of body) {
    sizeBytes += chunk.length
    if (sizeBytes > MAX_ANSWER_BYTES) {
      throw new Problem(
        'bad_data',
        `the answer of the source is larger than ${MAX_ANSWER_BYTES} bytes`,
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The body of an answer as text, however it is made. */
export function bodyText({ body }: Answer): string {
  if (body === undefined) return ''
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return Buffer.from(body).toString('utf8')
  if (Symbol.asyncIterator in body) throw new Problem('internal', 'the answer is not whole yet')
  const pieces: string[] = []
  for (let next = body.next(); next.done !== true; next = body.next()) pieces.push(next.value)
  return pieces.join('')
}
