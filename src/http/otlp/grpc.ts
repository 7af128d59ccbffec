import net from 'node:net'
import grpc from '@grpc/grpc-js'
import { encodeExportAnswer, encodeRetryStatus } from '../../formats/otlp/encode-answer.ts'
import { createGatekeeper } from '../authenticate.ts'
import { checkListen, type Access, type ListenAddress, type Permission } from '../guard.ts'
import type { OpenDoor } from '../listener.ts'
import { createTenantNote } from '../loki/tenants.ts'
import { TlsServers } from '../listener-tls.ts'
import { openPort } from '../open-port.ts'
import type { OtlpDoors } from '../otlp.ts'
import {
  isRetryable,
  RETRY_AFTER_S,
  type ExportOutcome,
  type ExportReceiver,
  type RefusalReason,
} from './export-outcome.ts'
import { GrpcGate } from './grpc-gate.ts'

/** Of a message, compressed and decompressed: four times what the collector takes. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024
/** Messages that are received at the same time, over all connections. */
const MAX_RECEIVED = 4
const MAX_CONNECTIONS = 256
const MAX_STREAMS = 100
const CLOSE_TIMEOUT_MS = 5000
/** Longer than anything waits for connections to end. */
const DRAIN_GRACE_MS = 60_000

const LOGS = '/opentelemetry.proto.collector.logs.v1.LogsService/Export'
const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
const METRICS = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'

const PERMISSIONS: ReadonlyMap<string, Permission> = new Map([
  [LOGS, 'logs:write'],
  [TRACES, 'traces:write'],
  [METRICS, 'metrics:write'],
])

/** The listener of OTLP over gRPC (opentelemetry.io/docs/specs/otlp, "OTLP/gRPC"). Messages are read by our own decoders. */
export function createOtlpGrpcListener(
  doors: OtlpDoors,
  options: { readonly address: Omit<ListenAddress, 'listener'>; readonly access: Access },
): OpenDoor {
  const address = { ...options.address, listener: 'otlp-grpc' }
  const log = doors.log.child({ component: 'grpc', listener: 'otlp-grpc' })
  const tls = address.tls === undefined ? undefined : new TlsServers(address.tls, log)
  const gate = new GrpcGate({
    gatekeeper: createGatekeeper(address, options.access),
    permissionOf: (path) => PERMISSIONS.get(path) ?? 'write',
    isEncrypted: tls !== undefined,
    noteTenant: createTenantNote(log),
    slots: MAX_RECEIVED,
  })
  const server = new grpc.Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_concurrent_streams': MAX_STREAMS,
    'grpc.enable_channelz': 0,
    interceptors: [gate.intercept],
  })
  register(server, LOGS, exportMethod(doors.logs))
  register(server, TRACES, exportMethod(doors.spans))
  register(server, METRICS, exportMethod(doors.metrics))
  // Connections are accepted here and not by the package, which knows no bound for them and reads certificates only once.
  const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure())
  const inject = (socket: net.Socket): void => injector.injectConnection(socket)
  const acceptor = tls?.createPlain({ ALPNProtocols: ['h2'] }, inject) ?? net.createServer(inject)
  acceptor.maxConnections = MAX_CONNECTIONS
  const sockets = trackSockets(acceptor)
  let ended: Promise<void> | undefined
  const drain = async (timeoutMs: number): Promise<void> => {
    ended ??= closed(acceptor)
    injector.drain(DRAIN_GRACE_MS)
    await within(timeoutMs, ended)
  }
  return {
    listen: () => openPort(acceptor, address, () => checkListen(address, options.access)),
    drain,
    close: async () => {
      tls?.stop()
      await drain(CLOSE_TIMEOUT_MS)
      server.forceShutdown()
      for (const socket of sockets) socket.destroy()
      await ended
    },
  }
}

type UnaryMethod = grpc.handleUnaryCall<Buffer, Buffer>

const asIs = (bytes: Buffer): Buffer => bytes

function register(server: grpc.Server, path: string, method: UnaryMethod): void {
  server.register(path, method, asIs, asIs, 'unary')
}

function exportMethod(receive: ExportReceiver): UnaryMethod {
  return ({ request }, answer) => {
    // A receiver never rejects.
    void receive(request, 'protobuf').then((outcome) => sendOutcome(outcome, answer))
  }
}

/** The specification's table (opentelemetry.io/docs/specs/otlp, "Failures"). */
const CODES: Readonly<Record<RefusalReason, grpc.status>> = {
  invalid: grpc.status.INVALID_ARGUMENT,
  too_large: grpc.status.RESOURCE_EXHAUSTED,
  limited: grpc.status.RESOURCE_EXHAUSTED,
  unavailable: grpc.status.UNAVAILABLE,
  internal: grpc.status.INTERNAL,
}

function sendOutcome(outcome: ExportOutcome, answer: grpc.sendUnaryData<Buffer>): void {
  if (outcome.kind === 'taken') {
    answer(null, Buffer.from(encodeExportAnswer(outcome.partial)))
    return
  }
  const { reason, message } = outcome
  const code = CODES[reason]
  const metadata = new grpc.Metadata()
  if (isRetryable(reason)) {
    // Without this detail senders do not come again after RESOURCE_EXHAUSTED.
    const details = encodeRetryStatus(code, message, RETRY_AFTER_S)
    metadata.set('grpc-status-details-bin', Buffer.from(details))
  }
  answer({ code, details: message, metadata })
}

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
