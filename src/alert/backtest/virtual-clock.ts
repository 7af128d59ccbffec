import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../clock.ts'

interface Timer {
  readonly dueMs: number
  readonly order: number
  readonly run: () => void
  isCancelled: boolean
}

/**
 * A clock that goes as fast as what happens on it can be worked off. What a timer begins must need nothing but this clock: then
 * it has ended after one turn of the event loop, before the next timer runs.
 */
export class VirtualClock implements Clock {
  /** A heap: the timer that is due first is at its root. */
  readonly #timers: Timer[] = []
  #nowMs: number
  #order = 0

  constructor(startMs: number) {
    this.#nowMs = startMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, run: () => void): () => void {
    const dueMs = this.#nowMs + Math.max(0, delayMs)
    const timer = { dueMs, order: this.#order++, run, isCancelled: false }
    this.#push(timer)
    return () => {
      timer.isCancelled = true
    }
  }

  /** Moves on to a time; every timer that is due until then runs at its own time, in order. */
  async advanceTo(timeMs: number): Promise<void> {
    for (;;) {
      const next = this.#timers[0]
      if (next === undefined || next.dueMs > timeMs) break
      this.#pop()
      if (next.isCancelled) continue
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.run()
      await nextTurn()
    }
    this.#nowMs = Math.max(this.#nowMs, timeMs)
  }

  #push(timer: Timer): void {
    const heap = this.#timers
    let at = heap.push(timer) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(timer, heap[above] as Timer)) break
      heap[at] = heap[above] as Timer
      at = above
    }
    heap[at] = timer
  }

  #pop(): void {
    const heap = this.#timers
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      const right = heap[below + 1]
      if (right !== undefined && isBefore(right, heap[below] as Timer)) below++
      if (!isBefore(heap[below] as Timer, last)) break
      heap[at] = heap[below] as Timer
      at = below
    }
    heap[at] = last
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order)
}
