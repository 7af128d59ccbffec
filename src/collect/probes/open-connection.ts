import net from 'node:net'
import tls from 'node:tls'
import type { TlsSettings } from '../../outbound/tls-settings.ts'

export interface ConnectTo {
  readonly address: string
  readonly port: number
  /** The address of this machine that is connected from. */
  readonly sourceIp?: string | undefined
  readonly signal: AbortSignal
}

/** Opens a TCP connection. Rejects with the socket's error, or at once when the signal aborts; then nothing stays open. */
export function openConnection(to: ConnectTo): Promise<net.Socket> {
  const { address, port, sourceIp } = to
  return settled(
    net.connect({
      ...{ host: address, port, noDelay: true },
      ...(sourceIp === undefined ? {} : { localAddress: sourceIp }),
    }),
    'connect',
    to.signal,
  )
}

/** Connects to a socket of this machine. */
export function openUnixConnection(path: string, signal: AbortSignal): Promise<net.Socket> {
  return settled(net.connect({ path }), 'connect', signal)
}

export interface TlsOver {
  readonly settings: TlsSettings | undefined
  /** The name that the certificate must be for, unless the settings name another. */
  readonly serverName: string
  readonly protocols?: readonly string[]
  readonly signal: AbortSignal
}

/** Begins TLS on a connection. Rejects when the handshake fails or the certificate is not to be trusted. */
export function startTls(socket: net.Socket, over: TlsOver): Promise<tls.TLSSocket> {
  const { servername, ...settings } = over.settings ?? { rejectUnauthorized: true }
  const name = servername ?? over.serverName
  return settled(
    tls.connect({
      ...settings,
      socket,
      // The name is checked in any case; an address is not sent, as the protocol wants it (RFC 6066, 3).
      host: name,
      ...(net.isIP(name) === 0 ? { servername: name } : {}),
      ...(over.protocols === undefined ? {} : { ALPNProtocols: [...over.protocols] }),
    }),
    'secureConnect',
    over.signal,
  )
}

function settled<T extends net.Socket>(
  socket: T,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => void socket.destroy(new Error('no answer in time'))
    const fail = (error: Error): void => {
      signal.removeEventListener('abort', abort)
      reject(error)
    }
    socket.once('error', fail)
    socket.once('close', () => fail(new Error('the connection was closed')))
    socket.once(event, () => {
      signal.removeEventListener('abort', abort)
      socket.off('error', fail)
      // Later errors are told to who reads; one that comes between is no reason to end the program.
      socket.on('error', () => undefined)
      resolve(socket)
    })
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}
