import type { CollectorKind } from '../collector.ts'
import { counter, gauge, type FamilyHead } from '../families.ts'
import { parseCount, splitFields, splitLines } from '../fields.ts'
import { readText } from '../files.ts'

/** By the word that begins the line in /proc/stat. */
const HEADS: ReadonlyMap<string, FamilyHead> = new Map([
  ['intr', counter('node_intr_total', 'Total number of interrupts serviced.')],
  ['ctxt', counter('node_context_switches_total', 'Total number of context switches.')],
  ['processes', counter('node_forks_total', 'Total number of forks.')],
  ['btime', gauge('node_boot_time_seconds', 'Node boot time, in unixtime.')],
  ['procs_running', gauge('node_procs_running', 'Number of processes in runnable state.')],
  [
    'procs_blocked',
    gauge('node_procs_blocked', 'Number of processes blocked waiting for I/O to complete.'),
  ],
])

const SOFTIRQS = counter('node_softirqs_total', 'Number of softirq calls.')

/** In the order of the line `softirq`, after its total. */
const VECTORS = [
  'hi',
  'timer',
  'net_tx',
  'net_rx',
  'block',
  'block_iopoll',
  'tasklet',
  'sched',
  'hrtimer',
  'rcu',
]

export const stat: CollectorKind = {
  name: 'stat',
  enabledByDefault: true,
  create: ({ options }) => {
    const path = `${options.paths.procfs}/stat`
    return (out) => {
      for (const line of splitLines(readText(path))) {
        const space = line.indexOf(' ')
        const word = line.slice(0, space)
        const head = HEADS.get(word)
        if (head) {
          // The line `intr` goes on with a number for each interrupt, thousands on large machines: only the total is cut out.
          const next = line.indexOf(' ', space + 1)
          const text = line.slice(space + 1, next < 0 ? undefined : next)
          out.add(head, parseCount(text, `${path}: ${word}`))
        } else if (word === 'softirq' && options.stat.softirq) {
          const fields = splitFields(line)
          for (const [i, vector] of VECTORS.entries()) {
            out.add(SOFTIRQS, parseCount(fields[i + 2], `${path}: softirq`), ['vector', vector])
          }
        }
      }
    }
  },
}
