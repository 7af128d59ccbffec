// Loaded into the server by event-loop.ts (`NODE_OPTIONS=--import`). A timer fires every few milliseconds; what the main thread
// computed between two firings is the length of a turn in CPU time. Unlike the time that passed it is the program's own, however
// busy the machine is. The longest turns go to a file, each with the time in which garbage was collected meanwhile.
import { readFileSync, writeFileSync } from 'node:fs'
import { PerformanceObserver } from 'node:perf_hooks'

/** A long turn, in milliseconds. */
export interface Turn {
  readonly epochMs: number
  readonly turnMs: number
  readonly collectedMs: number
}

const PROBE_MS = 5
const WRITE_MS = 2000
const LEAST_MS = 15
const KEPT = 200

/** Milliseconds that the main thread has computed since it began. */
function computedMs(): number {
  const text = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1')
  return Number(text.split(' ')[0]) / 1e6
}

function watch(output: string): void {
  let turns: Turn[] = []
  let collectedMs = 0
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) collectedMs += duration
  }).observe({ entryTypes: ['gc'] })
  let before = { computedMs: computedMs(), collectedMs }
  setInterval(() => {
    const now = { computedMs: computedMs(), collectedMs }
    const turnMs = now.computedMs - before.computedMs
    if (turnMs >= LEAST_MS) {
      turns.push({ epochMs: Date.now(), turnMs, collectedMs: now.collectedMs - before.collectedMs })
    }
    before = now
  }, PROBE_MS).unref()
  setInterval(() => {
    turns = turns.sort((a, b) => b.turnMs - a.turnMs).slice(0, KEPT)
    writeFileSync(output, JSON.stringify(turns))
  }, WRITE_MS).unref()
}

const output = process.env['VEDETTE_LOOP_PROBE']
if (output !== undefined) watch(output)
