import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { waitFor } from './wait-for.ts'

/** A system call of a traced process, in the order in which calls ended. */
export interface TracedCall {
  name: string
  /** Of the descriptor that the call is about, where there is one; else ''. */
  path: string
  /** The rest of the line: arguments and result. */
  text: string
  /** Where in the trace it began and ended. */
  began: number
  ended: number
}

/** strace on running processes with all their threads. */
export class Trace {
  readonly #strace: ChildProcess
  readonly #path: string

  private constructor(strace: ChildProcess, path: string) {
    this.#strace = strace
    this.#path = path
  }

  /** Resolves when every process is attached to; rejects when this machine does not permit it. */
  static async attach(
    pids: readonly number[],
    calls: readonly string[],
    path: string,
  ): Promise<Trace> {
    const args = ['-f', '-y', '-s', '60', '-e', `trace=${calls.join(',')}`, '-o', path]
    const strace = spawn('strace', [...args, ...pids.flatMap((pid) => ['-p', String(pid)])], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    strace.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    await waitFor(`strace to attach to ${pids.join(' and ')}`, () => {
      if (strace.exitCode !== null) throw new Error(`strace ended: ${said}`)
      return pids.every((pid) => new RegExp(`Process ${pid} attached`).test(said))
    })
    return new Trace(strace, path)
  }

  /** What was traced so far: a call stands there a moment after it came into effect. */
  calls(): TracedCall[] {
    return readCalls(readFileSync(this.#path, 'utf8'))
  }

  /** Detaches and answers what was traced. */
  async stop(): Promise<TracedCall[]> {
    const ended = once(this.#strace, 'exit')
    this.#strace.kill('SIGINT')
    await ended
    return this.calls()
  }
}

/** Calls that succeeded; one that another thread interrupts in the log is put together again. */
function readCalls(text: string): TracedCall[] {
  const calls: TracedCall[] = []
  const unfinished = new Map<string, { name: string; rest: string; began: number }>()
  for (const [line, content] of text.split('\n').entries()) {
    const [, thread = '', resumed = '', started = '', rest = ''] =
      /^(\d+)\s+(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$/.exec(content) ?? []
    if (thread === '') continue
    if (resumed !== '') {
      const before = unfinished.get(thread)
      if (before?.name !== resumed) continue
      unfinished.delete(thread)
      add(before.name, before.rest + rest, before.began, line)
    } else if (rest.endsWith('<unfinished ...>')) {
      unfinished.set(thread, { name: started, rest: rest.slice(0, -16), began: line })
    } else add(started, rest, line, line)
  }
  return calls

  function add(name: string, rest: string, began: number, ended: number): void {
    if (/= -1 E[A-Z]+/.test(rest)) return
    const path = /^\d+<([^>]*)>/.exec(rest)?.[1] ?? ''
    calls.push({ name, path, text: rest, began, ended })
  }
}
