import type { Labels } from '../../model/labels.ts'

/**
 * Times of lines in the order of their arrival: senders that write whole microseconds or seconds give many lines of a stream the same
 * time, which tells nobody their order. Each line that has the time of the line before it gets one nanosecond more than that.
 */
export class IncreasingTimes {
  /** By stream: the time that was sent last, and what it became. */
  #last = new WeakMap<Labels, { sentNs: bigint; givenNs: bigint }>()

  next(stream: Labels, sentNs: bigint): bigint {
    const last = this.#last.get(stream)
    if (last === undefined) {
      this.#last.set(stream, { sentNs, givenNs: sentNs })
      return sentNs
    }
    const isAgain = sentNs >= last.sentNs && sentNs <= last.givenNs
    last.givenNs = isAgain ? last.givenNs + 1n : sentNs
    last.sentNs = sentNs
    return last.givenNs
  }
}
