import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { startServer, type Server, type ServerOptions } from '../server.ts'
import { Exporter } from './exporter.ts'

/** A temporary folder that goes with the test that asked for it. */
export function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-e2e-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A ready server that goes with the test; when the test failed, the end of its log is shown. */
export async function ownServer(options: ServerOptions = {}): Promise<Server> {
  return own(await startServer(options))
}

/** Hands a server over to the test that runs. */
export function own(server: Server): Server {
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') console.log(`the server's log ends:\n${readEnd(server)}`)
    // Killed, the engine would leave its folder in /dev/shm behind, which only the next start on the same data removes.
    await server.stop()
    await server.dispose()
  })
  return server
}

/** An exporter that goes with the test. */
export async function ownExporter(): Promise<Exporter> {
  const exporter = await Exporter.start()
  onTestFinished(() => exporter.close())
  return exporter
}

/** Servers that a test disposed of itself have no log any more. */
function readEnd(server: Server): string {
  try {
    return server.readLog().slice(-4000)
  } catch {
    return '(gone)'
  }
}
