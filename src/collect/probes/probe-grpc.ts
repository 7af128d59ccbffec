import http2 from 'node:http2'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { ByteWriter } from '../../formats/byte-writer.ts'
import { encodeUtf8 } from '../../formats/text-codec.ts'
import { describeNetworkError } from '../../outbound/network-words.ts'
import { chooseAddress } from './choose-address.ts'
import type { GrpcProbe } from './grpc-module.ts'
import { openConnection, startTls } from './open-connection.ts'
import { secondsSince } from './probe-report.ts'
import { settingsOf } from './probe-tcp.ts'
import type { ProbeEnv } from './prober.ts'
import { reportTls } from './report-tls.ts'
import { splitHostPort } from './split-host-port.ts'

const DURATION = 'probe_grpc_duration_seconds'
const STATES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const
const UNAVAILABLE = 14
const MAX_ANSWER_BYTES = 4096

/** Asks a service of gRPC for its health (blackbox_exporter, prober/grpc.go; grpc.health.v1). */
export async function probeGrpc(target: string, probe: GrpcProbe, env: ProbeEnv): Promise<boolean> {
  const { report, signal } = env
  report.set(DURATION, 0, 'phase', 'resolve')
  report.set('probe_grpc_ssl', 0)
  report.set('probe_grpc_status_code', 0)
  const place = splitHostPort(target.replace(/^https?:\/\//, '').replace(/\/$/, ''))
  if (place === undefined) return report.fail('the target is not host:port')
  const { host, port = probe.hasTls ? 443 : 80 } = place
  const { address, lookupSeconds } = await chooseAddress(host, probe.choice, env)
  if (address === undefined) return false
  report.set(DURATION, lookupSeconds, 'phase', 'resolve')
  const startMs = performance.now()
  const tell = (state: number | undefined, status: number): void => {
    report.set(DURATION, secondsSince(startMs), 'phase', 'check')
    report.set('probe_grpc_status_code', status)
    for (const [i, name] of STATES.entries())
      report.set('probe_grpc_healthcheck_response', i === state ? 1 : 0, 'serving_status', name)
  }
  try {
    const plain = await openConnection({ address, port, signal })
    const settings = await settingsOf(probe.tls)
    const over = { settings, serverName: host, signal, protocols: ['h2'] }
    const socket = probe.hasTls ? await startTls(plain, over) : plain
    const { state, status } = await check(socket, `${host}:${port}`, probe, signal)
    tell(state, status)
    if (socket instanceof TLSSocket && status === 0) {
      report.set('probe_grpc_ssl', 1)
      reportTls(socket, report, { hasChainExpiry: false })
    }
    plain.destroy()
    if (state === 1) return true
    const shown =
      state === undefined ? `status ${status} of gRPC` : (STATES[state] ?? String(state))
    return report.fail(`the service says ${shown}`)
  } catch (thrown) {
    tell(undefined, UNAVAILABLE)
    return report.fail(signal.aborted ? 'no answer in time' : describeNetworkError(thrown))
  }
}

interface Checked {
  /** Undefined when the service told none. */
  readonly state: number | undefined
  readonly status: number
}

function check(
  socket: Socket,
  authority: string,
  probe: GrpcProbe,
  signal: AbortSignal,
): Promise<Checked> {
  return new Promise<Checked>((resolve, reject) => {
    const scheme = probe.hasTls ? 'https' : 'http'
    const session = http2.connect(`${scheme}://${authority}`, { createConnection: () => socket })
    session.on('error', reject)
    const stream = session.request(
      {
        ...Object.fromEntries(
          Object.entries(probe.metadata).map(([name, all]) => [name, [...all]]),
        ),
        ':method': 'POST',
        ':path': '/grpc.health.v1.Health/Check',
        'content-type': 'application/grpc',
        te: 'trailers',
      },
      { signal },
    )
    const chunks: Buffer[] = []
    let status: number | undefined
    const note = (headers: http2.IncomingHttpHeaders): void => {
      if (headers['grpc-status'] !== undefined) status = Number(headers['grpc-status'])
    }
    stream.on('error', reject)
    stream.on('response', note)
    stream.on('trailers', note)
    stream.on('data', (chunk: Buffer) => {
      if (chunks.reduce((sum, each) => sum + each.length, 0) < MAX_ANSWER_BYTES) chunks.push(chunk)
    })
    stream.on('end', () => {
      session.destroy()
      const state = readState(Buffer.concat(chunks))
      resolve(status === 0 ? { state, status } : { state: undefined, status: status ?? 2 })
    })
    stream.end(frame(probe.service))
  })
}

/** One uncompressed message: HealthCheckRequest, whose field 1 is the service. */
function frame(service: string): Uint8Array {
  const name = encodeUtf8(service)
  const message = new ByteWriter(name.length + 8)
  if (name.length > 0) {
    message.byte(0x0a)
    message.varint(name.length)
    message.bytes(name)
  }
  const bytes = message.finish()
  const head = Buffer.alloc(5)
  head.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}

/** Field 1 of HealthCheckResponse; an empty message is UNKNOWN. */
function readState(bytes: Uint8Array): number | undefined {
  if (bytes.length < 5) return undefined
  return bytes[5] === 0x08 ? (bytes[6] ?? 0) : 0
}
