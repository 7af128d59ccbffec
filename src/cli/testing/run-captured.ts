import { vi } from 'vitest'
import { runProgram } from '../program.ts'

export interface Captured {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command line in this process, with what it writes. Not for verbs that run until a signal. */
export async function runCaptured(...args: readonly string[]): Promise<Captured> {
  const texts = { out: '', err: '' }
  const capture = (stream: NodeJS.WriteStream, name: keyof typeof texts) =>
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      texts[name] += String(chunk)
      return true
    })
  const spies = [capture(process.stdout, 'out'), capture(process.stderr, 'err')]
  try {
    return { code: await runProgram(args), ...texts }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}
