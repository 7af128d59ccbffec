import type net from 'node:net'
import { Problem } from '../model/problem.ts'
import type { ListenAddress } from './guard.ts'

/**
 * Opens a port for a server that does not speak HTTP. Resolves to the port (the one asked for, unless that was 0); rejects with a
 * `Problem` that says what to do.
 */
export async function openPort(
  server: net.Server,
  address: ListenAddress,
  check: () => string | undefined,
): Promise<number> {
  const fault = check()
  if (fault !== undefined) throw new Problem('forbidden', fault)
  const { host, port } = address
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (cause) {
    throw portProblem(address, cause)
  }
  const bound = server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : port
}

/** Why a port could not be opened, with the flag that chooses another. */
export function portProblem({ host, port, listener }: ListenAddress, cause: unknown): Problem {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const where = `${host}:${port}`
  const flag = `choose another address with --listen.${listener} HOST:PORT (or off)`
  if (code === 'EADDRINUSE') {
    const advice = `stop what listens there, or ${flag}`
    return new Problem('unavailable', `${where} is taken: ${advice}`, { cause })
  }
  return new Problem('unavailable', `${where}: cannot listen on it; ${flag}`, { cause })
}
