import type { CollectorKind } from '../collector.ts'
import { gauge } from '../families.ts'
import { isDigits, parseCount, splitFields } from '../fields.ts'
import { hasCode, isMissing, listNames, readText } from '../files.ts'

const THREADS = gauge('node_processes_threads', 'Allocated threads in system')
const MAX_THREADS = gauge('node_processes_max_threads', 'Limit of threads in the system')
const THREADS_STATE = gauge('node_processes_threads_state', 'Number of threads in each state.')
const STATE = gauge('node_processes_state', 'Number of processes in each state.')
const PIDS = gauge('node_processes_pids', 'Number of PIDs')
const MAX_PROCESSES = gauge('node_processes_max_processes', 'Number of max PIDs limit')

/** Of /proc/PID/stat after the name: the state is the first column, the number of threads the eighteenth (proc_pid_stat(5)). */
const NUM_THREADS = 17

interface Task {
  readonly state: string
  readonly threads: number
}

/** Undefined for a task that has ended meanwhile. */
function readTask(path: string): Task | undefined {
  try {
    const text = readText(`${path}/stat`)
    // The name in parentheses may hold anything, parentheses too.
    const fields = splitFields(text.slice(text.lastIndexOf(')') + 1))
    return { state: fields[0] ?? '', threads: parseCount(fields[NUM_THREADS], path) }
  } catch (error) {
    if (isMissing(error) || hasCode(error, 'ESRCH')) return undefined
    throw error
  }
}

function listTasks(path: string): string[] {
  try {
    return listNames(path).filter(isDigits)
  } catch (error) {
    if (isMissing(error) || hasCode(error, 'ESRCH')) return []
    throw error
  }
}

function countIn(states: Map<string, number>, state: string): void {
  states.set(state, (states.get(state) ?? 0) + 1)
}

export const processes: CollectorKind = {
  name: 'processes',
  // Reads a file for each thread of the machine.
  enabledByDefault: false,
  create: ({ options }) => {
    const { procfs } = options.paths
    return (out) => {
      let pids = 0
      let threads = 0
      const states = new Map<string, number>()
      const threadStates = new Map<string, number>()
      for (const pid of listTasks(procfs)) {
        const task = readTask(`${procfs}/${pid}`)
        if (!task) continue
        pids++
        threads += task.threads
        countIn(states, task.state)
        for (const thread of listTasks(`${procfs}/${pid}/task`)) {
          const own = thread === pid ? task : readTask(`${procfs}/${pid}/task/${thread}`)
          if (own) countIn(threadStates, own.state)
        }
      }
      const limit = (name: string): number =>
        parseCount(readText(`${procfs}/sys/kernel/${name}`).trim(), name)
      out.add(THREADS, threads)
      out.add(MAX_THREADS, limit('threads-max'))
      for (const [state, count] of states) out.add(STATE, count, ['state', state])
      for (const [state, count] of threadStates) {
        out.add(THREADS_STATE, count, ['thread_state', state])
      }
      out.add(PIDS, pids)
      out.add(MAX_PROCESSES, limit('pid_max'))
    }
  },
}
