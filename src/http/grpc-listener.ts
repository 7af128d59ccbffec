import net from 'node:net'
import grpc from '@grpc/grpc-js'
import type { Log } from '../self/log.ts'
import type { QueryGate } from '../self/memory/query-gate.ts'
import { createGatekeeper } from './authenticate.ts'
import { checkListen, type Access, type ListenAddress, type Permission } from './guard.ts'
import type { OpenDoor } from './listener.ts'
import { createTenantNote } from './loki/tenants.ts'
import { TlsServers } from './listener-tls.ts'
import { openPort } from './open-port.ts'
import { GrpcGate } from './otlp/grpc-gate.ts'

/** Of a message, compressed and decompressed: four times what the collector takes. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024
/** Messages that are received at the same time, over all connections. */
const MAX_RECEIVED = 4
const MAX_CONNECTIONS = 256
const MAX_STREAMS = 100
const CLOSE_TIMEOUT_MS = 5000
/** Longer than anything waits for connections to end. */
const DRAIN_GRACE_MS = 60_000

/** A method of a service, by its path `/package.Service/Method`. Messages are bytes: our own decoders read them. */
export interface GrpcMethod {
  readonly path: string
  readonly permission: Permission
  readonly handle:
    | { readonly kind: 'unary'; readonly call: grpc.handleUnaryCall<Buffer, Buffer> }
    | { readonly kind: 'stream'; readonly call: grpc.handleServerStreamingCall<Buffer, Buffer> }
}

export interface GrpcListenerOptions {
  readonly address: ListenAddress
  readonly access: Access
  /** Of the whole program. */
  readonly log: Log
}

/** What speaks gRPC to the connections that are handed to it. */
export interface GrpcSpeaker {
  inject(socket: net.Socket): void
  /** Asks from now on before each push is read; a reason puts it off (UNAVAILABLE). */
  guardPushes(refuse: () => string | undefined): void
  /** Streams that read metrics, logs or traces take turns from now on, as queries over HTTP do. */
  guardStreams(gate: QueryGate): void
  /** Takes no more calls; connections end with those under way. */
  drain(): void
  end(): void
}

/** A server of gRPC without a port of its own. */
export function createGrpcSpeaker(
  { address, access, log }: GrpcListenerOptions,
  methods: readonly GrpcMethod[],
): GrpcSpeaker {
  const permissions = new Map(methods.map(({ path, permission }) => [path, permission]))
  const gate = new GrpcGate({
    gatekeeper: createGatekeeper(address, access),
    permissionOf: (path) => permissions.get(path) ?? 'write',
    isEncrypted: address.tls !== undefined,
    noteTenant: createTenantNote(log),
    slots: MAX_RECEIVED,
  })
  const server = new grpc.Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_concurrent_streams': MAX_STREAMS,
    'grpc.enable_channelz': 0,
    interceptors: [gate.intercept],
  })
  let turns: QueryGate | undefined
  for (const { path, permission, handle } of methods) {
    if (handle.kind === 'unary') server.register(path, handle.call, asIs, asIs, 'unary')
    else {
      const { call } = handle
      const inTurn: typeof call = (stream) =>
        turns !== undefined && permission.endsWith(':read')
          ? withTicket(turns, stream, call)
          : call(stream)
      server.register(path, inTurn, asIs, asIs, 'serverStream')
    }
  }
  // Connections are accepted by us and not by the package, which knows no bound for them and reads certificates only once.
  const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure())
  return {
    inject: (socket) => injector.injectConnection(socket),
    guardPushes: (refuse) => {
      gate.refusePush = refuse
    },
    guardStreams: (queries) => {
      turns = queries
    },
    drain: () => injector.drain(DRAIN_GRACE_MS),
    end: () => server.forceShutdown(),
  }
}

/** However a stream ends: it was answered, it failed, its client gave it up or was lost, its time was over. */
const ENDS = ['finish', 'error', 'cancelled', 'close'] as const

/** Serves a stream as one query, whose turn is given back when the stream has ended. */
function withTicket(
  gate: QueryGate,
  stream: grpc.ServerWritableStream<Buffer, Buffer>,
  call: grpc.handleServerStreamingCall<Buffer, Buffer>,
): void {
  const ticket = gate.begin()
  for (const event of ENDS) stream.once(event, () => ticket.end())
  if (stream.cancelled) ticket.end()
  ticket.run(() => call(stream))
}

export type GrpcDoor = OpenDoor & Pick<GrpcSpeaker, 'guardPushes'>

/** A listener that speaks gRPC and nothing else. */
export function createGrpcListener(
  options: GrpcListenerOptions,
  methods: readonly GrpcMethod[],
): GrpcDoor {
  const { address, access } = options
  const log = options.log.child({ component: 'grpc', listener: address.listener })
  const tls = address.tls === undefined ? undefined : new TlsServers(address.tls, log)
  const speaker = createGrpcSpeaker({ ...options, log }, methods)
  const inject = (socket: net.Socket): void => speaker.inject(socket)
  const acceptor = tls?.createPlain({ ALPNProtocols: ['h2'] }, inject) ?? net.createServer(inject)
  acceptor.maxConnections = MAX_CONNECTIONS
  const sockets = trackSockets(acceptor)
  let ended: Promise<void> | undefined
  const drain = async (timeoutMs: number): Promise<void> => {
    ended ??= closed(acceptor)
    speaker.drain()
    await within(timeoutMs, ended)
  }
  return {
    listen: () => openPort(acceptor, address, () => checkListen(address, access)),
    guardPushes: (refuse) => speaker.guardPushes(refuse),
    drain,
    close: async () => {
      tls?.stop()
      await drain(CLOSE_TIMEOUT_MS)
      speaker.end()
      for (const socket of sockets) socket.destroy()
      await ended
    },
  }
}

const asIs = (bytes: Buffer): Buffer => bytes

function trackSockets(server: net.Server): ReadonlySet<net.Socket> {
  const sockets = new Set<net.Socket>()
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

/** Takes no more connections; resolves when the last one has ended. */
function closed(server: net.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}

async function within(timeoutMs: number, ended: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs)
  })
  await Promise.race([ended, passed])
  clearTimeout(timer)
}
