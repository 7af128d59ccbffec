import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePorts } from '../e2e/free-ports.ts'

const PROGRAM = '/usr/bin/prometheus-node-exporter'

export interface RunningExporter {
  readonly port: number
  stop(): Promise<void>
}

/** Whether Debian's node_exporter is installed. */
export function hasNodeExporter(): boolean {
  return existsSync(PROGRAM)
}

/** Starts Debian's node_exporter and waits until it answers. */
export async function startNodeExporter(args: readonly string[] = []): Promise<RunningExporter> {
  const [port = 0] = await findFreePorts(1)
  const child = spawn(PROGRAM, [`--web.listen-address=127.0.0.1:${port}`, ...args], {
    stdio: 'ignore',
  })
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  const deadlineMs = Date.now() + 10_000
  while (Date.now() < deadlineMs && child.exitCode === null) {
    const isUp = await fetch(`http://127.0.0.1:${port}/metrics`).then(
      (response) => response.ok,
      () => false,
    )
    if (isUp) return { port, stop }
    await sleep(50)
  }
  await stop()
  throw new Error('node_exporter does not answer')
}
