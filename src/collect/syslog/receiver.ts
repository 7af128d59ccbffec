import type dgram from 'node:dgram'
import { reverse } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'
import { FrameSplitter, trimEnd } from '../../formats/syslog/split-frames.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'
import { bareAddress } from './bare-address.ts'
import { bindUdp } from './bind-udp.ts'
import type { ReceivedLineSink } from './line-sink.ts'
import { MessageReader, type Sender } from './message-reader.ts'
import type { SyslogSettings } from './settings.ts'
import { createSyslogMetrics, type SyslogMetrics } from './syslog-metrics.ts'

const MAX_CONNECTIONS = 512
const OPEN_ATTEMPTS = 5
const LOOK_UP_MS = 2000
/** Addresses whose name is remembered, for datagrams. */
const MAX_NAMES = 1000

export interface SyslogParts {
  readonly sink: ReceivedLineSink
  readonly log: Log
  readonly registry: Registry
  /** Whether an address may send. Default: each may. */
  readonly maySend?: (address: string) => boolean
  /** Makes the server of encrypted connections, in the place of `settings.tls`. */
  readonly createTlsServer?: (onSocket: (socket: net.Socket) => void) => net.Server
  readonly nowMs?: () => number
}

/** A receiver that listens. */
export interface SyslogReceiver {
  readonly port: number
  /** Takes nothing more; what was received is in the sink. */
  stop(): Promise<void>
}

/**
 * Opens a syslog receiver (RFC 5424 and 3164 over TCP, TLS and UDP, RFC 6587 framing). Lines go to the sink, which must bound them:
 * while it has no room connections are not read, and datagrams are dropped and counted. Rejects with a `Problem` of code
 * `unavailable` whose cause is the error of the port.
 */
export async function startSyslogReceiver(
  settings: SyslogSettings,
  parts: SyslogParts,
): Promise<SyslogReceiver> {
  const receiver = new Receiver(settings, parts)
  try {
    await receiver.open()
    return receiver
  } catch (cause) {
    await receiver.stop()
    if (cause instanceof Problem) throw cause
    const where = `${settings.host}:${settings.port}`
    throw new Problem('unavailable', `cannot receive syslog on ${where}: ${messageOf(cause)}`, {
      cause,
    })
  }
}

class Receiver implements SyslogReceiver {
  readonly #settings: SyslogSettings
  readonly #parts: SyslogParts
  readonly #metrics: SyslogMetrics
  readonly #reader: MessageReader
  readonly #maySend: (address: string) => boolean
  readonly #sockets = new Set<net.Socket>()
  readonly #names = new Map<string, string>()
  #server: net.Server | undefined
  #udp: dgram.Socket | undefined
  port: number

  constructor(settings: SyslogSettings, parts: SyslogParts) {
    this.#settings = settings
    this.#parts = parts
    this.#metrics = createSyslogMetrics(parts.registry)
    const { sink, log, nowMs = Date.now } = parts
    this.#reader = new MessageReader(settings, { sink, log, nowMs, metrics: this.#metrics })
    this.#maySend = parts.maySend ?? (() => true)
    this.port = settings.port
  }

  async open(): Promise<void> {
    const { protocol, port } = this.#settings
    for (let attempt = 1; ; attempt++) {
      this.port = port
      if (protocol !== 'udp') await this.#openTcp()
      try {
        if (protocol !== 'tcp') await this.#openUdp()
        return
      } catch (thrown) {
        // Where any port will do, the one that was free for TCP may be taken for UDP.
        if (port !== 0 || attempt === OPEN_ATTEMPTS) throw thrown
        await this.stop()
      }
    }
  }

  async stop(): Promise<void> {
    const server = this.#server
    const closed = new Promise<void>((resolve) => {
      if (server === undefined) resolve()
      else server.close(() => resolve())
    })
    for (const socket of this.#sockets) socket.destroy()
    const udp = this.#udp
    this.#udp = undefined
    if (udp !== undefined) await new Promise<void>((resolve) => udp.close(() => resolve()))
    await closed
  }

  async #openTcp(): Promise<void> {
    const { host, port } = this.#settings
    const onSocket = (socket: net.Socket): void => void this.#serve(socket)
    const server = this.#createServer(onSocket)
    server.maxConnections = MAX_CONNECTIONS
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.off('error', reject)
        resolve()
      })
    })
    this.#server = server
    const bound = server.address()
    if (typeof bound === 'object' && bound !== null) this.port = bound.port
  }

  #createServer(onSocket: (socket: net.Socket) => void): net.Server {
    const { createTlsServer } = this.#parts
    if (createTlsServer !== undefined) return createTlsServer(onSocket)
    const { tls: files } = this.#settings
    if (files === undefined) return net.createServer(onSocket)
    const { certFile, keyFile, clientCaFile } = files
    const needsClient = clientCaFile !== undefined
    return tls.createServer(
      {
        cert: readFileSync(certFile),
        key: readFileSync(keyFile),
        ...(needsClient ? { ca: readFileSync(clientCaFile) } : {}),
        requestCert: needsClient,
        rejectUnauthorized: needsClient,
      },
      onSocket,
    )
  }

  /** Reads one connection until it ends. */
  async #serve(socket: net.Socket): Promise<void> {
    const address = bareAddress(socket.remoteAddress ?? '')
    socket.on('error', () => socket.destroy())
    if (!this.#maySend(address)) {
      this.#metrics.dropped('forbidden')
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    socket.setTimeout(this.#settings.idleTimeoutMs, () => socket.destroy())
    const hostname = this.#reader.labels.wantsHostname ? await nameOf(address) : ''
    const sender: Sender = { address, hostname }
    const splitter = new FrameSplitter(this.#settings.maxMessageBytes, (bytes, start, end, isCut) =>
      this.#reader.read(bytes, start, end, isCut, sender),
    )
    const { sink } = this.#parts
    socket.on('data', (chunk: Buffer) => {
      splitter.push(chunk)
      if (!sink.hasRoom) void this.#waitForRoom(socket)
    })
    // A sender that goes away amid a message has said what it said.
    socket.once('close', () => splitter.end())
  }

  async #waitForRoom(socket: net.Socket): Promise<void> {
    socket.pause()
    // That nothing is read is not the fault of the sender.
    socket.setTimeout(0)
    await this.#parts.sink.room()
    socket.setTimeout(this.#settings.idleTimeoutMs)
    socket.resume()
  }

  async #openUdp(): Promise<void> {
    const udp = await bindUdp(this.#settings.host, this.port)
    this.#udp = udp
    this.port = udp.address().port
    udp.on('error', (error) => {
      this.#parts.log.warn('the syslog socket for datagrams has a fault', { reason: error.message })
    })
    udp.on('message', (bytes, { address }) => this.#takeDatagram(bytes, bareAddress(address)))
  }

  /** A datagram is one message (RFC 5426). */
  #takeDatagram(bytes: Buffer, address: string): void {
    if (!this.#maySend(address)) {
      this.#metrics.dropped('forbidden')
      return
    }
    if (!this.#parts.sink.hasRoom) {
      this.#metrics.dropped('no_room')
      return
    }
    const whole = trimEnd(bytes, 0, bytes.length)
    const end = Math.min(whole, this.#settings.maxMessageBytes)
    if (end === 0) return
    const sender = { address, hostname: this.#knownName(address) }
    this.#reader.read(bytes, 0, end, end < whole, sender)
  }

  /** The name of an address; empty until it was looked up. */
  #knownName(address: string): string {
    if (!this.#reader.labels.wantsHostname) return ''
    const known = this.#names.get(address)
    if (known !== undefined) return known
    if (this.#names.size >= MAX_NAMES) this.#names.clear()
    this.#names.set(address, '')
    void nameOf(address).then((name) => this.#names.set(address, name))
    return ''
  }
}

/** The names of an address, joined by commas as promtail does; empty when it has none or nobody answers in time. */
async function nameOf(address: string): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string[]>((resolve) => {
    timer = setTimeout(() => resolve([]), LOOK_UP_MS)
  })
  try {
    return (await Promise.race([reverse(address), late])).join(',')
  } catch {
    return ''
  } finally {
    clearTimeout(timer)
  }
}
