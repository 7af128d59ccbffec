import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { isJsonObject, objectOf, textOf, type JsonObject } from '../../discovery/json-value.ts'
import { isSelected } from './select-objects.ts'

/** A request as it came. */
export interface FakeRequest {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly authorization: string
  readonly accept: string
}

export interface FakeApiOptions {
  /** Of pages of lists, where that is fewer than a request wants. */
  readonly pageSize?: number
  /** The only token that is let in; nobody is asked for one where it is undefined. */
  readonly token?: string
  /** Speaks TLS with these certificates. */
  readonly tls?: ServerOptions
}

interface Watcher {
  readonly collection: string
  readonly namespace: string
  readonly query: URLSearchParams
  readonly answer: ServerResponse
  /** What the watcher has been shown by its selectors. */
  readonly shown: Set<string>
}

/**
 * An API server of Kubernetes as far as listing and watching go, for tests: collections by their path without namespace
 * (`/api/v1/pods`, `/apis/networking.k8s.io/v1/ingresses`). It forgets no events until it is told to.
 */
export class FakeApi {
  readonly requests: FakeRequest[] = []
  /** The token that is let in now. */
  token: string | undefined
  readonly #server: Server
  readonly #pageSize: number
  readonly #collections = new Map<string, Map<string, JsonObject>>()
  readonly #events: { collection: string; version: number; type: string; object: JsonObject }[] = []
  readonly #watchers = new Set<Watcher>()
  readonly #sockets = new Set<Socket>()
  readonly #refusals = new Map<string, { status: number; message: string }>()
  readonly #answers = new Map<string, (answer: ServerResponse) => void>()
  #version = 1000
  #oldest = 0
  #scheme = 'http'

  private constructor(options: FakeApiOptions) {
    this.#pageSize = options.pageSize ?? 10_000
    this.token = options.token
    const take = (request: IncomingMessage, answer: ServerResponse): void =>
      this.#take(request, answer)
    this.#server =
      options.tls === undefined ? createServer(take) : createTlsServer(options.tls, take)
    this.#scheme = options.tls === undefined ? 'http' : 'https'
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  static async start(options: FakeApiOptions = {}): Promise<FakeApi> {
    const api = new FakeApi(options)
    await new Promise<void>((resolve) => {
      api.#server.listen(0, '127.0.0.1', resolve)
    })
    return api
  }

  get url(): string {
    const address = this.#server.address()
    return `${this.#scheme}://127.0.0.1:${isInet(address) ? address.port : 0}`
  }

  /** How many watches are open. */
  get watchCount(): number {
    return this.#watchers.size
  }

  /** Adds an object or replaces the one of that name and namespace, and tells who watches. */
  put(collection: string, object: JsonObject): void {
    const version = ++this.#version
    const metadata = { ...objectOf(object['metadata']), resourceVersion: String(version) }
    const stored = { ...object, metadata }
    const all = this.#collection(collection)
    const key = keyOf(stored)
    const type = all.has(key) ? 'MODIFIED' : 'ADDED'
    all.set(key, stored)
    this.#tell(collection, version, type, stored)
  }

  /** Removes an object, and tells who watches. */
  remove(collection: string, namespace: string, name: string): void {
    const key = namespace === '' ? name : `${namespace}/${name}`
    const found = this.#collection(collection).get(key)
    if (found === undefined) throw new Error(`there is no ${key} in ${collection}`)
    this.#collection(collection).delete(key)
    const version = ++this.#version
    const metadata = { ...objectOf(found['metadata']), resourceVersion: String(version) }
    this.#tell(collection, version, 'DELETED', { ...found, metadata })
  }

  /** Sends everyone who watches a bookmark of now. */
  bookmark(): void {
    const version = ++this.#version
    for (const { answer } of this.#watchers) {
      const object = { kind: 'Bookmark', metadata: { resourceVersion: String(version) } }
      answer.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`)
    }
  }

  /** Forgets events: watches and pages that begin before now are answered with 410 Gone. */
  expire(): void {
    this.#version++
    this.#oldest = this.#version
  }

  /** Ends all watches as their time being over does. */
  endWatches(): void {
    for (const watcher of this.#watchers) {
      this.#watchers.delete(watcher)
      watcher.answer.end()
    }
  }

  /** Breaks all connections off. */
  disconnect(): void {
    this.#watchers.clear()
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Answers requests of the collection with a refusal, as RBAC does; `undefined` lets them in again. */
  refuse(collection: string, status: number | undefined, message = ''): void {
    if (status === undefined) this.#refusals.delete(collection)
    else this.#refusals.set(collection, { status, message })
  }

  /** Requests of the collection are answered by `answer` and nothing else: for servers that mean harm. */
  answer(collection: string, answer: ((answer: ServerResponse) => void) | undefined): void {
    if (answer === undefined) this.#answers.delete(collection)
    else this.#answers.set(collection, answer)
  }

  /** Writes a text to everyone who watches the collection. */
  sendRaw(collection: string, text: string): void {
    for (const watcher of this.#watchers) {
      if (watcher.collection === collection) watcher.answer.write(text)
    }
  }

  async stop(): Promise<void> {
    this.disconnect()
    await new Promise((resolve) => {
      this.#server.close(resolve)
    })
  }

  #collection(name: string): Map<string, JsonObject> {
    const known = this.#collections.get(name) ?? new Map<string, JsonObject>()
    this.#collections.set(name, known)
    return known
  }

  #take(request: IncomingMessage, answer: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://api')
    const authorization = request.headers.authorization ?? ''
    const query = Object.fromEntries(url.searchParams)
    const { accept = '' } = request.headers
    this.requests.push({ path: url.pathname, query, authorization, accept })
    const { collection, namespace, name } = parsePath(url.pathname)
    const own = this.#answers.get(collection)
    if (own !== undefined) {
      own(answer)
      return
    }
    if (this.token !== undefined && authorization !== `Bearer ${this.token}`) {
      refuse(answer, 401, 'Unauthorized')
      return
    }
    const refusal = this.#refusals.get(collection)
    if (refusal !== undefined) refuse(answer, refusal.status, refusal.message)
    else if (name !== '') this.#answerOne(collection, namespace, name, answer)
    else if (url.searchParams.has('watch')) {
      this.#watch(collection, namespace, url.searchParams, answer)
    } else this.#list(collection, namespace, url.searchParams, answer)
  }

  #answerOne(collection: string, namespace: string, name: string, answer: ServerResponse): void {
    const key = namespace === '' ? name : `${namespace}/${name}`
    const found = this.#collections.get(collection)?.get(key)
    if (found === undefined) refuse(answer, 404, `${name} not found`)
    else answer.end(JSON.stringify(found))
  }

  #list(
    collection: string,
    namespace: string,
    query: URLSearchParams,
    answer: ServerResponse,
  ): void {
    const [version, from] = (query.get('continue') ?? `${this.#version}:0`).split(':').map(Number)
    if ((version ?? 0) < this.#oldest) {
      refuse(answer, 410, 'The provided continue parameter is too old')
      return
    }
    const all = [...(this.#collections.get(collection)?.values() ?? [])].filter((object) =>
      isSelected(object, namespace, query),
    )
    const limit = Math.min(this.#pageSize, Number(query.get('limit') ?? Infinity))
    const end = (from ?? 0) + limit
    const more = end < all.length ? { continue: `${version}:${end}` } : {}
    answer.setHeader('content-type', 'application/json')
    answer.end(
      JSON.stringify({
        kind: 'List',
        apiVersion: 'v1',
        metadata: { resourceVersion: String(version), ...more },
        items: all.slice(from, end),
      }),
    )
  }

  #watch(
    collection: string,
    namespace: string,
    query: URLSearchParams,
    answer: ServerResponse,
  ): void {
    const since = Number(query.get('resourceVersion') ?? 0)
    answer.setHeader('content-type', 'application/json')
    answer.flushHeaders()
    if (since < this.#oldest) {
      const object = { kind: 'Status', code: 410, message: `too old resource version: ${since}` }
      answer.end(`${JSON.stringify({ type: 'ERROR', object })}\n`)
      return
    }
    const watcher = { collection, namespace, query, answer, shown: new Set<string>() }
    for (const event of this.#events) {
      if (event.collection !== collection || event.version > since) continue
      const isShown = event.type !== 'DELETED' && isSelected(event.object, namespace, query)
      if (isShown) watcher.shown.add(keyOf(event.object))
      else watcher.shown.delete(keyOf(event.object))
    }
    this.#watchers.add(watcher)
    answer.once('close', () => this.#watchers.delete(watcher))
    for (const event of this.#events) {
      if (event.version > since) send(watcher, event.collection, event.type, event.object)
    }
  }

  #tell(collection: string, version: number, type: string, object: JsonObject): void {
    this.#events.push({ collection, version, type, object })
    for (const watcher of this.#watchers) send(watcher, collection, type, object)
  }
}

/** As the API server does, who leaves a selection is shown as deleted, and who enters it as added. */
function send(watcher: Watcher, collection: string, type: string, object: JsonObject): void {
  if (watcher.collection !== collection) return
  const key = keyOf(object)
  const isWanted = type !== 'DELETED' && isSelected(object, watcher.namespace, watcher.query)
  const wasShown = watcher.shown.has(key)
  if (!isWanted && !wasShown) return
  if (isWanted) watcher.shown.add(key)
  else watcher.shown.delete(key)
  const shownType = isWanted ? (wasShown ? 'MODIFIED' : 'ADDED') : 'DELETED'
  watcher.answer.write(`${JSON.stringify({ type: shownType, object })}\n`)
}

function refuse(answer: ServerResponse, code: number, message: string): void {
  answer.statusCode = code
  answer.setHeader('content-type', 'application/json')
  answer.end(JSON.stringify({ kind: 'Status', status: 'Failure', message, code }))
}

/** `/api/v1/namespaces/default/pods/web-0` is `web-0` in `default` of `/api/v1/pods`. */
function parsePath(path: string): { collection: string; namespace: string; name: string } {
  const [, root = '', rest = ''] = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)\/(.*)$/.exec(path) ?? []
  if (root === '') return { collection: path, namespace: '', name: '' }
  const parts = rest.split('/')
  if (parts[0] === 'namespaces' && parts.length > 2) {
    const [, namespace = '', kind = '', name = ''] = parts
    return { collection: `${root}/${kind}`, namespace, name }
  }
  const [kind = '', name = ''] = parts
  return { collection: `${root}/${kind}`, namespace: '', name }
}

function keyOf(object: JsonObject): string {
  const { namespace, name } = objectOf(object['metadata'])
  return textOf(namespace) === '' ? textOf(name) : `${textOf(namespace)}/${textOf(name)}`
}

function isInet(address: AddressInfo | string | null): address is AddressInfo {
  return isJsonObject(address)
}
