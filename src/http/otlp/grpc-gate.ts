import grpc from '@grpc/grpc-js'
import type { Gatekeeper, Refusal } from '../authenticate.ts'
import type { Permission } from '../guard.ts'

/** How long a message may take to come in once its turn has come. */
const RECEIVE_TIMEOUT_MS = 20_000

/**
 * Stands before the methods of a gRPC server: who may not write is refused before the message is read, and only so many messages
 * are read at the same time. The others wait with their bytes in the connection, where flow control holds them.
 */
export class GrpcGate {
  readonly #gatekeeper: Gatekeeper
  readonly #permissionOf: (path: string) => Permission
  readonly #isEncrypted: boolean
  readonly #noteTenant: (name: unknown) => void
  readonly #queue: (() => void)[] = []
  #free: number
  /** Why nothing can be pushed now; undefined when it can. */
  refusePush: () => string | undefined = () => undefined

  constructor(options: {
    readonly gatekeeper: Gatekeeper
    readonly permissionOf: (path: string) => Permission
    readonly isEncrypted: boolean
    /** Gets what a call says of its tenant. */
    readonly noteTenant: (name: unknown) => void
    /** Messages that are read at the same time. */
    readonly slots: number
  }) {
    this.#gatekeeper = options.gatekeeper
    this.#permissionOf = options.permissionOf
    this.#isEncrypted = options.isEncrypted
    this.#noteTenant = options.noteTenant
    this.#free = options.slots
  }

  /** For the `interceptors` of a server. */
  readonly intercept: grpc.ServerInterceptor = ({ path }, call) => {
    const turn = new Turn()
    const refuse = (status: grpc.StatusObject): void => call.sendStatus(status)
    return new grpc.ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, goOn) => {
            void this.#admit(path, metadata, call).then((status) =>
              status === undefined
                ? this.#wait(turn, () => goOn(metadata), refuse)
                : refuse(status),
            )
          },
          onReceiveMessage: (message, goOn) => {
            turn.end()
            goOn(message)
          },
          onReceiveHalfClose: (goOn) => goOn(),
          onCancel: () => turn.end(),
        }),
    })
  }

  /** The status of a call that may not go on. */
  async #admit(
    path: string,
    metadata: grpc.Metadata,
    call: grpc.ServerInterceptingCallInterface,
  ): Promise<grpc.StatusObject | undefined> {
    const { remoteAddress } = call.getConnectionInfo()
    const request = {
      method: 'POST',
      url: path,
      headers: { ...textsOf(metadata), host: call.getHost() },
      socket: { remoteAddress, encrypted: this.#isEncrypted },
    }
    try {
      const permission = this.#permissionOf(path)
      const decision = await this.#gatekeeper(request, permission)
      if (!decision.ok) return statusOf(decision.refusal)
      const reason = permission.endsWith(':write') ? this.refusePush() : undefined
      if (reason !== undefined) return failed(reason, grpc.status.UNAVAILABLE)
      this.#noteTenant(metadata.get('x-scope-orgid')[0])
      return undefined
    } catch {
      return failed('credentials could not be checked', grpc.status.UNAVAILABLE)
    }
  }

  #wait(turn: Turn, begin: () => void, refuse: (status: grpc.StatusObject) => void): void {
    const start = (): void => {
      const gone = turn.begin(
        () => this.#leave(),
        () => refuse(failed('the message did not arrive in time', grpc.status.DEADLINE_EXCEEDED)),
      )
      if (!gone) begin()
    }
    if (this.#free === 0) {
      this.#queue.push(start)
      return
    }
    this.#free--
    start()
  }

  #leave(): void {
    const next = this.#queue.shift()
    if (next === undefined) this.#free++
    else next()
  }
}

/** The time in which a call holds a slot. */
class Turn {
  #leave: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #hasEnded = false

  /** True when the call was over before its turn came. */
  begin(leave: () => void, onTimeout: () => void): boolean {
    if (this.#hasEnded) {
      leave()
      return true
    }
    this.#leave = leave
    this.#timer = setTimeout(() => {
      this.end()
      onTimeout()
    }, RECEIVE_TIMEOUT_MS)
    return false
  }

  end(): void {
    this.#hasEnded = true
    clearTimeout(this.#timer)
    const leave = this.#leave
    this.#leave = undefined
    leave?.()
  }
}

/** Metadata in the form of HTTP headers, without binary ones. */
function textsOf(metadata: grpc.Metadata): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(metadata.getMap())) {
    if (typeof value === 'string') texts[name] = value
  }
  return texts
}

/** By status of HTTP, as the mapping of gRPC has them. */
const CODES: Readonly<Record<Refusal['status'], grpc.status>> = {
  400: grpc.status.INVALID_ARGUMENT,
  401: grpc.status.UNAUTHENTICATED,
  403: grpc.status.PERMISSION_DENIED,
  429: grpc.status.RESOURCE_EXHAUSTED,
  503: grpc.status.UNAVAILABLE,
}

function statusOf({ status, message }: Refusal): grpc.StatusObject {
  return failed(message, CODES[status])
}

function failed(details: string, code: grpc.status): grpc.StatusObject {
  return { code, details, metadata: new grpc.Metadata() }
}
