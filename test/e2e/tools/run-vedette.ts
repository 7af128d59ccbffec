import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { projectRoot } from '../../house/read-sources.ts'

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs a verb of `bin/vedette` to its end. */
export async function runVedette(...args: readonly string[]): Promise<Ran> {
  const child = spawn(join(projectRoot, 'bin/vedette'), args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve)
  })
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, out, err }
}

export interface RunningVerb {
  /** Everything it wrote to its standard output so far. */
  out(): string
  /** SIGINT, as Ctrl-C; resolves to the exit code. */
  interrupt(): Promise<number | null>
  /** SIGKILL. */
  kill(): Promise<void>
  /** Resolves to the exit code when it has ended; null after a signal. */
  readonly ended: Promise<number | null>
}

/** Starts a verb that runs until it is interrupted. */
export function startVedette(...args: readonly string[]): RunningVerb {
  const child = spawn(join(projectRoot, 'bin/vedette'), args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve)
  })
  const killAtEnd = (): void => void child.kill('SIGKILL')
  process.once('exit', killAtEnd)
  return {
    out: () => out,
    ended,
    kill: async () => {
      child.kill('SIGKILL')
      await ended
      process.off('exit', killAtEnd)
    },
    interrupt: async () => {
      child.kill('SIGINT')
      const code = await ended
      process.off('exit', killAtEnd)
      return code
    },
  }
}
