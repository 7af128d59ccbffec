import type { Server } from '../server.ts'
import { waitFor } from './wait-for.ts'

/** The engine of a server; waits for it where it is being started again. `except`: one that is known to be dead. */
export function findEngine(server: Server, except = 0): Promise<number> {
  return waitFor('the engine', () => {
    const engine = server
      .listChildren()
      .find(({ pid, commandLine }) => pid !== except && /\bengine\.js\b/.test(commandLine))
    return engine?.pid
  })
}
