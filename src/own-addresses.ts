import type { ListenAddresses, ListenerName } from './http/listen-section.ts'
import { isLoopbackHost } from './http/authenticate-network.ts'

/** Whether an address (`host:port`) is that of a listener of this process. */
export function isOwnAddress(
  address: string,
  name: ListenerName,
  listening: {
    readonly listen: ListenAddresses
    readonly urls: ReadonlyMap<ListenerName, string>
  },
): boolean {
  // What the defaults name when there is no port to name: nothing listens on port 0.
  if (address === 'localhost:0') return name === 'prometheus'
  const own = listening.listen[name]
  const url = listening.urls.get(name)
  if (own === undefined || url === undefined) return false
  const at = address.lastIndexOf(':')
  const host = address.slice(0, at)
  return address.slice(at + 1) === new URL(url).port && (host === own.host || isLoopbackHost(host))
}
