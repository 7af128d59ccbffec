import type { Alertmanager } from '../../alert/alertmanager.ts'
import { Problem, type ProblemCode } from '../../model/problem.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Answer } from '../send.ts'
import type { AlertmanagerDoors } from './doors.ts'
import { BodyFault, faultAnswer, jsonAnswer } from './read-body.ts'

/** What the original answers to each kind of problem: a JSON text, and nothing at all for what is not there. */
const STATUS: Readonly<Partial<Record<ProblemCode, number>>> = {
  bad_data: 400,
  not_found: 404,
  unavailable: 503,
  forbidden: 403,
}

/** A handler that has the Alertmanager; while it is not open yet the answer is 503. */
export function withAlertmanager(
  doors: Pick<AlertmanagerDoors, 'alertmanager'>,
  handle: (manager: Alertmanager, exchange: Exchange) => Answer | Promise<Answer>,
): Route['handle'] {
  return async (exchange) => {
    const manager = doors.alertmanager()
    if (manager === undefined) return jsonAnswer('alerting is starting: try again in a moment', 503)
    try {
      return await handle(manager, exchange)
    } catch (thrown) {
      if (thrown instanceof BodyFault) return faultAnswer(thrown)
      const status = thrown instanceof Problem ? STATUS[thrown.code] : undefined
      if (!(thrown instanceof Problem) || status === undefined) throw thrown
      return jsonAnswer(thrown.message, status)
    }
  }
}
