import { execFile } from 'node:child_process'
import { Problem } from '../../model/problem.ts'

/** How `passenger-status` is run. */
export interface StatusCommand {
  /** The program and what goes before our arguments: `['sudo', '-n', 'passenger-status']`. */
  readonly words: readonly string[]
  readonly timeoutMs: number
}

/** A status of a thousand processes has about 1 MB. */
const MAX_OUTPUT_BYTES = 32 * 1024 * 1024

/** Several run on this machine, and which one is meant has to be said. */
export class SeveralInstances extends Error {
  override readonly name = 'SeveralInstances'
  readonly instances: readonly string[]

  constructor(instances: readonly string[]) {
    super(`several instances run here: ${instances.join(', ')}`)
    this.instances = instances
  }
}

/**
 * Runs `passenger-status --show=xml`, for one instance when it is named. Throws `SeveralInstances`, or a `Problem` that says what
 * hinders it: no such program, no permission, no Passenger, no answer in time.
 */
export function runStatus(
  { words, timeoutMs }: StatusCommand,
  instance: string,
  signal: AbortSignal,
): Promise<string> {
  const [program = '', ...before] = words
  const args = [...before, ...(instance === '' ? [] : [instance]), '--show=xml']
  const options = {
    ...{ timeout: timeoutMs, killSignal: 'SIGKILL' as const, signal },
    ...{ maxBuffer: MAX_OUTPUT_BYTES, encoding: 'latin1' as const, windowsHide: true },
  }
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, options, (fault, output, complaint) => {
      // What is told of several instances is told with a status of 0 by some versions.
      const several = listedInstances(`${output}\n${complaint}`)
      if (several.length > 1 && instance === '') reject(new SeveralInstances(several))
      else if (fault === null) resolve(output)
      else reject(explain(fault, { program, complaint: complaint || output, timeoutMs }))
    })
    child.stdin?.end()
  })
}

/** The names in the table that follows `The following Phusion Passenger instances are running:`. */
function listedInstances(output: string): string[] {
  const [, table] = /instances are running:\s*\n[^\n]*\n-+\s*\n([^]*)$/.exec(output) ?? []
  return (table ?? '').split('\n').flatMap((line) => /^(\S+)\s+\d+\s/.exec(line)?.[1] ?? [])
}

function explain(
  fault: Error & { code?: number | string | null; killed?: boolean },
  run: { readonly program: string; readonly complaint: string; readonly timeoutMs: number },
): Problem {
  const { program, complaint, timeoutMs } = run
  const say = (text: string): Problem => new Problem('unavailable', text, { cause: fault })
  if (fault.code === 'ENOENT') return say(`there is no program ${program}`)
  if (fault.code === 'EACCES') return say(`${program} may not be run by this user`)
  if (fault.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
    return say(`${program} wrote more than ${MAX_OUTPUT_BYTES} bytes`)
  if (fault.killed === true) return say(`${program} did not end within ${timeoutMs} ms`)
  const line = complaint.split('\n').find((one) => one.trim() !== '')
  return say(`${program} failed: ${line?.trim().slice(0, 200) ?? fault.message.slice(0, 200)}`)
}
