import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from '../server.ts'
import { findEngine } from './engine-process.ts'
import type { Random } from './random.ts'
import { waitFor } from './wait-for.ts'

/** What is killed in a round of SIGKILL. */
export const VICTIMS = ['engine', 'server', 'both'] as const

/** Kills, and brings back what does not come back by itself. Answers the server that runs then. */
export async function strike(
  server: Server,
  victim: (typeof VICTIMS)[number],
  random: Random,
  restart: () => Promise<Server>,
): Promise<Server> {
  if (victim === 'engine') {
    const enginePid = await findEngine(server)
    process.kill(enginePid, 'SIGKILL')
    await findEngine(server, enginePid)
    await server.waitUntilReady()
    return server
  }
  if (victim === 'both') await server.kill()
  else {
    server.signal('SIGKILL')
    await server.exited
    await waitFor('the orphaned engine to end', () => server.listProcesses().length === 0)
  }
  await sleep(random.between(0, 300))
  return restart()
}
