import { messageOf, Problem } from '../../model/problem.ts'
import type { RuleVector } from '../rules/rule-query.ts'
import type { StoredHistory } from './history.ts'
import { StepVectors } from './step-vectors.ts'

/** The moments of one group in a window, at which its expressions are evaluated. */
export interface WindowSteps {
  readonly startMs: number
  readonly stepMs: number
  readonly count: number
}

/** Part of a window: what the expression yielded, or why it could not be evaluated. */
interface Part {
  readonly fromStep: number
  readonly answer: StepVectors | Problem
}

/** A refused range is asked for in halves this often, to find what of it can be answered. */
const MAX_REFUSALS = 20

/** What one expression yields at every step of a window. */
export class QueryWindow {
  readonly #steps: WindowSteps
  readonly #parts: readonly Part[]

  private constructor(steps: WindowSteps, parts: readonly Part[]) {
    this.#steps = steps
    this.#parts = parts
  }

  /**
   * Reads it from history. An expression may fail at some moments only (two series meet that must not), and a long range may pass
   * a limit that a shorter one keeps: so a range that is refused is halved. Throws `limit` for more than `maxSeries` series.
   */
  static async read(
    history: StoredHistory,
    query: string,
    steps: WindowSteps,
    maxSeries: number,
  ): Promise<QueryWindow> {
    const parts: Part[] = []
    let refusals = 0
    const read = async (fromStep: number, count: number): Promise<void> => {
      const startMs = steps.startMs + fromStep * steps.stepMs
      const endMs = startMs + (count - 1) * steps.stepMs
      const columns = await history
        .range(query, startMs, endMs, steps.stepMs)
        .catch((thrown: unknown) => {
          if (thrown instanceof Problem) return thrown
          throw thrown
        })
      if (!(columns instanceof Problem)) {
        if (columns.labels.length > maxSeries) throw tooManySeries(query, maxSeries)
        parts.push({ fromStep, answer: new StepVectors(columns, startMs, steps.stepMs, count) })
        return
      }
      refusals++
      if (count === 1 || refusals > MAX_REFUSALS) {
        parts.push({ fromStep, answer: columns })
        return
      }
      const half = count >> 1
      await read(fromStep, half)
      await read(fromStep + half, count - half)
    }
    await read(0, steps.count)
    return new QueryWindow(steps, parts)
  }

  /** Throws why the expression could not be evaluated. */
  at(atMs: number): RuleVector {
    const step = Math.round((atMs - this.#steps.startMs) / this.#steps.stepMs)
    const part = this.#parts.findLast(({ fromStep }) => fromStep <= step)
    if (part === undefined) throw new Problem('internal', 'this moment was not read')
    if (part.answer instanceof Problem) {
      throw new Problem(part.answer.code, messageOf(part.answer))
    }
    return part.answer.at(step - part.fromStep)
  }
}

function tooManySeries(query: string, limit: number): Problem {
  return new Problem(
    'limit',
    `an expression yields more than ${limit} series: ${query.slice(0, 200)}. Narrow it down, or take a shorter time`,
  )
}
