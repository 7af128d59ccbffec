import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], timeoutMs = 120_000): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, maxBuffer: 64 << 20, encoding: 'utf8' } as const
    execFile(program, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null
      resolve({ code, stdout, stderr })
    })
  })
}

/** Starts a program that runs until the test has finished; answers a function that tells what it printed. */
export function ownProgram(program: string, args: readonly string[], cwd: string): () => string {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-20_000)
    })
  }
  const ended = once(child, 'exit')
  onTestFinished(async ({ task }) => {
    child.kill('SIGKILL')
    await ended
    if (task.result?.state === 'fail') console.log(`${program} printed:\n${printed.slice(-3000)}`)
  })
  return () => printed
}
