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
const MAX_REFUSALS = 64

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
    const reader = new PartReader(history, query, steps, maxSeries)
    await reader.read()
    return new QueryWindow(steps, reader.parts)
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

class PartReader {
  readonly parts: Part[] = []
  readonly #history: StoredHistory
  readonly #query: string
  readonly #steps: WindowSteps
  readonly #maxSeries: number
  #refusals = 0

  constructor(history: StoredHistory, query: string, steps: WindowSteps, maxSeries: number) {
    this.#history = history
    this.#query = query
    this.#steps = steps
    this.#maxSeries = maxSeries
  }

  async read(): Promise<void> {
    const { count } = this.#steps
    const answer = await this.#ask(0, count)
    // What fails at both ends fails everywhere, as a rule: that is not worth asking for every moment.
    const failsEverywhere =
      answer instanceof Problem &&
      (await this.#ask(0, 1)) instanceof Problem &&
      (await this.#ask(count - 1, 1)) instanceof Problem
    if (failsEverywhere || count === 1) this.parts.push({ fromStep: 0, answer })
    else await this.#take(0, count, answer)
  }

  async #take(fromStep: number, count: number, answer: Part['answer']): Promise<void> {
    if (!(answer instanceof Problem) || count === 1 || ++this.#refusals > MAX_REFUSALS) {
      this.parts.push({ fromStep, answer })
      return
    }
    const half = count >> 1
    await this.#take(fromStep, half, await this.#ask(fromStep, half))
    const rest = fromStep + half
    await this.#take(rest, count - half, await this.#ask(rest, count - half))
  }

  async #ask(fromStep: number, count: number): Promise<Part['answer']> {
    const { startMs, stepMs } = this.#steps
    const fromMs = startMs + fromStep * stepMs
    const toMs = fromMs + (count - 1) * stepMs
    const columns = await this.#history
      .range(this.#query, fromMs, toMs, stepMs)
      .catch((thrown: unknown) => {
        if (thrown instanceof Problem) return thrown
        throw thrown
      })
    if (columns instanceof Problem) return columns
    if (columns.labels.length > this.#maxSeries) throw tooManySeries(this.#query, this.#maxSeries)
    return new StepVectors(columns, fromMs, stepMs, count)
  }
}

function tooManySeries(query: string, limit: number): Problem {
  return new Problem(
    'limit',
    `an expression yields more than ${limit} series: ${query.slice(0, 200)}. Narrow it down, or take a shorter time`,
  )
}
