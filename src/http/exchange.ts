import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AuditLog, AuditOptions } from '../access/audit-log.ts'
import type { Visit } from './authenticate.ts'
import type { Permission } from './guard.ts'
import { Params } from './params.ts'
import type { Answer } from './send.ts'

/** One request, as handlers see it. */
export interface Exchange {
  readonly params: Params
  /** Aborts when the client goes away before it was answered. */
  readonly signal: AbortSignal
  readonly headers: IncomingHttpHeaders
  /** Empty when the request has none. Only lent: it may be reused once the handler has answered. */
  readonly body: Buffer
  /** Who asks, and from where. */
  readonly visit: Visit
  /** Notes in the audit log what was done: a noun and what became of it (`silence.create`), and to which one. */
  audit(action: string, target: string, options?: AuditOptions): void
  /** A variable part of the path, decoded; '' when the path has none of this name. */
  pathParam(name: string): string
}

export interface Route {
  readonly methods: readonly ('GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS')[]
  /** `:name` stands for one part of the path, `*` for all the rest. */
  readonly path: string
  readonly permission: Permission
  /** Most bytes of a body. Default: the listener's. */
  readonly bodyBytes?: number
  readonly handle: (exchange: Exchange) => Answer | Promise<Answer>
}

/** What a request of a route of ours looks like to fastify: the body is the stream, not read yet. */
export type RoutedRequest = FastifyRequest<{ Params: Record<string, string | undefined> }>

const EMPTY = Buffer.alloc(0)
const FORM = /^application\/x-www-form-urlencoded\s*(?:;|$)/i

export class FastifyExchange implements Exchange {
  readonly body: Buffer
  readonly visit: Visit
  readonly #request: RoutedRequest
  readonly #reply: FastifyReply
  readonly #audit: AuditLog | undefined
  #params: Params | undefined
  #signal: AbortSignal | undefined

  constructor(
    request: RoutedRequest,
    reply: FastifyReply,
    { visit, audit }: { readonly visit: Visit; readonly audit: AuditLog | undefined },
    body: Buffer = EMPTY,
  ) {
    this.#request = request
    this.#reply = reply
    this.visit = visit
    this.#audit = audit
    this.body = body
  }

  get params(): Params {
    if (this.#params === undefined) {
      const isForm = this.body.length > 0 && FORM.test(this.headers['content-type'] ?? '')
      const form = isForm ? this.body.toString('utf8') : undefined
      this.#params = new Params(this.#request.raw.url ?? '', form)
    }
    return this.#params
  }

  get signal(): AbortSignal {
    return (this.#signal ??= abortWhenGone(this.#reply))
  }

  get headers(): IncomingHttpHeaders {
    return this.#request.headers
  }

  audit(action: string, target: string, options?: AuditOptions): void {
    this.#audit?.record(this.visit, action, target, options)
  }

  pathParam(name: string): string {
    return this.#request.params[name] ?? ''
  }
}

function abortWhenGone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  const { raw } = reply
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort()
  })
  if (raw.destroyed) controller.abort()
  return controller.signal
}
