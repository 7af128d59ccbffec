import { createSocket } from 'node:dgram'
import { isIPv4, type Socket } from 'node:net'
import { decodeDnsMessage, type DnsMessage } from '../../formats/dns/decode-message.ts'
import type { TlsSettings } from '../../outbound/tls-settings.ts'
import { openConnection, startTls } from './open-connection.ts'
import { secondsSince } from './probe-report.ts'
import { SocketReader } from './socket-reader.ts'

export interface DnsPlace {
  readonly address: string
  readonly port: number
  readonly sourceIp: string | undefined
  readonly transport: 'udp' | 'tcp'
  /** Absent: without TLS. */
  readonly over?: { readonly settings: TlsSettings | undefined; readonly serverName: string }
  readonly signal: AbortSignal
}

export interface DnsAnswer {
  readonly message: DnsMessage
  readonly connectSeconds: number
  readonly requestSeconds: number
}

/** Sends a query, and resolves to what answers it. Rejects when nothing does. */
export function askDns(query: Uint8Array, place: DnsPlace): Promise<DnsAnswer> {
  return place.transport === 'udp' ? askUdp(query, place) : askTcp(query, place)
}

function askUdp(
  query: Uint8Array,
  { address, port, sourceIp, signal }: DnsPlace,
): Promise<DnsAnswer> {
  const startMs = performance.now()
  const socket = createSocket(isIPv4(address) ? 'udp4' : 'udp6')
  return new Promise<DnsAnswer>((resolve, reject) => {
    let sentMs = startMs
    const abort = (): void => reject(new Error('no answer in time'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    socket.on('error', reject)
    socket.on('message', (bytes) => {
      const message = readAnswer(bytes, query)
      // Somebody else's packet: the answer may still come.
      if (message === undefined) return
      const connectSeconds = (sentMs - startMs) / 1000
      resolve({ message, connectSeconds, requestSeconds: secondsSince(sentMs) })
    })
    const send = (): void => {
      sentMs = performance.now()
      socket.send(query)
    }
    const connect = (): void => socket.connect(port, address, send)
    if (sourceIp === undefined) connect()
    else socket.bind({ address: sourceIp }, connect)
  }).finally(() => socket.close())
}

async function askTcp(query: Uint8Array, place: DnsPlace): Promise<DnsAnswer> {
  const { over, signal } = place
  const startMs = performance.now()
  let socket: Socket = await openConnection(place)
  try {
    if (over !== undefined) socket = await startTls(socket, { ...over, signal })
    const connectSeconds = secondsSince(startMs)
    const sentMs = performance.now()
    const length = Buffer.alloc(2)
    length.writeUInt16BE(query.length)
    socket.write(Buffer.concat([length, query]))
    const reader = new SocketReader(socket, signal)
    const [high = 0, low = 0] = await reader.bytes(2)
    const message = readAnswer(await reader.bytes(high * 256 + low), query)
    if (message === undefined) throw new Error('the answer is not that to the query')
    return { message, connectSeconds, requestSeconds: secondsSince(sentMs) }
  } finally {
    socket.destroy()
  }
}

/** The answer to this query; undefined for another message, and for what is none. */
function readAnswer(bytes: Uint8Array, query: Uint8Array): DnsMessage | undefined {
  try {
    const message = decodeDnsMessage(bytes)
    const id = (query[0] ?? 0) * 256 + (query[1] ?? 0)
    return message.isResponse && message.id === id ? message : undefined
  } catch {
    return undefined
  }
}
