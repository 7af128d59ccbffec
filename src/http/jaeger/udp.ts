import dgram from 'node:dgram'
import { allows } from '../../access/scope.ts'
import { decodeJaegerDatagram } from '../../formats/jaeger/decode-thrift.ts'
import { Problem } from '../../model/problem.ts'
import { createNetworks } from '../authenticate-network.ts'
import { checkListen, type Access, type ListenAddress } from '../guard.ts'
import type { OpenDoor } from '../listener.ts'
import { portProblem } from '../open-port.ts'
import {
  createForeignReceiver,
  type SpanDoors,
  type SpanReceiver,
} from '../receive-foreign-spans.ts'

/** Datagrams that wait for the store; further ones are lost, which their senders do not hear of anyway. */
const MAX_WAITING = 1000
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
const REPORT_MS = 10_000

/** The listener of Jaeger's agent: batches of jaeger.thrift in the compact protocol, a datagram each, usually on 6831. */
export function createJaegerUdpListener(
  doors: SpanDoors,
  options: { readonly address: Omit<ListenAddress, 'listener' | 'tls'>; readonly access: Access },
): OpenDoor {
  return new DatagramDoor(doors, { ...options.address, listener: 'jaeger-udp' }, options.access)
}

class DatagramDoor implements OpenDoor {
  readonly #doors: SpanDoors
  readonly #address: ListenAddress
  readonly #access: Access
  readonly #waiting = new Set<Promise<void>>()
  #socket: dgram.Socket | undefined
  #lastReportMs = -REPORT_MS

  constructor(doors: SpanDoors, address: ListenAddress, access: Access) {
    this.#doors = { ...doors, log: doors.log.child({ component: 'udp', listener: 'jaeger-udp' }) }
    this.#address = address
    this.#access = access
  }

  async listen(): Promise<number> {
    const { host, port } = this.#address
    const fault = checkListen(this.#address, this.#access)
    if (fault !== undefined) throw new Problem('forbidden', fault)
    const socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4')
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject)
        socket.bind({ address: host, port }, () => {
          socket.off('error', reject)
          resolve()
        })
      })
    } catch (cause) {
      socket.close()
      throw portProblem(this.#address, cause)
    }
    try {
      socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES)
    } catch {
      // A system that allows less still receives.
    }
    const maySend = this.#senderCheck()
    const receive = createForeignReceiver(this.#doors, 'emitBatch', decodeJaegerDatagram)
    socket.on('error', (error) => this.#report('a datagram cannot be read', error.message))
    socket.on('message', (bytes, { address }) => {
      if (!maySend(address)) this.#report('datagrams of this sender are not allowed', address)
      else if (this.#waiting.size >= MAX_WAITING)
        this.#report('spans are lost', 'the store is behind')
      else this.#take(receive(bytes))
    })
    this.#socket = socket
    return socket.address().port
  }

  async drain(timeoutMs: number): Promise<void> {
    await this.#end()
    let timer: NodeJS.Timeout | undefined
    const passed = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs)
    })
    await Promise.race([Promise.all(this.#waiting), passed])
    clearTimeout(timer)
  }

  async close(): Promise<void> {
    await this.#end()
  }

  #take(outcome: ReturnType<SpanReceiver>): void {
    const done = this.#settle(outcome)
    this.#waiting.add(done)
    void done.finally(() => this.#waiting.delete(done))
  }

  async #settle(outcome: ReturnType<SpanReceiver>): Promise<void> {
    const result = await outcome
    if (result.kind === 'refused') this.#report('a datagram was refused', result.message)
  }

  /** Nothing in a datagram tells who sends: only the address does. */
  #senderCheck(): (address: string) => boolean {
    const whoIs = createNetworks('jaeger-udp', this.#access)
    return (address) => {
      const principal = whoIs({ address, kind: 'direct' })
      return principal !== undefined && allows(principal.scopes, 'traces:write')
    }
  }

  /** Seldom: anybody can send anything. */
  #report(what: string, reason: string): void {
    const nowMs = performance.now()
    if (nowMs - this.#lastReportMs < REPORT_MS) return
    this.#lastReportMs = nowMs
    this.#doors.log.warn(what, { reason })
  }

  #end(): Promise<void> {
    const socket = this.#socket
    this.#socket = undefined
    if (socket === undefined) return Promise.resolve()
    return new Promise((resolve) => {
      socket.close(() => resolve())
    })
  }
}
